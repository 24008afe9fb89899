//! What is durable: deliveries, their events, the queues of both kinds of lane, and what was seen before.
//!
//! Nothing leaves a verb of [`Store`] before it is on disk. The logic stands once, in `verbs`, as plain
//! functions on a transaction; an engine ([`sled`], [`memory`]) only makes its changes durable.

pub mod admission;
pub mod backup;
mod committer;
#[cfg(test)]
mod contract;
mod engine;
mod error;
pub mod execution;
pub mod guarded;
mod health;
mod ids;
pub mod key;
mod ledger;
pub mod listing;
mod mark;
pub mod memory;
mod meta;
mod numbers;
pub mod open;
pub mod owed;
mod record;
pub mod session;
pub mod sled;
pub mod stats;
pub mod status;
mod table;
mod tally;
mod txn;
mod verbs;
pub mod verified;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::watch;

use crate::model::grant::Grant;
use crate::model::id::{DeliveryId, ExecutionId};
use crate::model::manifest::Manifest;
use crate::model::name::ProviderName;
use crate::model::time::Time;

use self::admission::{Admission, Arrival, Delivery, Readmission, Readmitted, Replay};
use self::backup::{BackupError, Copied};
pub use self::error::StoreError;
use self::execution::{Claim, Claimed, Execution, Postponed, Settled};
use self::key::Lane;
use self::listing::{EventFilter, EventLook, Found, HeldLook, Origin};
pub use self::numbers::{Count, Counts, Figures, Forgotten, Survey, WaitingLanes};
use self::owed::{OwedReply, ReplyClaimed};
use self::session::Session;
use self::stats::Stats;
use self::status::MessageStatus;
pub use self::tally::Waiting;
use self::verified::{Checkpoint, Verified};

/// A store that any part may hold on to.
pub type SharedStore = Arc<dyn Store>;

/// What the gateway asks of its store. Every verb is one transaction, durable before it answers.
///
/// The promises stand as tests in `contract`, which every implementation passes.
#[async_trait]
pub trait Store: Send + Sync {
    /// Makes a verified delivery durable: its bytes, and for every event that was not seen before a dedupe
    /// entry and a place in its lane; statuses are heard by the replies that they belong to. All of it or
    /// nothing.
    ///
    /// # Errors
    /// Nothing was stored; the sender has to repeat the delivery.
    async fn admit(&self, arrival: Arrival) -> Result<Admission, StoreError>;

    /// The first event of a lane, without starting anything.
    ///
    /// # Errors
    /// The store cannot be read.
    async fn first_run(&self, lane: Lane) -> Result<Option<Execution>, StoreError>;

    /// Starts an attempt of the first event of a lane, if it is due and nobody else's. The claim holds for
    /// [`bounds::CLAIM_LEASE`](crate::model::bounds::CLAIM_LEASE), unless the store is opened anew before. An
    /// event whose deadline has passed is ended instead.
    ///
    /// # Errors
    /// Nothing was started; try again.
    async fn claim(&self, lane: Lane, now: Time) -> Result<Claimed, StoreError>;

    /// Makes a claim hold for as long again.
    ///
    /// # Errors
    /// [`StoreError::Superseded`] when the claim is no longer the newest: stop the run. Others may be tried
    /// again.
    async fn renew(&self, claim: &Claim, now: Time) -> Result<(), StoreError>;

    /// Ends an attempt that is to be repeated.
    ///
    /// # Errors
    /// [`StoreError::Superseded`] when the claim is no longer the newest; others may be tried again. What this
    /// claim has ended already stays as it is.
    async fn postpone(&self, claim: &Claim, postponed: Postponed) -> Result<(), StoreError>;

    /// Ends an event: its outcome and the replies it owes, in one transaction.
    ///
    /// # Errors
    /// [`StoreError::Superseded`] when the claim is no longer the newest; others may be tried again. What this
    /// claim has ended already stays as it is.
    async fn settle(&self, claim: &Claim, settled: Settled, now: Time) -> Result<(), StoreError>;

    /// The first reply of a lane, if it is due.
    ///
    /// # Errors
    /// Try again.
    async fn claim_reply(&self, lane: Lane, now: Time) -> Result<ReplyClaimed, StoreError>;

    /// Keeps where a reply stands; one that is finished leaves its lane. Statuses of its messages find it from
    /// then on, also those that came before.
    ///
    /// # Errors
    /// The old state still holds; try again before doing anything that depends on the new one.
    async fn keep_reply(&self, reply: OwedReply) -> Result<(), StoreError>;

    /// The lanes in which something waits: of runs and of replies. Read at start.
    ///
    /// # Errors
    /// The store cannot be read.
    async fn waiting_lanes(&self) -> Result<WaitingLanes, StoreError>;

    /// What there is, for the log of a start; bounded, so that it does not hold the start up.
    ///
    /// # Errors
    /// The store cannot be read.
    async fn survey(&self) -> Result<Survey, StoreError>;

    /// Keeps a provider's last good manifest, so that its deliveries can be verified while its plugin is
    /// unavailable.
    ///
    /// # Errors
    /// The older one is kept.
    async fn remember_manifest(&self, provider: &ProviderName, manifest: &Manifest)
    -> Result<(), StoreError>;

    /// The manifest that was remembered last.
    ///
    /// # Errors
    /// The store cannot be read.
    async fn last_manifest(&self, provider: &ProviderName) -> Result<Option<Manifest>, StoreError>;

    /// Remembers what a provider's plugin is granted, in place of what it was granted before.
    ///
    /// # Errors
    /// The older grant holds.
    async fn grant(&self, provider: &ProviderName, grant: &Grant) -> Result<(), StoreError>;

    /// What was granted last.
    ///
    /// # Errors
    /// The store cannot be read.
    async fn granted(&self, provider: &ProviderName) -> Result<Option<Grant>, StoreError>;

    /// An event and what became of it.
    ///
    /// # Errors
    /// The store cannot be read.
    async fn execution(&self, id: ExecutionId) -> Result<Option<Execution>, StoreError>;

    /// The replies that an execution owes or owed, in order.
    ///
    /// # Errors
    /// The store cannot be read.
    async fn replies(&self, id: ExecutionId) -> Result<Vec<OwedReply>, StoreError>;

    /// What was heard of the messages of each of those replies, in the same order.
    ///
    /// # Errors
    /// The store cannot be read.
    async fn statuses(&self, id: ExecutionId) -> Result<Vec<Vec<MessageStatus>>, StoreError>;

    /// A delivery with its exact bytes.
    ///
    /// # Errors
    /// The store cannot be read.
    async fn delivery(&self, id: DeliveryId) -> Result<Option<Delivery>, StoreError>;

    /// Whether a write has failed, so that nothing can be promised until the store has opened its engine
    /// anew, which it does by itself. Until then every verb fails with [`StoreError::Unavailable`].
    fn is_broken(&self) -> bool;

    /// How much waits and how many ids are remembered, as of the last commit. From memory: it costs nothing,
    /// however much there is.
    fn figures(&self) -> Figures;

    /// Changes whenever the store works again after it was broken. What was refused meanwhile may be on disk
    /// all the same, so whoever works on lanes has to look for all of them again.
    fn openings(&self) -> watch::Receiver<u64>;

    /// Events that are meant, newest first. One look reads a bounded number of them, so it may find nothing
    /// although there is more: it says where to go on.
    ///
    /// # Errors
    /// The store cannot be read.
    async fn events(
        &self,
        filter: &EventFilter,
        look: EventLook,
    ) -> Result<Found<Execution, ExecutionId>, StoreError>;

    /// Held deliveries, newest first and without their bodies; bounded as [`Self::events`].
    ///
    /// # Errors
    /// The store cannot be read.
    async fn held(&self, origin: &Origin, look: HeldLook) -> Result<Found<Delivery, DeliveryId>, StoreError>;

    /// Runs an event again that has ended: under a new id, behind what waits in its lane.
    ///
    /// # Errors
    /// Nothing was queued; try again.
    async fn replay(&self, id: ExecutionId) -> Result<Replay, StoreError>;

    /// Ends the waiting of a held delivery, or keeps the new reason for it. Its events are marked `late`;
    /// those whose ids were seen before are sorted out as at admission.
    ///
    /// # Errors
    /// It is held as before; try again.
    async fn readmit(&self, again: Readmission) -> Result<Readmitted, StoreError>;

    /// The first of the held deliveries that wait for a provider's plugin: those of [`admission::Judged::Waiting`],
    /// in the order in which they were stored.
    ///
    /// # Errors
    /// The store cannot be read.
    async fn first_waiting(&self, provider: &ProviderName) -> Result<Option<DeliveryId>, StoreError>;

    /// How much of everything there is; walks all of it, for people and tests.
    ///
    /// # Errors
    /// The store cannot be read.
    async fn counts(&self) -> Result<Counts, StoreError>;

    /// The last that was heard of each session of each provider; of each at most
    /// [`bounds::SESSIONS_PER_PROVIDER`](crate::model::bounds::SESSIONS_PER_PROVIDER).
    ///
    /// # Errors
    /// The store cannot be read.
    fn sessions(&self) -> Result<Vec<Session>, StoreError>;

    /// What there is, table by table and as far as it can be counted in a moment, for people.
    ///
    /// # Errors
    /// The store cannot be read.
    async fn stats(&self) -> Result<Stats, StoreError>;

    /// Looks at the next records, each together with what belongs to it: whether they can be read, and agree. What
    /// is written meanwhile disturbs nothing.
    ///
    /// # Errors
    /// The store cannot be read now; what is wrong with a record is no error.
    async fn verify(&self, from: Checkpoint) -> Result<Verified, StoreError>;

    /// Copies everything into a folder, which must be empty or not there, for this user alone. What was durable when
    /// it was asked for is in the copy, and what became durable until its end: all of each verb or nothing. Verbs go
    /// on meanwhile.
    ///
    /// # Errors
    /// There is no copy, and nothing is left of it.
    async fn backup(&self, into: &Path) -> Result<Copied, BackupError>;

    /// Forgets the ids that were seen longer ago than `keep`, a whole day at a time and in small steps. Gives
    /// the number of days that went.
    ///
    /// # Errors
    /// Some days may be left; the next call takes them.
    async fn forget_ids(&self, now: Time, keep: Duration) -> Result<usize, StoreError>;

    /// Forgets executions that were finished longer ago than `keep`, with their replies and deliveries; those
    /// whose sender may ask again live as long as their ids, `keep_ids`, and those that owe a reply until it
    /// is sent or given up. Looks at `max` at the most.
    ///
    /// # Errors
    /// Nothing went; the next call takes them.
    async fn forget_finished(
        &self,
        now: Time,
        keep: Duration,
        keep_ids: Duration,
        max: usize,
    ) -> Result<Forgotten, StoreError>;
}

/// How much there may be at most.
#[derive(Debug, Clone, Copy)]
pub struct Ceilings {
    /// Ids that are remembered.
    pub max_ids: u32,
    /// Events that wait to be run.
    pub max_queued: u32,
}
