//! Tells the workers what waits in the store: at the start, and whenever the store was opened anew.

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::dispatch::workers::Announcements;
use crate::store::{SharedStore, StoreError};

/// Who has to tell whom.
pub(super) struct WaitingWork {
    pub(super) openings: watch::Receiver<u64>,
    pub(super) store: SharedStore,
    pub(super) arrivals: Announcements,
    pub(super) owed: Announcements,
}

impl WaitingWork {
    /// Announces every lane in which something waits. One that was announced already comes up once.
    pub(super) async fn announce(&self) -> Result<(), StoreError> {
        let waiting = self.store.waiting_lanes().await?;
        for lane in waiting.runs {
            self.arrivals.arrived(lane);
        }
        for lane in waiting.replies {
            self.owed.arrived(lane);
        }
        Ok(())
    }

    /// Announces again whenever the store was broken and works again, until `stop`. A delivery whose sender
    /// was refused, because nobody knew whether it was durable, may be found now; it has to run all the same.
    pub(super) async fn announce_again(mut self, stop: CancellationToken) {
        loop {
            tokio::select! {
                changed = self.openings.changed() => changed.expect("the store that is held here tells"),
                () = stop.cancelled() => return,
            }
            if let Err(error) = self.announce().await {
                // Broken again; then the next opening follows.
                tracing::warn!(%error, "what waits in the store cannot be looked for");
            }
        }
    }
}
