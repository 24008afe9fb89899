//! Looking for events and held deliveries, newest first.
//!
//! Ids are given out in the order of time, so a table is walked from its end, and never far in one look:
//! who finds too little looks again from where this look ended.

use crate::model::bounds;
use crate::model::id::{DeliveryId, ExecutionId, first_given_at};
use crate::store::StoreError;
use crate::store::admission::Delivery;
use crate::store::execution::Execution;
use crate::store::listing::{EventFilter, Found, Look, Origin};
use crate::store::table::Table;
use crate::store::txn::Txn;

/// Events.
pub(crate) fn events(
    txn: &Txn<'_>,
    filter: &EventFilter,
    look: Look<ExecutionId>,
) -> Result<Found<Execution, ExecutionId>, StoreError> {
    let before = look.before.map(|id| *id.as_bytes());
    let found = walk(txn, Table::Executions, &filter.origin, before, look.max, |id| {
        let execution: Option<Execution> = txn.load(Table::Executions, id)?;
        Ok(execution.filter(|execution| filter.means(execution)))
    })?;
    Ok(Found { items: found.items, next: found.next.and_then(|key| ExecutionId::from_bytes(&key)) })
}

/// Held deliveries, without their bodies.
pub(crate) fn held(
    txn: &Txn<'_>,
    origin: &Origin,
    look: Look<DeliveryId>,
) -> Result<Found<Delivery, DeliveryId>, StoreError> {
    let before = look.before.map(|id| *id.as_bytes());
    let found = walk(txn, Table::Held, origin, before, look.max, |id| {
        let delivery: Option<Delivery> = txn.load(Table::Deliveries, id)?;
        let is_meant = |one: &Delivery| origin.provider.as_ref().is_none_or(|name| *name == one.provider);
        Ok(delivery.filter(is_meant))
    })?;
    Ok(Found { items: found.items, next: found.next.and_then(|key| DeliveryId::from_bytes(&key)) })
}

/// Walks the ids of a table back in time, from `before` or the end to the beginning of the time that is
/// meant.
fn walk<T>(
    txn: &Txn<'_>,
    table: Table,
    origin: &Origin,
    before: Option<[u8; 16]>,
    max: usize,
    mut pick: impl FnMut(&[u8]) -> Result<Option<T>, StoreError>,
) -> Result<Found<T, Vec<u8>>, StoreError> {
    let first = origin.since.map_or([0; 16], first_given_at);
    let end = origin.until.map_or([0xff; 16], first_given_at);
    let mut at = before.map_or(end, |before| before.min(end)).to_vec();
    let mut items = Vec::new();
    for _ in 0..bounds::EVENTS_LOOKED_AT {
        let Some((key, _)) = txn.last_on_disk(table, &at)?.filter(|(key, _)| key[..] >= first[..]) else {
            return Ok(Found { items, next: None });
        };
        items.extend(pick(&key)?);
        at = key;
        if items.len() >= max {
            break;
        }
    }
    Ok(Found { items, next: Some(at) })
}
