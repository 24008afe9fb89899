//! The promises about looking for events.

use super::*;

pub(super) async fn found(store: &dyn Store, filter: &EventFilter) -> Vec<ExecutionId> {
    let found = store.events(filter, Look { before: None, max: 100 }).await.unwrap();
    found.items.iter().map(|execution| execution.id).collect()
}

pub(super) async fn events_are_found_by_what_they_are_newest_first(store: Arc<dyn Store>) {
    let mut status = event(None, "b");
    status.topic = "status.read".into();
    let events = vec![event(None, "a"), event(None, "b"), status];
    let [one, two, three] = <[Admitted; 3]>::try_from(admit(&*store, events).await.events).unwrap();
    let [one, two, three] = [one, two, three].map(|admitted| new(&admitted));
    let mut other = arrival_of(b"{}", vec![event(None, "a")], NOW);
    other.delivery.provider = "whatsapp".parse().unwrap();
    let four = new(&store.admit(other).await.unwrap().events[0]).execution;
    die(&*store, &one).await;

    let all = EventFilter::default();
    let with = |origin: Origin| EventFilter { origin, ..EventFilter::default() };
    let (one, two, three) = (one.execution, two.execution, three.execution);
    for (filter, expected) in [
        (all.clone(), vec![four, three, two, one]),
        (with(Origin { provider: Some(provider()), ..Origin::default() }), vec![three, two, one]),
        (EventFilter { topic: Some("message.*".parse().unwrap()), ..all.clone() }, vec![four, two, one]),
        (EventFilter { state: Some(StateName::Dead), ..all.clone() }, vec![one]),
        (EventFilter { state: Some(StateName::Queued), ..all.clone() }, vec![four, three, two]),
        (EventFilter { conversation: Some("b".into()), ..all.clone() }, vec![three, two]),
        (EventFilter { replayed: Some(true), ..all.clone() }, vec![]),
        (
            EventFilter {
                conversation: Some("b".into()),
                topic: Some("status.*".parse().unwrap()),
                ..all.clone()
            },
            vec![three],
        ),
    ] {
        assert_eq!(found(&*store, &filter).await, expected, "{filter:?}");
    }
}

pub(super) async fn events_are_found_by_the_time_they_were_taken_in(store: Arc<dyn Store>) {
    let id = new(&admit(&*store, vec![event(None, "a")]).await.events[0]).execution;
    let at = id.given_at();
    let later = at.plus(Duration::from_millis(1));
    for (since, until, is_found) in [
        (Some(at), None, true),
        (Some(later), None, false),
        (None, Some(later), true),
        (None, Some(at), false),
        (Some(at), Some(later), true),
    ] {
        let filter =
            EventFilter { origin: Origin { provider: None, since, until }, ..EventFilter::default() };
        assert_eq!(found(&*store, &filter).await.len(), usize::from(is_found), "{since:?} {until:?}");
    }
}

pub(super) async fn a_look_is_bounded_and_says_where_to_go_on(store: Arc<dyn Store>) {
    let oldest = new(&admit(&*store, vec![event(None, "oldest")]).await.events[0]).execution;
    admit(&*store, (0..bounds::EVENTS_LOOKED_AT).map(|_| event(None, "a")).collect()).await;
    let filter = EventFilter { conversation: Some("oldest".into()), ..EventFilter::default() };
    let first = store.events(&filter, Look { before: None, max: 10 }).await.unwrap();
    assert!(first.items.is_empty() && first.next.is_some());
    let second = store.events(&filter, Look { before: first.next, max: 10 }).await.unwrap();
    assert_eq!((second.items[0].id, second.next), (oldest, None));

    let (mut all, mut before) = (Vec::new(), None);
    loop {
        let page = store.events(&EventFilter::default(), Look { before, max: 100 }).await.unwrap();
        assert!(page.items.len() <= 100);
        all.extend(page.items.iter().map(|execution| execution.id));
        before = page.next;
        if before.is_none() {
            break;
        }
    }
    assert_eq!(all.len(), bounds::EVENTS_LOOKED_AT + 1);
    assert!(all.is_sorted_by(|newer, older| newer > older));
}
