//! Events whose answers are of use for a short time only.

use std::time::Duration;

use crate::support::bot_api::{self, texts};
use crate::support::setup::Setup;
use crate::support::stand_in::{Answer, StandIn};
use crate::support::wait::QUIET;
use crate::support::workflow::{ECHO_NOTED, NOTE, WAIT};

/// Waits for `go` where the input says so, else answers at once.
fn patient() -> String {
    format!("{NOTE}case \"$document\" in *patiently*)\n{WAIT};; esac\n{ECHO_NOTED}")
}

#[tokio::test]
async fn an_event_with_a_deadline_waits_neither_for_its_conversation_nor_for_a_worker() {
    let api = bot_api::start();
    let host = Setup::new()
        .config("[dispatch]\nworkers = 1")
        .rogue(&api, &api)
        .script("patient", &patient())
        .route("patient")
        .start()
        .await;
    for slow in ["in the room: patiently", "in the room: next", "elsewhere"] {
        assert_eq!(host.rogue(slow).await.status, 200);
    }
    host.ran(1).await;
    assert_eq!(host.rogue("within 20000 ms: now").await.status, 200);
    assert_eq!(texts(&api.received_only(1).await), ["within 20000 ms: now"]);
    host.go();
    api.received_only(4).await;
    host.end().await;
}

#[tokio::test]
async fn an_answer_with_a_deadline_does_not_wait_for_the_answers_of_its_conversation() {
    let api = StandIn::start(|call, count| match call.body["text"].as_str() {
        Some("in the room: stuck") => Answer::Hang,
        _ => bot_api::accepted(call, count),
    });
    let host = Setup::new().rogue(&api, &api).script("patient", &patient()).route("patient").start().await;
    assert_eq!(host.rogue("in the room: stuck").await.status, 200);
    api.received(1).await;
    assert_eq!(host.rogue("within 20000 ms: now").await.status, 200);
    assert_eq!(texts(&api.received_only(2).await)[1], "within 20000 ms: now");
    host.end().await;
}

#[tokio::test]
async fn a_run_is_broken_off_at_its_deadline_and_shown_as_expired() {
    let api = bot_api::start();
    let mut host =
        Setup::new().rogue(&api, &api).script("patient", &patient()).route("patient").start().await;
    assert_eq!(host.rogue("within 800 ms: patiently").await.status, 200);
    host.logged(&["broken off", "deadline"]).await;
    let event = host.newest_event_when("its end", |event| event["state"] == "expired").await;
    assert_eq!((&event["attempts"], event["replies"].as_array().unwrap().len()), (&1.into(), 0));

    // What a crash interrupts is not begun again when its time is over.
    assert_eq!(host.rogue("within 1500 ms: patiently").await.status, 200);
    host.ran(2).await;
    host.kill().await;
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    host.restart().await;
    host.logged(&["not run", "deadline"]).await;
    let expired = host.events(&["list", "--state", "expired"]).await;
    assert_eq!(expired.as_array().unwrap().len(), 2, "{expired:#}");
    assert_eq!(host.documents().len(), 2);
    api.received_only(0).await;
    host.end().await;
}

#[tokio::test]
async fn an_answer_that_cannot_be_sent_in_time_is_dropped_and_shown() {
    let api = StandIn::start(|_, _| Answer::Hang);
    let host = Setup::new().rogue(&api, &api).script("patient", &patient()).route("patient").start().await;
    assert_eq!(host.rogue("within 1500 ms: now").await.status, 200);
    api.received(1).await;
    let event = host.newest_event_when("its reply to fail", |e| e["replies"][0]["state"] == "failed").await;
    let reply = &event["replies"][0];
    assert!(reply["reason"].as_str().unwrap().contains("deadline"), "{reply:#}");
    assert_eq!(reply["unknown_calls"], 1, "the one call was cut off");
    assert_eq!(event["state"], "done");
    tokio::time::sleep(QUIET).await;
    api.received_only(1).await;
    host.end().await;
}
