//! A sled database that is open: its files, its lock and its trees.

use std::collections::HashMap;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustix::fs::{Advice, FlockOperation, fadvise, flock};
use sled::transaction::{ConflictableTransactionError, TransactionError, Transactional as _};

use super::copy::Copying;
use super::remembered::records;
use crate::store::StoreError;
use crate::store::guarded::guarded;
use crate::store::ids::Ids;
use crate::store::mark::{Mark, MarkFile};
use crate::store::open::OpenError;
use crate::store::table::{Changes, Entry, Table};

/// The cache for pages: what is being worked on. Ids do not need it.
const CACHE_BYTES: u64 = 64 * 1024 * 1024;

/// Dropping it gives up the lock on the folder.
pub(super) struct Database {
    pub(super) db: sled::Db,
    file: File,
    mark: MarkFile,
    trees: Mutex<HashMap<Table, sled::Tree>>,
    pub(super) ids: Mutex<Ids>,
    copying: Mutex<Copying>,
}

impl Database {
    /// Opens what is in a folder; makes the folder and a new database where nothing is.
    pub(super) fn open(folder: &Path) -> Result<Self, OpenError> {
        let fail = |error: io::Error| OpenError::from_io(folder, error);
        DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(fail)?;
        if !folder.join("db").try_exists().map_err(fail)? && Mark::read(folder).map_err(fail)?.is_some() {
            return Err(missing(folder));
        }
        clear_halves(folder)?;
        open(folder)
    }

    /// Opens what was open before. Where it is not any more, such as on a disk that was unmounted, nothing is
    /// made in its place.
    pub(super) fn open_again(folder: &Path) -> Result<Self, OpenError> {
        let fail = |error: io::Error| OpenError::from_io(folder, error);
        match File::open(folder.join("db")) {
            // After a sync that failed, Linux may show pages that are on no disk. Without them in its cache
            // it has to show the disk's. Where it cannot, nothing is worse than before.
            Ok(file) => _ = fadvise(&file, 0, None, Advice::DontNeed),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(missing(folder)),
            Err(error) => return Err(fail(error)),
        }
        clear_halves(folder)?;
        open(folder)
    }

    fn trees(&self) -> MutexGuard<'_, HashMap<Table, sled::Tree>> {
        self.trees.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The copy that is being made of it; only the thread that writes has to do with it.
    pub(super) fn copying(&self) -> MutexGuard<'_, Copying> {
        self.copying.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn tree(&self, table: Table) -> Result<sled::Tree, StoreError> {
        let mut trees = self.trees();
        if let Some(tree) = trees.get(&table) {
            return Ok(tree.clone());
        }
        let tree = self.db.open_tree(table.name()).map_err(unavailable)?;
        trees.insert(table, tree.clone());
        Ok(tree)
    }

    pub(super) fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        match table.day() {
            Some(day) => Ok(self.remembered().get(day, key)),
            None => Ok(self.tree(table)?.get(key).map_err(unavailable)?.map(|value| value.to_vec())),
        }
    }

    pub(super) fn first(
        &self,
        table: Table,
        prefix: &[u8],
        from: &[u8],
    ) -> Result<Option<Entry>, StoreError> {
        match self.tree(table)?.range(from..).next() {
            None => Ok(None),
            Some(Err(error)) => Err(unavailable(error)),
            Some(Ok((key, _))) if !key.starts_with(prefix) => Ok(None),
            Some(Ok((key, value))) => Ok(Some((key.to_vec(), value.to_vec()))),
        }
    }

    pub(super) fn last(&self, table: Table, before: &[u8]) -> Result<Option<Entry>, StoreError> {
        let last = self.tree(table)?.get_lt(before).map_err(unavailable)?;
        Ok(last.map(|(key, value)| (key.to_vec(), value.to_vec())))
    }

    pub(super) fn count(&self, table: Table) -> Result<usize, StoreError> {
        match table.day() {
            Some(day) => Ok(self.remembered().count(day)),
            None => Ok(self.tree(table)?.len()),
        }
    }

    pub(super) fn commit(&self, changes: &Changes) -> Result<(), StoreError> {
        let new_ids = self.writings(changes);
        let records = records(&new_ids);
        let tables = changes.iter().filter(|(table, _)| table.day().is_none());
        let tables = tables.map(|(table, entries)| (*table, entries)).chain([(Table::Ids, &records)]);
        let (trees, entries): (Vec<_>, Vec<_>) =
            tables.map(|(table, entries)| (self.tree(table), entries)).unzip();
        let trees = trees.into_iter().collect::<Result<Vec<_>, _>>()?;
        let written = trees.as_slice().transaction(|views| {
            for (view, entries) in views.iter().zip(&entries) {
                for (key, value) in *entries {
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
            TransactionError::Abort(()) => unreachable!("no transaction here aborts"),
        })?;
        self.db.flush().map_err(unavailable)?;
        self.file.sync_data().map_err(|error| StoreError::Unavailable(error.to_string()))?;
        for (table, entries) in changes.iter().filter(|(table, _)| table.day().is_none()) {
            self.copying().follow(*table, entries);
        }
        self.copying().follow(Table::Ids, &records);
        self.written(new_ids);
        Ok(())
    }

    pub(super) fn mark(&self, commits: u64) -> io::Result<()> {
        self.mark.write(commits)
    }
}

/// The rest of both ways to open.
fn open(folder: &Path) -> Result<Database, OpenError> {
    let config = sled::Config::new()
        .path(folder)
        .cache_capacity(CACHE_BYTES)
        .flush_every_ms(None)
        .mode(sled::Mode::HighThroughput);
    // On a damaged file sled may panic, which must end in a sentence too.
    let opened = guarded(|| Ok(config.open()));
    let db = opened
        .map_err(|panicked| OpenError::from_store(folder, &panicked))?
        .map_err(|error| from_sled(folder, error))?;
    let fail = |error: io::Error| OpenError::from_io(folder, error);
    let file = File::open(folder.join("db")).map_err(fail)?;
    let mark = MarkFile::open(folder).map_err(fail)?;
    let (trees, ids, copying) = Default::default();
    let database = Database { db, file, mark, trees, ids, copying };
    for table in Table::FIXED {
        // The first entry is looked at, so that a table whose root is gone is noticed now.
        let looked = guarded(|| database.tree(table)?.first().map_err(unavailable));
        looked.map_err(|error| OpenError::from_store(folder, &error))?;
    }
    guarded(|| database.read_ids()).map_err(|error| OpenError::from_store(folder, &error))?;
    Ok(database)
}

/// Removes what a crash or a full disk left half written. sled writes its snapshot to `snap.….generating`
/// first, and takes a half of one for the newest snapshot afterwards, so that it could never be opened again.
fn clear_halves(folder: &Path) -> Result<(), OpenError> {
    let fail = |error: io::Error| OpenError::from_io(folder, error);
    let db = match OpenOptions::new().read(true).write(true).open(folder.join("db")) {
        Ok(db) => db,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(fail(error)),
    };
    // Another process may be writing one right now. The lock is sled's own, which it takes a moment later.
    match flock(&db, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => {}
        Err(rustix::io::Errno::WOULDBLOCK) => return Err(OpenError::Locked(folder.to_owned())),
        Err(error) => return Err(fail(error.into())),
    }
    for entry in std::fs::read_dir(folder).map_err(fail)? {
        let path = entry.map_err(fail)?.path();
        if path.extension().is_some_and(|extension| extension == "generating") {
            std::fs::remove_file(path).map_err(fail)?;
        }
    }
    Ok(())
}

fn missing(folder: &Path) -> OpenError {
    OpenError::Damaged(folder.to_owned(), "its file db is missing".into())
}

fn from_sled(folder: &Path, error: sled::Error) -> OpenError {
    match error {
        sled::Error::Io(error) if error.to_string().contains("could not acquire lock") => {
            OpenError::Locked(folder.to_owned())
        }
        sled::Error::Io(error) => OpenError::from_io(folder, error),
        other => OpenError::Damaged(folder.to_owned(), other.to_string()),
    }
}

pub(super) fn unavailable(error: sled::Error) -> StoreError {
    StoreError::Unavailable(match error {
        // sled hands on the first error again and again, as the debug text of the system's.
        sled::Error::Io(error) if error.kind() == io::ErrorKind::StorageFull => {
            "no space left on the disk".into()
        }
        other => other.to_string(),
    })
}
