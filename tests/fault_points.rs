//! The process dies between every two stages of an event's path, and every promise holds after the next start.

use std::os::unix::process::ExitStatusExt as _;
use std::time::Duration;

use hookhost::model::fault_point::FaultPoint;
use serde_json::Value;

use crate::support::bot_api::{self, texts};
use crate::support::host::Host;
use crate::support::setup::Setup;
use crate::support::stand_in::StandIn;
use crate::support::telegram::update;
use crate::support::wait::{QUIET, until};
use crate::support::workflow::{echo, runs};

const SIGABRT: i32 = 6;

/// How often the first update is run and answered in all, and whether it was acknowledged before the process
/// died.
struct Row {
    point: FaultPoint,
    runs: usize,
    answers: usize,
    stage: Stage,
}

#[derive(PartialEq)]
enum Stage {
    /// Its sender has no answer, and repeats it.
    Before,
    /// The process may die before the acknowledgement leaves it, or after.
    After,
}

const ROWS: [Row; 11] = [
    Row { point: FaultPoint::Verified, runs: 1, answers: 1, stage: Stage::Before },
    Row { point: FaultPoint::Adapted, runs: 1, answers: 1, stage: Stage::Before },
    Row { point: FaultPoint::Admitting, runs: 1, answers: 1, stage: Stage::Before },
    // It is durable, so that its repeat is only a duplicate.
    Row { point: FaultPoint::Admitted, runs: 1, answers: 1, stage: Stage::Before },
    Row { point: FaultPoint::Claimed, runs: 1, answers: 1, stage: Stage::After },
    // Nobody else knows what the workflow answered.
    Row { point: FaultPoint::Ran, runs: 2, answers: 1, stage: Stage::After },
    Row { point: FaultPoint::Settled, runs: 1, answers: 1, stage: Stage::After },
    Row { point: FaultPoint::Calling, runs: 1, answers: 1, stage: Stage::After },
    // Nobody knows whether the call was made, and Telegram's plugin makes it again.
    Row { point: FaultPoint::Begun, runs: 1, answers: 1, stage: Stage::After },
    Row { point: FaultPoint::Called, runs: 1, answers: 2, stage: Stage::After },
    // Never sent again once its answer is stored.
    Row { point: FaultPoint::Answered, runs: 1, answers: 1, stage: Stage::After },
];

#[test]
fn there_is_a_row_for_every_place() {
    assert_eq!(ROWS.map(|row| row.point), FaultPoint::ALL);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_promise_holds_wherever_the_process_dies() {
    for row in &ROWS {
        eprintln!("dies at {}", row.point.name());
        dies_at(row).await;
    }
}

async fn dies_at(row: &Row) {
    let name = row.point.name();
    let (api, workflow) = (bot_api::start(), StandIn::start(echo));
    let setup = Setup::new().telegram(&api).http("echo", "", &workflow.host());
    let mut host = setup.env(FaultPoint::VARIABLE, &name).start().await;

    let updates = [1, 2, 3].map(|id| update(id, 7, &format!("/echo {id}")));
    let mut acknowledged = Vec::new();
    // Telegram sends the second when the first is acknowledged.
    for update in &updates[..2] {
        if !is_taken(&host, update).await {
            break;
        }
        acknowledged.push(update);
    }
    if row.stage == Stage::Before {
        assert!(acknowledged.is_empty(), "{name}: acknowledged before it was to be");
    }
    assert_eq!(host.ended().await.signal(), Some(SIGABRT), "{name}");

    host.setup.unset(FaultPoint::VARIABLE);
    host.restart().await;
    for update in &updates[acknowledged.len()..] {
        assert!(is_taken(&host, update).await, "{name}");
    }
    until("every update to be answered", || texts(&api.calls()).contains(&"3".to_owned()).then_some(()))
        .await;
    // What was acknowledged is known, also when its sender repeats it.
    for update in &updates {
        assert!(is_taken(&host, update).await, "{name}");
    }
    tokio::time::sleep(QUIET).await;

    let calls = workflow.calls();
    let ran: Vec<&str> = calls.iter().map(|call| call.body["input"].as_str().unwrap()).collect();
    assert_eq!(of_first(&ran), row.runs, "{name}: {ran:?}");
    // The second may have been cut off as well.
    assert_eq!(in_order(&ran), ["1", "2", "3"], "{name}: {ran:?}");
    assert!(runs(&calls).values().all(|executions| executions.len() == 1), "{name}: run as if it were new");
    for call in &calls {
        let key = call.headers["idempotency-key"].to_str().unwrap();
        assert_eq!(Value::from(key), call.body["execution_id"], "{name}");
    }
    let answers = texts(&api.calls());
    let answers: Vec<&str> = answers.iter().map(String::as_str).collect();
    assert_eq!(of_first(&answers), row.answers, "{name}: {answers:?}");
    assert_eq!(in_order(&answers), ["1", "2", "3"], "{name}: {answers:?}");
    host.end().await;
}

fn of_first(updates: &[&str]) -> usize {
    updates.iter().filter(|update| **update == "1").count()
}

/// Without those that came again.
fn in_order<'a>(updates: &[&'a str]) -> Vec<&'a str> {
    let mut order = updates.to_vec();
    order.dedup();
    order
}

async fn is_taken(host: &Host, update: &Value) -> bool {
    // A process that aborts closes its connections, so nobody waits long.
    let sending = tokio::time::timeout(Duration::from_secs(10), host.try_telegram(update));
    sending.await.is_ok_and(|reply| reply.is_some_and(|reply| reply.status == 200))
}
