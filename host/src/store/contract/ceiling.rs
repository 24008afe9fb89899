//! How many ids are remembered at most, and how many events wait.

use super::*;

fn with_ids(ids: std::ops::Range<u32>) -> Vec<Event> {
    ids.map(|id| event(Some(&id.to_string()), "a")).collect()
}

async fn is_refused(store: &dyn Store, events: Vec<Event>) -> bool {
    let before = store.counts().await.unwrap();
    match store.admit(arrival_of(b"{}", events, NOW)).await {
        Err(StoreError::TooManyIds { max_ids: MAX_IDS }) => {
            assert_eq!(store.counts().await.unwrap(), before, "a part of what was refused is stored");
            true
        }
        admitted => {
            admitted.unwrap();
            false
        }
    }
}

pub(super) async fn no_more_ids_are_remembered_than_may_be_and_none_is_forgotten_for_another(
    store: Arc<dyn Store>,
) {
    let (old, all) = (MAX_IDS / 2, MAX_IDS);
    store.admit(arrival_of(b"{}", with_ids(0..old), NOW.minus(DAY * 7))).await.unwrap();
    assert!(!is_refused(&*store, with_ids(old..all)).await);
    for (events, refused, why) in [
        (with_ids(all..all + 1), true, "a new id"),
        (with_ids(all - 1..all + 1), true, "a new id beside a known one"),
        (with_ids(0..all), false, "all that were seen before, the oldest too"),
        (vec![event(None, "a")], false, "no id"),
    ] {
        assert_eq!(is_refused(&*store, events).await, refused, "{why}");
    }
    assert_eq!(store.counts().await.unwrap().queued, all as usize + 1);

    store.forget_ids(NOW, DAY * 6).await.unwrap();
    assert!(is_refused(&*store, with_ids(all..all + old + 1)).await, "more than there is room for");
    assert!(!is_refused(&*store, with_ids(all..all + old)).await, "as many as there is room for");
}

pub(super) async fn ids_that_come_at_the_same_time_share_the_room(store: Arc<dyn Store>) {
    let mut sending = tokio::task::JoinSet::new();
    for id in 0..MAX_IDS + 10 {
        let store = Arc::clone(&store);
        sending.spawn(async move { store.admit(arrival_of(b"{}", with_ids(id..id + 1), NOW)).await.is_ok() });
    }
    let admitted = sending.join_all().await.into_iter().filter(|is_admitted| *is_admitted).count();
    assert_eq!(admitted, MAX_IDS as usize);
}

/// Events of a conversation of their own each, without ids.
fn waiting(count: u32) -> Vec<Event> {
    (0..count).map(|n| event(None, &format!("room-{n}"))).collect()
}

async fn is_full(store: &dyn Store, events: Vec<Event>) -> bool {
    let before = store.counts().await.unwrap();
    match store.admit(arrival_of(b"{}", events, NOW)).await {
        Err(StoreError::QueueFull { max_queued: MAX_QUEUED }) => {
            assert_eq!(store.counts().await.unwrap(), before, "a part of what was refused is stored");
            true
        }
        admitted => {
            admitted.unwrap();
            false
        }
    }
}

pub(super) async fn no_more_events_wait_than_may_and_those_that_end_make_room(store: Arc<dyn Store>) {
    assert!(!is_full(&*store, vec![event(Some("1"), "a")]).await);
    assert!(!is_full(&*store, waiting(MAX_QUEUED - 2)).await);
    assert!(is_full(&*store, waiting(2)).await, "one more than there is room for");
    assert!(!is_full(&*store, waiting(1)).await);
    assert!(is_full(&*store, waiting(1)).await);
    assert!(!is_full(&*store, vec![event(Some("1"), "a")]).await, "what was seen before takes no place");

    let Claimed::Started(claim) = store.claim(Lane::of(&provider(), "a"), NOW).await.unwrap() else {
        panic!("it waits")
    };
    assert!(is_full(&*store, waiting(1)).await, "what runs has its place still");
    store.settle(&claim, Settled::recorded("nothing was to be done"), NOW).await.unwrap();
    assert!(!is_full(&*store, waiting(1)).await);
    assert!(is_full(&*store, waiting(1)).await);
}

pub(super) async fn events_that_come_at_the_same_time_share_the_places(store: Arc<dyn Store>) {
    let mut sending = tokio::task::JoinSet::new();
    for _ in 0..MAX_QUEUED / 10 + 5 {
        let store = Arc::clone(&store);
        sending.spawn(async move { store.admit(arrival_of(b"{}", waiting(10), NOW)).await.is_ok() });
    }
    let admitted = sending.join_all().await.into_iter().filter(|is_admitted| *is_admitted).count();
    assert_eq!(admitted * 10, MAX_QUEUED as usize);
}

pub(super) async fn what_waits_is_counted_anew<S: Store>(open: impl Fn() -> S) {
    open().admit(arrival_of(b"{}", waiting(MAX_QUEUED - 1), NOW)).await.unwrap();
    let store = open();
    assert!(is_full(&store, waiting(2)).await);
    assert!(!is_full(&store, waiting(1)).await);
}
