//! Admission: what was seen before is sorted out, the rest gets a place in its lane.

use std::time::Duration;

use super::{sequence, session, status};
use crate::model::event::Event;
use crate::model::id::{ExecutionId, random_token};
use crate::model::name::ProviderName;
use crate::model::time::Time;
use crate::model::trace::TraceParent;
use crate::store::StoreError;
use crate::store::admission::{Admission, Admitted, Arrival, Delivery, Incoming, Ticket};
use crate::store::execution::{Execution, State};
use crate::store::key::{self, Lane};
use crate::store::record::Raw;
use crate::store::table::Table;
use crate::store::tally::Queue;
use crate::store::txn::Txn;

/// Stores a delivery and its new events.
pub(crate) fn admit(txn: &mut Txn<'_>, arrival: Arrival) -> Result<Admission, StoreError> {
    txn.require_space()?;
    let Arrival { mut delivery, body_hash, events, waits, window, sender_waits, trace } = arrival;
    let terms = Terms { body_hash, now: delivery.received_at, window, sender_waits, trace };
    let id = delivery.id;
    let had_events = !events.is_empty();
    let admitted = admit_events(txn, &delivery, events, &terms)?;
    let only_duplicates = had_events && admitted.iter().all(|one| matches!(one, Admitted::Duplicate(_)));
    if waits {
        delivery.place = Some(sequence::next(txn)?);
    }
    if !only_duplicates {
        txn.add(Table::Bodies, id.as_bytes(), &Raw(delivery.request.body.clone()))?;
        keep_delivery(txn, delivery, &admitted, terms.now)?;
    }
    Ok(Admission { delivery: id, events: admitted })
}

/// What holds for all events of a delivery.
pub(super) struct Terms {
    /// Of the delivery's body.
    pub(super) body_hash: [u8; 32],
    /// Until when earlier events count, and from when these are remembered.
    pub(super) now: Time,
    pub(super) window: Duration,
    pub(super) sender_waits: bool,
    /// What the sender said.
    pub(super) trace: Option<TraceParent>,
}

/// Sorts out what was seen before; the rest gets a place in its lane.
pub(super) fn admit_events(
    txn: &mut Txn<'_>,
    delivery: &Delivery,
    events: Vec<Incoming>,
    terms: &Terms,
) -> Result<Vec<Admitted>, StoreError> {
    let numbered = events.into_iter().enumerate();
    numbered.map(|(place, incoming)| admit_event(txn, delivery, place, incoming, terms)).collect()
}

/// Keeps a delivery and sees to it that somebody finds it: people or its plugin while it is held,
/// retention otherwise.
pub(super) fn keep_delivery(
    txn: &mut Txn<'_>,
    mut delivery: Delivery,
    admitted: &[Admitted],
    now: Time,
) -> Result<(), StoreError> {
    let kept = admitted.iter().filter(|one| !matches!(one, Admitted::Duplicate(_))).count();
    delivery.events_kept = u32::try_from(kept).expect("a delivery has far fewer than 2^32 events");
    if let Some(place) = delivery.place {
        txn.put(Table::Waiting, &key::waiting(&delivery.provider, place), delivery.id.as_bytes().to_vec());
    }
    if delivery.is_held() {
        txn.enter(Queue::Held, delivery.id.as_bytes(), Vec::new());
    } else if kept == 0 {
        // No execution will finish and take the delivery with it, so retention finds it by itself.
        txn.put(Table::Finished, &key::finished_delivery(now, delivery.id), Vec::new());
    }
    txn.save(Table::Deliveries, delivery.id.as_bytes(), &delivery)
}

fn admit_event(
    txn: &mut Txn<'_>,
    delivery: &Delivery,
    place: usize,
    Incoming { event, idle }: Incoming,
    terms: &Terms,
) -> Result<Admitted, StoreError> {
    let execution = ExecutionId::new();
    let mut state = match idle {
        Some(reason) => State::Recorded { reason: reason.into() },
        None => State::Queued,
    };
    if let Some(id) = &event.id {
        let content = key::content_hash(event.raw.as_deref(), &terms.body_hash);
        let entry = SeenEntry { content, execution };
        let by_id = key::seen(&delivery.provider, id);
        let by_body =
            delivery.known_by_body.then(|| key::seen_in_body(&delivery.provider, &terms.body_hash, place));
        match earlier(txn, &by_id, by_body.as_ref(), delivery.received_at, terms)? {
            Some(earlier) if earlier.content == content => return repeated(txn, &earlier),
            Some(earlier) => state = State::Conflict { first: earlier.execution },
            None => {
                txn.require_room_for_an_id()?;
                for seen in [Some(by_id), by_body].into_iter().flatten() {
                    txn.put(Table::Seen(terms.now.day()), &seen, entry.to_bytes());
                }
            }
        }
    }
    let is_past = event.occurred_ms.is_some_and(|at| delivery.received_at.since(Time(at)) > terms.window);
    let is_known = matches!(state, State::Conflict { .. });
    if !is_known && (is_past || event.came_too_late()) {
        state = State::Stale;
    }
    if state == State::Queued {
        txn.require_room_in_queue()?;
    }
    record(txn, delivery, execution, event, state, terms)
}

/// Keeps an event; one that is to be run gets a place in its lane.
fn record(
    txn: &mut Txn<'_>,
    delivery: &Delivery,
    id: ExecutionId,
    event: Event,
    state: State,
    terms: &Terms,
) -> Result<Admitted, StoreError> {
    let deadline = event.answer_within().map(|time| delivery.received_at.plus(time));
    let lane = match &event.conversation {
        _ if deadline.is_some() => Lane::urgent(id),
        Some(conversation) => Lane::of(&delivery.provider, conversation),
        None => Lane::alone(id),
    };
    let token = (terms.sender_waits && state == State::Queued).then(random_token);
    let admitted = match &state {
        State::Conflict { first } => Admitted::Conflict { first: *first, recorded: id },
        State::Stale => Admitted::Stale(id),
        State::Recorded { .. } => Admitted::Recorded(id),
        _ => Admitted::New(Ticket { execution: id, lane, token: token.clone() }),
    };
    let is_final = state.is_final();
    let execution = Execution {
        id,
        delivery: delivery.id,
        provider: delivery.provider.clone(),
        lane,
        seq: sequence::next(txn)?,
        received_at: delivery.received_at,
        event,
        state,
        attempts: 0,
        interrupted: 0,
        fence: 0,
        lease: None,
        deadline,
        not_before: None,
        unreachable_since: None,
        token,
        workflow: None,
        outcome: None,
        finished_at: is_final.then_some(delivery.received_at),
        replies: 0,
        replay_of: None,
        replays: Vec::new(),
        trace: terms.trace,
    };
    if is_final {
        txn.put(Table::Finished, &key::finished(delivery.received_at, id), Vec::new());
    } else {
        txn.enter(Queue::Runs, &key::run(lane, execution.seq), id.as_bytes().to_vec());
    }
    // One that comes too late to be run is news of its reply all the same.
    if !matches!(admitted, Admitted::Conflict { .. }) {
        status::arrived(txn, &execution)?;
        session::arrived(txn, &execution)?;
    }
    txn.add(Table::Executions, id.as_bytes(), &execution)?;
    Ok(admitted)
}

/// Remembers an id without an event.
pub(crate) fn remember(
    txn: &mut Txn<'_>,
    provider: &ProviderName,
    id: &str,
    at: Time,
) -> Result<(), StoreError> {
    txn.require_room_for_an_id()?;
    let content = key::content_hash(Some(id), &[0; 32]);
    let entry = SeenEntry { content, execution: ExecutionId::new() };
    txn.put(Table::Seen(at.day()), &key::seen(provider, id), entry.to_bytes());
    Ok(())
}

fn repeated(txn: &Txn<'_>, earlier: &SeenEntry) -> Result<Admitted, StoreError> {
    // The execution may have been forgotten already; its id is remembered longer.
    let known: Option<Execution> = txn.load(Table::Executions, earlier.execution.as_bytes())?;
    let (lane, token) = match known {
        Some(known) => (known.lane, known.token),
        None => (Lane::alone(earlier.execution), None),
    };
    Ok(Admitted::Duplicate(Ticket { execution: earlier.execution, lane, token }))
}

/// The event that had this id first, or else came in this body first.
fn earlier(
    txn: &Txn<'_>,
    by_id: &[u8],
    by_body: Option<&[u8; 16]>,
    received_at: Time,
    terms: &Terms,
) -> Result<Option<SeenEntry>, StoreError> {
    if let Some(found) = find_seen(txn, by_id, received_at, terms)? {
        return Ok(Some(found));
    }
    by_body.map_or(Ok(None), |by_body| find_seen(txn, by_body, received_at, terms))
}

fn find_seen(
    txn: &Txn<'_>,
    seen: &[u8],
    received_at: Time,
    terms: &Terms,
) -> Result<Option<SeenEntry>, StoreError> {
    let oldest = received_at.minus(terms.window).day();
    // Newest first: senders repeat themselves soon. One day more than now, for a clock that was set back.
    for day in (oldest..=terms.now.day() + 1).rev() {
        if let Some(bytes) = txn.get(Table::Seen(day), seen)? {
            return SeenEntry::from_bytes(&bytes).map(Some);
        }
    }
    Ok(None)
}

/// What is remembered of an id: its content's hash and its execution, after a version.
struct SeenEntry {
    content: [u8; 8],
    execution: ExecutionId,
}

const SEEN_VERSION: u8 = 1;

impl SeenEntry {
    fn to_bytes(&self) -> Vec<u8> {
        [&[SEEN_VERSION][..], &self.content, self.execution.as_bytes()].concat()
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, StoreError> {
        let unreadable = || StoreError::Unreadable("a remembered id has an unknown form".into());
        let [SEEN_VERSION, rest @ ..] = bytes else { return Err(unreadable()) };
        let (content, execution) = rest.split_first_chunk().ok_or_else(unreadable)?;
        let execution = ExecutionId::from_bytes(execution).ok_or_else(unreadable)?;
        Ok(Self { content: *content, execution })
    }
}
