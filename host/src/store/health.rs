//! Whether a store works, and how often it was opened anew.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::StoreError;

/// Shared between the thread that writes and everybody who asks.
pub(super) struct Health {
    /// Why nothing can be promised, since the last write that failed.
    broken: Mutex<Option<String>>,
    openings: watch::Sender<u64>,
}

impl Health {
    /// A store that works.
    pub(super) fn good() -> Self {
        Self { broken: Mutex::new(None), openings: watch::Sender::new(0) }
    }

    /// Refuses while the store is broken: what its engine shows then may not be on disk, so that nothing may
    /// be promised from it, not even that a delivery is a duplicate.
    pub(super) fn check(&self) -> Result<(), StoreError> {
        match &*self.lock() {
            None => Ok(()),
            Some(reason) => Err(StoreError::Unavailable(reason.clone())),
        }
    }

    /// A write failed.
    pub(super) fn broke(&self, reason: String) {
        *self.lock() = Some(reason);
    }

    /// It was opened anew, and writes are durable again.
    pub(super) fn mended(&self) {
        *self.lock() = None;
        self.openings.send_modify(|count| *count += 1);
    }

    /// Changes whenever it was opened anew.
    pub(super) fn openings(&self) -> watch::Receiver<u64> {
        self.openings.subscribe()
    }

    fn lock(&self) -> MutexGuard<'_, Option<String>> {
        self.broken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
