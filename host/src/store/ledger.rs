//! One thread that owns all writes of an engine, and the store's verbs on top of it.
//!
//! Verbs that wait at the same time are committed as one group: run one after the other on the same
//! changes, made durable once, then released together. sled 0.34 needs this anyway: its `flush_async` hangs
//! when several tasks call it, and a flush for every delivery would be slow.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::oneshot;

use super::admission::{Admission, Arrival, Delivery, Readmission, Readmitted, Replay};
use super::execution::{Claim, Claimed, Execution, Postponed, Settled};
use super::key::Lane;
use super::listing::{EventFilter, EventLook, Found, HeldLook, Origin};
use super::owed::{OwedReply, ReplyClaimed};
use super::table::{Changes, Tables};
use super::txn::{Txn, merge};
use super::verbs::{admit, list, manifests, readmit, replay, replies, retention, runs, show};
use super::{Counts, Store, StoreError, WaitingLanes};
use crate::model::id::{DeliveryId, ExecutionId};
use crate::model::manifest::Manifest;
use crate::model::name::ProviderName;
use crate::model::time::Time;

/// What has to be made durable, and by what.
pub(crate) trait Engine: Tables + Send + Sync + 'static {
    /// Makes all changes durable, or none.
    fn commit(&self, changes: &Changes) -> Result<(), StoreError>;

    /// Forgets the ids of whole days.
    fn drop_days(&self, days: &[u32]) -> Result<(), StoreError>;

    /// The reserve of free disk space, when less than that is left.
    fn space_is_low(&self) -> Option<u64>;
}

/// A store on an engine. Dropping it ends the thread after what was already handed to it.
pub struct Ledger<E> {
    engine: Arc<E>,
    /// Set by the first write that fails. What the engine shows afterwards may not be on disk, so that
    /// nothing may be promised from it, not even that a delivery is a duplicate.
    broken: Arc<AtomicBool>,
    queue: Option<mpsc::Sender<Work>>,
    thread: Option<JoinHandle<()>>,
}

/// Verbs committed as one group; more wait for the next, so that none waits long.
const GROUP_MAX: usize = 512;

type Release = Box<dyn FnOnce(Result<(), StoreError>) + Send>;

/// Runs a verb; gives whether its changes are kept, and what is to be told when they are durable.
type Verb = Box<dyn FnOnce(&mut Txn<'_>) -> (bool, Release) + Send>;

enum Work {
    Run(Verb),
    DropDays(Vec<u32>, Release),
}

#[expect(private_bounds, reason = "engines are made in this module's parent only")]
impl<E: Engine> Ledger<E> {
    /// Starts the thread.
    pub(crate) fn start(engine: E) -> Self {
        let engine = Arc::new(engine);
        let (queue, waiting) = mpsc::channel();
        let committing = Arc::clone(&engine);
        let broken = Arc::new(AtomicBool::new(false));
        let breaking = Arc::clone(&broken);
        let thread = std::thread::Builder::new()
            .name("committer".into())
            .spawn(move || commit_groups(&*committing, &waiting, &breaking))
            .expect("the operating system gives a thread at start");
        Self { engine, broken, queue: Some(queue), thread: Some(thread) }
    }

    async fn write<T: Send + 'static>(
        &self,
        verb: impl FnOnce(&mut Txn<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (sender, receiver) = oneshot::channel();
        self.submit(Work::Run(Box::new(move |txn| {
            let result = verb(txn);
            let keep = result.is_ok();
            // A caller that has gone away does not undo what it asked for.
            (keep, Box::new(move |durable| drop(sender.send(durable.and(result)))))
        })))?;
        receiver.await.map_err(|_| StoreError::Closed)?
    }

    fn read<T>(&self, look: impl FnOnce(&Txn<'_>) -> Result<T, StoreError>) -> Result<T, StoreError> {
        look(&Txn::new(&*self.engine, &Changes::new(), None))
    }

    fn submit(&self, work: Work) -> Result<(), StoreError> {
        let queue = self.queue.as_ref().ok_or(StoreError::Closed)?;
        queue.send(work).map_err(|_| StoreError::Closed)
    }
}

impl<E> Drop for Ledger<E> {
    fn drop(&mut self) {
        drop(self.queue.take());
        if let Some(thread) = self.thread.take() {
            // It only fails when the thread panicked, and then everybody who waited was told already.
            let _ = thread.join();
        }
    }
}

fn commit_groups(engine: &impl Engine, waiting: &mpsc::Receiver<Work>, broken: &AtomicBool) {
    while let Ok(first) = waiting.recv() {
        let mut group = Changes::new();
        let mut releases = Vec::new();
        let low = engine.space_is_low();
        let mut next = Some(first);
        while let Some(work) = next {
            match work {
                Work::Run(verb) => {
                    let mut txn = Txn::new(engine, &group, low);
                    let (keep, release) = verb(&mut txn);
                    let own = txn.into_changes();
                    if keep {
                        merge(&mut group, own);
                    }
                    releases.push(release);
                }
                Work::DropDays(days, release) => release(engine.drop_days(&days)),
            }
            next = if releases.len() < GROUP_MAX { waiting.try_recv().ok() } else { None };
        }
        let durable = if broken.load(Ordering::SeqCst) {
            Err(StoreError::Unavailable("a write failed before; it has to be opened anew".into()))
        } else if group.is_empty() {
            Ok(())
        } else {
            engine.commit(&group)
        };
        if let Err(error) = &durable {
            broken.store(true, Ordering::SeqCst);
            tracing::error!(%error, verbs = releases.len(), "could not make a group durable");
        }
        for release in releases {
            release(durable.clone());
        }
    }
}

#[async_trait]
impl<E: Engine> Store for Ledger<E> {
    async fn admit(&self, arrival: Arrival) -> Result<Admission, StoreError> {
        self.write(move |txn| admit::admit(txn, arrival)).await
    }

    async fn claim(&self, lane: Lane, now: Time) -> Result<Claimed, StoreError> {
        self.write(move |txn| runs::claim(txn, lane, now)).await
    }

    async fn postpone(&self, claim: &Claim, postponed: Postponed) -> Result<(), StoreError> {
        let claim = claim.key();
        self.write(move |txn| runs::postpone(txn, claim, &postponed)).await
    }

    async fn settle(&self, claim: &Claim, settled: Settled, now: Time) -> Result<(), StoreError> {
        let claim = claim.key();
        self.write(move |txn| runs::settle(txn, claim, settled, now)).await
    }

    async fn claim_reply(&self, lane: Lane, now: Time) -> Result<ReplyClaimed, StoreError> {
        self.write(move |txn| replies::claim_reply(txn, lane, now)).await
    }

    async fn keep_reply(&self, reply: OwedReply) -> Result<(), StoreError> {
        self.write(move |txn| replies::keep_reply(txn, &reply)).await
    }

    async fn waiting_lanes(&self) -> Result<WaitingLanes, StoreError> {
        self.read(show::waiting_lanes)
    }

    async fn remember_manifest(
        &self,
        provider: &ProviderName,
        manifest: &Manifest,
    ) -> Result<(), StoreError> {
        let (provider, manifest) = (provider.clone(), manifest.clone());
        self.write(move |txn| manifests::remember(txn, &provider, &manifest)).await
    }

    async fn last_manifest(&self, provider: &ProviderName) -> Result<Option<Manifest>, StoreError> {
        self.read(|txn| manifests::last(txn, provider))
    }

    async fn execution(&self, id: ExecutionId) -> Result<Option<Execution>, StoreError> {
        self.read(|txn| show::execution(txn, id))
    }

    async fn replies(&self, id: ExecutionId) -> Result<Vec<OwedReply>, StoreError> {
        self.read(|txn| show::replies(txn, id))
    }

    async fn delivery(&self, id: DeliveryId) -> Result<Option<Delivery>, StoreError> {
        self.read(|txn| show::delivery(txn, id))
    }

    fn is_broken(&self) -> bool {
        self.broken.load(Ordering::SeqCst)
    }

    async fn events(
        &self,
        filter: &EventFilter,
        look: EventLook,
    ) -> Result<Found<Execution, ExecutionId>, StoreError> {
        self.read(|txn| list::events(txn, filter, look))
    }

    async fn held(&self, origin: &Origin, look: HeldLook) -> Result<Found<Delivery, DeliveryId>, StoreError> {
        self.read(|txn| list::held(txn, origin, look))
    }

    async fn replay(&self, id: ExecutionId) -> Result<Replay, StoreError> {
        self.write(move |txn| replay::replay(txn, id)).await
    }

    async fn readmit(&self, again: Readmission) -> Result<Readmitted, StoreError> {
        self.write(move |txn| readmit::readmit(txn, again)).await
    }

    async fn first_waiting(&self, provider: &ProviderName) -> Result<Option<DeliveryId>, StoreError> {
        self.read(|txn| readmit::first_waiting(txn, provider))
    }

    async fn counts(&self) -> Result<Counts, StoreError> {
        self.read(show::counts)
    }

    async fn forget_ids(&self, now: Time, keep: Duration) -> Result<usize, StoreError> {
        let days = retention::expired_days(&self.engine.seen_days()?, now, keep);
        let count = days.len();
        if count > 0 {
            let (sender, receiver) = oneshot::channel();
            self.submit(Work::DropDays(days, Box::new(move |result| drop(sender.send(result)))))?;
            receiver.await.map_err(|_| StoreError::Closed)??;
        }
        Ok(count)
    }

    async fn forget_finished(
        &self,
        now: Time,
        keep: Duration,
        keep_ids: Duration,
        max: usize,
    ) -> Result<usize, StoreError> {
        self.write(move |txn| retention::forget_finished(txn, now, keep, keep_ids, max)).await
    }
}
