//! The store's own numbers: its format, how many groups were committed, and the last sequence number.

use super::StoreError;
use super::table::{Changes, Table, Tables};

/// The format that this program writes. It grows when an older program could no longer read the store; a
/// field more in a record is no such change.
pub(crate) const FORMAT: u64 = 2;

/// The last place that was given to an event.
pub(crate) const SEQUENCE: &[u8] = b"sequence";
const FORMAT_KEY: &[u8] = b"format";
/// How many groups were committed.
pub(crate) const COMMITS: &[u8] = b"commits";

/// The format of a store; a store of the first format does not say.
pub(crate) fn format(tables: &dyn Tables) -> Result<Option<u64>, StoreError> {
    tables.get(Table::Meta, FORMAT_KEY)?.map(|bytes| number(&bytes)).transpose()
}

/// How many groups were committed since this is counted.
pub(crate) fn commits(tables: &dyn Tables) -> Result<u64, StoreError> {
    Ok(tables.get(Table::Meta, COMMITS)?.map(|bytes| number(&bytes)).transpose()?.unwrap_or(0))
}

/// Writes the format with a group.
pub(crate) fn put_format(group: &mut Changes) {
    put(group, FORMAT_KEY, FORMAT);
}

/// Counts a group as committed.
pub(crate) fn put_commits(group: &mut Changes, commits: u64) {
    put(group, COMMITS, commits);
}

/// Reads one of these numbers.
pub(crate) fn number(bytes: &[u8]) -> Result<u64, StoreError> {
    let bytes = bytes.try_into();
    let bytes =
        bytes.map_err(|_| StoreError::Unreadable("a number of the store is not 8 bytes long".into()))?;
    Ok(u64::from_be_bytes(bytes))
}

fn put(group: &mut Changes, key: &[u8], number: u64) {
    group.entry(Table::Meta).or_default().insert(key.to_vec(), Some(number.to_be_bytes().to_vec()));
}
