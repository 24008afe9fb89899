//! Running an event again that has ended.

use crate::model::bounds;
use crate::model::id::{DeliveryId, ExecutionId};
use crate::store::StoreError;
use crate::store::admission::{Delivery, Replay, Ticket};
use crate::store::execution::{Execution, State};
use crate::store::key::{self, Lane};
use crate::store::table::Table;
use crate::store::tally::Queue;
use crate::store::txn::Txn;

use super::sequence;

/// Queues the event under a new id, behind what waits in its lane. Ids of senders are not looked at.
pub(crate) fn replay(txn: &mut Txn<'_>, id: ExecutionId) -> Result<Replay, StoreError> {
    txn.require_space()?;
    let Some(mut first) = txn.load::<Execution>(Table::Executions, id.as_bytes())? else {
        return Ok(Replay::Unknown);
    };
    if !first.state.is_final() {
        return Ok(Replay::Unfinished);
    }
    let execution = ExecutionId::new();
    let lane = match &first.event.conversation {
        Some(conversation) => Lane::of(&first.provider, conversation),
        None => Lane::alone(execution),
    };
    let again = Execution {
        id: execution,
        lane,
        seq: sequence::next(txn)?,
        state: State::Queued,
        attempts: 0,
        interrupted: 0,
        fence: 0,
        lease: None,
        // Whoever asks for a replay wants it run, however late.
        deadline: None,
        not_before: None,
        unreachable_since: None,
        // Whoever waits for an outcome waits for the first one's.
        token: None,
        workflow: None,
        outcome: None,
        finished_at: None,
        replies: 0,
        replay_of: Some(id),
        replays: Vec::new(),
        ..first.clone()
    };
    if first.replays.len() >= bounds::REPLAYS_REMEMBERED {
        first.replays.remove(0);
    }
    first.replays.push(execution);
    keep_delivery_for_it(txn, first.delivery)?;
    txn.save(Table::Executions, id.as_bytes(), &first)?;
    txn.save(Table::Executions, execution.as_bytes(), &again)?;
    txn.enter(Queue::Runs, &key::run(lane, again.seq), execution.as_bytes().to_vec());
    Ok(Replay::Queued(Ticket { execution, lane, token: None }))
}

/// A delivery stays as long as any of its events, and this is one more.
fn keep_delivery_for_it(txn: &mut Txn<'_>, id: DeliveryId) -> Result<(), StoreError> {
    let Some(mut delivery) = txn.load::<Delivery>(Table::Deliveries, id.as_bytes())? else { return Ok(()) };
    delivery.events_kept += 1;
    txn.save(Table::Deliveries, id.as_bytes(), &delivery)
}
