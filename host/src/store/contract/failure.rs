//! The promises about an engine that fails: nothing is acknowledged, nothing hangs, and what is asked for again
//! is done once.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::Mutex;

use futures_util::future::join_all;

use super::*;
use crate::store::backup::{BackupError, Finish};
use crate::store::engine::Engine;
use crate::store::ledger::Ledger;
use crate::store::memory::Memory;
use crate::store::sled::Sled;
use crate::store::stats::Disk;
use crate::store::table::{Changes, Entry, Table, Tables};

/// How the next commit fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fails {
    /// Nothing of it is on disk.
    Undone,
    /// All of it is, and nobody knows.
    Done,
    /// In a panic, after all of it is.
    Panicking,
}

const ALL: [Fails; 3] = [Fails::Undone, Fails::Done, Fails::Panicking];

/// An engine that fails on cue.
struct Faulty<E> {
    engine: E,
    cue: Arc<Cue>,
}

#[derive(Default)]
struct Cue {
    next: Mutex<Option<Fails>>,
    /// So often it cannot be opened anew.
    closed_for: Mutex<u32>,
    /// What it shows of what was committed when it is opened anew is nothing.
    loses_all: Mutex<bool>,
}

impl<E: Tables> Tables for Faulty<E> {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        if *self.cue.loses_all.lock().unwrap() {
            return Ok(None);
        }
        self.engine.get(table, key)
    }

    fn first(&self, table: Table, prefix: &[u8], from: &[u8]) -> Result<Option<Entry>, StoreError> {
        self.engine.first(table, prefix, from)
    }

    fn last(&self, table: Table, before: &[u8]) -> Result<Option<Entry>, StoreError> {
        self.engine.last(table, before)
    }

    fn count(&self, table: Table) -> Result<usize, StoreError> {
        self.engine.count(table)
    }

    fn seen_days(&self) -> Result<Vec<u32>, StoreError> {
        self.engine.seen_days()
    }

    fn ids(&self) -> usize {
        self.engine.ids()
    }
}

impl<E: Engine> Engine for Faulty<E> {
    fn begin_copy(&self, into: &Path) -> Result<(), BackupError> {
        self.engine.begin_copy(into)
    }

    fn copy_some(&self, commits: u64) -> Result<Option<Finish>, BackupError> {
        self.engine.copy_some(commits)
    }

    fn abandon_copy(&self) {
        self.engine.abandon_copy();
    }

    fn disk(&self) -> Option<Disk> {
        self.engine.disk()
    }

    fn commit(&self, changes: &Changes) -> Result<(), StoreError> {
        let fails = self.cue.next.lock().unwrap().take();
        if fails != Some(Fails::Undone) {
            self.engine.commit(changes)?;
        }
        match fails {
            None => Ok(()),
            Some(Fails::Panicking) => panic!("an assertion of the engine"),
            Some(_) => Err(StoreError::Unavailable("no space left on device".into())),
        }
    }

    fn forget_day(&self, day: u32) -> Result<bool, StoreError> {
        if self.cue.next.lock().unwrap().take().is_some() {
            return Err(StoreError::Unavailable("no space left on device".into()));
        }
        self.engine.forget_day(day)
    }

    fn space_is_low(&self) -> Option<u64> {
        None
    }

    fn reopen(&self) -> Result<(), StoreError> {
        let mut closed_for = self.cue.closed_for.lock().unwrap();
        if *closed_for > 0 {
            *closed_for -= 1;
            return Err(StoreError::Unavailable("no space left on device".into()));
        }
        self.engine.reopen()
    }

    fn mark(&self, commits: u64) -> io::Result<()> {
        self.engine.mark(commits)
    }
}

fn faulty() -> (Ledger<Faulty<Memory>>, Arc<Cue>) {
    faulty_on(Memory::default(), 0)
}

fn faulty_on<E: Engine>(engine: E, commits: u64) -> (Ledger<Faulty<E>>, Arc<Cue>) {
    let cue = Arc::new(Cue::default());
    (Ledger::start(Faulty { engine, cue: Arc::clone(&cue) }, commits, CEILINGS, Default::default()), cue)
}

async fn works_again(store: &dyn Store) {
    let mut openings = store.openings();
    while store.is_broken() {
        openings.changed().await.unwrap();
    }
}

/// What there is after the verbs of [`WRITES`] had something to do.
struct Fixture {
    ticket: Ticket,
    claim: Claim,
    reply: OwedReply,
    held: DeliveryId,
    dead: ExecutionId,
}

/// Lane `a` has a running event, lane `b` one that waits, lane `c` a reply that is owed, lane `d` a dead one.
async fn fixture(store: &dyn Store) -> Fixture {
    let events = ["a", "b", "c", "d"].map(|chat| event(Some(chat), chat)).to_vec();
    let admission = admit(store, events).await;
    let [a, b, c, d] = [0, 1, 2, 3].map(|i| new(&admission.events[i]));
    let settling = started(store, c.lane, NOW).await;
    store.settle(&settling, answered(&["hello"]), NOW).await.unwrap();
    die(store, &d).await;
    let held = judged_arrival(b"[", Judged::Held("not JSON".into()), NOW);
    let held = store.admit(held).await.unwrap().delivery;
    Fixture {
        claim: started(store, a.lane, NOW).await,
        ticket: b,
        reply: owed(store, c.lane).await,
        held,
        dead: d.execution,
    }
}

/// Every verb that writes, by its name.
async fn write(store: &dyn Store, fixture: &Fixture, verb: &str) -> Result<(), StoreError> {
    let later = NOW.plus(DAY * 30);
    match verb {
        "admit" => drop(store.admit(arrival_of(b"{}", vec![event(Some("new"), "e")], NOW)).await?),
        "claim" => drop(store.claim(fixture.ticket.lane, NOW).await?),
        "postpone" => {
            let postponed = Postponed { until: later, is_counted: false, unreachable_since: Some(NOW) };
            store.postpone(&fixture.claim, postponed).await?;
        }
        "settle" => store.settle(&fixture.claim, answered(&["one", "two"]), NOW).await?,
        "keep_reply" => {
            let reply = OwedReply { progress: ReplyProgress::Sent, ..fixture.reply.clone() };
            store.keep_reply(reply).await?;
        }
        "readmit" => {
            let (delivery, judged) = (fixture.held, Judged::to_run(vec![event(Some("held"), "f")]));
            let again = Readmission { delivery, judged, now: NOW, window: WINDOW, sender_waits: false };
            drop(store.readmit(again).await?);
        }
        "replay" => drop(store.replay(fixture.dead).await?),
        "forget_finished" => drop(store.forget_finished(later, DAY, WINDOW, 100).await?),
        "forget_ids" => drop(store.forget_ids(later, WINDOW).await?),
        other => panic!("{other} is no verb"),
    }
    Ok(())
}

const WRITES: [&str; 9] = [
    "admit",
    "claim",
    "postpone",
    "settle",
    "keep_reply",
    "readmit",
    "replay",
    "forget_finished",
    "forget_ids",
];

/// All that the verbs leave, without what differs from run to run.
async fn state(store: &dyn Store, fixture: &Fixture) -> String {
    let mut events = BTreeMap::new();
    for execution in
        store.events(&EventFilter::default(), Look { before: None, max: 200 }).await.unwrap().items
    {
        let conversation = execution.event.conversation.clone().unwrap_or_default();
        let (state, attempts, interrupted) = (execution.state, execution.attempts, execution.interrupted);
        let mine = (state, attempts, interrupted, execution.replies, execution.not_before);
        events.entry(conversation).or_insert_with(Vec::new).push(format!("{mine:?}"));
    }
    let counts = store.counts().await.unwrap();
    let held = store.held(&Origin::default(), Look { before: None, max: 10 }).await.unwrap().items.len();
    let reply = store.replies(fixture.reply.execution).await.unwrap().pop().map(|reply| reply.progress);
    format!("{events:#?} {counts:?} held {held} {reply:?}")
}

#[tokio::test(flavor = "multi_thread")]
async fn every_verb_that_a_failing_engine_cut_off_is_refused_and_done_once_when_it_is_asked_for_again() {
    let rows = WRITES.iter().flat_map(|verb| ALL.map(|fails| (*verb, fails)));
    join_all(rows.map(|(verb, fails)| async move {
        let (store, cue) = faulty();
        is_done_once(&store, &cue, verb, fails).await;

        let folder = tempfile::tempdir().unwrap();
        let (engine, commits) = Sled::open(folder.path(), 0).unwrap();
        let (store, cue) = faulty_on(engine, commits);
        is_done_once(&store, &cue, verb, fails).await;
    }))
    .await;
}

async fn is_done_once(store: &dyn Store, cue: &Cue, verb: &str, fails: Fails) {
    let healthy = MemoryStore::new();
    let fixture_of_healthy = fixture(&healthy).await;
    write(&healthy, &fixture_of_healthy, verb).await.unwrap();
    if verb == "replay" && fails != Fails::Undone {
        // An operator who asks twice gets it twice: nobody else knows that it was the same wish.
        write(&healthy, &fixture_of_healthy, verb).await.unwrap();
    }
    let fixture = fixture(store).await;
    *cue.next.lock().unwrap() = Some(fails);
    let failed = write(store, &fixture, verb).await;
    assert!(matches!(failed, Err(StoreError::Unavailable(_))), "{verb} {fails:?}: {failed:?}");
    works_again(store).await;
    write(store, &fixture, verb).await.unwrap();
    let (expected, is) = (state(&healthy, &fixture_of_healthy).await, state(store, &fixture).await);
    assert_eq!(is, expected, "{verb} {fails:?}");
    figures_are_those_of_the_disk(store).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_store_refuses_everything_until_its_engine_is_open_again() {
    let (store, cue) = faulty();
    let fixture = fixture(&store).await;
    let mut openings = store.openings();
    *cue.closed_for.lock().unwrap() = 2;
    *cue.next.lock().unwrap() = Some(Fails::Undone);
    assert!(write(&store, &fixture, "admit").await.is_err());
    while *cue.closed_for.lock().unwrap() > 0 {
        for verb in WRITES {
            let refused = write(&store, &fixture, verb).await;
            if *cue.closed_for.lock().unwrap() > 0 {
                assert!(matches!(refused, Err(StoreError::Unavailable(_))), "{verb}: {refused:?}");
            }
        }
        // What it shows may not be on disk.
        if *cue.closed_for.lock().unwrap() > 0 {
            assert!(store.counts().await.is_err() && store.waiting_lanes().await.is_err());
        }
        tokio::task::yield_now().await;
    }
    openings.changed().await.unwrap();
    assert!(!store.is_broken());
    store.counts().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn those_who_wait_in_one_group_are_all_told_that_it_failed() {
    let (store, cue) = faulty();
    *cue.next.lock().unwrap() = Some(Fails::Done);
    let one = |n: usize| {
        let store = &store;
        async move { store.admit(numbered(n)).await.is_ok() }
    };
    let acknowledged = join_all((0..50).map(one)).await;
    works_again(&store).await;
    assert!(acknowledged.contains(&false));
    for (n, was_acknowledged) in acknowledged.into_iter().enumerate() {
        let again = store.admit(numbered(n)).await.unwrap();
        let is_there = matches!(again.events[0], Admitted::Duplicate(_));
        assert!(is_there || !was_acknowledged, "{n} was acknowledged and is gone");
    }
    assert_eq!(store.counts().await.unwrap().queued, 50);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_whose_claims_were_lost_in_failures_was_never_interrupted() {
    let (store, cue) = faulty();
    let lane = new(&admit(&store, vec![event(Some("1"), "a")]).await.events[0]).lane;
    for _ in 0..bounds::INTERRUPTED_RUNS + 1 {
        *cue.next.lock().unwrap() = Some(Fails::Done);
        assert!(store.claim(lane, NOW).await.is_err());
        works_again(&store).await;
    }
    let claim = started(&store, lane, NOW).await;
    assert_eq!((claim.execution.attempts, claim.execution.interrupted), (1, 0));
    let again = started(&store, lane, NOW.plus(bounds::CLAIM_LEASE)).await;
    assert_eq!(
        (again.execution.attempts, again.execution.interrupted),
        (2, 1),
        "this one was given to somebody"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_lost_what_was_durable_does_not_go_on() {
    let (store, cue) = faulty();
    let fixture = fixture(&store).await;
    *cue.loses_all.lock().unwrap() = true;
    *cue.next.lock().unwrap() = Some(Fails::Undone);
    assert!(write(&store, &fixture, "admit").await.is_err());
    tokio::time::sleep(Duration::from_millis(400)).await;
    assert!(store.is_broken());
    *cue.loses_all.lock().unwrap() = false;
    works_again(&store).await;
    store.counts().await.unwrap();
}
