//! Answers that take several calls, and what becomes of them when something breaks in between.

use crate::support::bot_api::{self, texts};
use crate::support::setup::Setup;
use crate::support::stand_in::Answer;
use crate::support::telegram::update;
use crate::support::workflow::{ECHO, ECHO_NOTED, NOTE};

/// Three messages' worth of text.
const LONG: &str =
    "printf 'a%.0s' $(seq 4000); echo; printf 'b%.0s' $(seq 4000); echo; printf 'c%.0s' $(seq 4000)";

/// The first letters of what was sent.
fn letters(texts: &[String]) -> String {
    texts.iter().map(|text| text.chars().next().unwrap_or('?')).collect()
}

#[tokio::test]
async fn a_message_that_fails_in_the_middle_does_not_repeat_those_before_it() {
    let api = bot_api::start();
    let host = Setup::new().telegram(&api).script("long", LONG).start().await;
    for answer in [
        Answer::Json(
            200,
            serde_json::json!({ "ok": true, "result": { "message_id": 1, "chat": { "id": 7 } } }),
        ),
        bot_api::refused(500, "Internal Server Error"),
    ] {
        api.answers(answer);
    }
    host.telegram_all(&[update(1, 7, "/long")]).await;
    assert_eq!(letters(&texts(&api.received_only(4).await)), "abbc");
    let event = host.newest_event_when("it to be sent", |e| e["replies"][0]["state"] == "sent").await;
    assert_eq!(event["replies"][0]["receipts"].as_array().unwrap().len(), 3, "{event:#}");
    host.end().await;
}

#[tokio::test]
async fn a_crash_in_the_middle_does_not_repeat_the_messages_before_it() {
    let api = bot_api::start();
    let mut host = Setup::new().telegram(&api).script("long", &format!("{NOTE}{LONG}")).start().await;
    for answer in [
        Answer::Json(
            200,
            serde_json::json!({ "ok": true, "result": { "message_id": 1, "chat": { "id": 7 } } }),
        ),
        Answer::Hang,
    ] {
        api.answers(answer);
    }
    host.telegram_all(&[update(1, 7, "/long")]).await;
    api.received(2).await;
    host.kill().await;
    host.restart().await;
    assert_eq!(letters(&texts(&api.received_only(4).await)), "abbc");
    let event = host.newest_event_when("it to be sent", |e| e["replies"][0]["state"] == "sent").await;
    assert_eq!(event["replies"][0]["unknown_calls"], 1, "nobody knows what became of the first b: {event:#}");
    let id = event["id"].as_str().unwrap();
    let shown = host.setup.run(&["events", "show", id]).await;
    assert!(String::from_utf8_lossy(&shown.stdout).contains("1 call with unknown outcome"), "{shown:?}");
    assert_eq!(host.documents().len(), 1);
    host.end().await;
}

#[tokio::test]
async fn a_plugin_that_breaks_over_an_answer_is_asked_again_and_the_call_is_not_repeated() {
    let api = bot_api::start();
    let host = Setup::new().rogue(&api, &api).script("echo", ECHO).route("echo").start().await;
    assert_eq!(host.rogue("panic once it is said").await.status, 200);
    host.logged(&["rogue", "broke while sending"]).await;
    host.logged(&["replied"]).await;
    api.received_only(1).await;
    host.end().await;
}

#[tokio::test]
async fn a_plugin_that_is_replaced_between_two_calls_does_not_get_the_others_state() {
    let api = bot_api::start();
    let mut host = Setup::new()
        .rogue(&api, &api)
        .script("echo", &format!("{NOTE}{ECHO_NOTED}"))
        .route("echo")
        .start()
        .await;
    api.answers(Answer::Json(200, serde_json::Value::Null));
    api.answers(Answer::Hang);
    assert_eq!(host.rogue("say it twice").await.status, 200);
    api.received(2).await;
    host.kill().await;
    host.replace_rogue();
    host.restart().await;
    let event = host.newest_event_when("its end", |e| e["replies"][0]["state"] == "unsure").await;
    assert!(event["replies"][0]["reason"].as_str().unwrap().contains("replaced"), "{event:#}");
    assert_eq!(texts(&api.received_only(2).await), ["say it twice", "once more"]);

    // What was not sent yet is begun anew, by the plugin that is there.
    assert_eq!(host.rogue("say it twice").await.status, 200);
    assert_eq!(texts(&api.received_only(4).await)[2..], ["say it twice", "once more"]);
    assert_eq!(host.documents().len(), 2);
    host.end().await;
}
