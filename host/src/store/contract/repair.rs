//! The promises about held deliveries and replays.

use super::search::found;
use super::*;

async fn held_ids(store: &dyn Store) -> Vec<DeliveryId> {
    let found = store.held(&Origin::default(), Look { before: None, max: 100 }).await.unwrap();
    found.items.iter().map(|delivery| delivery.id).collect()
}

async fn hold(store: &dyn Store, body: &[u8]) -> DeliveryId {
    let arrival = judged_arrival(body, Judged::Held("not JSON".into()), NOW);
    store.admit(arrival).await.unwrap().delivery
}

async fn readmit(store: &dyn Store, delivery: DeliveryId, judged: Judged, now: Time) -> Readmitted {
    let again = Readmission { delivery, judged, now, window: WINDOW, sender_waits: false };
    store.readmit(again).await.unwrap()
}

pub(super) async fn a_held_delivery_is_found_until_it_is_understood(store: Arc<dyn Store>) {
    let (first, second) = (hold(&*store, b"{").await, hold(&*store, b"[").await);
    admit(&*store, vec![event(None, "a")]).await;
    assert_eq!(held_ids(&*store).await, [second, first]);
    let elsewhere = Origin { provider: Some("whatsapp".parse().unwrap()), ..Origin::default() };
    assert!(store.held(&elsewhere, Look { before: None, max: 10 }).await.unwrap().items.is_empty());

    let still = readmit(&*store, first, Judged::Held("not an update".into()), NOW).await;
    let verdict = DeliveryVerdict::Held { reason: "not an update".into() };
    assert_eq!(still, Readmitted::Judged(verdict.clone(), vec![]));
    assert_eq!(store.delivery(first).await.unwrap().unwrap().verdict, verdict);
    assert_eq!(held_ids(&*store).await, [second, first]);

    readmit(&*store, first, Judged::Ignored("a poll".into()), NOW).await;
    readmit(&*store, second, Judged::to_run(vec![event(None, "a")]), NOW).await;
    assert!(held_ids(&*store).await.is_empty());
    let kept = store.delivery(second).await.unwrap().unwrap();
    assert_eq!((kept.verdict, &*kept.request.body), (DeliveryVerdict::Accepted { events: 1 }, &b"["[..]));
}

pub(super) async fn a_held_delivery_is_readmitted_once_and_its_events_are_late(store: Arc<dyn Store>) {
    let delivery = hold(&*store, b"{").await;
    let judged = Judged::to_run(vec![event(Some("1"), "a")]);
    let Readmitted::Judged(_, admitted) = readmit(&*store, delivery, judged.clone(), NOW).await else {
        panic!("it was held")
    };
    let claim = started(&*store, new(&admitted[0]).lane, NOW).await;
    assert_eq!(claim.execution.event.attributes, [("late".to_owned(), "true".to_owned())]);
    assert_eq!(claim.execution.delivery, delivery);
    for nothing_held in [delivery, DeliveryId::new()] {
        assert_eq!(readmit(&*store, nothing_held, judged.clone(), NOW).await, Readmitted::NotHeld);
    }
    assert_eq!(store.counts().await.unwrap().executions, 1);
}

pub(super) async fn a_readmitted_event_that_came_again_meanwhile_is_a_duplicate(store: Arc<dyn Store>) {
    let delivery = hold(&*store, b"{}").await;
    let later = NOW.plus(DAY * 3);
    let repeated = store.admit(arrival_of(b"{}", vec![event(Some("1"), "a")], later)).await.unwrap();
    let first = new(&repeated.events[0]);
    let judged = Judged::to_run(vec![event(Some("1"), "a"), event(Some("2"), "a")]);
    let Readmitted::Judged(_, admitted) = readmit(&*store, delivery, judged, later.plus(DAY)).await else {
        panic!("it was held")
    };
    assert_eq!(admitted[0], Admitted::Duplicate(first));
    let second = new(&admitted[1]);
    // It is remembered from now on, and not from its arrival on.
    let again = arrival_of(b"{}", vec![event(Some("2"), "a")], NOW.plus(DAY * 12));
    assert_eq!(store.admit(again).await.unwrap().events, [Admitted::Duplicate(second)]);
}

pub(super) async fn what_waits_for_a_plugin_keeps_its_place_until_it_is_judged(store: Arc<dyn Store>) {
    let mut waiting = Vec::new();
    for body in [&b"{}"[..], b"[]", b"[[]]"] {
        hold(&*store, body).await;
        let arrival = judged_arrival(body, Judged::Waiting("no plugin".into()), NOW);
        waiting.push(store.admit(arrival).await.unwrap().delivery);
    }
    assert_eq!(held_ids(&*store).await.len(), 6);
    let first = async || store.first_waiting(&provider()).await.unwrap();
    assert_eq!(store.first_waiting(&"telegram-2".parse().unwrap()).await.unwrap(), None);

    assert_eq!(first().await, Some(waiting[0]));
    readmit(&*store, waiting[0], Judged::Waiting("still none".into()), NOW).await;
    assert_eq!(first().await, Some(waiting[0]));

    let judged = Judged::to_run(vec![event(Some("1"), "a")]);
    let Readmitted::Judged(_, admitted) = readmit(&*store, waiting[0], judged, NOW).await else {
        panic!("it was held")
    };
    let claim = started(&*store, new(&admitted[0]).lane, NOW).await;
    assert_eq!(claim.execution.event.attributes, [], "it is not late: the others queued behind it");

    assert_eq!(first().await, Some(waiting[1]));
    readmit(&*store, waiting[2], Judged::Ignored("a poll".into()), NOW).await;
    readmit(&*store, waiting[1], Judged::Held("not an update".into()), NOW).await;
    assert_eq!(first().await, None);
    assert_eq!(held_ids(&*store).await.len(), 4);
}

pub(super) async fn a_held_delivery_is_not_forgotten_before_it_is_judged(store: Arc<dyn Store>) {
    let delivery = hold(&*store, b"{").await;
    let much_later = NOW.plus(DAY * 300);
    assert_eq!(store.forget_finished(much_later, DAY, WINDOW, 100).await.unwrap().looked_at, 0);
    readmit(&*store, delivery, Judged::Ignored("a poll".into()), much_later).await;
    for (later, gone) in [(DAY, 0), (DAY * 2, 1)] {
        assert_eq!(
            store.forget_finished(much_later.plus(later), DAY, WINDOW, 100).await.unwrap().looked_at,
            gone
        );
    }
    assert!(store.delivery(delivery).await.unwrap().is_none());
}

pub(super) async fn an_event_that_ended_is_replayed_behind_its_lane(store: Arc<dyn Store>) {
    let admission = admit(&*store, vec![event(Some("1"), "a"), event(Some("2"), "a")]).await;
    let [first, waiting] = [0, 1].map(|i| new(&admission.events[i]));
    die(&*store, &first).await;
    let Replay::Queued(again) = store.replay(first.execution).await.unwrap() else {
        panic!("it was not replayed")
    };
    assert_eq!((again.lane, again.execution != first.execution), (first.lane, true));

    let claim = started(&*store, first.lane, NOW).await;
    assert_eq!(claim.execution.id, waiting.execution);
    store.settle(&claim, answered(&[]), NOW).await.unwrap();
    let claim = started(&*store, first.lane, NOW).await;
    assert_eq!((claim.execution.id, claim.execution.attempts), (again.execution, 1));
    assert_eq!(claim.execution.replay_of, Some(first.execution));
    store.settle(&claim, answered(&["at last"]), NOW).await.unwrap();

    let original = store.execution(first.execution).await.unwrap().unwrap();
    assert_eq!((original.state, original.replays), (State::Dead, vec![again.execution]));
    assert_eq!(original.event, claim.execution.event);
    let replayed = EventFilter { replayed: Some(true), ..EventFilter::default() };
    assert_eq!(found(&*store, &replayed).await, [first.execution]);
}

pub(super) async fn an_event_that_has_not_ended_is_not_replayed(store: Arc<dyn Store>) {
    let ticket = new(&admit(&*store, vec![event(Some("1"), "a")]).await.events[0]);
    assert_eq!(store.replay(ticket.execution).await.unwrap(), Replay::Unfinished);
    started(&*store, ticket.lane, NOW).await;
    assert_eq!(store.replay(ticket.execution).await.unwrap(), Replay::Unfinished);
    assert_eq!(store.replay(ExecutionId::new()).await.unwrap(), Replay::Unknown);
    assert_eq!(store.counts().await.unwrap().executions, 1);
}

pub(super) async fn a_delivery_stays_until_its_replays_are_forgotten_too(store: Arc<dyn Store>) {
    let admission = admit(&*store, vec![event(None, "a")]).await;
    let first = new(&admission.events[0]);
    die(&*store, &first).await;
    let Replay::Queued(again) = store.replay(first.execution).await.unwrap() else {
        panic!("it was not replayed")
    };
    die(&*store, &again).await;
    for stays in [true, false] {
        assert_eq!(store.forget_finished(NOW.plus(DAY * 2), DAY, WINDOW, 1).await.unwrap().looked_at, 1);
        assert_eq!(store.delivery(admission.delivery).await.unwrap().is_some(), stays);
    }
}
