//! The promises about events whose answers are of use for a short time only.

use super::*;

const LEFT: Duration = Duration::from_secs(10);

/// An event of the chat that is to be answered within [`LEFT`].
fn hurried(id: &str) -> Event {
    let attributes = vec![("deadline-ms".into(), LEFT.as_millis().to_string())];
    Event { attributes, ..event(Some(id), "chat") }
}

pub(super) async fn an_event_with_a_deadline_waits_behind_no_other(store: Arc<dyn Store>) {
    let admission = admit(&*store, vec![event(Some("1"), "chat"), hurried("2"), hurried("3")]).await;
    let [ordinary, second, third] = [0, 1, 2].map(|i| new(&admission.events[i]));
    assert_eq!([ordinary.lane, second.lane, third.lane].map(|lane| lane.is_urgent()), [false, true, true]);
    for ticket in [&third, &second, &ordinary] {
        assert_eq!(started(&*store, ticket.lane, NOW).await.execution.id, ticket.execution);
    }
    assert_eq!(store.waiting_lanes().await.unwrap().runs.len(), 3);
}

pub(super) async fn an_event_whose_deadline_has_passed_is_ended_and_shown(store: Arc<dyn Store>) {
    for (later, is_late) in [(LEFT - Duration::from_millis(1), false), (LEFT, true)] {
        let ticket = new(&admit(&*store, vec![hurried(&format!("{is_late}"))]).await.events[0]);
        let claimed = store.claim(ticket.lane, NOW.plus(later)).await.unwrap();
        assert_eq!(claimed == Claimed::Expired(ticket.execution), is_late, "after {later:?}");
        let execution = store.execution(ticket.execution).await.unwrap().unwrap();
        let expected = if is_late { (State::Expired, 0) } else { (State::Running, 1) };
        assert_eq!((execution.state, execution.attempts), expected, "after {later:?}");
        if is_late {
            assert_eq!(store.claim(ticket.lane, NOW.plus(later)).await.unwrap(), Claimed::Empty);
            assert_eq!(execution.finished_at, Some(NOW.plus(later)));
        }
    }
    let expired = EventFilter { state: Some(StateName::Expired), ..EventFilter::default() };
    assert_eq!(found(&*store, &expired).await.len(), 1);
    store.forget_finished(NOW.plus(DAY * 2), DAY, WINDOW, 100).await.unwrap();
    assert!(found(&*store, &expired).await.is_empty(), "it is forgotten as any other");
}

pub(super) async fn an_interrupted_event_is_not_tried_again_after_its_deadline(store: Arc<dyn Store>) {
    let ticket = new(&admit(&*store, vec![hurried("1")]).await.events[0]);
    let claim = started(&*store, ticket.lane, NOW).await;
    let over = NOW.plus(bounds::CLAIM_LEASE);
    assert_eq!(store.claim(ticket.lane, NOW.plus(LEFT)).await.unwrap(), Claimed::NotBefore(over));
    assert_eq!(store.claim(ticket.lane, over).await.unwrap(), Claimed::Expired(ticket.execution));
    let execution = store.execution(ticket.execution).await.unwrap().unwrap();
    assert_eq!((execution.attempts, execution.interrupted), (1, 1));
    assert!(matches!(store.settle(&claim, answered(&["late"]), over).await, Err(StoreError::Superseded)));
}

pub(super) async fn a_reply_has_the_deadline_of_its_event(store: Arc<dyn Store>) {
    let admission = admit(&*store, vec![event(Some("1"), "chat"), hurried("2")]).await;
    for (admitted, deadline) in admission.events.iter().zip([None, Some(NOW.plus(LEFT))]) {
        let ticket = new(admitted);
        let claim = started(&*store, ticket.lane, NOW).await;
        store.settle(&claim, answered(&["hello"]), NOW).await.unwrap();
        let reply = owed(&*store, ticket.lane).await;
        assert_eq!((reply.deadline, reply.outgoing.conversation.as_str()), (deadline, "chat"));
    }
}

pub(super) async fn a_replay_has_no_deadline(store: Arc<dyn Store>) {
    let admission = admit(&*store, vec![event(Some("1"), "chat"), hurried("2")]).await;
    let [ordinary, hurried] = [0, 1].map(|i| new(&admission.events[i]));
    store.claim(hurried.lane, NOW.plus(LEFT)).await.unwrap();
    let Replay::Queued(again) = store.replay(hurried.execution).await.unwrap() else {
        panic!("it was not replayed")
    };
    assert_eq!(again.lane, ordinary.lane, "it waits in its chat");
    assert_eq!(store.execution(again.execution).await.unwrap().unwrap().deadline, None);
}
