//! An event and what became of it, and the claims by which it is worked on.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::key::Lane;
use crate::model::bounds;
use crate::model::event::Event;
use crate::model::http::Field;
use crate::model::id::{DeliveryId, ExecutionId, OpeningId};
use crate::model::name::{ProviderName, WorkflowName};
use crate::model::outcome::Outcome;
use crate::model::reply::{Reply, Said};
use crate::model::time::Time;
use crate::model::trace::TraceParent;

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
    /// Until when nobody else may claim it.
    #[serde(default)]
    pub lease: Option<Lease>,
    /// When an answer is of no use any more.
    #[serde(default)]
    pub deadline: Option<Time>,
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
    /// The execution that an operator ran again as this one.
    #[serde(default)]
    pub replay_of: Option<ExecutionId>,
    /// What it was run again as, oldest first; at most [`bounds::REPLAYS_REMEMBERED`].
    #[serde(default)]
    pub replays: Vec<ExecutionId>,
    /// The place in a trace that its sender said its delivery has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<TraceParent>,
}

/// How long a claim holds: until a time, and only while the store stays open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// In which opening of the store it was given.
    pub opening: OpeningId,
    /// Not longer than this, unless it is renewed.
    pub until: Time,
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
    /// Its id was used before, with other content.
    Conflict {
        /// By this event.
        first: ExecutionId,
    },
    /// Its deadline passed before it could be run to its end.
    Expired,
}

impl State {
    /// Whether nothing more will happen to it.
    pub fn is_final(&self) -> bool {
        self.name().is_final()
    }

    /// What it is called.
    pub fn name(&self) -> StateName {
        match self {
            Self::Queued => StateName::Queued,
            Self::Running => StateName::Running,
            Self::Done => StateName::Done,
            Self::Dead => StateName::Dead,
            Self::Recorded { .. } => StateName::Recorded,
            Self::Stale => StateName::Stale,
            Self::Conflict { .. } => StateName::Conflict,
            Self::Expired => StateName::Expired,
        }
    }
}

/// A [`State`] without its details, as people and programs ask for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "they are those of `State`")]
pub enum StateName {
    Queued,
    Running,
    Done,
    Dead,
    Recorded,
    Stale,
    Conflict,
    Expired,
}

/// A text that names no state.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a state: use queued, running, done, dead, recorded, stale, conflict or expired")]
pub struct BadState;

impl StateName {
    const ALL: [Self; 8] = [
        Self::Queued,
        Self::Running,
        Self::Done,
        Self::Dead,
        Self::Recorded,
        Self::Stale,
        Self::Conflict,
        Self::Expired,
    ];

    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Done => "done",
            Self::Dead => "dead",
            Self::Recorded => "recorded",
            Self::Stale => "stale",
            Self::Conflict => "conflict",
            Self::Expired => "expired",
        }
    }

    /// Whether nothing more will happen to an event in this state.
    pub fn is_final(self) -> bool {
        !matches!(self, Self::Queued | Self::Running)
    }
}

impl FromStr for StateName {
    type Err = BadState;

    fn from_str(text: &str) -> Result<Self, BadState> {
        Self::ALL.into_iter().find(|state| state.as_str() == text).ok_or(BadState)
    }
}

impl fmt::Display for StateName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The right to end one attempt.
#[derive(Debug, Clone, PartialEq)]
pub struct Claim {
    /// The event, with this attempt counted.
    pub execution: Execution,
}

/// What the store needs to know of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
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
        self.execution.interrupted >= bounds::INTERRUPTED_RUNS
    }
}

/// What a lane has to offer.
#[derive(Debug, Clone, PartialEq)]
pub enum Claimed {
    /// Nothing waits.
    Empty,
    /// The first event is not due before then.
    NotBefore(Time),
    /// The deadline of the first event had passed; it was ended.
    Expired(ExecutionId),
    /// An attempt was started.
    Started(Box<Claim>),
}

/// Why and how long an event waits for its next attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Postponed {
    /// Not before then.
    pub until: Time,
    /// Whether the attempt was one: not where its workflow was not reached, or the host stopped meanwhile.
    pub is_counted: bool,
    /// Since when the workflow cannot be reached.
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

    /// Its deadline has passed; `workflow` is the one that ran until then.
    pub fn expired(workflow: Option<WorkflowName>) -> Self {
        let outcome = Some(Outcome::Failed("its deadline has passed".into()));
        Self { state: State::Expired, workflow, outcome, replies: Vec::new() }
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

impl From<Said> for Owed {
    fn from(said: Said) -> Self {
        Self { reply: said.reply, attributes: said.wishes }
    }
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

    /// Attempts that ran to their end, or will: those that a crash interrupted have a bound of their own.
    pub fn attempts_of_its_own(&self) -> u32 {
        self.attempts.saturating_sub(self.interrupted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_that_an_older_program_wrote_is_read() {
        // As it stood on disk before events could be replayed.
        let record = r#"{
            "id": "0192a3b4c5d67e8f9aabbccddeeff001", "delivery": "0192a3b4c5d67e8f9aabbccddeeff000",
            "provider": "telegram", "lane": [1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16], "seq": 7,
            "received_at": 1760000000000,
            "event": {
                "id": "1", "topic": "message.text", "occurred_ms": null, "account": null,
                "conversation": "42", "sender": null, "content": "other", "raw": null, "handback": [],
                "attributes": []
            },
            "state": "done", "attempts": 1, "interrupted": 0, "fence": 1, "not_before": null,
            "unreachable_since": null, "token": null, "workflow": "echo", "outcome": {"succeeded": "hi"},
            "finished_at": 1760000000001, "replies": 1
        }"#;
        let execution: Execution = serde_json::from_str(record).unwrap();
        assert_eq!((execution.replay_of, &execution.replays), (None, &vec![]));
        assert_eq!((execution.lease, execution.deadline), (None, None));
        assert_eq!(execution.trace, None);
        // What has none is written as before, so that it takes no room.
        assert!(!serde_json::to_string(&execution).unwrap().contains("trace"));
    }

    #[test]
    fn a_state_is_written_as_it_is_read() {
        for state in StateName::ALL {
            assert_eq!(state.as_str().parse(), Ok(state));
            assert_eq!(serde_json::to_value(state).unwrap(), state.as_str());
        }
        assert_eq!("Dead".parse::<StateName>(), Err(BadState));
    }
}
