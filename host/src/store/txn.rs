//! A transaction: reads see what it and its group have changed, nothing is written until it is committed.

use std::collections::BTreeMap;

use super::StoreError;
use super::record::{self, Stored};
use super::table::{Changes, Entry, Table, Tables};

/// One verb's view of the tables.
pub(crate) struct Txn<'a> {
    tables: &'a dyn Tables,
    group: &'a Changes,
    own: Changes,
    space_is_low: Option<u64>,
}

impl<'a> Txn<'a> {
    /// Begins on top of what the group has changed so far.
    pub(crate) fn new(tables: &'a dyn Tables, group: &'a Changes, space_is_low: Option<u64>) -> Self {
        Self { tables, group, own: Changes::new(), space_is_low }
    }

    /// What it changed.
    pub(crate) fn into_changes(self) -> Changes {
        self.own
    }

    /// Refuses when the disk is too full to take in anything new. What finishes work is let through: it
    /// frees space in the end.
    pub(crate) fn require_space(&self) -> Result<(), StoreError> {
        match self.space_is_low {
            Some(reserve_bytes) => Err(StoreError::Full { reserve_bytes }),
            None => Ok(()),
        }
    }

    /// The raw value of a key.
    pub(crate) fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        for changes in [&self.own, self.group] {
            if let Some(value) = changes.get(&table).and_then(|table| table.get(key)) {
                return Ok(value.clone());
            }
        }
        self.tables.get(table, key)
    }

    /// Sets the raw value of a key; it must be small.
    pub(crate) fn put(&mut self, table: Table, key: &[u8], value: Vec<u8>) {
        self.own.entry(table).or_default().insert(key.to_vec(), Some(value));
    }

    /// Removes a key.
    pub(crate) fn remove(&mut self, table: Table, key: &[u8]) {
        self.own.entry(table).or_default().insert(key.to_vec(), None);
    }

    /// The first entry that begins with `prefix`.
    pub(crate) fn first(&self, table: Table, prefix: &[u8]) -> Result<Option<Entry>, StoreError> {
        self.first_from(table, prefix, prefix)
    }

    /// The first entry at or after `from` that begins with `prefix`.
    pub(crate) fn first_from(
        &self,
        table: Table,
        prefix: &[u8],
        from: &[u8],
    ) -> Result<Option<Entry>, StoreError> {
        let changed = self.first_changed(table, prefix, from);
        let mut stored = self.tables.first(table, prefix, from)?;
        while let Some((key, _)) = &stored {
            if !self.is_changed(table, key) {
                break;
            }
            let mut after = key.clone();
            after.push(0);
            stored = self.tables.first(table, prefix, &after)?;
        }
        Ok(match (stored, changed) {
            (Some(stored), Some(changed)) => Some(if stored.0 < changed.0 { stored } else { changed }),
            (stored, changed) => stored.or(changed),
        })
    }

    /// The days for which ids are remembered on disk.
    pub(crate) fn seen_days(&self) -> Result<Vec<u32>, StoreError> {
        self.tables.seen_days()
    }

    /// How many entries a table holds on disk.
    pub(crate) fn count(&self, table: Table) -> Result<usize, StoreError> {
        self.tables.count(table)
    }

    /// A record, put together from its pieces where it was split.
    pub(crate) fn load<T: Stored>(&self, table: Table, key: &[u8]) -> Result<Option<T>, StoreError> {
        let Some(head) = self.get(table, key)? else { return Ok(None) };
        let bytes =
            record::join(&head, |number| self.get(Table::Pieces, &record::piece_key(table, key, number)))?;
        T::from_stored(&bytes).map(Some)
    }

    /// Sets a record, split where it is too large for one value.
    pub(crate) fn save<T: Stored>(&mut self, table: Table, key: &[u8], value: &T) -> Result<(), StoreError> {
        let (head, pieces) = record::split(value.to_stored()?);
        self.drop_pieces(table, key)?;
        for (number, piece) in (0..).zip(pieces) {
            self.put(Table::Pieces, &record::piece_key(table, key, number), piece);
        }
        self.put(table, key, head);
        Ok(())
    }

    /// Removes a record with its pieces.
    pub(crate) fn erase(&mut self, table: Table, key: &[u8]) -> Result<(), StoreError> {
        self.drop_pieces(table, key)?;
        self.remove(table, key);
        Ok(())
    }

    fn drop_pieces(&mut self, table: Table, key: &[u8]) -> Result<(), StoreError> {
        let Some(head) = self.get(table, key)? else { return Ok(()) };
        for number in 0..record::pieces(&head)? {
            self.remove(Table::Pieces, &record::piece_key(table, key, number));
        }
        Ok(())
    }

    fn is_changed(&self, table: Table, key: &[u8]) -> bool {
        [&self.own, self.group]
            .into_iter()
            .any(|changes| changes.get(&table).is_some_and(|t| t.contains_key(key)))
    }

    fn first_changed(&self, table: Table, prefix: &[u8], from: &[u8]) -> Option<Entry> {
        let mut merged: BTreeMap<&[u8], &Option<Vec<u8>>> = BTreeMap::new();
        for changes in [self.group, &self.own] {
            for (key, value) in changes.get(&table).into_iter().flat_map(|t| t.range(from.to_vec()..)) {
                if !key.starts_with(prefix) {
                    break;
                }
                merged.insert(key, value);
            }
        }
        merged.into_iter().find_map(|(key, value)| Some((key.to_vec(), value.clone()?)))
    }
}

/// Adds a transaction's changes to its group's.
pub(crate) fn merge(group: &mut Changes, own: Changes) {
    for (table, entries) in own {
        group.entry(table).or_default().extend(entries);
    }
}
