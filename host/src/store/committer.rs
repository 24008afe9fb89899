//! The one thread that writes: commits in groups, and opens the engine anew after a write that failed.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::backup::{BackupError, Finish};
use super::engine::Engine;
use super::guarded::guarded;
use super::health::Health;
use super::meta;
use super::table::Changes;
use super::tally::{Move, Queue, Tally};
use super::txn::{Limits, Txn, merge};
use super::{Ceilings, StoreError};
use crate::metrics::StoreMetrics;

/// Verbs committed as one group; more wait for the next, so that none waits long.
const GROUP_MAX: usize = 512;
/// The first wait before the engine is opened anew; it doubles up to [`PAUSE_MAX`].
const PAUSE: Duration = Duration::from_millis(100);
/// Senders are told to come back in 5 s, and then it should work if it can.
const PAUSE_MAX: Duration = Duration::from_secs(4);
/// What breaks again sooner than this was not mended, and waits longer the next time.
const STEADY: Duration = Duration::from_secs(30);

/// Tells the caller of a verb when it is durable, or why it is not.
pub(super) type Release = Box<dyn FnOnce(Result<(), StoreError>) + Send>;

/// Runs a verb; gives whether its changes are kept, and what is to be told when they are durable.
pub(super) type Verb = Box<dyn FnOnce(&mut Txn<'_>) -> (bool, Release) + Send>;

pub(super) enum Work {
    Run(Verb),
    ForgetDay(u32, oneshot::Sender<Result<bool, StoreError>>),
    Copy(PathBuf, oneshot::Sender<Result<Finish, BackupError>>),
}

/// A copy that is being made between the groups.
struct CopyUnderWay {
    told: oneshot::Sender<Result<Finish, BackupError>>,
    longest_step: Duration,
}

/// What waits, written by the thread and read by everybody.
pub(super) type SharedTally = Arc<Mutex<Tally>>;

/// What the thread owns.
pub(super) struct Committer<E> {
    engine: Arc<E>,
    waiting: Receiver<Work>,
    health: Arc<Health>,
    /// The number of the last group that is durable.
    commits: u64,
    ceilings: Ceilings,
    tally: SharedTally,
    metrics: StoreMetrics,
    pause: Duration,
    mended_at: Option<Instant>,
    copy: Option<CopyUnderWay>,
}

impl<E: Engine> Committer<E> {
    /// To be run on a thread of its own.
    pub(super) fn new(
        engine: Arc<E>,
        waiting: Receiver<Work>,
        (health, tally): (Arc<Health>, SharedTally),
        commits: u64,
        ceilings: Ceilings,
        metrics: StoreMetrics,
    ) -> Self {
        let (pause, mended_at, copy) = (PAUSE, None, None);
        Self { engine, waiting, health, commits, ceilings, tally, metrics, pause, mended_at, copy }
    }

    /// Counts what waits, then commits what is handed to it until nobody is left who could.
    pub(super) fn run(mut self) {
        if let Err(error) = guarded(|| self.count_waiting()) {
            self.health.broke(error.reason());
            if !self.mend(&error) {
                return;
            }
        }
        loop {
            let first = match &self.copy {
                None => self.waiting.recv().map_err(|_| TryRecvError::Disconnected),
                Some(_) => self.waiting.try_recv(),
            };
            match first {
                Ok(Work::Copy(into, told)) => self.begin_copy(&into, told),
                Ok(first) => {
                    if let Err(error) = self.commit_group(first)
                        && !self.mend(&error)
                    {
                        return;
                    }
                }
                Err(TryRecvError::Empty) => {}
                Err(TryRecvError::Disconnected) => return,
            }
            self.copy_some();
        }
    }

    fn begin_copy(&mut self, into: &Path, told: oneshot::Sender<Result<Finish, BackupError>>) {
        match self.engine.begin_copy(into) {
            Ok(()) => self.copy = Some(CopyUnderWay { told, longest_step: Duration::ZERO }),
            Err(error) => drop(told.send(Err(error))),
        }
    }

    /// One step of the copy that is being made, between two groups.
    fn copy_some(&mut self) {
        let Some(mut copy) = self.copy.take() else { return };
        if copy.told.is_closed() {
            return self.engine.abandon_copy();
        }
        let started = Instant::now();
        let step = self.engine.copy_some(self.commits);
        copy.longest_step = copy.longest_step.max(started.elapsed());
        let longest = copy.longest_step;
        match step {
            Ok(None) => self.copy = Some(copy),
            Ok(Some(finish)) => {
                let measured = move || {
                    let mut copied = finish()?;
                    copied.paused(longest);
                    Ok(copied)
                };
                drop(copy.told.send(Ok(Box::new(measured))));
            }
            Err(error) => drop(copy.told.send(Err(error))),
        }
    }

    /// Runs what waits and makes it durable. An error means that nobody knows what of it is on disk.
    fn commit_group(&mut self, first: Work) -> Result<(), StoreError> {
        let mut releases = Vec::new();
        // Without the guard a panic of the engine would end this thread, and with it every later verb. What
        // was half done goes with the engine, which is opened anew.
        let committed = guarded(|| self.run_and_commit(first, &mut releases));
        if let Err(error) = &committed {
            self.metrics.failed();
            // Before anybody is told, so that nobody finds it working who asks again at once.
            self.health.broke(error.reason());
        }
        for release in releases {
            release(committed.clone());
        }
        committed
    }

    fn run_and_commit(&mut self, first: Work, releases: &mut Vec<Release>) -> Result<(), StoreError> {
        let (mut group, mut moves) = (Changes::new(), Vec::new());
        let Ceilings { max_ids, max_queued } = self.ceilings;
        let (space_is_low, mut queued) = (self.engine.space_is_low(), self.queued());
        let mut next = Some(first);
        while let Some(work) = next {
            match work {
                Work::Run(verb) => {
                    let limits = Limits { space_is_low, max_ids, queued, max_queued };
                    let mut txn = Txn::new(&*self.engine, &group, limits);
                    let (keep, release) = verb(&mut txn);
                    let more = txn.queued();
                    let (own_moves, own) = (txn.take_moves(), txn.into_changes());
                    if keep {
                        queued = queued.saturating_add_signed(more);
                        merge(&mut group, own);
                        moves.extend(own_moves);
                    }
                    releases.push(release);
                }
                Work::Copy(into, told) => self.begin_copy(&into, told),
                Work::ForgetDay(day, told) => {
                    let forgotten = self.engine.forget_day(day);
                    let result = forgotten.clone();
                    // Whoever asked for it may have gone away; then the rest is asked for later.
                    releases.push(Box::new(move |durable| drop(told.send(durable.and(result)))));
                    forgotten?;
                }
            }
            next = if releases.len() < GROUP_MAX { self.waiting.try_recv().ok() } else { None };
        }
        if group.is_empty() {
            return Ok(());
        }
        let began = Instant::now();
        self.commit(group)?;
        self.metrics.committed(releases.len(), began.elapsed());
        self.count(moves);
        Ok(())
    }

    /// Follows what was committed, before anybody is told of it.
    fn count(&self, moves: Vec<Move>) {
        if moves.is_empty() {
            return;
        }
        let mut tally = self.tally.lock().unwrap_or_else(PoisonError::into_inner);
        for one in moves {
            tally.apply(one);
        }
    }

    /// How many events wait or run.
    fn queued(&self) -> u64 {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner).waiting(Queue::Runs).number
    }

    /// Counts on disk.
    fn count_waiting(&self) -> Result<(), StoreError> {
        let tally = Tally::of(&*self.engine)?;
        *self.tally.lock().unwrap_or_else(PoisonError::into_inner) = tally;
        Ok(())
    }

    fn commit(&mut self, mut group: Changes) -> Result<(), StoreError> {
        meta::put_commits(&mut group, self.commits + 1);
        self.engine.commit(&group)?;
        self.commits += 1;
        // Before anybody is told, so that what was acknowledged is missed when it is gone.
        if let Err(error) = self.engine.mark(self.commits) {
            tracing::debug!(%error, "how far the store is cannot be noted now");
        }
        Ok(())
    }

    /// Opens the engine anew, as often as it takes. Gives false when nobody needs it any more.
    fn mend(&mut self, error: &StoreError) -> bool {
        tracing::error!(
            reason = error.reason(),
            "the store is broken: deliveries are refused until it is opened anew, which is tried until it \
             works; look at the disk of the data folder"
        );
        if self.mended_at.is_none_or(|at| at.elapsed() >= STEADY) {
            self.pause = PAUSE;
        }
        let broke_at = Instant::now();
        loop {
            if !self.refuse_for(self.pause) {
                return false;
            }
            self.pause = (self.pause * 2).min(PAUSE_MAX);
            match guarded(|| self.open_anew()) {
                Ok(()) => break,
                Err(error) => tracing::debug!(%error, "the store cannot be opened anew yet"),
            }
        }
        self.mended_at = Some(Instant::now());
        self.health.mended();
        tracing::info!(after = ?broke_at.elapsed(), "the store works again");
        true
    }

    fn open_anew(&mut self) -> Result<(), StoreError> {
        self.engine.reopen()?;
        let found = meta::commits(&*self.engine)?;
        if found < self.commits {
            // Another folder, or a disk that lost what it had synced. Going on would forget what was promised.
            return Err(StoreError::Unreadable(format!(
                "{} groups of changes were durable, and only {found} are there",
                self.commits
            )));
        }
        self.commits = found;
        // Nobody knows what of the group that failed is there.
        self.count_waiting()?;
        // The probe: only a write that is durable shows that the next one will be.
        self.commit(Changes::new())
    }

    /// Refuses what comes during `pause`. Gives false when nobody is left who could ask.
    fn refuse_for(&self, pause: Duration) -> bool {
        let until = Instant::now() + pause;
        loop {
            match self.waiting.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(work) => self.refuse(work),
                Err(RecvTimeoutError::Timeout) => return true,
                Err(RecvTimeoutError::Disconnected) => return false,
            }
        }
    }

    /// Drops the verb unrun; who waits for it learns why from the health.
    fn refuse(&self, work: Work) {
        match work {
            Work::Run(_) => {}
            Work::ForgetDay(_, told) => drop(told.send(self.health.check().map(|()| false))),
            Work::Copy(_, told) => {
                let why = self.health.check().err().unwrap_or(StoreError::Closed);
                drop(told.send(Err(why.into())));
            }
        }
    }
}
