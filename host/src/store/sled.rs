//! The store on disk, in sled 0.34.
//!
//! Three facts shape it: only the committer thread writes, because concurrent flushes can hang; after
//! `flush()`, which ends in `sync_file_range`, the database file is synced with `fdatasync`, or a power cut
//! would lose what was acknowledged; and no value is large, because large ones become files that nothing
//! syncs.

use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use sled::transaction::{ConflictableTransactionError, TransactionError, Transactional as _};

use super::StoreError;
use super::ledger::{Engine, Ledger};
use super::table::{Changes, Entry, Table, Tables};

/// A store in a folder. One process at a time.
pub type SledStore = Ledger<Sled>;

/// The cache for pages; what 5 million remembered ids need was measured at 440 MB with 64 MiB.
const CACHE_BYTES: u64 = 64 * 1024 * 1024;

impl SledStore {
    /// Opens the store of a folder, which is made when it is missing. Deliveries are refused while less
    /// than `reserve_bytes` are free on its disk.
    ///
    /// # Errors
    /// Each variant says what an operator can do.
    pub fn open(folder: &Path, reserve_bytes: u64) -> Result<Self, OpenError> {
        let fail = |error: io::Error| OpenError::from_io(folder, error);
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(fail)?;
        let opened = sled::Config::new()
            .path(folder)
            .cache_capacity(CACHE_BYTES)
            .flush_every_ms(None)
            .mode(sled::Mode::HighThroughput)
            .open();
        let db = opened.map_err(|error| OpenError::from_sled(folder, error))?;
        let file = File::open(folder.join("db")).map_err(fail)?;
        let engine =
            Sled { db, file, folder: folder.to_owned(), reserve_bytes, trees: Mutex::new(HashMap::new()) };
        let days = engine.db.tree_names();
        let days = days.iter().filter_map(|name| Table::seen_day(name)).map(Table::Seen);
        for table in Table::FIXED.into_iter().chain(days) {
            engine.tree(table).map_err(|error| OpenError::Damaged(folder.to_owned(), error.to_string()))?;
        }
        Ok(Ledger::start(engine))
    }
}

/// The engine of [`SledStore`].
pub struct Sled {
    db: sled::Db,
    file: File,
    folder: PathBuf,
    reserve_bytes: u64,
    trees: Mutex<HashMap<Table, sled::Tree>>,
}

impl Sled {
    fn tree(&self, table: Table) -> Result<sled::Tree, StoreError> {
        let mut trees = self.trees.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(tree) = trees.get(&table) {
            return Ok(tree.clone());
        }
        let tree = self.db.open_tree(table.name()).map_err(unavailable)?;
        trees.insert(table, tree.clone());
        Ok(tree)
    }

    /// A table for reading. A day on which nothing was seen has none, and reading must not make one.
    fn existing(&self, table: Table) -> Option<sled::Tree> {
        self.trees.lock().unwrap_or_else(PoisonError::into_inner).get(&table).cloned()
    }
}

impl Tables for Sled {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let Some(tree) = self.existing(table) else { return Ok(None) };
        Ok(tree.get(key).map_err(unavailable)?.map(|value| value.to_vec()))
    }

    fn first(&self, table: Table, prefix: &[u8], from: &[u8]) -> Result<Option<Entry>, StoreError> {
        let Some(tree) = self.existing(table) else { return Ok(None) };
        match tree.range(from..).next() {
            None => Ok(None),
            Some(Err(error)) => Err(unavailable(error)),
            Some(Ok((key, _))) if !key.starts_with(prefix) => Ok(None),
            Some(Ok((key, value))) => Ok(Some((key.to_vec(), value.to_vec()))),
        }
    }

    fn last(&self, table: Table, before: &[u8]) -> Result<Option<Entry>, StoreError> {
        let Some(tree) = self.existing(table) else { return Ok(None) };
        let last = tree.get_lt(before).map_err(unavailable)?;
        Ok(last.map(|(key, value)| (key.to_vec(), value.to_vec())))
    }

    fn count(&self, table: Table) -> Result<usize, StoreError> {
        Ok(self.existing(table).map_or(0, |tree| tree.len()))
    }

    fn seen_days(&self) -> Result<Vec<u32>, StoreError> {
        let trees = self.trees.lock().unwrap_or_else(PoisonError::into_inner);
        let mut days: Vec<u32> = trees.keys().filter_map(|table| table.day()).collect();
        days.sort_unstable();
        Ok(days)
    }
}

impl Engine for Sled {
    fn commit(&self, changes: &Changes) -> Result<(), StoreError> {
        let trees = changes.keys().map(|table| self.tree(*table)).collect::<Result<Vec<_>, _>>()?;
        let written = trees.as_slice().transaction(|views| {
            for (view, entries) in views.iter().zip(changes.values()) {
                for (key, value) in entries {
                    match value {
                        Some(value) => view.insert(key.as_slice(), value.as_slice())?,
                        None => view.remove(key.as_slice())?,
                    };
                }
            }
            Ok::<(), ConflictableTransactionError<()>>(())
        });
        written.map_err(|error| match error {
            TransactionError::Storage(error) => unavailable(error),
            TransactionError::Abort(()) => unavailable("a transaction that is never aborted was aborted"),
        })?;
        self.db.flush().map_err(unavailable)?;
        self.file.sync_data().map_err(unavailable)
    }

    fn drop_days(&self, days: &[u32]) -> Result<(), StoreError> {
        for day in days {
            self.trees.lock().unwrap_or_else(PoisonError::into_inner).remove(&Table::Seen(*day));
            self.db.drop_tree(Table::Seen(*day).name()).map_err(unavailable)?;
        }
        Ok(())
    }

    fn space_is_low(&self) -> Option<u64> {
        // When the file system cannot say, writing will.
        let stat = rustix::fs::statvfs(&self.folder).ok()?;
        (stat.f_bavail.saturating_mul(stat.f_frsize) < self.reserve_bytes).then_some(self.reserve_bytes)
    }
}

fn unavailable(error: impl std::fmt::Display) -> StoreError {
    StoreError::Unavailable(error.to_string())
}

/// Why a store cannot be opened; each variant asks something else of the operator.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has it.
    #[error("the data folder {0} is in use by another process")]
    Locked(PathBuf),
    /// This user may not.
    #[error("the data folder {0} cannot be used: {1}")]
    NotAllowed(PathBuf, io::Error),
    /// What is there is no store, or a broken one.
    #[error("the data folder {0} holds no readable store: {1}")]
    Damaged(PathBuf, String),
}

impl OpenError {
    /// What to do next.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Locked(_) => "stop the other hookhost, or choose another folder with --data",
            Self::NotAllowed(..) => {
                "give this user the right to write there, or choose another folder with --data"
            }
            Self::Damaged(..) => {
                "keep a copy of the folder, restore it from a backup, or choose another with --data"
            }
        }
    }

    fn from_io(folder: &Path, error: io::Error) -> Self {
        Self::NotAllowed(folder.to_owned(), error)
    }

    fn from_sled(folder: &Path, error: sled::Error) -> Self {
        match error {
            sled::Error::Io(error) if error.to_string().contains("could not acquire lock") => {
                Self::Locked(folder.to_owned())
            }
            sled::Error::Io(error) => Self::from_io(folder, error),
            other => Self::Damaged(folder.to_owned(), other.to_string()),
        }
    }
}
