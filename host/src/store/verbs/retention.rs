//! Forgetting what is finished and old, in small steps.

use std::time::Duration;

use crate::model::id::DeliveryId;
use crate::model::time::Time;
use crate::store::StoreError;
use crate::store::execution::Execution;
use crate::store::key;
use crate::store::table::Table;
use crate::store::txn::Txn;

/// The days whose ids are older than `keep` as a whole.
pub(crate) fn expired_days(days: &[u32], now: Time, keep: Duration) -> Vec<u32> {
    let oldest = Time(now.millis().saturating_sub(u64::try_from(keep.as_millis()).unwrap_or(u64::MAX))).day();
    days.iter().copied().filter(|day| *day < oldest).collect()
}

/// Forgets the oldest finished executions and deliveries, at most `max`.
pub(crate) fn forget_finished(
    txn: &mut Txn<'_>,
    now: Time,
    keep: Duration,
    keep_ids: Duration,
    max: usize,
) -> Result<usize, StoreError> {
    let mut gone = 0;
    while gone < max {
        let Some((place, _)) = txn.first(Table::Finished, &[])? else { break };
        let Some((at, what)) = key::parse_finished(&place) else {
            txn.remove(Table::Finished, &place);
            continue;
        };
        if now.since(at) <= keep {
            break;
        }
        match what {
            key::Finished::Execution(id) => {
                let execution: Option<Execution> = txn.load(Table::Executions, id.as_bytes())?;
                match execution {
                    Some(asked) if asked.token.is_some() && now.since(at) <= keep_ids => {
                        // Looked at again later; a repeated request must get its outcome until then.
                        txn.put(Table::Finished, &key::finished(now, id), Vec::new());
                        txn.remove(Table::Finished, &place);
                        continue;
                    }
                    Some(execution) => forget_execution(txn, &execution)?,
                    None => {}
                }
            }
            key::Finished::Delivery(id) => forget_delivery(txn, id)?,
        }
        txn.remove(Table::Finished, &place);
        gone += 1;
    }
    Ok(gone)
}

fn forget_execution(txn: &mut Txn<'_>, execution: &Execution) -> Result<(), StoreError> {
    for number in 0..execution.replies {
        txn.erase(Table::Replies, &key::reply(execution.id, number))?;
        txn.remove(Table::Outbox, &key::outbox(execution.lane, execution.seq, number));
    }
    txn.erase(Table::Executions, execution.id.as_bytes())?;
    forget_delivery(txn, execution.delivery)
}

fn forget_delivery(txn: &mut Txn<'_>, id: DeliveryId) -> Result<(), StoreError> {
    txn.erase(Table::Deliveries, id.as_bytes())?;
    txn.erase(Table::Bodies, id.as_bytes())
}
