//! Forgetting what is finished and old, in small steps.

use std::time::Duration;

use super::status;
use crate::model::id::DeliveryId;
use crate::model::time::Time;
use crate::store::admission::Delivery;
use crate::store::execution::Execution;
use crate::store::key;
use crate::store::table::Table;
use crate::store::txn::Txn;
use crate::store::{Forgotten, StoreError};

/// The days whose ids are older than `keep` as a whole.
pub(crate) fn expired_days(days: &[u32], now: Time, keep: Duration) -> Vec<u32> {
    let oldest = now.minus(keep).day();
    days.iter().copied().filter(|day| *day < oldest).collect()
}

/// Looks at the oldest finished executions and deliveries, at most `max`: they are forgotten, or put off
/// where somebody may still ask for them or a reply is still owed.
pub(crate) fn forget_finished(
    txn: &mut Txn<'_>,
    now: Time,
    keep: Duration,
    keep_ids: Duration,
    max: usize,
) -> Result<Forgotten, StoreError> {
    let mut forgotten = Forgotten::default();
    let mut from = Vec::new();
    while forgotten.looked_at < max {
        let Some((place, _)) = txn.first_from(Table::Finished, &[], &from)? else { break };
        // What was just removed is not walked over again.
        from = [&place[..], &[0]].concat();
        let Some((at, what)) = key::parse_finished(&place) else {
            txn.remove(Table::Finished, &place);
            continue;
        };
        if now.since(at) <= keep {
            break;
        }
        forgotten.looked_at += 1;
        txn.remove(Table::Finished, &place);
        match what {
            key::Finished::Delivery(id) => {
                forget_delivery(txn, id)?;
                forgotten.deliveries += 1;
            }
            key::Finished::Execution(id) => {
                let Some(execution) = txn.load::<Execution>(Table::Executions, id.as_bytes())? else {
                    continue;
                };
                if let Some(until) = asked_for_until(&execution, keep_ids).filter(|until| *until > now) {
                    // Comes up again when its id may be forgotten too.
                    let due = until.minus(keep);
                    txn.put(Table::Finished, &key::finished(due, id), Vec::new());
                    forgotten.put_off += 1;
                    continue;
                }
                if owes(txn, &execution)? {
                    txn.put(Table::Finished, &key::finished(now, id), Vec::new());
                    forgotten.put_off += 1;
                    continue;
                }
                forgotten.deliveries += forget_execution(txn, &execution)?;
                forgotten.executions += 1;
            }
        }
    }
    Ok(forgotten)
}

/// Gives how many deliveries went with it.
fn forget_execution(txn: &mut Txn<'_>, execution: &Execution) -> Result<usize, StoreError> {
    for number in 0..execution.replies {
        let reply = key::reply(execution.id, number);
        status::forget_reply(txn, &reply)?;
        txn.erase(Table::Replies, &reply)?;
    }
    status::forget_event(txn, execution);
    txn.erase(Table::Executions, execution.id.as_bytes())?;
    release_delivery(txn, execution.delivery)
}

fn owes(txn: &Txn<'_>, execution: &Execution) -> Result<bool, StoreError> {
    for number in 0..execution.replies {
        if txn.get(Table::Outbox, &key::outbox(execution.lane, execution.seq, number))?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A delivery stays as long as any of its events: it is what they can be run again from.
fn release_delivery(txn: &mut Txn<'_>, id: DeliveryId) -> Result<usize, StoreError> {
    let Some(mut delivery) = txn.load::<Delivery>(Table::Deliveries, id.as_bytes())? else { return Ok(0) };
    if delivery.events_kept <= 1 {
        forget_delivery(txn, id)?;
        return Ok(1);
    }
    delivery.events_kept -= 1;
    txn.save(Table::Deliveries, id.as_bytes(), &delivery)?;
    Ok(0)
}

/// Until when a sender that waited for it may ask for its outcome again.
fn asked_for_until(execution: &Execution, keep_ids: Duration) -> Option<Time> {
    execution.token.as_ref()?;
    execution.finished_at.map(|at| at.plus(keep_ids))
}

fn forget_delivery(txn: &mut Txn<'_>, id: DeliveryId) -> Result<(), StoreError> {
    txn.erase(Table::Deliveries, id.as_bytes())?;
    txn.erase(Table::Bodies, id.as_bytes())
}
