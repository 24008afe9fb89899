//! A copy of the database into another folder, made step by step while it goes on being written.
//!
//! Steps and writes take turns on the one thread that writes. A step copies the next entries in the order of tables
//! and keys; a write to what was copied already is made in the copy too, and what lies ahead is found there later. So
//! after the last step the copy is what the database is at that moment, between two groups, and nothing was held up for
//! longer than one step takes.

use std::fs::{File, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};
use tempfile::TempDir;

use super::database::{Database, unavailable};
use crate::store::StoreError;
use crate::store::backup::{BackupError, Copied, Finish};
use crate::store::guarded::guarded;
use crate::store::mark::MarkFile;
use crate::store::table::{Entries, Table};

/// What one step copies at most: a few milliseconds of work, in which nothing else is written.
const STEP_BYTES: usize = 64 * 1024;
const STEP_ENTRIES: usize = 250;
/// The copy is only ever written in order; pages that are full are not needed any more.
const CACHE_BYTES: u64 = 8 * 1024 * 1024;

/// The copy that is being made, if one is.
#[derive(Default)]
pub(super) enum Copying {
    /// None is.
    #[default]
    No,
    /// One is.
    Going(Box<Copy>),
    /// One was, until its folder could not be written any more; who goes on with it is told.
    Failed(BackupError),
}

impl Copying {
    pub(super) fn begin(&mut self, into: &Path) -> Result<(), BackupError> {
        match self {
            Self::Going(_) => Err(BackupError::Busy),
            Self::No | Self::Failed(_) => {
                *self = Self::Going(Box::new(Copy::begin(into)?));
                Ok(())
            }
        }
    }

    /// The next step; after the last one what is left to do.
    pub(super) fn go_on(&mut self, from: &Database, commits: u64) -> Result<Option<Finish>, BackupError> {
        self.run(|copy| copy.step(from));
        match std::mem::take(self) {
            Self::Going(copy) if copy.is_whole() => Ok(Some(copy.finish(commits))),
            Self::Failed(error) => Err(error),
            Self::No => Err(StoreError::Unavailable("it was opened anew meanwhile".into()).into()),
            going @ Self::Going(_) => {
                *self = going;
                Ok(None)
            }
        }
    }

    /// Makes a write to the database in the copy too. What fails there fails for the copy alone.
    pub(super) fn follow(&mut self, table: Table, entries: &Entries) {
        self.run(|copy| copy.follow(table, entries));
    }

    pub(super) fn abandon(&mut self) {
        if let Self::Going(copy) = std::mem::take(self) {
            discard(*copy);
        }
    }

    fn run(&mut self, work: impl FnOnce(&mut Copy) -> Result<(), BackupError>) {
        let Self::Going(copy) = self else { return };
        // A panic here must not be taken for one of the database's own.
        let ran = guarded(|| Ok(work(copy))).map_err(|error| copy.broken(&error)).flatten();
        if let Err(error) = ran
            && let Self::Going(copy) = std::mem::replace(self, Self::Failed(error))
        {
            discard(*copy);
        }
    }
}

/// Closing it writes, and panics where that fails, which changes nothing any more.
fn discard(copy: Copy) {
    let _ = guarded(|| {
        drop(copy);
        Ok(())
    });
}

/// A copy that is being made. Dropping it removes what there is of it.
pub(super) struct Copy {
    into: PathBuf,
    partial: TempDir,
    db: sled::Db,
    trees: Vec<sled::Tree>,
    /// The table that is being copied, and the last of its keys that was.
    table: usize,
    after: Option<Vec<u8>>,
    copied: Copied,
}

impl Copy {
    /// Begins a copy beside the folder that it becomes, which must not be there or be empty.
    fn begin(into: &Path) -> Result<Self, BackupError> {
        let fail = |error: io::Error| BackupError::Folder(into.to_owned(), error.to_string());
        match std::fs::read_dir(into).map(|mut entries| entries.next().is_some()) {
            Ok(true) => return Err(BackupError::NotEmpty(into.to_owned())),
            Ok(false) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(fail(error)),
        }
        let (Some(parent), Some(name)) = (into.parent(), into.file_name()) else {
            return Err(BackupError::Folder(into.to_owned(), "it has no name".into()));
        };
        let prefix = format!(".{}.partial-", name.to_string_lossy());
        // Only for this user from the first moment on: it holds what people wrote.
        let partial = tempfile::Builder::new()
            .prefix(&prefix)
            .permissions(Permissions::from_mode(0o700))
            .tempdir_in(parent)
            .map_err(fail)?;
        let config = sled::Config::new()
            .path(partial.path())
            .cache_capacity(CACHE_BYTES)
            .flush_every_ms(None)
            .mode(sled::Mode::HighThroughput);
        let unusable = |error: sled::Error| BackupError::Folder(into.to_owned(), unavailable(error).reason());
        let db = config.open().map_err(unusable)?;
        let trees = Table::FIXED.iter().map(|table| db.open_tree(table.name()));
        let trees = trees.collect::<Result<_, _>>().map_err(unusable)?;
        let copied = Copied::default();
        Ok(Self { into: into.to_owned(), partial, db, trees, table: 0, after: None, copied })
    }

    fn is_whole(&self) -> bool {
        self.table == Table::FIXED.len()
    }

    /// Copies some more.
    fn step(&mut self, from: &Database) -> Result<(), BackupError> {
        let (mut entries, mut bytes) = (0, 0);
        while entries < STEP_ENTRIES && bytes < STEP_BYTES {
            let Some(table) = Table::FIXED.get(self.table) else { break };
            let start = self.after.as_ref().map_or_else(Vec::new, |after| [&after[..], &[0]].concat());
            match from.first(*table, &[], &start)? {
                Some((key, value)) => {
                    self.put(self.table, &key, Some(&value))?;
                    (entries, bytes) = (entries + 1, bytes + key.len() + value.len());
                    self.after = Some(key);
                }
                None => (self.table, self.after) = (self.table + 1, None),
            }
        }
        self.copied.entries += entries as u64;
        self.copied.bytes += bytes as u64;
        Ok(())
    }

    fn follow(&mut self, table: Table, entries: &Entries) -> Result<(), BackupError> {
        let table = Table::FIXED.iter().position(|one| *one == table).expect("only these are on disk");
        for (key, value) in entries {
            let is_copied = table < self.table || table == self.table && self.after.as_ref() >= Some(key);
            if is_copied {
                self.put(table, key, value.as_deref())?;
            }
        }
        Ok(())
    }

    fn put(&self, table: usize, key: &[u8], value: Option<&[u8]>) -> Result<(), BackupError> {
        let tree = &self.trees[table];
        let put = match value {
            Some(value) => tree.insert(key, value),
            None => tree.remove(key),
        };
        put.map(drop).map_err(|error| self.broken(&unavailable(error)))
    }

    fn broken(&self, error: &StoreError) -> BackupError {
        BackupError::Folder(self.into.clone(), error.reason())
    }

    /// What is left to do when everything is copied: it takes as long as the disk takes, and needs nothing of the
    /// database.
    fn finish(self, commits: u64) -> Finish {
        Box::new(move || {
            let Self { into, partial, db, trees, copied, .. } = self;
            let broken = |error: StoreError| BackupError::Folder(into.clone(), error.reason());
            // It panics where the disk refuses.
            guarded(move || {
                db.flush().map_err(unavailable)?;
                drop((trees, db));
                Ok(())
            })
            .map_err(broken)?;
            let fail = |error: io::Error| BackupError::Folder(into.clone(), error.to_string());
            wait_until_closed(partial.path()).map_err(fail)?;
            MarkFile::open(partial.path()).and_then(|mark| mark.write(commits)).map_err(fail)?;
            keep(partial.path()).map_err(fail)?;
            let parent = into.parent().expect("it was made beside it");
            std::fs::rename(partial.path(), &into).map_err(fail)?;
            // What it named is gone under this name.
            let _ = partial.keep();
            File::open(parent).and_then(|parent| parent.sync_all()).map_err(fail)?;
            Ok(copied)
        })
    }
}

/// sled's own threads end a moment after it was dropped, and until then nobody could open the copy.
fn wait_until_closed(folder: &Path) -> io::Result<()> {
    Ok(flock(&File::open(folder.join("db"))?, FlockOperation::LockExclusive)?)
}

/// Makes what is in a folder durable, and readable for this user alone.
fn keep(folder: &Path) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let (path, kind) = entry.and_then(|entry| Ok((entry.path(), entry.file_type()?)))?;
        if kind.is_dir() {
            std::fs::set_permissions(&path, Permissions::from_mode(0o700))?;
            keep(&path)?;
        } else {
            std::fs::set_permissions(&path, Permissions::from_mode(0o600))?;
            File::open(&path)?.sync_all()?;
        }
    }
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests;
