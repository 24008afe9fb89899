//! Secrets: what happens without them, and that they stay where they are.

use serde_json::json;

use crate::support::bot_api::{self, accepted, texts};
use crate::support::generic::call;
use crate::support::setup::{PACING_OFF, Setup, TELEGRAM_BOT_TOKEN, told};
use crate::support::stand_in::{Answer, Reserved};
use crate::support::telegram::{self, update};
use crate::support::workflow::ECHO;

/// Everything that whoever looks for a fault may turn on.
const TALKATIVE: &str = "hookhost=trace,hyper=trace,hyper_util=trace,reqwest=trace";

#[tokio::test]
async fn a_provider_without_its_secret_refuses_everybody() {
    let api = bot_api::start();
    let host = Setup::new()
        .telegram(&api)
        .without("TELEGRAM_SECRET_TOKEN")
        .generic()
        .script("echo", ECHO)
        .start()
        .await;
    host.logged(&["telegram", "secret_token is not set", "TELEGRAM_SECRET_TOKEN"]).await;
    let body = update(1, 7, "/echo hello").to_string();
    for headers in [&[][..], &[(telegram::HEADER, "")], &[(telegram::HEADER, "a-guessed-token")]] {
        host.post("/webhooks/telegram", headers, body.as_str()).await.assert_problem(401, "");
    }
    let other = host.generic(&call("echo", "hello")).await;
    assert_eq!(other.status, 200, "{other:?}");
    api.received_only(0).await;

    let checked = host.setup.run(&["check"]).await;
    let said = told(&checked);
    assert_eq!(checked.status.code(), Some(1), "{said}");
    for variable in ["WEBHOOK_SECRET_TELEGRAM", "TELEGRAM_SECRET_TOKEN", "WEBHOOK_SECRET_DEFAULT"] {
        assert!(said.contains(variable), "{variable} is not in:\n{said}");
    }
    host.end().await;
}

#[tokio::test]
async fn a_secret_that_is_too_short_is_refused() {
    let setup = Setup::new().telegram(&bot_api::start()).env("TELEGRAM_SECRET_TOKEN", "short");
    let checked = setup.run(&["check"]).await;
    let said = told(&checked);
    assert_eq!(checked.status.code(), Some(1), "{said}");
    assert!(said.contains("TELEGRAM_SECRET_TOKEN") && said.contains("8 bytes"), "{said}");
}

#[tokio::test]
async fn a_secret_may_stand_in_a_file_and_be_replaced_without_a_gap() {
    let api = bot_api::start();
    let host = Setup::new()
        .telegram(&api)
        .without("TELEGRAM_SECRET_TOKEN")
        .file("new-token", "hush-the-next-token\n")
        .env("TELEGRAM_SECRET_TOKEN_FILE", "new-token")
        .env("TELEGRAM_SECRET_TOKEN_PREVIOUS", "hush-the-last-token")
        .script("echo", ECHO)
        .start()
        .await;
    for (id, token, status) in
        [(1, "hush-the-next-token", 200), (2, "hush-the-last-token", 200), (3, "hush-the-other-token", 401)]
    {
        let body = update(id, 7, "/echo hello").to_string();
        let reply = host.post("/webhooks/telegram", &[(telegram::HEADER, token)], body).await;
        assert_eq!(reply.status, status, "{token}: {reply:?}");
    }
    api.received_only(2).await;
    host.end().await;
}

#[tokio::test]
async fn an_api_that_echoes_the_token_spreads_it_nowhere() {
    let api = bot_api::start();
    for code in [500, 400] {
        api.answers(bot_api::refused(code, &format!("cannot POST /bot{TELEGRAM_BOT_TOKEN}/sendMessage")));
    }
    api.answers(Answer::Json(200, json!({ "ok": true, "result": { "message_id": TELEGRAM_BOT_TOKEN } })));
    let setup = Setup::new().telegram(&api).script("echo", ECHO).env("HOOKHOST_LOG", TALKATIVE);
    let host = setup.start().await;
    host.telegram_all(&[update(1, 7, "/echo hello"), update(2, 7, "/echo next")]).await;
    host.logged(&["could not be sent", "cannot POST"]).await;
    assert_eq!(texts(&api.received_only(3).await), ["hello", "hello", "next"]);
    // The end looks for it in the log and in the store.
    host.end().await;
}

#[tokio::test]
async fn an_api_that_is_not_there_brings_the_token_nowhere() {
    let api = Reserved::new();
    let setup =
        Setup::new().telegram_at(&api.host(), PACING_OFF).script("echo", ECHO).env("HOOKHOST_LOG", TALKATIVE);
    let host = setup.start().await;
    host.telegram_all(&[update(1, 7, "/echo hello")]).await;
    host.logged(&["did not answer", "connect"]).await;
    assert_eq!(texts(&api.open(accepted).received_only(1).await), ["hello"]);
    host.end().await;
}

#[tokio::test]
async fn a_command_that_prints_a_secret_it_was_given_does_not_print_it_into_the_log() {
    let host = Setup::new()
        .generic()
        .env("API_KEY", "hush-key-of-the-workflow")
        .script_with("leak", "retries = 0\nenv = [\"API_KEY\"]", "echo \"cannot use $API_KEY\" >&2; exit 1")
        .start()
        .await;
    let reply = host.generic(&call("leak", "")).await;
    assert_eq!(reply.json()["status"], "failed", "{reply:?}");
    assert!(!reply.body.contains("hush-"), "{reply:?}");
    host.logged(&["cannot use"]).await;
    host.end().await;
}
