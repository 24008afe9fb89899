//! The promises about claims: who may work on an event, and for how long.

use super::*;

pub(super) async fn a_claim_is_not_given_again_before_its_lease_is_over(store: Arc<dyn Store>) {
    let lane = new(&admit(&*store, vec![event(Some("1"), "a")]).await.events[0]).lane;
    let first = started(&*store, lane, NOW).await;
    let over = NOW.plus(bounds::CLAIM_LEASE);
    for now in [NOW, Time(over.millis() - 1)] {
        assert_eq!(store.claim(lane, now).await.unwrap(), Claimed::NotBefore(over));
    }
    let second = started(&*store, lane, over).await;
    assert_eq!(second.execution.id, first.execution.id);
    assert!(second.execution.fence > first.execution.fence);
}

pub(super) async fn a_claim_that_is_renewed_holds_longer(store: Arc<dyn Store>) {
    let lane = new(&admit(&*store, vec![event(Some("1"), "a")]).await.events[0]).lane;
    let first = started(&*store, lane, NOW).await;
    let later = NOW.plus(bounds::CLAIM_LEASE / 2);
    store.renew(&first, later).await.unwrap();
    let over = later.plus(bounds::CLAIM_LEASE);
    assert_eq!(store.claim(lane, NOW.plus(bounds::CLAIM_LEASE)).await.unwrap(), Claimed::NotBefore(over));
    started(&*store, lane, over).await;
    assert!(matches!(store.renew(&first, over).await, Err(StoreError::Superseded)));
}

pub(super) async fn a_claim_is_void_once_the_store_was_opened_anew<S: Store>(open: impl Fn() -> S) {
    let store = open();
    let lane = new(&admit(&store, vec![event(Some("1"), "a")]).await.events[0]).lane;
    let before = started(&store, lane, NOW).await;
    drop(store);
    let store = open();
    let after = started(&store, lane, NOW).await;
    assert_eq!((after.execution.id, after.execution.interrupted), (before.execution.id, 1));
    assert!(matches!(store.settle(&before, answered(&[]), NOW).await, Err(StoreError::Superseded)));
    store.settle(&after, answered(&[]), NOW).await.unwrap();
}

pub(super) async fn an_attempt_that_was_not_ended_is_counted_as_interrupted(store: Arc<dyn Store>) {
    let lane = new(&admit(&*store, vec![event(Some("1"), "a")]).await.events[0]).lane;
    let mut now = NOW;
    for interrupted in 0..3 {
        let claim = started(&*store, lane, now).await;
        assert_eq!((claim.execution.interrupted, claim.is_exhausted()), (interrupted, false));
        now = now.plus(bounds::CLAIM_LEASE);
    }
    assert!(started(&*store, lane, now).await.is_exhausted());
}

pub(super) async fn an_attempt_that_could_not_reach_its_workflow_is_not_counted(store: Arc<dyn Store>) {
    let lane = new(&admit(&*store, vec![event(Some("1"), "a")]).await.events[0]).lane;
    for _ in 0..5 {
        let claim = started(&*store, lane, NOW).await;
        assert_eq!(claim.execution.attempts, 1);
        store
            .postpone(&claim, Postponed { until: NOW, is_counted: false, unreachable_since: Some(NOW) })
            .await
            .unwrap();
    }
}

pub(super) async fn an_attempt_that_was_put_back_counts_neither_as_one_nor_as_interrupted(
    store: Arc<dyn Store>,
) {
    let lane = new(&admit(&*store, vec![event(Some("1"), "a")]).await.events[0]).lane;
    for _ in 0..5 {
        let claim = started(&*store, lane, NOW).await;
        assert_eq!((claim.execution.attempts, claim.execution.interrupted), (1, 0));
        let put_back = Postponed { until: NOW, is_counted: false, unreachable_since: None };
        store.postpone(&claim, put_back).await.unwrap();
    }
}

pub(super) async fn an_older_claim_cannot_settle(store: Arc<dyn Store>) {
    let lane = new(&admit(&*store, vec![event(Some("1"), "a")]).await.events[0]).lane;
    let older = started(&*store, lane, NOW).await;
    let newer = started(&*store, lane, NOW.plus(bounds::CLAIM_LEASE)).await;
    let refused = store.settle(&older, answered(&["twice"]), NOW).await;
    assert!(matches!(refused, Err(StoreError::Superseded)));
    store.settle(&newer, answered(&["once"]), NOW).await.unwrap();
    // Asked again, since the caller may have been told that the store failed.
    store.settle(&newer, answered(&["twice"]), NOW).await.unwrap();
    assert_eq!(store.counts().await.unwrap().owed, 1);
}

pub(super) async fn looking_at_the_first_event_of_a_lane_starts_nothing(store: Arc<dyn Store>) {
    let admission = admit(&*store, vec![event(Some("1"), "a"), event(Some("2"), "a")]).await;
    let [first, second] = [0, 1].map(|i| new(&admission.events[i]));
    for _ in 0..2 {
        let seen = store.first_run(first.lane).await.unwrap().unwrap();
        assert_eq!((seen.id, seen.state, seen.attempts), (first.execution, State::Queued, 0));
    }
    let claim = started(&*store, first.lane, NOW).await;
    store.settle(&claim, answered(&[]), NOW).await.unwrap();
    assert_eq!(store.first_run(first.lane).await.unwrap().unwrap().id, second.execution);
    let claim = started(&*store, first.lane, NOW).await;
    store.settle(&claim, answered(&[]), NOW).await.unwrap();
    assert_eq!(store.first_run(first.lane).await.unwrap(), None);
}
