//! How many ids are remembered at most.

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
