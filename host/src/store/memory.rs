//! A store in memory: for tests, and as the plainest form of what a store does.

use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use super::backup::{BackupError, Finish};
use super::engine::Engine;
use super::ledger::Ledger;
use super::stats::Disk;
use super::table::{Changes, Entry, Table, Tables};
use super::{Ceilings, StoreError};
use crate::metrics::StoreMetrics;
use crate::model::bounds;

/// Keeps everything until the process ends.
pub type MemoryStore = Ledger<Memory>;

impl MemoryStore {
    /// An empty one.
    pub fn new() -> Self {
        Self::with_ceilings(Ceilings { max_ids: bounds::IDS, max_queued: bounds::QUEUED })
    }

    /// An empty one that takes no more than this.
    pub(crate) fn with_ceilings(ceilings: Ceilings) -> Self {
        Ledger::start(Memory::default(), 0, ceilings, StoreMetrics::default())
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

/// The engine of [`MemoryStore`]. Clones share what it holds, so that a store can be opened anew on it.
#[derive(Clone, Default)]
pub struct Memory {
    tables: Arc<Mutex<Changes>>,
}

impl Memory {
    fn with<T>(&self, look: impl FnOnce(&mut Changes) -> T) -> T {
        // A panic elsewhere leaves the maps as they were: each change is a single insertion.
        look(&mut self.tables.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Tables for Memory {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.with(|tables| tables.get(&table)?.get(key)?.clone()))
    }

    fn first(&self, table: Table, prefix: &[u8], from: &[u8]) -> Result<Option<Entry>, StoreError> {
        Ok(self.with(|tables| {
            let (key, value) = tables.get(&table)?.range(from.to_vec()..).next()?;
            Some((key.clone(), value.clone()?)).filter(|(key, _)| key.starts_with(prefix))
        }))
    }

    fn last(&self, table: Table, before: &[u8]) -> Result<Option<Entry>, StoreError> {
        Ok(self.with(|tables| {
            let (key, value) = tables.get(&table)?.range(..before.to_vec()).next_back()?;
            Some((key.clone(), value.clone()?))
        }))
    }

    fn count(&self, table: Table) -> Result<usize, StoreError> {
        Ok(self.with(|tables| tables.get(&table).map_or(0, std::collections::BTreeMap::len)))
    }

    fn ids(&self) -> usize {
        let is_day = |table: &Table| table.day().is_some();
        self.with(|tables| tables.iter().filter(|(table, _)| is_day(table)).map(|(_, ids)| ids.len()).sum())
    }

    fn seen_days(&self) -> Result<Vec<u32>, StoreError> {
        Ok(self.with(|tables| tables.keys().filter_map(|table| table.day()).collect()))
    }
}

impl Engine for Memory {
    fn commit(&self, changes: &Changes) -> Result<(), StoreError> {
        self.with(|tables| {
            for (table, entries) in changes {
                let kept = tables.entry(*table).or_default();
                for (key, value) in entries {
                    match value {
                        Some(_) => drop(kept.insert(key.clone(), value.clone())),
                        None => drop(kept.remove(key)),
                    }
                }
            }
        });
        Ok(())
    }

    fn forget_day(&self, day: u32) -> Result<bool, StoreError> {
        self.with(|tables| tables.remove(&Table::Seen(day)));
        Ok(true)
    }

    fn disk(&self) -> Option<Disk> {
        None
    }

    fn space_is_low(&self) -> Option<u64> {
        None
    }

    fn reopen(&self) -> Result<(), StoreError> {
        Ok(())
    }

    fn begin_copy(&self, _: &Path) -> Result<(), BackupError> {
        Err(BackupError::InMemory)
    }

    fn copy_some(&self, _: u64) -> Result<Option<Finish>, BackupError> {
        Err(BackupError::InMemory)
    }

    fn abandon_copy(&self) {}

    fn mark(&self, _: u64) -> io::Result<()> {
        Ok(())
    }
}
