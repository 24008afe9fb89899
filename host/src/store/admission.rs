//! A delivery on its way into the store, and what the store says about it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::model::event::Event;
use crate::model::http::Request;
use crate::model::id::{DeliveryId, ExecutionId};
use crate::model::name::ProviderName;
use crate::model::time::Time;
use crate::model::trace::TraceParent;
use crate::verify::Verified;

use super::key;

/// A verified delivery with what its plugin made of it. Only a [`Verified`] request becomes one.
#[derive(Debug, Clone)]
pub struct Arrival {
    pub(crate) delivery: Delivery,
    /// Made here and not in the store, whose one thread does all the writing.
    pub(crate) body_hash: [u8; 32],
    pub(crate) events: Vec<Incoming>,
    /// Whether it waits for its plugin.
    pub(crate) waits: bool,
    pub(crate) window: Duration,
    pub(crate) sender_waits: bool,
    pub(crate) trace: Option<TraceParent>,
}

/// An event on its way in, and whether anything is to be done about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Incoming {
    /// What happened.
    pub event: Event,
    /// Why nothing is to be done: it is recorded at once, waits in no lane and costs no second write. `None`: it
    /// waits for its turn, and what is done about it is decided then.
    pub idle: Option<&'static str>,
}

impl From<Event> for Incoming {
    fn from(event: Event) -> Self {
        Self { event, idle: None }
    }
}

/// What a plugin made of a delivery.
#[derive(Debug, Clone, PartialEq)]
pub enum Judged {
    /// Events to run or to record.
    Accepted(Vec<Incoming>),
    /// Nothing to do, with the reason.
    Ignored(String),
    /// The plugin could not make sense of it; kept until somebody looks, with the reason.
    Held(String),
    /// There is no plugin now; kept in its place until there is one, with the reason.
    Waiting(String),
}

impl Judged {
    /// Events that all wait for their turn.
    pub fn to_run(events: Vec<Event>) -> Self {
        Self::Accepted(events.into_iter().map(Incoming::from).collect())
    }

    /// What is kept with the delivery, and the events.
    pub(crate) fn into_verdict(self) -> (DeliveryVerdict, Vec<Incoming>) {
        match self {
            Self::Accepted(events) => (DeliveryVerdict::Accepted { events: events.len() }, events),
            Self::Ignored(reason) => (DeliveryVerdict::Ignored { reason }, Vec::new()),
            Self::Held(reason) | Self::Waiting(reason) => (DeliveryVerdict::Held { reason }, Vec::new()),
        }
    }
}

impl Arrival {
    /// A delivery ready to be admitted. Events are compared with those of the last `window`;
    /// `sender_waits` gives each a token with which its outcome can be asked for.
    pub fn new(
        provider: ProviderName,
        verified: Verified,
        judged: Judged,
        received_at: Time,
        window: Duration,
        sender_waits: bool,
    ) -> Self {
        let waits = matches!(judged, Judged::Waiting(_));
        let (verdict, events) = judged.into_verdict();
        let delivery = Delivery {
            id: DeliveryId::new(),
            provider,
            received_at,
            // A sender's id that nobody has signed can be replaced by whoever has seen one delivery.
            known_by_body: verified.delivery().is_some_and(|sent| !sent.signed),
            request: verified.into_request(),
            verdict,
            place: None,
            events_kept: 0,
        };
        let body_hash = key::body_hash(&delivery.request.body);
        let trace = TraceParent::of(&delivery.request.headers);
        Self { delivery, body_hash, events, waits, window, sender_waits, trace }
    }

    /// The place in a trace that its sender said it has.
    pub fn trace(&self) -> Option<TraceParent> {
        self.trace
    }
}

/// A held delivery that was adapted again.
#[derive(Debug, Clone)]
pub struct Readmission {
    /// Which.
    pub delivery: DeliveryId,
    /// What its plugin made of it this time.
    pub judged: Judged,
    /// When.
    pub now: Time,
    /// As in [`Arrival::new`].
    pub window: Duration,
    /// As in [`Arrival::new`].
    pub sender_waits: bool,
}

/// A request of a sender, as it is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Delivery {
    /// Given at admission.
    pub id: DeliveryId,
    /// Who it is from.
    pub provider: ProviderName,
    /// When it arrived.
    pub received_at: Time,
    /// Without the headers that prove the sender; the body is the exact bytes.
    pub request: Request,
    /// The sender's id of it is not covered by the signature, so that its events are known by the body too:
    /// seen either way, they are duplicates.
    #[serde(default)]
    pub known_by_body: bool,
    /// What became of it.
    pub verdict: DeliveryVerdict,
    /// Its place among those that wait for their plugin. `None` for one that is held for its own sake.
    #[serde(default)]
    pub place: Option<u64>,
    /// How many of its events are kept; the last one takes it along.
    pub events_kept: u32,
}

impl Delivery {
    /// Whether it waits for somebody to look, or for its plugin.
    pub fn is_held(&self) -> bool {
        matches!(self.verdict, DeliveryVerdict::Held { .. })
    }
}

/// What became of a delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryVerdict {
    /// It held this many events.
    Accepted {
        /// Duplicates included.
        events: usize,
    },
    /// There was nothing to do.
    Ignored {
        /// In the plugin's words.
        reason: String,
    },
    /// It waits for somebody to look, or for its plugin.
    Held {
        /// Why it could not be understood.
        reason: String,
    },
}

/// What a store made of a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admission {
    /// The id it is kept under; a delivery of nothing but duplicates is not kept again.
    pub delivery: DeliveryId,
    /// In the order of the events.
    pub events: Vec<Admitted>,
}

/// What a store made of one event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Admitted {
    /// It is new and waits in its lane.
    New(Ticket),
    /// It is new, and nothing is to be done about it; it is recorded.
    Recorded(ExecutionId),
    /// It happened too long ago to be run; it is recorded.
    Stale(ExecutionId),
    /// It was seen before, with the same content.
    Duplicate(Ticket),
    /// Its id was seen before, with other content; it is recorded and not run.
    Conflict {
        /// The event that had the id first.
        first: ExecutionId,
        /// This one.
        recorded: ExecutionId,
    },
}

/// How to find an execution again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    /// Which.
    pub execution: ExecutionId,
    /// In which lane it waits or waited.
    pub lane: super::key::Lane,
    /// What gives access to its outcome, where the sender waits for it.
    pub token: Option<String>,
}

/// What came of a held delivery that was adapted again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Readmitted {
    /// Nothing is held under this id, or no longer.
    NotHeld,
    /// What becomes of it now, and of its events in their order.
    Judged(DeliveryVerdict, Vec<Admitted>),
}

/// What came of the wish to run an event again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Replay {
    /// There is no such event.
    Unknown,
    /// It has not ended yet.
    Unfinished,
    /// It waits in its lane under another id.
    Queued(Ticket),
}
