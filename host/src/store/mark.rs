//! `store.json` beside the database: how far the store was, for noticing that it is not any more.
//!
//! sled opens a damaged file as far as it understands it, and a file that it does not understand at all as an
//! empty one. Only something outside of that file can tell that more had been there.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::meta::FORMAT;

const NAME: &str = "store.json";
/// Every mark fits, and is written over the whole of the one before.
const LENGTH: usize = 64;

/// What the store has reached at least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Mark {
    /// Which program can read it.
    pub(crate) format: u64,
    /// How many groups were durable.
    pub(crate) commits: u64,
}

impl Mark {
    /// The one in a folder; none where there is none, or none that can be read.
    pub(crate) fn read(folder: &Path) -> io::Result<Option<Self>> {
        match std::fs::read(folder.join(NAME)) {
            Ok(bytes) => Ok(serde_json::from_slice(&bytes).ok()),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// The file, to be written after every group. It is not synced: a process that is killed leaves it exact, and
/// after a power cut an older one is only less exact, while a second sync would hold up every delivery.
pub(crate) struct MarkFile(File);

impl MarkFile {
    /// Opens it, or makes one.
    pub(crate) fn open(folder: &Path) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        Ok(Self(options.write(true).create(true).truncate(false).mode(0o600).open(folder.join(NAME))?))
    }

    /// So many groups are durable.
    pub(crate) fn write(&self, commits: u64) -> io::Result<()> {
        let mut text = serde_json::to_vec(&Mark { format: FORMAT, commits })?;
        text.resize(LENGTH - 1, b' ');
        text.push(b'\n');
        self.0.write_all_at(&text, 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_read_as_it_was_written_and_half_of_one_counts_for_nothing() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Mark::read(folder.path()).unwrap(), None);
        for commits in [0, u64::MAX, 7] {
            MarkFile::open(folder.path()).unwrap().write(commits).unwrap();
            assert_eq!(Mark::read(folder.path()).unwrap(), Some(Mark { format: FORMAT, commits }));
        }
        std::fs::write(folder.path().join(NAME), "{\"form").unwrap();
        assert_eq!(Mark::read(folder.path()).unwrap(), None);
    }
}
