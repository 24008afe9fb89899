//! Keys: lanes, places in them, and the hashes of ids.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::model::id::{DeliveryId, ExecutionId};
use crate::model::name::ProviderName;
use crate::model::time::Time;

/// What is handled in order: a conversation of a provider, or a single event that has none.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Lane([u8; 16]);

/// What urgent lanes begin with. Execution ids begin with their time, which gets there in the year 10889.
const URGENT: [u8; 4] = [0xff; 4];

impl Lane {
    /// The lane of a conversation.
    pub fn of(provider: &ProviderName, conversation: &str) -> Self {
        Self(hash16(provider, conversation))
    }

    /// A lane for one event alone.
    pub fn alone(execution: ExecutionId) -> Self {
        Self(*execution.as_bytes())
    }

    /// A lane for one event alone whose answer is of use for a short time only.
    pub fn urgent(execution: ExecutionId) -> Self {
        let mut lane = *execution.as_bytes();
        lane[..4].copy_from_slice(&URGENT);
        Self(lane)
    }

    /// Whether it is for an event that cannot wait. Of four thousand million conversations one is taken for
    /// such a lane, and is served by other workers than the rest.
    pub fn is_urgent(&self) -> bool {
        self.0.starts_with(&URGENT)
    }

    /// As it begins a key.
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// From the beginning of a key.
    pub(crate) fn from_key(key: &[u8]) -> Option<Self> {
        key.first_chunk().copied().map(Self)
    }

    /// The first key that belongs to a later lane; `None` for the last of all.
    pub(crate) fn after(self) -> Option<[u8; 16]> {
        u128::from_be_bytes(self.0).checked_add(1).map(u128::to_be_bytes)
    }
}

impl std::fmt::Debug for Lane {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Lane({})", hex::encode(self.0))
    }
}

/// A place in a lane of runs.
pub(crate) fn run(lane: Lane, seq: u64) -> Vec<u8> {
    [&lane.0[..], &seq.to_be_bytes()].concat()
}

/// A place in a lane of replies.
pub(crate) fn outbox(lane: Lane, seq: u64, number: u16) -> Vec<u8> {
    [&lane.0[..], &seq.to_be_bytes(), &number.to_be_bytes()].concat()
}

/// A reply of an execution.
pub(crate) fn reply(execution: ExecutionId, number: u16) -> Vec<u8> {
    [&execution.as_bytes()[..], &number.to_be_bytes()].concat()
}

/// What retention finds in [`super::table::Table::Finished`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Finished {
    /// An execution, with its replies and its delivery.
    Execution(ExecutionId),
    /// A delivery of which no event was run.
    Delivery(DeliveryId),
}

/// A finished execution, in the order of finishing.
pub(crate) fn finished(at: Time, execution: ExecutionId) -> Vec<u8> {
    [&at.millis().to_be_bytes()[..], b"e", execution.as_bytes()].concat()
}

/// A delivery of which no event was run, in the order of arriving.
pub(crate) fn finished_delivery(at: Time, delivery: DeliveryId) -> Vec<u8> {
    [&at.millis().to_be_bytes()[..], b"d", delivery.as_bytes()].concat()
}

/// Reads what [`finished`] and [`finished_delivery`] made.
pub(crate) fn parse_finished(key: &[u8]) -> Option<(Time, Finished)> {
    let (millis, rest) = key.split_first_chunk()?;
    let what = match rest.split_first()? {
        (b'e', id) => Finished::Execution(ExecutionId::from_bytes(id)?),
        (b'd', id) => Finished::Delivery(DeliveryId::from_bytes(id)?),
        _ => return None,
    };
    Some((Time(u64::from_be_bytes(*millis)), what))
}

/// The beginning of the places of deliveries that wait for a provider's plugin.
pub(crate) fn waiting_for(provider: &ProviderName) -> Vec<u8> {
    [provider.as_str().as_bytes(), &[0]].concat()
}

/// A place among them.
pub(crate) fn waiting(provider: &ProviderName, place: u64) -> Vec<u8> {
    [waiting_for(provider), place.to_be_bytes().to_vec()].concat()
}

/// The beginning of the places of a provider's sessions.
pub(crate) fn sessions_of(provider: &ProviderName) -> Vec<u8> {
    [provider.as_str().as_bytes(), &[0]].concat()
}

/// The place of one of them.
pub(crate) fn session(provider: &ProviderName, name: &str) -> Vec<u8> {
    [sessions_of(provider), hash16(provider, name).to_vec()].concat()
}

/// What an event id is remembered by. The provider's name is part of it, and a separator that no name holds.
pub(crate) fn seen(provider: &ProviderName, event_id: &str) -> [u8; 16] {
    hash16(provider, event_id)
}

/// What a status finds a reply by: the provider's id of a message, or the reply's own.
pub(crate) fn sent(provider: &ProviderName, id: &str) -> [u8; 16] {
    hash16(provider, id)
}

/// A status that came before the receipt of its message.
pub(crate) fn early(message: [u8; 16], event: ExecutionId) -> Vec<u8> {
    [message, *event.as_bytes()].concat()
}

/// Which event [`early`] was made of.
pub(crate) fn event_of_early(key: &[u8]) -> Option<ExecutionId> {
    ExecutionId::from_bytes(key.get(16..)?)
}

/// What an event is remembered by beside its id: the body that brought it, by its hash, and its place among
/// the events of that body. No id can be mistaken for it, since another separator is used.
pub(crate) fn seen_in_body(provider: &ProviderName, body: &[u8; 32], place: usize) -> [u8; 16] {
    let mut hash = Sha256::new();
    hash.update(provider.as_str());
    hash.update([1]);
    hash.update(body);
    hash.update(place.to_be_bytes());
    first16(hash)
}

/// The hash of a delivery's body.
pub(crate) fn body_hash(body: &[u8]) -> [u8; 32] {
    Sha256::digest(body).into()
}

/// What an event's content is compared by: its own part of the body, or the whole.
pub(crate) fn content_hash(raw: Option<&str>, body: &[u8; 32]) -> [u8; 8] {
    let hash = raw.map_or(*body, |raw| body_hash(raw.as_bytes()));
    *hash.first_chunk().expect("a SHA-256 has 32 bytes")
}

fn hash16(provider: &ProviderName, text: &str) -> [u8; 16] {
    let mut hash = Sha256::new();
    hash.update(provider.as_str());
    hash.update([0]);
    hash.update(text);
    first16(hash)
}

fn first16(hash: Sha256) -> [u8; 16] {
    *hash.finalize().first_chunk().expect("a SHA-256 has 32 bytes")
}
