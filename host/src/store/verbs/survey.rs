//! What a start finds, as far as it can be counted without walking everything.

use crate::model::bounds;
use crate::store::execution::{Execution, State};
use crate::store::key::Lane;
use crate::store::meta::{self, SEQUENCE};
use crate::store::table::Table;
use crate::store::txn::Txn;
use crate::store::{Count, StoreError, Survey};

/// Looks at the first of each lane, and counts what is usually little.
pub(crate) fn survey(txn: &Txn<'_>) -> Result<Survey, StoreError> {
    let mut lane = None;
    let mut interrupted = 0;
    let queued = count(txn, Table::Runs, |place, id| {
        // Only the first of a lane can have been started.
        if lane != Lane::from_key(place) {
            lane = Lane::from_key(place);
            let first: Option<Execution> = txn.load(Table::Executions, id)?;
            interrupted += usize::from(first.is_some_and(|first| first.state == State::Running));
        }
        Ok(())
    })?;
    let admitted = txn.get(Table::Meta, SEQUENCE)?.map(|bytes| meta::number(&bytes)).transpose()?;
    Ok(Survey {
        queued,
        interrupted,
        owed: count(txn, Table::Outbox, |_, _| Ok(()))?,
        held: count(txn, Table::Held, |_, _| Ok(()))?,
        days_of_ids: txn.seen_days()?.len(),
        admitted: admitted.unwrap_or(0),
    })
}

fn count(
    txn: &Txn<'_>,
    table: Table,
    mut look: impl FnMut(&[u8], &[u8]) -> Result<(), StoreError>,
) -> Result<Count, StoreError> {
    let (mut number, mut from) = (0, Vec::new());
    while number < bounds::COUNTED_AT_START {
        let Some((key, value)) = txn.first_from(table, &[], &from)? else {
            return Ok(Count { number, is_all: true });
        };
        look(&key, &value)?;
        number += 1;
        from = [&key[..], &[0]].concat();
    }
    Ok(Count { number, is_all: false })
}
