//! The promises of a store, as tests that every implementation passes.

mod ceiling;
mod claims;
mod deadlines;
mod failure;
mod repair;
mod search;
mod sessions;
mod status;
mod verify;

use std::sync::Arc;
use std::time::Duration;

use self::ceiling::*;
use self::claims::*;
use self::deadlines::*;
use self::repair::*;
use self::search::*;
use self::sessions::*;
use self::status::*;
use self::verify::*;
use super::admission::{
    Admission, Admitted, Arrival, DeliveryVerdict, Incoming, Judged, Readmission, Readmitted, Replay, Ticket,
};
use super::execution::{Claim, Claimed, Postponed, Settled, State, StateName};
use super::key::Lane;
use super::listing::{EventFilter, HeldLook, Look, Origin};
use super::memory::{Memory, MemoryStore};
use super::open::OpenError;
use super::owed::{OwedReply, ReplyClaimed, ReplyProgress};
use super::sled::SledStore;
use super::{Ceilings, Forgotten, Store, StoreError};
use crate::model::event::{Content, Event};
use crate::model::grant::{Ask, Grant};
use crate::model::id::{DeliveryId, ExecutionId};
use crate::model::name::ProviderName;
use crate::model::outcome::Outcome;
use crate::model::reply::Reply;
use crate::model::time::Time;
use crate::model::{bounds, testing};
use crate::verify::Verified;

const DAY: Duration = Duration::from_secs(86_400);
const WINDOW: Duration = Duration::from_secs(8 * 86_400);
/// A day in 2026, so that times before it exist.
const NOW: Time = Time(1_790_000_000_000);
/// The ceilings of the stores here.
const CEILINGS: Ceilings = Ceilings { max_ids: MAX_IDS, max_queued: MAX_QUEUED };
const MAX_IDS: u32 = 200;
const MAX_QUEUED: u32 = 800;

/// A promise, after which all that is stored still agrees.
async fn keeps<F: Future<Output = ()>>(store: Arc<dyn Store>, promise: impl FnOnce(Arc<dyn Store>) -> F) {
    promise(Arc::clone(&store)).await;
    figures_are_those_of_the_disk(&*store).await;
    assert_eq!(wrong_in(&*store).await, []);
}

macro_rules! contract {
    ($($sentence:ident)*) => {
        mod sled {
            $(#[tokio::test(flavor = "multi_thread")] async fn $sentence() {
                let folder = tempfile::tempdir().unwrap();
                let store = super::SledStore::open(folder.path(), 0, super::CEILINGS, Default::default());
                super::keeps(super::Arc::new(store.unwrap()), super::$sentence).await;
            })*
        }
        mod memory {
            $(#[tokio::test(flavor = "multi_thread")] async fn $sentence() {
                let store = super::MemoryStore::with_ceilings(super::CEILINGS);
                super::keeps(super::Arc::new(store), super::$sentence).await;
            })*
        }
    };
}

contract! {
    a_new_event_waits_in_its_lane
    a_repeated_id_is_a_duplicate_of_the_first
    a_repeated_id_with_other_content_is_a_conflict
    an_id_that_nobody_signed_is_joined_by_the_body_that_was_signed
    the_same_id_of_another_provider_is_new
    an_event_without_an_id_is_always_new
    an_id_is_new_again_after_the_window
    an_id_that_stands_twice_in_one_delivery_is_admitted_once
    ten_identical_deliveries_at_once_admit_one
    an_event_older_than_the_window_is_recorded_and_not_queued
    what_nothing_is_to_be_done_about_is_recorded_at_once
    events_of_a_lane_are_claimed_in_order
    an_event_that_is_not_due_holds_its_lane
    a_claim_is_not_given_again_before_its_lease_is_over
    a_claim_that_is_renewed_holds_longer
    an_attempt_that_was_not_ended_is_counted_as_interrupted
    an_attempt_that_could_not_reach_its_workflow_is_not_counted
    an_attempt_that_was_put_back_counts_neither_as_one_nor_as_interrupted
    an_older_claim_cannot_settle
    looking_at_the_first_event_of_a_lane_starts_nothing
    an_event_with_a_deadline_waits_behind_no_other
    an_event_whose_deadline_has_passed_is_ended_and_shown
    an_interrupted_event_is_not_tried_again_after_its_deadline
    a_reply_has_the_deadline_of_its_event
    a_replay_has_no_deadline
    a_settled_event_leaves_its_lane_and_owes_its_replies
    a_reply_keeps_its_state_and_leaves_when_it_is_final
    a_delivery_comes_back_byte_for_byte
    what_was_granted_last_is_remembered
    large_records_come_back_whole
    lanes_with_work_are_found_again
    a_status_is_heard_by_the_reply_whose_message_it_names
    a_status_that_came_before_its_receipt_is_heard_with_it
    a_status_with_a_correlation_finds_a_reply_without_a_receipt
    a_status_of_another_provider_or_message_is_heard_by_none
    what_a_reply_does_next_does_not_undo_what_was_heard
    a_repeated_status_is_heard_once
    nothing_of_statuses_is_left_when_their_events_are_forgotten
    old_ids_are_forgotten_by_whole_days
    finished_events_are_forgotten_and_others_stay
    an_outcome_that_may_be_asked_for_lives_as_long_as_its_id
    events_are_found_by_what_they_are_newest_first
    events_are_found_by_the_time_they_were_taken_in
    a_look_is_bounded_and_says_where_to_go_on
    a_held_delivery_is_found_until_it_is_understood
    a_held_delivery_is_readmitted_once_and_its_events_are_late
    a_readmitted_event_that_came_again_meanwhile_is_a_duplicate
    what_waits_for_a_plugin_keeps_its_place_until_it_is_judged
    a_held_delivery_is_not_forgotten_before_it_is_judged
    an_event_that_ended_is_replayed_behind_its_lane
    an_event_that_has_not_ended_is_not_replayed
    a_delivery_stays_until_its_replays_are_forgotten_too
    no_more_ids_are_remembered_than_may_be_and_none_is_forgotten_for_another
    ids_that_come_at_the_same_time_share_the_room
    no_more_events_wait_than_may_and_those_that_end_make_room
    events_that_come_at_the_same_time_share_the_places
    the_last_that_was_heard_of_a_session_is_kept
    no_more_sessions_are_remembered_than_may_be
}

/// The same for promises that span several openings of one store.
macro_rules! contract_over_openings {
    ($($sentence:ident)*) => {
        mod sled_opened_anew {
            $(#[tokio::test(flavor = "multi_thread")] async fn $sentence() {
                let folder = tempfile::tempdir().unwrap();
                super::$sentence(|| super::open_again(folder.path())).await;
            })*
        }
        mod memory_opened_anew {
            $(#[tokio::test(flavor = "multi_thread")] async fn $sentence() {
                let memory = super::Memory::default();
                super::$sentence(|| super::MemoryStore::start(memory.clone(), 0, super::CEILINGS, Default::default())).await;
            })*
        }
    };
}

/// Holds after everything that a test has done.
async fn figures_are_those_of_the_disk(store: &dyn Store) {
    let (figures, counts) = (store.figures(), store.counts().await.unwrap());
    let held = store.held(&Origin::default(), HeldLook { before: None, max: 1_000 }).await.unwrap().items;
    let numbers = [figures.queued, figures.owed, figures.held].map(|waiting| waiting.number);
    let found = [counts.queued, counts.owed, held.len()].map(|count| count as u64);
    assert_eq!((numbers, figures.ids), (found, counts.ids));
    for waiting in [figures.queued, figures.owed, figures.held] {
        assert_eq!(waiting.number == 0, waiting.oldest.is_none(), "{waiting:?}");
    }
}

/// sled may give up its lock a moment after it was dropped.
fn open_again(folder: &std::path::Path) -> SledStore {
    for _ in 0..500 {
        match SledStore::open(folder, 0, CEILINGS, Default::default()) {
            Err(OpenError::Locked(_)) => std::thread::sleep(Duration::from_millis(10)),
            opened => return opened.unwrap(),
        }
    }
    panic!("it stays locked")
}

contract_over_openings! {
    a_claim_is_void_once_the_store_was_opened_anew
    what_waits_is_counted_anew
}

fn provider() -> ProviderName {
    "telegram".parse().unwrap()
}

fn event(id: Option<&str>, conversation: &str) -> Event {
    Event {
        id: id.map(Into::into),
        conversation: Some(conversation.into()),
        ..testing::event("message.text", Content::Other)
    }
}

fn arrival_of(body: &[u8], events: Vec<Event>, at: Time) -> Arrival {
    judged_arrival(body, Judged::to_run(events), at)
}

fn judged_arrival(body: &[u8], judged: Judged, at: Time) -> Arrival {
    let verified = Verified::by_operator_waiver(&[], testing::request(body));
    Arrival::new(provider(), verified, judged, at, WINDOW, false)
}

async fn admit(store: &dyn Store, events: Vec<Event>) -> Admission {
    store.admit(arrival_of(b"{}", events, NOW)).await.unwrap()
}

fn new(admitted: &Admitted) -> Ticket {
    match admitted {
        Admitted::New(ticket) => ticket.clone(),
        other => panic!("expected a new event, got {other:?}"),
    }
}

async fn started(store: &dyn Store, lane: Lane, now: Time) -> Claim {
    match store.claim(lane, now).await.unwrap() {
        Claimed::Started(claim) => *claim,
        other => panic!("expected a claim, got {other:?}"),
    }
}

async fn owed(store: &dyn Store, lane: Lane) -> OwedReply {
    match store.claim_reply(lane, NOW).await.unwrap() {
        ReplyClaimed::Next(reply) => *reply,
        other => panic!("expected a reply, got {other:?}"),
    }
}

fn answered(texts: &[&str]) -> Settled {
    Settled {
        state: State::Done,
        workflow: None,
        outcome: Some(Outcome::Succeeded("ok".into())),
        replies: texts.iter().map(|text| Reply::text(*text).into()).collect(),
    }
}

async fn a_new_event_waits_in_its_lane(store: Arc<dyn Store>) {
    let admission = admit(&*store, vec![event(Some("1"), "chat")]).await;
    let ticket = new(&admission.events[0]);
    let claim = started(&*store, ticket.lane, NOW).await;
    assert_eq!(claim.execution.id, ticket.execution);
    assert_eq!((claim.execution.attempts, claim.execution.state), (1, State::Running));
}

async fn a_repeated_id_is_a_duplicate_of_the_first(store: Arc<dyn Store>) {
    let first = new(&admit(&*store, vec![event(Some("1"), "chat")]).await.events[0]);
    let again = admit(&*store, vec![event(Some("1"), "chat")]).await;
    assert_eq!(again.events, vec![Admitted::Duplicate(first)]);
    assert_eq!(store.counts().await.unwrap().deliveries, 1);
}

async fn a_repeated_id_with_other_content_is_a_conflict(store: Arc<dyn Store>) {
    let first = new(&admit(&*store, vec![event(Some("1"), "chat")]).await.events[0]);
    let other = store.admit(arrival_of(b"{\"other\":1}", vec![event(Some("1"), "chat")], NOW)).await.unwrap();
    let Admitted::Conflict { first: with, recorded } = other.events[0] else { panic!("{other:?}") };
    assert_eq!(with, first.execution);
    let conflicts = EventFilter { state: Some(StateName::Conflict), ..EventFilter::default() };
    assert_eq!(found(&*store, &conflicts).await, [recorded]);
    let counts = store.counts().await.unwrap();
    assert_eq!((counts.deliveries, counts.queued), (2, 1));
    // The first content is still the one that is compared with.
    assert_eq!(admit(&*store, vec![event(Some("1"), "chat")]).await.events, [Admitted::Duplicate(first)]);
}

async fn an_id_that_nobody_signed_is_joined_by_the_body_that_was_signed(store: Arc<dyn Store>) {
    let send = async |id: &str, body: &[u8], signed: bool| {
        let mut arrival = arrival_of(body, vec![event(Some(id), "a"), event(Some(id), "b")], NOW);
        arrival.delivery.known_by_body = !signed;
        arrival.events[1].event.id = Some(format!("{id}-second"));
        store.admit(arrival).await.unwrap().events
    };
    let first: Vec<_> = send("1", b"{}", false).await.iter().map(new).collect();
    let duplicates: Vec<_> = first.into_iter().map(Admitted::Duplicate).collect();
    assert_eq!(send("1", b"{}", false).await, duplicates);
    assert_eq!(send("2", b"{}", false).await, duplicates, "another id on the same signed body");
    assert!(matches!(send("1", b"{\"n\":2}", false).await[..], [Admitted::Conflict { .. }, _]));
    send("3", b"{\"n\":3}", false).await.iter().for_each(|one| drop(new(one)));
    send("4", b"{}", true).await.iter().for_each(|one| drop(new(one)));
}

async fn the_same_id_of_another_provider_is_new(store: Arc<dyn Store>) {
    admit(&*store, vec![event(Some("1"), "chat")]).await;
    let mut arrival = arrival_of(b"{}", vec![event(Some("1"), "chat")], NOW);
    arrival.delivery.provider = "whatsapp".parse().unwrap();
    new(&store.admit(arrival).await.unwrap().events[0]);
}

async fn an_event_without_an_id_is_always_new(store: Arc<dyn Store>) {
    for _ in 0..2 {
        new(&admit(&*store, vec![event(None, "chat")]).await.events[0]);
    }
    assert_eq!(store.counts().await.unwrap().queued, 2);
}

async fn an_id_is_new_again_after_the_window(store: Arc<dyn Store>) {
    for (days_later, is_new) in [(0, true), (7, false), (8, false), (30, true)] {
        let at = NOW.plus(DAY * days_later);
        let admission = store.admit(arrival_of(b"{}", vec![event(Some("1"), "chat")], at)).await.unwrap();
        assert_eq!(matches!(admission.events[0], Admitted::New(_)), is_new, "{days_later} days later");
    }
}

async fn an_id_that_stands_twice_in_one_delivery_is_admitted_once(store: Arc<dyn Store>) {
    let admission =
        admit(&*store, vec![event(Some("1"), "chat"), event(Some("2"), "chat"), event(Some("1"), "chat")]);
    let admission = admission.await;
    let first = new(&admission.events[0]);
    new(&admission.events[1]);
    assert_eq!(admission.events[2], Admitted::Duplicate(first));
}

async fn ten_identical_deliveries_at_once_admit_one(store: Arc<dyn Store>) {
    for round in 0..100 {
        let id = round.to_string();
        let mut sending = tokio::task::JoinSet::new();
        for _ in 0..10 {
            let (store, event) = (Arc::clone(&store), event(Some(&id), "chat"));
            sending.spawn(async move { admit(&*store, vec![event]).await });
        }
        let admitted = sending.join_all().await;
        let new = admitted.iter().filter(|one| matches!(one.events[0], Admitted::New(_))).count();
        assert_eq!(new, 1, "round {round}");
    }
    assert_eq!(store.counts().await.unwrap().queued, 100);
}

async fn an_event_older_than_the_window_is_recorded_and_not_queued(store: Arc<dyn Store>) {
    for (age, stale) in [(WINDOW, false), (WINDOW + Duration::from_millis(1), true)] {
        let mut old = event(None, "chat");
        old.occurred_ms = Some(NOW.millis() - u64::try_from(age.as_millis()).unwrap());
        let admission = admit(&*store, vec![old]).await;
        assert_eq!(matches!(admission.events[0], Admitted::Stale(_)), stale, "{age:?}");
    }
    for (said, stale) in [("true", true), ("false", false)] {
        let mut told = event(None, "chat");
        told.attributes.push(("stale".into(), said.into()));
        let admission = admit(&*store, vec![told]).await;
        assert_eq!(matches!(admission.events[0], Admitted::Stale(_)), stale, "its plugin says {said}");
    }
    let counts = store.counts().await.unwrap();
    assert_eq!((counts.queued, counts.executions), (2, 4));
}

async fn what_nothing_is_to_be_done_about_is_recorded_at_once(store: Arc<dyn Store>) {
    let idle = |id| Incoming { event: event(Some(id), "chat"), idle: Some("no route") };
    let incoming = vec![idle("1"), event(Some("2"), "chat").into(), idle("1")];
    let admission = store.admit(judged_arrival(b"{}", Judged::Accepted(incoming), NOW)).await.unwrap();
    let [Admitted::Recorded(recorded), Admitted::New(waiting), Admitted::Duplicate(again)] =
        &admission.events[..]
    else {
        panic!("{admission:?}")
    };
    assert_eq!(again.execution, *recorded, "it is recognised when it comes again");
    let execution = store.execution(*recorded).await.unwrap().unwrap();
    assert_eq!(execution.state, State::Recorded { reason: "no route".into() });
    assert_eq!((execution.attempts, execution.finished_at), (0, Some(NOW)));
    let claim = started(&*store, waiting.lane, NOW).await;
    assert_eq!(claim.execution.id, waiting.execution, "it stands in nobody's way");
    // It is forgotten as everything that is finished, and takes its delivery along once the other one goes.
    store.settle(&claim, Settled::recorded("no route"), NOW).await.unwrap();
    let later = NOW.plus(WINDOW + WINDOW);
    let forgotten = store.forget_finished(later, WINDOW, WINDOW, 100).await.unwrap();
    assert_eq!((forgotten.executions, forgotten.deliveries), (2, 1));
}

async fn events_of_a_lane_are_claimed_in_order(store: Arc<dyn Store>) {
    let admission =
        admit(&*store, vec![event(Some("1"), "a"), event(Some("2"), "b"), event(Some("3"), "a")]).await;
    let [first, other, second] = [0, 1, 2].map(|i| new(&admission.events[i]));
    assert_ne!(first.lane, other.lane);
    for expected in [first, second] {
        let claim = started(&*store, expected.lane, NOW).await;
        assert_eq!(claim.execution.id, expected.execution);
        store.settle(&claim, answered(&[]), NOW).await.unwrap();
    }
    assert_eq!(
        store.claim(other.lane, NOW).await.unwrap(),
        Claimed::Started(Box::new(Claim {
            execution: store.execution(other.execution).await.unwrap().unwrap()
        }))
    );
}

async fn an_event_that_is_not_due_holds_its_lane(store: Arc<dyn Store>) {
    let admission = admit(&*store, vec![event(Some("1"), "a"), event(Some("2"), "a")]).await;
    let lane = new(&admission.events[0]).lane;
    let claim = started(&*store, lane, NOW).await;
    let until = NOW.plus(Duration::from_secs(5));
    store.postpone(&claim, Postponed { until, is_counted: true, unreachable_since: None }).await.unwrap();
    assert_eq!(store.claim(lane, NOW).await.unwrap(), Claimed::NotBefore(until));
    let again = started(&*store, lane, until).await;
    assert_eq!((again.execution.id, again.execution.attempts), (claim.execution.id, 2));
}

async fn a_settled_event_leaves_its_lane_and_owes_its_replies(store: Arc<dyn Store>) {
    let ticket = new(&admit(&*store, vec![event(Some("1"), "a")]).await.events[0]);
    let claim = started(&*store, ticket.lane, NOW).await;
    store.settle(&claim, answered(&["one", "two"]), NOW).await.unwrap();
    assert_eq!(store.claim(ticket.lane, NOW).await.unwrap(), Claimed::Empty);
    let execution = store.execution(ticket.execution).await.unwrap().unwrap();
    assert_eq!((execution.state, execution.replies), (State::Done, 2));
    let replies = store.replies(ticket.execution).await.unwrap();
    let texts: Vec<_> = replies.iter().map(|reply| reply.outgoing.reply.clone()).collect();
    assert_eq!(texts, [Reply::text("one"), Reply::text("two")]);
    assert_eq!(replies[0].outgoing.conversation, "a");
}

async fn a_reply_keeps_its_state_and_leaves_when_it_is_final(store: Arc<dyn Store>) {
    let ticket = new(&admit(&*store, vec![event(Some("1"), "a")]).await.events[0]);
    let claim = started(&*store, ticket.lane, NOW).await;
    store.settle(&claim, answered(&["one", "two"]), NOW).await.unwrap();

    let mut first = owed(&*store, ticket.lane).await;
    first.tries = 7;
    store.keep_reply(first.clone()).await.unwrap();
    assert_eq!(owed(&*store, ticket.lane).await, first);

    first.not_before = Some(NOW.plus(DAY));
    store.keep_reply(first.clone()).await.unwrap();
    assert_eq!(store.claim_reply(ticket.lane, NOW).await.unwrap(), ReplyClaimed::NotBefore(NOW.plus(DAY)));

    first.progress = ReplyProgress::Sent;
    store.keep_reply(first.clone()).await.unwrap();
    let mut second = owed(&*store, ticket.lane).await;
    assert_eq!(second.number, 1);
    second.progress = ReplyProgress::Unsure("nobody knows".into());
    store.keep_reply(second.clone()).await.unwrap();
    assert_eq!(store.claim_reply(ticket.lane, NOW).await.unwrap(), ReplyClaimed::Empty);
    assert_eq!(store.replies(ticket.execution).await.unwrap(), [first, second]);
}

async fn a_delivery_comes_back_byte_for_byte(store: Arc<dyn Store>) {
    for length in [0, 1, 64 * 1024, 64 * 1024 + 1, 3 * 1024 * 1024] {
        let body: Vec<u8> = (0..length).map(|i| (i % 251) as u8).collect();
        let admission = store.admit(arrival_of(&body, vec![event(None, "a")], NOW)).await.unwrap();
        let delivery = store.delivery(admission.delivery).await.unwrap().unwrap();
        assert!(delivery.request.body == body, "{length} bytes");
    }
}

async fn what_was_granted_last_is_remembered(store: Arc<dyn Store>) {
    assert_eq!(store.granted(&provider()).await.unwrap(), None);
    let ask =
        Ask { secrets: vec![], endpoints: vec![], verification: vec![], handshakes: vec![], claims: None };
    let first = Grant {
        plugin: provider(),
        version: "1".into(),
        digest: "d".into(),
        is_shipped: false,
        shipped_recipes: vec![],
        ask,
        at: NOW,
    };
    store.grant(&provider(), &first).await.unwrap();
    let second = Grant { version: "2".into(), ..first.clone() };
    store.grant(&provider(), &second).await.unwrap();
    assert_eq!(store.granted(&provider()).await.unwrap(), Some(second));
    assert_eq!(store.granted(&"another".parse().unwrap()).await.unwrap(), None);
}

async fn large_records_come_back_whole(store: Arc<dyn Store>) {
    let mut large = event(Some("1"), "a");
    large.raw = Some("x".repeat(1024 * 1024));
    let ticket = new(&admit(&*store, vec![large.clone()]).await.events[0]);
    assert_eq!(store.execution(ticket.execution).await.unwrap().unwrap().event, large);
}

async fn lanes_with_work_are_found_again(store: Arc<dyn Store>) {
    let chats = ["a", "b", "c", "a", "a"];
    let admission = admit(&*store, chats.iter().map(|chat| event(None, chat)).collect()).await;
    let a = new(&admission.events[0]).lane;
    let claim = started(&*store, a, NOW).await;
    store.settle(&claim, answered(&["hello"]), NOW).await.unwrap();
    let mut expected: Vec<Lane> = (0..3).map(|i| new(&admission.events[i]).lane).collect();
    expected.sort();
    let waiting = store.waiting_lanes().await.unwrap();
    assert_eq!((waiting.runs, waiting.replies), (expected, vec![a]));
}

async fn old_ids_are_forgotten_by_whole_days(store: Arc<dyn Store>) {
    for days_ago in [20, 10, 9, 8, 0] {
        let at = Time(NOW.millis() - u64::try_from((DAY * days_ago).as_millis()).unwrap());
        let id = days_ago.to_string();
        store.admit(arrival_of(b"{}", vec![event(Some(&id), "a")], at)).await.unwrap();
    }
    assert_eq!(store.forget_ids(NOW, WINDOW).await.unwrap(), 3);
    assert_eq!(store.counts().await.unwrap().ids, 2);
}

async fn finished_events_are_forgotten_and_others_stay(store: Arc<dyn Store>) {
    let admission = admit(&*store, vec![event(None, "a"), event(None, "b")]).await;
    let finished = new(&admission.events[0]);
    let claim = started(&*store, finished.lane, NOW).await;
    store.settle(&claim, answered(&["hello"]), NOW).await.unwrap();
    let later = NOW.plus(DAY * 7);
    for (now, gone) in [(later, 0), (later.plus(Duration::from_millis(1)), 1)] {
        let forgotten = store.forget_finished(now, DAY * 7, WINDOW, 100).await.unwrap();
        let expected = Forgotten { looked_at: gone, put_off: gone, ..Forgotten::default() };
        assert_eq!(forgotten, expected);
    }
    let counts = store.counts().await.unwrap();
    assert_eq!((counts.executions, counts.queued, counts.owed), (2, 1, 1), "a reply is still owed");

    let mut reply = owed(&*store, finished.lane).await;
    reply.progress = ReplyProgress::Sent;
    store.keep_reply(reply).await.unwrap();
    store.forget_finished(later.plus(DAY * 8), DAY * 7, WINDOW, 100).await.unwrap();
    let counts = store.counts().await.unwrap();
    assert_eq!((counts.executions, counts.queued, counts.deliveries), (1, 1, 1));

    let claim = started(&*store, new(&admission.events[1]).lane, later).await;
    store.settle(&claim, answered(&[]), later).await.unwrap();
    let forgotten = store.forget_finished(later.plus(DAY * 16), DAY * 7, WINDOW, 100).await.unwrap();
    let all = Forgotten { looked_at: 1, put_off: 0, executions: 1, deliveries: 1 };
    assert_eq!((forgotten, store.counts().await.unwrap().deliveries), (all, 0));
}

async fn an_outcome_that_may_be_asked_for_lives_as_long_as_its_id(store: Arc<dyn Store>) {
    let mut arrival = arrival_of(b"{}", vec![event(Some("1"), "a")], NOW);
    arrival.sender_waits = true;
    let ticket = new(&store.admit(arrival).await.unwrap().events[0]);
    assert!(ticket.token.is_some());
    let claim = started(&*store, ticket.lane, NOW).await;
    store.settle(&claim, answered(&[]), NOW).await.unwrap();
    for days_later in 1..=9 {
        store.forget_finished(NOW.plus(DAY * days_later), DAY, WINDOW, 100).await.unwrap();
        let found = store.execution(ticket.execution).await.unwrap();
        assert_eq!(found.is_some(), days_later < 9, "{days_later} days later");
    }
}

async fn die(store: &dyn Store, ticket: &Ticket) {
    let claim = started(store, ticket.lane, NOW).await;
    assert_eq!(claim.execution.id, ticket.execution);
    let dead = Settled { state: State::Dead, ..answered(&[]) };
    store.settle(&claim, dead, NOW).await.unwrap();
}

pub(super) fn numbered(n: usize) -> Arrival {
    let body = format!("{{\"n\":{n}, \"text\": \"{}\"}}", "x".repeat(300));
    arrival_of(body.as_bytes(), vec![event(Some(&n.to_string()), "a")], NOW)
}
