//! `store.json` beside the database: how far the store was, for noticing that it is not any more.
//!
//! sled opens a damaged file as far as it understands it, and a file that it does not understand at all as an
//! empty one. Only something outside of that file can tell that more had been there.

use std::io::{self, ErrorKind, Write as _};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::meta::FORMAT;

const NAME: &str = "store.json";

/// What the store has reached at least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Mark {
    /// Which program can read it.
    pub(crate) format: u64,
    /// How many groups were durable.
    pub(crate) commits: u64,
}

impl Mark {
    /// After so many groups.
    pub(crate) fn after(commits: u64) -> Self {
        Self { format: FORMAT, commits }
    }

    /// The one in a folder. None where there is none, or where a power cut left half of one: it is not synced,
    /// since an older one is only less exact, and a sync for it would hold up deliveries.
    pub(crate) fn read(folder: &Path) -> io::Result<Option<Self>> {
        match std::fs::read(folder.join(NAME)) {
            Ok(bytes) => Ok(serde_json::from_slice(&bytes).ok()),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Puts it in the place of the older one.
    pub(crate) fn write(self, folder: &Path) -> io::Result<()> {
        let mut file = tempfile::Builder::new().prefix(NAME).tempfile_in(folder)?;
        serde_json::to_writer(&mut file, &self)?;
        file.flush()?;
        file.persist(folder.join(NAME))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_read_as_it_was_written_and_half_of_one_counts_for_nothing() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Mark::read(folder.path()).unwrap(), None);
        for commits in [7, 8] {
            Mark::after(commits).write(folder.path()).unwrap();
            assert_eq!(Mark::read(folder.path()).unwrap(), Some(Mark::after(commits)));
        }
        std::fs::write(folder.path().join(NAME), "{\"form").unwrap();
        assert_eq!(Mark::read(folder.path()).unwrap(), None);
    }
}
