//! Answers on their way to a provider that is slow, down, or not to be called.

use std::time::Duration;

use crate::support::bot_api::{self, accepted, texts};
use crate::support::graph_api;
use crate::support::setup::{PACING_OFF, Setup, told};
use crate::support::stand_in::{Answer, Reserved};
use crate::support::telegram::update;
use crate::support::whatsapp::{single, text};
use crate::support::workflow::{ECHO, ECHO_NOTED, NOTE};

#[tokio::test]
async fn an_answer_outlasts_the_faults_of_its_provider() {
    let (bots, graph) = (bot_api::start(), graph_api::start());
    for _ in 0..2 {
        bots.answers(bot_api::refused(500, "Internal Server Error"));
        graph.answers(Answer::Json(500, serde_json::Value::Null));
    }
    let host = Setup::new()
        .telegram(&bots)
        .whatsapp(&graph)
        .script("echo", &format!("{NOTE}{ECHO_NOTED}"))
        .start()
        .await;
    host.telegram_all(&[update(1, 7, "/echo hello"), update(2, 7, "/echo next")]).await;
    assert_eq!(host.whatsapp(&single(text("wamid.1", "15550142", "/echo hello"))).await.status, 200);
    // Two that failed, the same one accepted, and only then the next one.
    assert_eq!(texts(&bots.received_only(4).await), ["hello", "hello", "hello", "next"]);
    assert_eq!(graph.received_only(3).await.len(), 3);
    assert_eq!(host.documents().len(), 3, "a run is not repeated for its answer's sake");
    host.end().await;
}

#[tokio::test]
async fn a_provider_that_cannot_be_reached_gets_the_answer_later() {
    let api = Reserved::new();
    let host = Setup::new().telegram_at(&api.host(), PACING_OFF).script("echo", ECHO).start().await;
    host.telegram_all(&[update(1, 7, "/echo hello")]).await;
    host.logged(&["did not answer", "connect"]).await;
    assert_eq!(texts(&api.open(accepted).received_only(1).await), ["hello"]);
    host.end().await;
}

#[tokio::test]
async fn a_provider_that_asks_for_time_gets_it() {
    let api = bot_api::start();
    api.answers(bot_api::too_fast(1));
    let host = Setup::new().telegram(&api).script("echo", ECHO).start().await;
    host.telegram_all(&[update(1, 7, "/echo hello")]).await;
    let calls = api.received_only(2).await;
    assert_eq!(texts(&calls), ["hello", "hello"]);
    let waited = calls[1].at - calls[0].at;
    assert!(waited >= Duration::from_secs(1), "it came again after {waited:?}");
    host.end().await;
}

#[tokio::test]
async fn a_provider_that_points_elsewhere_is_not_followed() {
    let (api, elsewhere) = (bot_api::start(), bot_api::start());
    api.answers(Answer::Elsewhere(elsewhere.url()));
    let host = Setup::new().telegram(&api).script("echo", ECHO).start().await;
    host.telegram_all(&[update(1, 7, "/echo hello")]).await;
    assert_eq!(texts(&api.received_only(2).await), ["hello", "hello"]);
    elsewhere.received_only(0).await;
    host.end().await;
}

#[tokio::test]
async fn a_chat_is_written_to_no_faster_than_its_provider_allows() {
    let api = bot_api::start();
    let host = Setup::new().telegram_with(&api, "pacing = \"default\"").script("echo", ECHO).start().await;
    let updates: Vec<_> = (1..=22).map(|id| update(id, 7, "/echo hello")).collect();
    host.telegram_all(&updates).await;
    let calls = api.received_only(22).await;
    // Telegram's manifest: twenty at once, then one a second. The first call may have been slow to arrive.
    let took = calls[21].at - calls[0].at;
    assert!(took >= Duration::from_millis(1_500), "22 messages in {took:?}");
    host.end().await;
}

#[tokio::test]
async fn what_a_provider_refuses_for_good_does_not_hold_up_the_next() {
    let api = bot_api::start();
    api.answers(bot_api::refused(400, "Bad Request: message is too odd"));
    let host = Setup::new().telegram(&api).script("echo", ECHO).start().await;
    host.telegram_all(&[update(1, 7, "/echo hello"), update(2, 7, "/echo next")]).await;
    assert_eq!(texts(&api.received_only(2).await), ["hello", "next"]);
    host.logged(&["could not be sent", "too odd"]).await;
    host.end().await;
}

#[tokio::test]
async fn a_host_that_is_not_granted_is_not_called() {
    let api = bot_api::start();
    let host = Setup::new()
        .config("[providers.telegram]")
        .telegram_secrets()
        .env("TELEGRAM_API_URL", &api.url())
        .script("echo", ECHO)
        .start()
        .await;
    host.logged(&["telegram", "not granted", "allow_hosts"]).await;
    host.telegram_all(&[update(1, 7, "/echo hello")]).await;
    host.logged(&["not sent", &api.host(), "not granted"]).await;
    api.received_only(0).await;

    let checked = told(&host.setup.run(&["check"]).await);
    assert!(checked.contains(&format!("{} (not granted)", api.host())), "{checked}");
    assert!(checked.contains(&format!("add \"{}\" to allow_hosts", api.host())), "{checked}");
    host.end().await;
}
