//! A copy of the store into a folder of its own, while everything goes on.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::StoreError;

/// What a backup took.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Copied {
    /// Keys with their values.
    pub entries: u64,
    /// Of keys and values together.
    pub bytes: u64,
    /// The longest time in which nothing could be written because of it, in microseconds.
    pub longest_pause_us: u64,
}

/// Makes a copy durable that is whole, and gives it its name. It takes its time, and belongs on a thread of its own.
pub(crate) type Finish = Box<dyn FnOnce() -> Result<Copied, BackupError> + Send>;

/// Why there is no backup. Nothing is left of it, and the store itself has not suffered.
#[derive(Debug, Clone, thiserror::Error)]
pub enum BackupError {
    /// Something is there already: name another folder.
    #[error("{folder} is not empty", folder = .0.display())]
    NotEmpty(PathBuf),
    /// The folder cannot be made or written: name another, or make room.
    #[error("{folder} cannot be written: {1}", folder = .0.display())]
    Folder(PathBuf, String),
    /// Another one is on its way: wait for it.
    #[error("a backup is being made already")]
    Busy,
    /// This kind of store has no files.
    #[error("a store in memory cannot be copied")]
    InMemory,
    /// The store itself cannot be read now: try again later.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Copied {
    /// Notes that writing waited for so long.
    pub(crate) fn paused(&mut self, pause: Duration) {
        let pause = u64::try_from(pause.as_micros()).unwrap_or(u64::MAX);
        self.longest_pause_us = self.longest_pause_us.max(pause);
    }
}
