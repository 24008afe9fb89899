//! What a crash leaves behind, and an orderly end.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;
use tokio::time::{sleep, timeout};

use crate::support::bot_api::{self, chats, texts};
use crate::support::generic::{call, call_with_id};
use crate::support::setup::Setup;
use crate::support::stand_in::Answer;
use crate::support::telegram::update;
use crate::support::wait::{QUIET, until};
use crate::support::workflow::{ECHO, ECHO_NOTED, NOTE, WAIT};

#[tokio::test]
async fn a_run_that_a_crash_cut_off_is_run_again_once() {
    let api = bot_api::start();
    let script = format!("{NOTE}{WAIT}{ECHO_NOTED}");
    let mut host = Setup::new().telegram(&api).script("slow", &script).start().await;
    host.telegram_all(&[update(1, 7, "/slow hello")]).await;
    host.ran(1).await;
    host.kill().await;
    host.go();
    host.restart().await;
    assert_eq!(texts(&api.received_only(1).await), ["hello"]);
    let runs = host.documents();
    assert_eq!(runs.len(), 2);
    assert_eq!(runs[0]["execution_id"], runs[1]["execution_id"]);
    // Telegram repeats what it thinks was not taken.
    host.telegram_all(&[update(1, 7, "/slow hello")]).await;
    api.received_only(1).await;
    host.end().await;
}

#[tokio::test]
async fn a_run_that_crashes_cut_off_three_times_is_given_up_and_the_next_one_is_run() {
    let api = bot_api::start();
    let script = format!("{NOTE}case \"$document\" in *deadly*)\n{WAIT};; esac\n{ECHO_NOTED}");
    let mut host = Setup::new().telegram(&api).script_with("run", "retries = 0", &script).start().await;
    host.telegram_all(&[update(1, 7, "/run deadly"), update(2, 7, "/run hello")]).await;
    for crash in 1..=3 {
        host.ran(crash).await;
        api.received_only(0).await;
        host.kill().await;
        host.restart().await;
    }
    let said = texts(&api.received_only(2).await);
    let documents = host.documents();
    assert!(said[0].contains(documents[0]["execution_id"].as_str().unwrap()), "{said:?}");
    assert_eq!((said[1].as_str(), documents.len()), ("hello", 4));
    assert_eq!(host.events(&["dead"]).await[0]["id"], documents[0]["execution_id"]);
    host.end().await;
}

#[tokio::test]
async fn an_answer_that_a_crash_cut_off_is_sent_again_and_not_run_again() {
    let api = bot_api::start();
    api.answers(Answer::Hang);
    let mut host = Setup::new().telegram(&api).script("echo", &format!("{NOTE}{ECHO_NOTED}")).start().await;
    host.telegram_all(&[update(1, 7, "/echo hello")]).await;
    api.received(1).await;
    host.kill().await;
    host.restart().await;
    // The first was never answered, so nobody knows of it; the second was accepted.
    assert_eq!(texts(&api.received_only(2).await), ["hello", "hello"]);
    assert_eq!(host.documents().len(), 1);
    host.end().await;
}

#[tokio::test]
async fn everything_acknowledged_before_a_crash_is_answered_after_it() {
    let api = bot_api::start();
    let mut host = Setup::new().telegram(&api).script("echo", ECHO).start().await;
    // Twice: what a third crash cut off too would be given up.
    for round in 0..2 {
        let updates: Vec<_> =
            (1..=20).map(|n| update(round * 100 + n, round * 100 + n, "/echo hello")).collect();
        for reply in join_all(updates.iter().map(|update| host.telegram(update))).await {
            assert_eq!(reply.status, 200, "{reply:?}");
        }
        host.kill().await;
        host.restart().await;
    }
    let expected: BTreeSet<i64> = (0..2).flat_map(|round| (1..=20).map(move |n| round * 100 + n)).collect();
    until("every chat to be answered", || {
        let answered: BTreeSet<i64> = chats(&api.calls()).into_iter().collect();
        (answered == expected).then_some(())
    })
    .await;
    assert!(texts(&api.calls()).iter().all(|text| text == "hello"));
    host.end().await;
}

#[tokio::test]
async fn a_caller_whose_wait_a_crash_cut_off_asks_again_and_gets_the_result() {
    let mut host = Setup::new().generic().script("slow", &format!("{NOTE}{WAIT}{ECHO_NOTED}")).start().await;
    let call = call_with_id("order-1", "slow", "hello");
    let first = host.generic_body(&call.to_string(), &[("prefer", "respond-async")]).await;
    assert_eq!(first.status, 202, "{first:?}");
    host.ran(1).await;
    host.kill().await;
    host.go();
    host.restart().await;
    let again = host.generic(&call).await;
    assert_eq!((again.status, again.header("idempotent-replayed")), (200, "true"), "{again:?}");
    let (first, again) = (first.json(), again.json());
    assert_eq!((&again["result"], &again["execution_id"]), (&json!("hello"), &first["execution_id"]));
    assert_eq!(host.documents().len(), 2);
    host.end().await;
}

#[tokio::test]
async fn an_orderly_end_answers_who_waits() {
    let mut host = Setup::new().generic().script("slow", &format!("{NOTE}{WAIT}{ECHO_NOTED}")).start().await;
    let call = call("slow", "hello");
    let end = async {
        host.ran(1).await;
        host.terminate();
        host.logged(&["stopping"]).await;
        host.go();
    };
    let (reply, ()) = tokio::join!(host.generic(&call), end);
    assert_eq!((reply.status, &reply.json()["result"]), (200, &json!("hello")), "{reply:?}");
    assert_eq!(host.ended().await.code(), Some(0));
    host.end().await;
}

#[tokio::test]
async fn an_orderly_end_waits_for_the_run_that_was_begun() {
    let api = bot_api::start();
    let script = format!("{NOTE}{WAIT}{ECHO_NOTED}");
    let mut host = Setup::new().telegram(&api).script("slow", &script).start().await;
    host.telegram_all(&[update(1, 7, "/slow first"), update(2, 7, "/slow second")]).await;
    host.ran(1).await;
    host.terminate();
    host.logged(&["stopping"]).await;
    sleep(QUIET).await;
    host.go();
    assert_eq!(host.ended().await.code(), Some(0));
    host.restart().await;
    assert_eq!(texts(&api.received_only(2).await), ["first", "second"]);
    assert_eq!(host.documents().len(), 2, "what was begun ended, and is not run again");
    host.end().await;
}

#[tokio::test]
async fn what_a_caller_hung_up_on_is_run_all_the_same() {
    let host = Setup::new().generic().script("note", NOTE).start().await;
    let calls: Vec<_> = (0..60).map(|n| call_with_id(&format!("call-{n}"), "note", "hello")).collect();
    for (n, call) in calls.iter().enumerate() {
        // From before it is read to after it is stored.
        let patience = Duration::from_micros(u64::try_from(n).unwrap() * 400);
        let _ = timeout(patience, host.generic(call)).await;
    }
    for call in &calls {
        assert_eq!(host.generic(call).await.status, 200);
    }
    host.end().await;
}
