//! A transaction: reads see what it and its group have changed, nothing is written until it is committed.

use super::StoreError;
use super::record::{self, Stored};
use super::table::{Changes, Entry, Table, Tables};
use super::tally::{Move, Queue};

/// What holds back new deliveries.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// The reserve of free disk space, when less than that is left.
    pub(crate) space_is_low: Option<u64>,
    /// Ids that may be remembered.
    pub(crate) max_ids: u32,
    /// Events that wait or run, before this transaction.
    pub(crate) queued: u64,
    /// Those that may.
    pub(crate) max_queued: u32,
}

impl Limits {
    /// For looking only.
    pub(crate) const NONE: Self =
        Self { space_is_low: None, max_ids: u32::MAX, queued: 0, max_queued: u32::MAX };
}

/// One verb's view of the tables.
pub(crate) struct Txn<'a> {
    tables: &'a dyn Tables,
    group: &'a Changes,
    own: Changes,
    moves: Vec<Move>,
    limits: Limits,
    /// How many events it has queued, less those that it has taken out.
    queued: i64,
}

impl<'a> Txn<'a> {
    /// Begins on top of what the group has changed so far.
    pub(crate) fn new(tables: &'a dyn Tables, group: &'a Changes, limits: Limits) -> Self {
        Self { tables, group, own: Changes::new(), moves: Vec::new(), limits, queued: 0 }
    }

    /// What it changed.
    pub(crate) fn into_changes(self) -> Changes {
        self.own
    }

    /// What came into queues and left them by it.
    pub(crate) fn take_moves(&mut self) -> Vec<Move> {
        std::mem::take(&mut self.moves)
    }

    /// By how many it makes more events wait or run.
    pub(crate) fn queued(&self) -> i64 {
        self.queued
    }

    /// Refuses when no further event may wait. Those that do are let through whatever becomes of them: they
    /// free their places in the end.
    pub(crate) fn require_room_in_queue(&self) -> Result<(), StoreError> {
        let Limits { queued, max_queued, .. } = self.limits;
        let may = queued.saturating_add_signed(self.queued) < u64::from(max_queued);
        if may { Ok(()) } else { Err(StoreError::QueueFull { max_queued }) }
    }

    /// Refuses when the disk is too full to take in anything new. What finishes work is let through: it
    /// frees space in the end.
    pub(crate) fn require_space(&self) -> Result<(), StoreError> {
        match self.limits.space_is_low {
            Some(reserve_bytes) => Err(StoreError::Full { reserve_bytes }),
            None => Ok(()),
        }
    }

    /// Refuses when no further id may be remembered. None is forgotten for it: a sender may still repeat it.
    pub(crate) fn require_room_for_an_id(&self) -> Result<(), StoreError> {
        let days = [self.group, &self.own].into_iter().flatten().filter(|(table, _)| table.day().is_some());
        let coming: usize = days.map(|(_, entries)| entries.len()).sum();
        let max_ids = self.limits.max_ids;
        match u32::try_from(self.tables.ids() + coming) {
            Ok(held) if held < max_ids => Ok(()),
            _ => Err(StoreError::TooManyIds { max_ids }),
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

    /// Puts something into a queue in which it is not yet.
    pub(crate) fn enter(&mut self, queue: Queue, key: &[u8], value: Vec<u8>) {
        self.queued += i64::from(queue == Queue::Runs);
        self.moves.push(Move { queue, since: queue.since(key, &value), comes: true });
        self.put(queue.table(), key, value);
    }

    /// Takes something out of a queue, if it is there.
    pub(crate) fn leave(&mut self, queue: Queue, key: &[u8]) -> Result<(), StoreError> {
        if let Some(value) = self.get(queue.table(), key)? {
            self.queued -= i64::from(queue == Queue::Runs);
            self.moves.push(Move { queue, since: queue.since(key, &value), comes: false });
            self.remove(queue.table(), key);
        }
        Ok(())
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

    /// The last entry on disk whose key is less than `before`. What this group has changed is not seen: it
    /// is for lists, which people read.
    pub(crate) fn last_on_disk(&self, table: Table, before: &[u8]) -> Result<Option<Entry>, StoreError> {
        self.tables.last(table, before)
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
        self.drop_pieces(table, key)?;
        self.add(table, key, value)
    }

    /// The same for a key that is new, such as an id that was made just now: there is nothing to be replaced.
    pub(crate) fn add<T: Stored>(&mut self, table: Table, key: &[u8], value: &T) -> Result<(), StoreError> {
        let (head, pieces) = record::split(value.to_stored()?);
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

    /// The first that was changed and not removed; its own changes stand before the group's.
    fn first_changed(&self, table: Table, prefix: &[u8], from: &[u8]) -> Option<Entry> {
        let mut own = range(&self.own, table, prefix, from).peekable();
        let mut group = range(self.group, table, prefix, from).peekable();
        loop {
            let is_own = match (own.peek(), group.peek()) {
                (None, None) => return None,
                (Some(_), None) => true,
                (None, Some(_)) => false,
                (Some((own, _)), Some((group, _))) => own <= group,
            };
            let (key, value) = if is_own { own.next()? } else { group.next()? };
            if is_own && group.peek().is_some_and(|(other, _)| *other == key) {
                group.next();
            }
            if let Some(value) = value {
                return Some((key.clone(), value.clone()));
            }
        }
    }
}

fn range<'c>(
    changes: &'c Changes,
    table: Table,
    prefix: &'c [u8],
    from: &[u8],
) -> impl Iterator<Item = (&'c Vec<u8>, &'c Option<Vec<u8>>)> {
    let entries = changes.get(&table).map(|entries| entries.range(from.to_vec()..));
    entries.into_iter().flatten().take_while(move |(key, _)| key.starts_with(prefix))
}

/// Adds a transaction's changes to its group's.
pub(crate) fn merge(group: &mut Changes, own: Changes) {
    for (table, entries) in own {
        group.entry(table).or_default().extend(entries);
    }
}
