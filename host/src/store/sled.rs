//! The store on disk, in sled 0.34.
//!
//! Five facts shape it: only the committer thread writes, because concurrent flushes can hang; after
//! `flush()`, which ends in `sync_file_range`, the database file is synced with `fdatasync`, or a power cut
//! would lose what was acknowledged; no value is large, because large pages become files that nothing syncs;
//! every page costs memory for good, so that ids, which are many and small, stand many to a record; and after a
//! write that failed sled refuses everything, so it is closed and opened anew.

mod copy;
mod database;
mod remembered;
#[cfg(test)]
mod tests;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock};

use self::database::Database;
use super::backup::{BackupError, Finish};
use super::engine::Engine;
use super::guarded::guarded;
use super::ledger::Ledger;
use super::mark::Mark;
use super::meta::{self, FORMAT};
use super::open::OpenError;
use super::stats::Disk;
use super::table::{Changes, Entry, Table, Tables};
use super::{Ceilings, StoreError};
use crate::metrics::StoreMetrics;
use crate::model::bounds;

/// A store in a folder. One process at a time.
pub type SledStore = Ledger<Sled>;

impl SledStore {
    /// Opens the store of a folder, which is made when it is missing. Deliveries are refused while less
    /// than `reserve_bytes` are free on its disk, and while as much is there as its ceilings let in. Commits are
    /// measured in `metrics`.
    ///
    /// # Errors
    /// Each variant says what an operator can do.
    pub fn open(
        folder: &Path,
        reserve_bytes: u64,
        ceilings: Ceilings,
        metrics: StoreMetrics,
    ) -> Result<Self, OpenError> {
        let (engine, commits) = Sled::open(folder, reserve_bytes)?;
        Ok(Ledger::start(engine, commits, ceilings, metrics))
    }
}

/// The engine of [`SledStore`].
pub struct Sled {
    folder: PathBuf,
    reserve_bytes: u64,
    /// None between a write that failed and the opening that mends it.
    database: RwLock<Option<Database>>,
}

impl Sled {
    /// Opens a database that has everything it had, in a format that this program reads; gives how many
    /// groups were committed to it.
    pub(super) fn open(folder: &Path, reserve_bytes: u64) -> Result<(Self, u64), OpenError> {
        let database = RwLock::new(Some(Database::open(folder)?));
        let engine = Self { folder: folder.to_owned(), reserve_bytes, database };
        let unreadable = |error: StoreError| OpenError::from_store(folder, &error);
        let format = meta::format(&engine).map_err(unreadable)?;
        if let Some(found) = format.filter(|found| *found > FORMAT) {
            return Err(OpenError::TooNew { folder: folder.to_owned(), found, reads: FORMAT });
        }
        let has = meta::commits(&engine).map_err(unreadable)?;
        let mark = Mark::read(folder).map_err(|error| OpenError::from_io(folder, error))?;
        if let Some(Mark { commits: had, .. }) = mark.filter(|mark| mark.commits > has) {
            return Err(OpenError::Shrunk { folder: folder.to_owned(), had, has });
        }
        if format != Some(FORMAT) {
            // Before the number, so that a crash in between does it again.
            engine.with(Database::move_days).map_err(unreadable)?;
            let mut now = Changes::new();
            meta::put_format(&mut now);
            engine.commit(&now).map_err(unreadable)?;
        }
        engine.mark(has).map_err(|error| OpenError::from_io(folder, error))?;
        Ok((engine, has))
    }

    fn with<T>(&self, look: impl FnOnce(&Database) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let database = self.database.read().unwrap_or_else(PoisonError::into_inner);
        look(database.as_ref().ok_or_else(|| StoreError::Unavailable("it is not open".into()))?)
    }

    /// None where the file system does not say; writing will.
    fn free_bytes(&self) -> Option<u64> {
        let stat = rustix::fs::statvfs(&self.folder).ok()?;
        Some(stat.f_bavail.saturating_mul(stat.f_frsize))
    }
}

impl Tables for Sled {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.with(|database| database.get(table, key))
    }

    fn first(&self, table: Table, prefix: &[u8], from: &[u8]) -> Result<Option<Entry>, StoreError> {
        self.with(|database| database.first(table, prefix, from))
    }

    fn last(&self, table: Table, before: &[u8]) -> Result<Option<Entry>, StoreError> {
        self.with(|database| database.last(table, before))
    }

    fn count(&self, table: Table) -> Result<usize, StoreError> {
        self.with(|database| database.count(table))
    }

    fn seen_days(&self) -> Result<Vec<u32>, StoreError> {
        self.with(|database| Ok(database.remembered().days()))
    }

    fn ids(&self) -> usize {
        let count = self.with(|database| Ok(database.remembered().count_all()));
        count.unwrap_or_default()
    }
}

impl Engine for Sled {
    fn commit(&self, changes: &Changes) -> Result<(), StoreError> {
        self.with(|database| database.commit(changes))
    }

    fn forget_day(&self, day: u32) -> Result<bool, StoreError> {
        self.with(|database| database.forget_day(day))
    }

    fn disk(&self) -> Option<Disk> {
        let used_bytes = std::fs::metadata(self.folder.join("db")).ok()?.len();
        Some(Disk { used_bytes, free_bytes: self.free_bytes()? })
    }

    fn space_is_low(&self) -> Option<u64> {
        (self.free_bytes()? < self.reserve_bytes).then_some(self.reserve_bytes)
    }

    fn reopen(&self) -> Result<(), StoreError> {
        let mut database = self.database.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(broken) = database.take() {
            // The lock on the folder goes with it. It panics where the last sync fails, which changes nothing.
            let _ = guarded(|| {
                drop(broken);
                Ok(())
            });
        }
        // Opening writes itself, and what opens with the last free byte breaks again at the first delivery.
        if self.free_bytes().is_some_and(|free| free < bounds::STORE_REOPEN_BYTES_MIN) {
            return Err(StoreError::Full { reserve_bytes: bounds::STORE_REOPEN_BYTES_MIN });
        }
        let opened = Database::open_again(&self.folder);
        *database = Some(opened.map_err(|error| StoreError::Unavailable(error.to_string()))?);
        Ok(())
    }

    fn begin_copy(&self, into: &Path) -> Result<(), BackupError> {
        self.with(|database| Ok(database.copying().begin(into)))?
    }

    fn copy_some(&self, commits: u64) -> Result<Option<Finish>, BackupError> {
        self.with(|database| Ok(database.copying().go_on(database, commits)))?
    }

    fn abandon_copy(&self) {
        // One that is not open has none.
        let _ = self.with(|database| {
            database.copying().abandon();
            Ok(())
        });
    }

    fn mark(&self, commits: u64) -> io::Result<()> {
        let database = self.database.read().unwrap_or_else(PoisonError::into_inner);
        database.as_ref().map_or(Ok(()), |database| database.mark(commits))
    }
}
