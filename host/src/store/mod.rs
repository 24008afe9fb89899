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

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use crate::model::grant::Grant;
use crate::model::id::{DeliveryId, ExecutionId};
use crate::model::manifest::Manifest;
use crate::model::name::ProviderName;
use crate::model::time::Time;

use self::admission::{Admission, Arrival, Delivery, Readmission, Readmitted, Replay};
use self::backup::{BackupError, Copied};
use self::execution::{Claim, Claimed, Execution, Postponed, Settled};
use self::key::Lane;
use self::listing::{EventFilter, EventLook, Found, HeldLook, Origin};
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

/// Lanes in which something waits.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct WaitingLanes {
    /// With events to run.
    pub runs: Vec<Lane>,
    /// With replies to send.
    pub replies: Vec<Lane>,
}

/// What a start finds. How many deliveries, events and ids are kept is not among it: the engine would walk
/// all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Survey {
    /// Events that wait for their run.
    pub queued: Count,
    /// Those of them that had been started.
    pub interrupted: usize,
    /// Replies that are owed.
    pub owed: Count,
    /// Deliveries that wait for somebody to look.
    pub held: Count,
    /// Days for which ids are remembered.
    pub days_of_ids: usize,
    /// Events that were ever admitted.
    pub admitted: u64,
}

/// What one step of forgetting did.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Forgotten {
    /// Old executions and deliveries that were looked at.
    pub looked_at: usize,
    /// Executions of them that are kept for longer: their outcome may be asked for, or a reply is owed.
    pub put_off: usize,
    /// Executions that went, with their replies.
    pub executions: usize,
    /// Deliveries that went, with their bodies.
    pub deliveries: usize,
}

/// A number that was counted up to a bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// What was counted.
    pub number: usize,
    /// Whether the bound was not met.
    pub is_all: bool,
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.number, if self.is_all { "" } else { " or more" })
    }
}

/// What is known of a store without looking into it. Zeros, until the thread that writes has counted what
/// waits, which it does before its first group.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Figures {
    /// Events that wait or run.
    pub queued: Waiting,
    /// Replies that are owed; the oldest by when its event came in.
    pub owed: Waiting,
    /// Deliveries that wait for somebody to look, or for their plugin.
    pub held: Waiting,
    /// Ids that are remembered.
    pub ids: usize,
}

/// How much of everything a store holds.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Raw deliveries.
    pub deliveries: usize,
    /// Events, finished ones included.
    pub executions: usize,
    /// Events that wait or run.
    pub queued: usize,
    /// Replies that are owed.
    pub owed: usize,
    /// Ids that are remembered.
    pub ids: usize,
}

/// Why a verb failed; each is another next move for the caller.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// Free disk space is below the reserve: refuse deliveries until there is room.
    #[error("the disk of the data folder has less than {} MiB free", .reserve_bytes / (1024 * 1024))]
    Full {
        /// What has to stay free.
        reserve_bytes: u64,
    },
    /// No further id may be remembered: refuse deliveries with new ids until a day of them is forgotten.
    #[error("{max_ids} ids are remembered, and no more may be")]
    TooManyIds {
        /// The ceiling.
        max_ids: u32,
    },
    /// No further event may wait: refuse deliveries until some have run.
    #[error("{max_queued} events wait to be run, and no more may")]
    QueueFull {
        /// The high-water mark.
        max_queued: u32,
    },
    /// The engine failed, and is opened anew: try again later. What was asked for may have been done.
    #[error("the store cannot be written or read: {0}")]
    Unavailable(String),
    /// A record cannot be understood: leave it alone, an operator has to look.
    #[error("a stored record cannot be read: {0}")]
    Unreadable(String),
    /// Somebody else has claimed the event since: throw the result away.
    #[error("the claim was superseded by a newer one")]
    Superseded,
    /// The host is shutting down.
    #[error("the store is closed")]
    Closed,
}

impl StoreError {
    /// Why, without saying again that it is the store.
    pub(crate) fn reason(&self) -> String {
        match self {
            Self::Unavailable(reason) | Self::Unreadable(reason) => reason.clone(),
            other => other.to_string(),
        }
    }
}
