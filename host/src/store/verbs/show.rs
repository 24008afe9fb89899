//! Reading for people and for a start.

use crate::model::id::{DeliveryId, ExecutionId};
use crate::store::admission::Delivery;
use crate::store::execution::Execution;
use crate::store::key::{self, Lane};
use crate::store::owed::OwedReply;
use crate::store::record::Raw;
use crate::store::table::Table;
use crate::store::txn::Txn;
use crate::store::{Counts, StoreError, WaitingLanes};

/// The lanes in which something waits.
pub(crate) fn waiting_lanes(txn: &Txn<'_>) -> Result<WaitingLanes, StoreError> {
    Ok(WaitingLanes { runs: lanes(txn, Table::Runs)?, replies: lanes(txn, Table::Outbox)? })
}

// Jumps from lane to lane, so that a lane with a thousand events costs one look.
fn lanes(txn: &Txn<'_>, table: Table) -> Result<Vec<Lane>, StoreError> {
    let mut lanes = Vec::new();
    let mut from = Some([0; 16]);
    while let Some(start) = from {
        let Some((key, _)) = txn.first_from(table, &[], &start)? else { break };
        let lane = Lane::from_key(&key)
            .ok_or_else(|| StoreError::Unreadable("a place in a lane is shorter than a lane".into()))?;
        lanes.push(lane);
        from = lane.after();
    }
    Ok(lanes)
}

/// An event.
pub(crate) fn execution(txn: &Txn<'_>, id: ExecutionId) -> Result<Option<Execution>, StoreError> {
    txn.load(Table::Executions, id.as_bytes())
}

/// Its replies.
pub(crate) fn replies(txn: &Txn<'_>, id: ExecutionId) -> Result<Vec<OwedReply>, StoreError> {
    let count = execution(txn, id)?.map_or(0, |execution| execution.replies);
    let found = (0..count).map(|number| txn.load(Table::Replies, &key::reply(id, number)));
    found.filter_map(Result::transpose).collect()
}

/// A delivery with its body.
pub(crate) fn delivery(txn: &Txn<'_>, id: DeliveryId) -> Result<Option<Delivery>, StoreError> {
    let Some(mut delivery) = txn.load::<Delivery>(Table::Deliveries, id.as_bytes())? else { return Ok(None) };
    if let Some(Raw(body)) = txn.load(Table::Bodies, id.as_bytes())? {
        delivery.request.body = body;
    }
    Ok(Some(delivery))
}

/// How much of everything there is.
pub(crate) fn counts(txn: &Txn<'_>) -> Result<Counts, StoreError> {
    let mut ids = 0;
    for day in txn.seen_days()? {
        ids += txn.count(Table::Seen(day))?;
    }
    Ok(Counts {
        deliveries: txn.count(Table::Deliveries)?,
        executions: txn.count(Table::Executions)?,
        queued: txn.count(Table::Runs)?,
        owed: txn.count(Table::Outbox)?,
        ids,
    })
}
