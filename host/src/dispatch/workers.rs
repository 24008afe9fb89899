//! Works on lanes: each by one worker at a time, as many at once as [`Shares`] allow.

use std::future::Future;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::lanes::{After, Lanes};
use super::shares::Shares;
use crate::model::bounds;
use crate::model::time::Time;
use crate::store::key::Lane;

/// How long a lane rests whose work panicked: long enough not to spin, short enough not to be noticed.
const AFTER_PANIC: Duration = Duration::from_secs(5);

/// Where arrivals are announced. Clones announce to the same workers.
#[derive(Clone, Default)]
pub struct Announcements {
    ordinary: Queue,
    urgent: Queue,
}

impl Announcements {
    /// Something came into a lane.
    pub fn arrived(&self, lane: Lane) {
        let queue = if lane.is_urgent() { &self.urgent } else { &self.ordinary };
        queue.change(|lanes| lanes.arrived(lane));
    }

    /// How many lanes there are in which something waits, is worked on or is looked for.
    pub fn lanes(&self) -> usize {
        [&self.ordinary, &self.urgent].into_iter().map(|queue| queue.lanes().count()).sum()
    }

    /// What waits for a time is looked at now.
    pub fn look_again(&self) {
        for queue in [&self.ordinary, &self.urgent] {
            queue.change(Lanes::look_again);
        }
    }
}

/// Works on announced lanes until `stop`, then finishes what it began. Urgent lanes have workers of their
/// own, so that they never wait for others.
///
/// `work` is called with a lane and the place at which it asks for a worker, and says what is left in it.
pub async fn run<G, W, F>(announced: Announcements, workers: usize, stop: CancellationToken, work: W)
where
    G: Clone + Eq + Hash + Send + 'static,
    W: Fn(Lane, Desk<G>) -> F,
    F: Future<Output = After> + Send + 'static,
{
    let Announcements { ordinary, urgent } = announced;
    tokio::join!(
        serve(Pool::new(ordinary, workers), workers, stop.clone(), &work),
        serve(Pool::new(urgent, bounds::RESERVED_WORKERS), bounds::RESERVED_WORKERS, stop, &work),
    );
}

async fn serve<G, W, F>(pool: Pool<G>, lookers: usize, stop: CancellationToken, work: &W)
where
    G: Clone + Eq + Hash + Send + 'static,
    W: Fn(Lane, Desk<G>) -> F,
    F: Future<Output = After> + Send + 'static,
{
    // A bound on the lanes that are looked at, until they ask for a worker.
    let looking = Arc::new(Semaphore::new(lookers));
    let mut running = JoinSet::new();
    loop {
        // Taken before the lane, so that a lane is busy only while somebody works on it.
        let permit = tokio::select! {
            permit = Arc::clone(&looking).acquire_owned() => permit.expect("the semaphore is never closed"),
            () = stop.cancelled() => break,
        };
        let lane = tokio::select! {
            lane = pool.queue.next() => lane,
            () = stop.cancelled() => break,
        };
        let mut guard = LaneGuard { queue: pool.queue.clone(), lane, after: None };
        let working = work(lane, Desk { pool: pool.clone(), lane, looking: Some(permit), has_asked: false });
        running.spawn(async move {
            guard.after = Some(working.await);
            drop(guard);
        });
        while running.try_join_next().is_some() {}
    }
    while running.join_next().await.is_some() {}
}

/// Lanes of one kind, and who may work on them.
struct Pool<G> {
    queue: Queue,
    shares: Arc<Mutex<Shares<G>>>,
}

impl<G> Clone for Pool<G> {
    fn clone(&self) -> Self {
        Self { queue: self.queue.clone(), shares: Arc::clone(&self.shares) }
    }
}

impl<G: Clone + Eq + Hash> Pool<G> {
    fn new(queue: Queue, workers: usize) -> Self {
        Self { queue, shares: Arc::new(Mutex::new(Shares::new(workers))) }
    }

    fn with_shares<T>(&self, change: impl FnOnce(&mut Shares<G>) -> T) -> T {
        // A panic cannot leave them half changed: no code of others runs under the lock.
        change(&mut self.shares.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn call(&self, lane: Option<Lane>) {
        if let Some(lane) = lane {
            self.queue.change(|lanes| lanes.call(lane));
        }
    }
}

/// Where a lane that is looked at asks for a worker, once it is known for what.
pub struct Desk<G: Clone + Eq + Hash> {
    pool: Pool<G>,
    lane: Lane,
    looking: Option<OwnedSemaphorePermit>,
    has_asked: bool,
}

impl<G: Clone + Eq + Hash> Desk<G> {
    /// A worker for this group, until the turn is dropped. Without one the lane is to be
    /// [parked](After::Parked): it is called when its turn comes.
    pub fn turn(&mut self, group: &G) -> Option<Turn<G>> {
        self.has_asked = true;
        let lane = self.lane;
        let is_given = self.pool.with_shares(|shares| shares.ask(lane, group));
        is_given.then(|| {
            drop(self.looking.take());
            Turn { pool: self.pool.clone(), group: group.clone() }
        })
    }
}

impl<G: Clone + Eq + Hash> Drop for Desk<G> {
    fn drop(&mut self) {
        if !self.has_asked {
            let lane = self.lane;
            self.pool.call(self.pool.with_shares(|shares| shares.leave(lane)));
        }
    }
}

/// A worker, which is free again when this is dropped.
pub struct Turn<G: Clone + Eq + Hash> {
    pool: Pool<G>,
    group: G,
}

impl<G: Clone + Eq + Hash> Drop for Turn<G> {
    fn drop(&mut self) {
        self.pool.call(self.pool.with_shares(|shares| shares.end(&self.group)));
    }
}

/// Lanes, and a bell for those who wait for one.
#[derive(Clone, Default)]
struct Queue {
    lanes: Arc<Mutex<Lanes>>,
    changed: Arc<Notify>,
}

impl Queue {
    fn change(&self, change: impl FnOnce(&mut Lanes)) {
        change(&mut self.lanes());
        self.changed.notify_one();
    }

    fn lanes(&self) -> MutexGuard<'_, Lanes> {
        // A panic cannot leave the lanes half changed: no code of others runs under the lock.
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn next(&self) -> Lane {
        loop {
            let now = Time::now();
            let due = {
                let mut lanes = self.lanes();
                if let Some(lane) = lanes.take(now) {
                    return lane;
                }
                lanes.next_due()
            };
            match due {
                Some(at) => {
                    let wait = at.since(now).max(Duration::from_millis(1));
                    let _ = tokio::time::timeout(wait, self.changed.notified()).await;
                }
                None => self.changed.notified().await,
            }
        }
    }
}

/// Frees the lane whatever happens to the work.
struct LaneGuard {
    queue: Queue,
    lane: Lane,
    after: Option<After>,
}

impl Drop for LaneGuard {
    fn drop(&mut self) {
        let after = self.after.unwrap_or_else(|| {
            tracing::error!(lane = ?self.lane, "the work on a lane broke off; it is tried again");
            After::NotBefore(Time::now().plus(AFTER_PANIC))
        });
        let lane = self.lane;
        self.queue.change(|lanes| lanes.done(lane, after));
    }
}
