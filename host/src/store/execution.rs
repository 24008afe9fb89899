//! An event and what became of it, and the claims by which it is worked on.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::key::Lane;
use crate::model::event::Event;
use crate::model::http::Field;
use crate::model::id::{DeliveryId, ExecutionId};
use crate::model::name::{ProviderName, WorkflowName};
use crate::model::outcome::Outcome;
use crate::model::reply::Reply;
use crate::model::time::Time;

/// An event from admission on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Execution {
    /// Given at admission; the `Idempotency-Key` of every attempt.
    pub id: ExecutionId,
    /// The delivery that brought it.
    pub delivery: DeliveryId,
    /// Who sent it.
    pub provider: ProviderName,
    /// Where it waits.
    pub lane: Lane,
    /// Its place in all that was ever admitted.
    pub seq: u64,
    /// When its delivery arrived.
    pub received_at: Time,
    /// What happened.
    pub event: Event,
    /// How far it is.
    pub state: State,
    /// Attempts that were started and counted.
    pub attempts: u32,
    /// Attempts that a crash interrupted.
    pub interrupted: u32,
    /// Grows with every claim; an older claim cannot settle.
    pub fence: u64,
    /// Not to be attempted before.
    pub not_before: Option<Time>,
    /// Since when its workflow cannot be reached.
    pub unreachable_since: Option<Time>,
    /// What gives access to the outcome, where the sender waits for it.
    pub token: Option<String>,
    /// Which workflow ran.
    pub workflow: Option<WorkflowName>,
    /// What came of it.
    pub outcome: Option<Outcome>,
    /// When it was settled.
    pub finished_at: Option<Time>,
    /// How many replies it owed.
    pub replies: u16,
}

/// How far an event is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Waits for its first or next attempt.
    Queued,
    /// An attempt was started.
    Running,
    /// Its workflow answered, or the host itself did.
    Done,
    /// Its workflow never answered; given up.
    Dead,
    /// Nothing was to be done.
    Recorded {
        /// Why.
        reason: String,
    },
    /// It happened too long ago.
    Stale,
}

impl State {
    /// Whether nothing more will happen to it.
    pub fn is_final(&self) -> bool {
        !matches!(self, Self::Queued | Self::Running)
    }
}

/// The right to end one attempt.
#[derive(Debug, Clone, PartialEq)]
pub struct Claim {
    /// The event, with this attempt counted.
    pub execution: Execution,
}

/// What the store needs to know of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ClaimKey {
    pub(crate) execution: ExecutionId,
    pub(crate) fence: u64,
}

impl Claim {
    pub(crate) fn key(&self) -> ClaimKey {
        ClaimKey { execution: self.execution.id, fence: self.execution.fence }
    }

    /// Whether so many attempts were cut off by a crash that no further one may be made.
    pub fn is_exhausted(&self) -> bool {
        self.execution.interrupted >= crate::model::bounds::INTERRUPTED_RUNS
    }
}

/// What a lane has to offer.
#[derive(Debug, Clone, PartialEq)]
pub enum Claimed {
    /// Nothing waits.
    Empty,
    /// The first event is not due before then.
    NotBefore(Time),
    /// An attempt was started.
    Started(Box<Claim>),
}

/// Why and how long an event waits for its next attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Postponed {
    /// Not before then.
    pub until: Time,
    /// Since when the workflow cannot be reached; such an attempt is not counted.
    pub unreachable_since: Option<Time>,
}

/// The end of an event.
#[derive(Debug, Clone, PartialEq)]
pub struct Settled {
    /// A final one.
    pub state: State,
    /// Which workflow ran.
    pub workflow: Option<WorkflowName>,
    /// For those who ask.
    pub outcome: Option<Outcome>,
    /// What is owed to the event's conversation.
    pub replies: Vec<Owed>,
}

impl Settled {
    /// Nothing was to be done.
    pub fn recorded(reason: impl Into<String>) -> Self {
        Self {
            state: State::Recorded { reason: reason.into() },
            workflow: None,
            outcome: None,
            replies: Vec::new(),
        }
    }
}

/// A reply that is to be owed.
#[derive(Debug, Clone, PartialEq)]
pub struct Owed {
    /// What is said.
    pub reply: Reply,
    /// The workflow's wishes.
    pub attributes: Vec<Field>,
}

impl From<Reply> for Owed {
    fn from(reply: Reply) -> Self {
        Self { reply, attributes: Vec::new() }
    }
}

impl Execution {
    /// How long its workflow has not been reachable.
    pub fn unreachable_for(&self, now: Time) -> Duration {
        self.unreachable_since.map_or(Duration::ZERO, |since| now.since(since))
    }
}
