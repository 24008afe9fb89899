//! The promise that whatever does not agree is found, and nothing else.

use super::*;
use crate::store::engine::Engine as _;
use crate::store::ledger::Ledger;
use crate::store::table::{Changes, Table, Tables as _};
use crate::store::verified::{Checkpoint, Verified, Wrong};

/// What is wrong in a store.
pub(super) async fn wrong_in(store: &dyn Store) -> Vec<Wrong> {
    let (mut wrong, mut next) = (Vec::new(), Some(Checkpoint::default()));
    while let Some(from) = next {
        let found: Verified = store.verify(from).await.unwrap();
        wrong.extend(found.wrong);
        next = found.next;
    }
    wrong
}

/// A store with something in every table, and what it stands on.
async fn with_everything() -> (Memory, Ledger<Memory>) {
    let memory = Memory::default();
    let store = Ledger::start(memory.clone(), 0, CEILINGS, Default::default());
    store.admit(judged_arrival(b"{", Judged::Held("not JSON".into()), NOW)).await.unwrap();
    store.admit(judged_arrival(b"[", Judged::Waiting("no plugin".into()), NOW)).await.unwrap();
    store.admit(judged_arrival(b"", Judged::Ignored("nothing".into()), NOW)).await.unwrap();
    admit(&store, vec![event(Some("1"), "waits")]).await;
    admit(&store, vec![early_status()]).await;
    // Too large for one value.
    let large = vec![b'x'; 3 * bounds::STORE_VALUE_BYTES];
    store.admit(arrival_of(&large, vec![event(Some("2"), "owes")], NOW)).await.unwrap();
    let lane = Lane::of(&"telegram".parse().unwrap(), "owes");
    let claim = started(&store, lane, NOW).await;
    store.settle(&claim, answered(&["hi"]), NOW).await.unwrap();
    (memory, store)
}

fn early_status() -> Event {
    let status = crate::model::event::Status {
        message: "77".into(),
        state: "read".into(),
        recipient: None,
        correlation: None,
        failure: None,
    };
    Event { conversation: None, content: Content::Status(status), ..event(Some("3"), "") }
}

#[tokio::test]
async fn a_record_that_is_gone_is_missed_by_those_that_name_it() {
    for (table, is_missed) in [
        (Table::Deliveries, true),
        (Table::Bodies, true),
        (Table::Executions, true),
        (Table::Runs, true),
        (Table::Replies, true),
        (Table::Outbox, true),
        (Table::Held, true),
        (Table::Waiting, true),
        (Table::Pieces, true),
        // What these name is found by other ways, or may be forgotten.
        (Table::Sent, false),
        (Table::Early, false),
        (Table::Finished, false),
        (Table::Meta, false),
    ] {
        let (memory, store) = with_everything().await;
        assert_eq!(wrong_in(&store).await, []);
        let (key, _) = memory.first(table, &[], &[]).unwrap().unwrap();
        memory.commit(&Changes::from([(table, [(key, None)].into())])).unwrap();
        assert_eq!(!wrong_in(&store).await.is_empty(), is_missed, "{table:?}");
    }
}

#[tokio::test]
async fn a_record_that_is_damaged_or_that_nothing_needs_is_found() {
    let id = ExecutionId::new();
    for (table, is_own_key) in [
        (Table::Meta, true),
        (Table::Deliveries, true),
        (Table::Executions, true),
        (Table::Replies, true),
        (Table::Runs, true),
        (Table::Outbox, true),
        (Table::Sent, true),
        (Table::Manifests, false),
        (Table::Sessions, false),
        (Table::Statuses, false),
        (Table::Bodies, false),
        (Table::Early, false),
        (Table::Finished, false),
        (Table::Held, false),
        (Table::Waiting, false),
        (Table::Pieces, false),
        (Table::Ids, false),
    ] {
        let (memory, store) = with_everything().await;
        let key = if is_own_key {
            memory.first(table, &[], &[]).unwrap().unwrap().0
        } else {
            id.as_bytes().to_vec()
        };
        memory.commit(&Changes::from([(table, [(key, Some(vec![1, 0, b'{']))].into())])).unwrap();
        let wrong = wrong_in(&store).await;
        assert!(wrong.iter().any(|wrong| wrong.table == table.name()), "{table:?}: {wrong:?}");
    }
}
