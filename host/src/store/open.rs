//! Why a store cannot be opened, and what to do about it.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::StoreError;

/// Each variant asks something else of the operator.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has it.
    #[error("the data folder {0} is in use by another process")]
    Locked(PathBuf),
    /// Its path leads to something else.
    #[error("the data folder {0} is no folder")]
    NoFolder(PathBuf),
    /// This user may not, or the disk is read-only.
    #[error("the data folder {0} cannot be used: {1}")]
    NotAllowed(PathBuf, io::Error),
    /// The disk is full: opening writes too.
    #[error("the disk of the data folder {0} is full")]
    NoSpace(PathBuf),
    /// What is there is no store, or a broken one.
    #[error("the data folder {0} holds no readable store: {1}")]
    Damaged(PathBuf, String),
    /// Something was there and is not any more.
    #[error(
        "the store in {folder} has lost something: {had} groups of changes were made durable, \
         and {has} of them are there"
    )]
    Shrunk {
        /// The data folder.
        folder: PathBuf,
        /// According to `store.json`.
        had: u64,
        /// According to the database.
        has: u64,
    },
    /// A newer program has written it.
    #[error("the store in {folder} has format {found}, and this program reads up to format {reads}")]
    TooNew {
        /// The data folder.
        folder: PathBuf,
        /// The store's.
        found: u64,
        /// This program's.
        reads: u64,
    },
}

impl OpenError {
    /// What to do next.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Locked(_) => "stop the other hookhost, or choose another folder with --data",
            Self::NoFolder(_) => "move away what is there, or choose another folder with --data",
            Self::NotAllowed(..) => {
                "give this user the right to write there, or choose another folder with --data"
            }
            Self::NoSpace(_) => "make room on that disk, then start again; nothing is lost",
            Self::Damaged(..) => {
                "keep a copy of the folder, restore it from a backup, or choose another with --data"
            }
            Self::Shrunk { .. } => {
                "keep a copy of the folder and restore it from a backup; to go on with what is left, remove \
                 its store.json"
            }
            Self::TooNew { .. } => "use the newer hookhost, or choose another folder with --data",
        }
    }

    pub(super) fn from_io(folder: &Path, error: io::Error) -> Self {
        let folder = folder.to_owned();
        match error.kind() {
            ErrorKind::NotADirectory | ErrorKind::AlreadyExists => Self::NoFolder(folder),
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Self::NoSpace(folder),
            // What stands in a file and makes no sense is read as an error of these kinds.
            ErrorKind::InvalidData | ErrorKind::UnexpectedEof => Self::Damaged(folder, error.to_string()),
            _ => Self::NotAllowed(folder, error),
        }
    }

    pub(super) fn from_store(folder: &Path, error: &StoreError) -> Self {
        Self::Damaged(folder.to_owned(), error.reason())
    }
}
