//! The store's verbs on top of an engine: each is a transaction, and one thread commits them.
//!
//! Verbs that wait at the same time are committed as one group: run one after the other on the same
//! changes, made durable once, then released together. sled 0.34 needs this anyway: its `flush_async` hangs
//! when several tasks call it, and a flush for every delivery would be slow.

use std::collections::HashSet;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::{oneshot, watch};

use super::admission::{Admission, Arrival, Delivery, Readmission, Readmitted, Replay};
use super::backup::{BackupError, Copied};
use super::committer::{Committer, SharedTally, Work};
use super::engine::Engine;
use super::execution::{Claim, ClaimKey, Claimed, Execution, Postponed, Settled};
use super::health::Health;
use super::key::Lane;
use super::listing::{EventFilter, EventLook, Found, HeldLook, Origin};
use super::owed::{OwedReply, ReplyClaimed};
use super::session::Session;
use super::stats::Stats;
use super::status::MessageStatus;
use super::table::Changes;
use super::tally::Queue;
use super::txn::{Limits, Txn};
use super::verbs::{
    admit, list, manifests, readmit, replay, replies, retention, runs, session, show, stats, status, survey,
    verify,
};
use super::verified::{Checkpoint, Verified};
use super::{Ceilings, Counts, Figures, Forgotten, Store, StoreError, Survey, WaitingLanes};
use crate::metrics::StoreMetrics;
use crate::model::fault_point::FaultPoint;
use crate::model::grant::Grant;
use crate::model::id::{DeliveryId, ExecutionId, OpeningId};
use crate::model::manifest::Manifest;
use crate::model::name::ProviderName;
use crate::model::time::Time;

/// A store on an engine. Dropping it ends the thread after what was already handed to it.
pub struct Ledger<E> {
    engine: Arc<E>,
    health: Arc<Health>,
    tally: SharedTally,
    /// Claims of earlier openings are void.
    opening: OpeningId,
    /// Claims that were made and that nobody was given, because their commit failed or is still on its way.
    /// Such an attempt never began, although it may be on disk.
    unbegun: Arc<Mutex<HashSet<ClaimKey>>>,
    queue: Option<mpsc::Sender<Work>>,
    thread: Option<JoinHandle<()>>,
}

#[expect(private_bounds, reason = "engines are made in this module's parent only")]
impl<E: Engine> Ledger<E> {
    /// Starts the thread. So many groups were committed so far.
    pub(crate) fn start(engine: E, commits: u64, ceilings: Ceilings, metrics: StoreMetrics) -> Self {
        let engine = Arc::new(engine);
        let (health, tally) = (Arc::new(Health::good()), SharedTally::default());
        let (queue, waiting) = mpsc::channel();
        let shared = (Arc::clone(&health), Arc::clone(&tally));
        let committer = Committer::new(Arc::clone(&engine), waiting, shared, commits, ceilings, metrics);
        let thread = std::thread::Builder::new()
            .name("committer".into())
            .spawn(move || committer.run())
            .expect("the operating system gives a thread at start");
        let (opening, unbegun) = (OpeningId::new(), Arc::default());
        Self { engine, health, tally, opening, unbegun, queue: Some(queue), thread: Some(thread) }
    }

    /// Remembers ids as they are left when their events have been forgotten: what the benchmark begins with.
    ///
    /// # Errors
    /// As of [`Store::admit`].
    #[doc(hidden)]
    pub async fn remember_ids(
        &self,
        provider: ProviderName,
        ids: Vec<String>,
        at: Time,
    ) -> Result<(), StoreError> {
        self.write(move |txn| ids.iter().try_for_each(|id| admit::remember(txn, &provider, id, at))).await
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
        receiver.await.unwrap_or_else(|_| Err(self.why_dropped()))
    }

    fn read<T>(&self, look: impl FnOnce(&Txn<'_>) -> Result<T, StoreError>) -> Result<T, StoreError> {
        self.health.check()?;
        look(&Txn::new(&*self.engine, &Changes::new(), Limits::NONE))
    }

    fn submit(&self, work: Work) -> Result<(), StoreError> {
        self.health.check()?;
        let queue = self.queue.as_ref().ok_or(StoreError::Closed)?;
        queue.send(work).map_err(|_| StoreError::Closed)
    }

    /// Why a verb was thrown away before it had an answer.
    fn why_dropped(&self) -> StoreError {
        let broke_off = || StoreError::Unavailable("the verb broke off; its changes were not made".into());
        self.health.check().err().unwrap_or_else(broke_off)
    }

    fn unbegun(&self) -> MutexGuard<'_, HashSet<ClaimKey>> {
        lock(&self.unbegun)
    }
}

fn lock(unbegun: &Mutex<HashSet<ClaimKey>>) -> MutexGuard<'_, HashSet<ClaimKey>> {
    unbegun.lock().unwrap_or_else(PoisonError::into_inner)
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

#[async_trait]
impl<E: Engine> Store for Ledger<E> {
    async fn admit(&self, arrival: Arrival) -> Result<Admission, StoreError> {
        self.write(move |txn| {
            let admission = admit::admit(txn, arrival)?;
            FaultPoint::Admitting.reached();
            Ok(admission)
        })
        .await
    }

    async fn claim(&self, lane: Lane, now: Time) -> Result<Claimed, StoreError> {
        let (opening, unbegun) = (self.opening, Arc::clone(&self.unbegun));
        let claimed = self
            .write(move |txn| {
                let mut unbegun = lock(&unbegun);
                let claimed = runs::claim(txn, lane, now, opening, |earlier| !unbegun.contains(&earlier))?;
                if let Claimed::Started(claim) = &claimed {
                    unbegun.insert(claim.key());
                }
                Ok(claimed)
            })
            .await?;
        if let Claimed::Started(claim) = &claimed {
            self.unbegun().retain(|one| one.execution != claim.execution.id);
        }
        Ok(claimed)
    }

    async fn renew(&self, claim: &Claim, now: Time) -> Result<(), StoreError> {
        let claim = claim.key();
        self.write(move |txn| runs::renew(txn, claim, now)).await
    }

    async fn first_run(&self, lane: Lane) -> Result<Option<Execution>, StoreError> {
        self.read(|txn| runs::first(txn, lane))
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

    async fn survey(&self) -> Result<Survey, StoreError> {
        self.read(survey::survey)
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

    async fn grant(&self, provider: &ProviderName, grant: &Grant) -> Result<(), StoreError> {
        let (provider, grant) = (provider.clone(), grant.clone());
        self.write(move |txn| manifests::grant(txn, &provider, &grant)).await
    }

    async fn granted(&self, provider: &ProviderName) -> Result<Option<Grant>, StoreError> {
        self.read(|txn| manifests::granted(txn, provider))
    }

    async fn execution(&self, id: ExecutionId) -> Result<Option<Execution>, StoreError> {
        self.read(|txn| show::execution(txn, id))
    }

    async fn replies(&self, id: ExecutionId) -> Result<Vec<OwedReply>, StoreError> {
        self.read(|txn| show::replies(txn, id))
    }

    async fn statuses(&self, id: ExecutionId) -> Result<Vec<Vec<MessageStatus>>, StoreError> {
        self.read(|txn| status::statuses(txn, id))
    }

    async fn delivery(&self, id: DeliveryId) -> Result<Option<Delivery>, StoreError> {
        self.read(|txn| show::delivery(txn, id))
    }

    fn is_broken(&self) -> bool {
        self.health.check().is_err()
    }

    fn figures(&self) -> Figures {
        let mut tally = self.tally.lock().unwrap_or_else(PoisonError::into_inner);
        Figures {
            queued: tally.waiting(Queue::Runs),
            owed: tally.waiting(Queue::Outbox),
            held: tally.waiting(Queue::Held),
            ids: self.engine.ids(),
        }
    }

    fn openings(&self) -> watch::Receiver<u64> {
        self.health.openings()
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

    fn sessions(&self) -> Result<Vec<Session>, StoreError> {
        self.read(session::sessions)
    }

    async fn stats(&self) -> Result<Stats, StoreError> {
        self.health.check()?;
        let engine = Arc::clone(&self.engine);
        // It takes a while, in which nothing else would go on here.
        let counted = tokio::task::spawn_blocking(move || {
            let counted = stats::stats(&Txn::new(&*engine, &Changes::new(), Limits::NONE))?;
            Ok(Stats { disk: engine.disk(), ..counted })
        });
        counted.await.unwrap_or_else(|error| Err(StoreError::Unavailable(error.to_string())))
    }

    async fn verify(&self, from: Checkpoint) -> Result<Verified, StoreError> {
        // On the one thread that writes, so that nothing changes between a record and what belongs to it.
        self.write(move |txn| verify::verify(txn, &from)).await
    }

    async fn backup(&self, into: &Path) -> Result<Copied, BackupError> {
        let (told, copied) = oneshot::channel();
        self.submit(Work::Copy(into.to_owned(), told))?;
        let finish = copied.await.unwrap_or_else(|_| Err(self.why_dropped().into()))?;
        let finished = tokio::task::spawn_blocking(finish).await;
        finished.unwrap_or_else(|error| Err(StoreError::Unavailable(error.to_string()).into()))
    }

    async fn forget_ids(&self, now: Time, keep: Duration) -> Result<usize, StoreError> {
        let days = self.read(|txn| Ok(retention::expired_days(&txn.seen_days()?, now, keep)))?;
        for day in &days {
            // In small steps, so that what waits meanwhile has its turn between two of them.
            loop {
                let (sender, receiver) = oneshot::channel();
                self.submit(Work::ForgetDay(*day, sender))?;
                if receiver.await.unwrap_or_else(|_| Err(self.why_dropped()))? {
                    break;
                }
            }
        }
        Ok(days.len())
    }

    async fn forget_finished(
        &self,
        now: Time,
        keep: Duration,
        keep_ids: Duration,
        max: usize,
    ) -> Result<Forgotten, StoreError> {
        self.write(move |txn| retention::forget_finished(txn, now, keep, keep_ids, max)).await
    }
}
