//! Works on lanes: as many at a time as there are workers, each lane by one.

use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::lanes::{After, Lanes};
use crate::model::time::Time;
use crate::store::key::Lane;

/// How long a lane rests whose work panicked: long enough not to spin, short enough not to be noticed.
const AFTER_PANIC: Duration = Duration::from_secs(5);

/// Where arrivals are announced. Clones announce to the same workers.
#[derive(Clone, Default)]
pub struct Announcements {
    lanes: Arc<Mutex<Lanes>>,
    changed: Arc<Notify>,
}

impl Announcements {
    /// Something came into a lane.
    pub fn arrived(&self, lane: Lane) {
        self.lanes().arrived(lane);
        self.changed.notify_one();
    }

    fn done(&self, lane: Lane, after: After) {
        self.lanes().done(lane, after);
        self.changed.notify_one();
    }

    fn lanes(&self) -> MutexGuard<'_, Lanes> {
        // A panic cannot leave the lanes half changed: no code of others runs under the lock.
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Works on announced lanes until `stop`, then finishes what it began.
///
/// `work` is called with a lane and says what is left in it.
pub async fn run<W, F>(announced: Announcements, workers: usize, stop: CancellationToken, work: W)
where
    W: Fn(Lane) -> F,
    F: Future<Output = After> + Send + 'static,
{
    let free = Arc::new(Semaphore::new(workers));
    let mut running = JoinSet::new();
    loop {
        // Taken before the lane, so that a lane is busy only while somebody works on it.
        let permit = tokio::select! {
            permit = Arc::clone(&free).acquire_owned() => permit.expect("the semaphore is never closed"),
            () = stop.cancelled() => break,
        };
        let lane = tokio::select! {
            lane = next_lane(&announced) => lane,
            () = stop.cancelled() => break,
        };
        let mut guard = LaneGuard { announced: announced.clone(), lane, after: None };
        let working = work(lane);
        running.spawn(async move {
            guard.after = Some(working.await);
            drop(guard);
            drop(permit);
        });
        while running.try_join_next().is_some() {}
    }
    while running.join_next().await.is_some() {}
}

async fn next_lane(announced: &Announcements) -> Lane {
    loop {
        let now = Time::now();
        let due = {
            let mut lanes = announced.lanes();
            if let Some(lane) = lanes.take(now) {
                return lane;
            }
            lanes.next_due()
        };
        match due {
            Some(at) => {
                let wait = at.since(now).max(Duration::from_millis(1));
                let _ = tokio::time::timeout(wait, announced.changed.notified()).await;
            }
            None => announced.changed.notified().await,
        }
    }
}

/// Frees the lane whatever happens to the work.
struct LaneGuard {
    announced: Announcements,
    lane: Lane,
    after: Option<After>,
}

impl Drop for LaneGuard {
    fn drop(&mut self) {
        let after = self.after.unwrap_or_else(|| {
            tracing::error!(lane = ?self.lane, "the work on a lane broke off; it is tried again");
            After::NotBefore(Time::now().plus(AFTER_PANIC))
        });
        self.announced.done(self.lane, after);
    }
}
