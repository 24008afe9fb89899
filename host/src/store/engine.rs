//! What has to make changes durable, and by what.

use std::io;
use std::path::Path;

use super::StoreError;
use super::backup::{BackupError, Finish};
use super::stats::Disk;
use super::table::{Changes, Tables};

/// Tables that keep what is committed to them.
pub(crate) trait Engine: Tables + Send + Sync + 'static {
    /// Makes all changes durable, or none.
    ///
    /// # Errors
    /// Nobody knows which; [`Self::reopen`] shows.
    fn commit(&self, changes: &Changes) -> Result<(), StoreError>;

    /// Forgets the ids of a day at once, and takes away a share of their records. Gives whether that was the
    /// last of them.
    fn forget_day(&self, day: u32) -> Result<bool, StoreError>;

    /// What it takes on its disk, where it has one.
    fn disk(&self) -> Option<Disk>;

    /// The reserve of free disk space, when less than that is left.
    fn space_is_low(&self) -> Option<u64>;

    /// Closes what is open and opens it anew, so that it shows what is on disk and takes writes again. It
    /// never makes a new store.
    ///
    /// # Errors
    /// It is closed now; to be called again later.
    fn reopen(&self) -> Result<(), StoreError>;

    /// Begins to copy everything into a folder, which [`Self::copy_some`] goes on with.
    ///
    /// # Errors
    /// Nothing was begun.
    fn begin_copy(&self, into: &Path) -> Result<(), BackupError>;

    /// Copies some more. Gives what is left to do when everything is copied: the copy is then what the tables are now,
    /// after so many groups.
    ///
    /// # Errors
    /// There is no copy any more.
    fn copy_some(&self, commits: u64) -> Result<Option<Finish>, BackupError>;

    /// Throws the copy away that was begun.
    fn abandon_copy(&self);

    /// Notes outside of the tables that so many groups were committed.
    fn mark(&self, commits: u64) -> io::Result<()>;
}
