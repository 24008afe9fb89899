//! Many crashes at random moments, and a ledger that knows what was acknowledged.
//!
//! `HOOKHOST_CRASH_ROUNDS=1000 cargo test -p hookhost --test e2e crash_rounds -- --nocapture` does more.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Mutex;
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::Value;

use crate::support::bot_api;
use crate::support::host::Host;
use crate::support::setup::Setup;
use crate::support::stand_in::{Call, StandIn};
use crate::support::telegram::update;
use crate::support::wait::{QUIET, until};
use crate::support::workflow::{asked_for, echo, runs};

const ROUNDS: usize = 100;
/// When the host is killed after the first request: from before anything is stored to after all is sent, so
/// that every stage is met.
const MOMENTS_MS: [u64; 10] = [2, 5, 9, 14, 20, 30, 45, 70, 110, 180];
const CHATS: i64 = 4;
/// New updates in each round.
const UPDATES: i64 = 12;

#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_lost_or_run_as_new_however_often_the_host_is_killed() {
    let rounds = std::env::var("HOOKHOST_CRASH_ROUNDS").map_or(ROUNDS, |rounds| rounds.parse().unwrap());
    let (api, workflow) = (bot_api::start(), StandIn::start(echo));
    let setup = Setup::new().telegram(&api).http("echo", "", &workflow.host());
    let mut host = setup.start().await;
    let (mut sent, acknowledged) = (BTreeMap::new(), Mutex::new(BTreeSet::new()));
    let mut kills = BTreeMap::new();
    for round in 0..rounds {
        let first = i64::try_from(round).unwrap() * UPDATES;
        sent.extend((first..first + UPDATES).map(|id| (id, in_chat(id))));
        // What nobody acknowledged is sent again, as Telegram would.
        let taken = acknowledged.lock().unwrap().clone();
        let open = sent.iter().filter(|(id, _)| !taken.contains(*id));
        let sending = join_all(open.map(|(id, update)| send(&host, *id, update, &acknowledged)));
        if round % 2 == 0 {
            // An event whose runs are cut off three times is given up, so every other time the host may
            // finish what is older than this round.
            sending.await;
            let older: BTreeSet<i64> = (0..first).collect();
            until("the backlog to be answered", || answered(&api.calls()).is_superset(&older).then_some(()))
                .await;
        } else {
            // Too short or too long for all of them: both are meant.
            let moment = Duration::from_millis(MOMENTS_MS[round / 2 % MOMENTS_MS.len()]);
            let _ = tokio::time::timeout(moment, sending).await;
        }
        host.kill().await;
        let of_round = first..first + UPDATES;
        let stage = stage(&of_round, &acknowledged.lock().unwrap(), &workflow.calls(), &api.calls());
        *kills.entry(stage).or_insert(0) += 1;
        host.restart().await;
    }
    let before_the_end = acknowledged.lock().unwrap().clone();
    for (id, update) in &sent {
        if !before_the_end.contains(id) || id % 5 == 0 {
            send(&host, *id, update, &acknowledged).await;
        }
    }
    let sent: BTreeSet<i64> = sent.into_keys().collect();
    assert_eq!(*acknowledged.lock().unwrap(), sent);
    until("every update to be answered", || (answered(&api.calls()) == sent).then_some(())).await;
    tokio::time::sleep(QUIET).await;

    let calls = workflow.calls();
    let as_new: Vec<_> = runs(&calls).into_iter().filter(|(_, executions)| executions.len() > 1).collect();
    assert!(as_new.is_empty(), "run as if they were new: {as_new:?}");
    assert_eq!(in_order(api.calls().iter().map(said)), in_order(calls.iter().map(asked)));
    println!("{rounds} kills: {kills:?}");
    println!(
        "{rounds} rounds, {} updates, {} of them acknowledged before the last, {} runs repeated, {} answers repeated",
        sent.len(),
        before_the_end.len(),
        calls.len() - sent.len(),
        api.calls().len() - sent.len()
    );
    host.end().await;
}

/// How far the updates of a round were when the host was killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    BeforeAnyWasAcknowledged,
    WhileTakingIn,
    WhileRunning,
    WhileAnswering,
    AfterAllWereAnswered,
}

fn stage(round: &Range<i64>, acknowledged: &BTreeSet<i64>, runs: &[Call], answers: &[Call]) -> Stage {
    let all = usize::try_from(UPDATES).unwrap();
    let of_round = |ids: BTreeSet<i64>| ids.range(round.clone()).count();
    let acknowledged = acknowledged.range(round.clone()).count();
    if acknowledged == 0 {
        Stage::BeforeAnyWasAcknowledged
    } else if acknowledged < all {
        Stage::WhileTakingIn
    } else if of_round(runs.iter().map(asked_for).collect()) < all {
        Stage::WhileRunning
    } else if of_round(answered(answers)) < all {
        Stage::WhileAnswering
    } else {
        Stage::AfterAllWereAnswered
    }
}

fn in_chat(id: i64) -> Value {
    update(id + 1, id % CHATS + 1, &format!("/echo {id}"))
}

async fn send(host: &Host, id: i64, update: &Value, acknowledged: &Mutex<BTreeSet<i64>>) {
    if host.try_telegram(update).await.is_some_and(|reply| reply.status == 200) {
        acknowledged.lock().unwrap().insert(id);
    }
}

fn answered(calls: &[Call]) -> BTreeSet<i64> {
    calls.iter().map(|call| said(call).1).collect()
}

/// The chat and the update of a workflow's request.
fn asked(call: &Call) -> (i64, i64) {
    let update = asked_for(call);
    (update % CHATS + 1, update)
}

/// The chat and the update of an answer.
fn said(call: &Call) -> (i64, i64) {
    let text = call.body["text"].as_str().unwrap();
    (call.body["chat_id"].as_i64().unwrap(), text.parse().unwrap_or_else(|_| panic!("{text}")))
}

/// For each chat its updates in the order of their first appearance: what a kill cut off comes again.
fn in_order(of: impl Iterator<Item = (i64, i64)>) -> BTreeMap<i64, Vec<i64>> {
    let mut chats: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
    for (chat, update) in of {
        let order = chats.entry(chat).or_default();
        if !order.contains(&update) {
            order.push(update);
        }
    }
    chats
}
