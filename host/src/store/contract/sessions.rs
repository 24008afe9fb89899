//! The promises about sessions of providers.

use super::*;

fn said(session: &str, state: &str, at: Time) -> Event {
    Event {
        account: Some(session.into()),
        conversation: None,
        occurred_ms: Some(at.millis()),
        content: Content::Connection { state: state.into(), detail: None },
        ..event(None, "")
    }
}

fn states(store: &dyn Store) -> Vec<(String, String, Time)> {
    let sessions = store.sessions().unwrap().into_iter();
    let mut states: Vec<_> = sessions.map(|one| (one.name, one.state, one.since)).collect();
    states.sort();
    states
}

pub(super) async fn the_last_that_was_heard_of_a_session_is_kept(store: Arc<dyn Store>) {
    let later = |seconds| NOW.plus(Duration::from_secs(seconds));
    let events = vec![said("a", "open", later(1)), said("b", "pairing", later(2)), said("a", "closed", NOW)];
    admit(&*store, events).await;
    let expected =
        |a: &str, since| vec![("a".into(), a.into(), since), ("b".into(), "pairing".into(), later(2))];
    assert_eq!(states(&*store), expected("open", later(1)), "one that comes late tells nothing new");
    admit(&*store, vec![said("a", "open", later(3))]).await;
    assert_eq!(states(&*store), expected("open", later(1)), "it was so before");
    let closed = admit(&*store, vec![said("a", "closed", later(4))]).await;
    assert_eq!(states(&*store), expected("closed", later(4)));
    let named = store.sessions().unwrap().iter().any(|one| one.event == new(&closed.events[0]).execution);
    assert!(named, "it names the event that said so");
}

pub(super) async fn no_more_sessions_are_remembered_than_may_be(store: Arc<dyn Store>) {
    let most = bounds::SESSIONS_PER_PROVIDER;
    for number in 0..most + 2 {
        let at = NOW.plus(Duration::from_secs(number as u64));
        admit(&*store, vec![said(&format!("{number:03}"), "open", at)]).await;
    }
    let names: Vec<String> = states(&*store).into_iter().map(|(name, ..)| name).collect();
    assert_eq!(names, (2..most + 2).map(|number| format!("{number:03}")).collect::<Vec<_>>());
}
