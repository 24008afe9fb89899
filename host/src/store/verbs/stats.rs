//! What a store holds, table by table, as far as it can be walked in a moment.

use std::collections::BTreeMap;

use crate::model::bounds;
use crate::model::id::ExecutionId;
use crate::model::time::Time;
use crate::store::execution::Execution;
use crate::store::meta::{self, SEQUENCE};
use crate::store::owed::OwedReply;
use crate::store::stats::{Counted, Stats, TableStats};
use crate::store::table::Table;
use crate::store::txn::Txn;
use crate::store::{Count, StoreError};

/// Counts up to a bound in each table.
pub(crate) fn stats(txn: &Txn<'_>) -> Result<Stats, StoreError> {
    let (mut events, mut replies) = (BTreeMap::new(), BTreeMap::new());
    let mut tables = Vec::new();
    for table in Table::FIXED {
        let looked = table_stats(txn, table, |key| {
            match table {
                Table::Executions => {
                    let execution: Option<Execution> = txn.load(table, key)?;
                    count(&mut events, execution.map(|one| one.state.name().to_string()));
                }
                Table::Replies => {
                    let reply: Option<OwedReply> = txn.load(table, key)?;
                    count(&mut replies, reply.map(|one| one.progress.name().to_owned()));
                }
                _ => {}
            }
            Ok(())
        })?;
        tables.push(looked);
    }
    let is_all = |name: &str| tables.iter().any(|table| table.table == name && table.entries.is_all);
    let events = Counted { is_all: is_all("executions"), by: events };
    let replies = Counted { is_all: is_all("replies"), by: replies };
    let days = txn.seen_days()?;
    let ids = days.iter().map(|day| txn.count(Table::Seen(*day))).sum::<Result<usize, _>>()?;
    let number = |key| txn.get(Table::Meta, key)?.map(|bytes| meta::number(&bytes)).transpose();
    Ok(Stats {
        admitted: number(SEQUENCE)?.unwrap_or(0),
        commits: number(meta::COMMITS)?.unwrap_or(0),
        disk: None,
        ids,
        days_of_ids: days.len(),
        events,
        replies,
        tables,
    })
}

fn table_stats(
    txn: &Txn<'_>,
    table: Table,
    mut look: impl FnMut(&[u8]) -> Result<(), StoreError>,
) -> Result<TableStats, StoreError> {
    let (mut number, mut bytes, mut from, mut oldest) = (0, 0, Vec::new(), None);
    let mut is_all = false;
    while number < bounds::COUNTED_FOR_STATS {
        let Some((key, value)) = txn.first_from(table, &[], &from)? else {
            is_all = true;
            break;
        };
        look(&key)?;
        if number == 0 {
            oldest = given_at(table, &key);
        }
        number += 1;
        bytes += (key.len() + value.len()) as u64;
        from = [&key[..], &[0]].concat();
    }
    Ok(TableStats { table: table.name(), entries: Count { number, is_all }, bytes, oldest_ms: oldest })
}

/// When the first of a table came that is in the order of time.
fn given_at(table: Table, key: &[u8]) -> Option<Time> {
    match table {
        Table::Deliveries
        | Table::Bodies
        | Table::Executions
        | Table::Replies
        | Table::Statuses
        | Table::Held => Some(ExecutionId::from_bytes(key.get(..16)?)?.given_at()),
        _ => None,
    }
}

fn count(counts: &mut BTreeMap<String, usize>, name: Option<String>) {
    if let Some(name) = name {
        *counts.entry(name).or_default() += 1;
    }
}
