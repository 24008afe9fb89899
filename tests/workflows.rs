//! Workflows: programs and HTTP endpoints, what they are given, and what their answers mean.

use std::collections::BTreeMap;

use serde_json::json;

use crate::support::bot_api::{self, texts};
use crate::support::generic::call;
use crate::support::setup::Setup;
use crate::support::stand_in::{Answer, Reserved, StandIn};
use crate::support::telegram::update;
use crate::support::workflow::{NOTE, echo};

#[tokio::test]
async fn a_command_sees_nothing_of_the_hosts_environment() {
    let host = Setup::new()
        .generic()
        .env("HOME", "/somewhere")
        .env("LANG", "C.UTF-8")
        .env("ALLOWED", "yes")
        .env("FOREIGN", "no")
        .env("HOOKHOST_LOG", "debug")
        .config("[workflows.environment]\ncommand = [\"/usr/bin/env\"]\nenv = [\"ALLOWED\"]")
        .start()
        .await;
    let reply = host.generic(&call("environment", "")).await;
    let body = reply.json();
    let seen: BTreeMap<_, _> =
        body["result"].as_str().unwrap().lines().map(|line| line.split_once('=').unwrap()).collect();
    let path = std::env::var("PATH").unwrap();
    let expected = [("ALLOWED", "yes"), ("HOME", "/somewhere"), ("LANG", "C.UTF-8"), ("PATH", &path)];
    assert_eq!(seen, BTreeMap::from(expected));
    host.end().await;
}

#[tokio::test]
async fn a_workflow_that_never_works_is_run_three_times_and_then_excused() {
    let api = bot_api::start();
    let script = format!("{NOTE}echo the-reason-why >&2\nexit 1");
    let host = Setup::new().telegram(&api).script_with("fail", "retries = 2", &script).start().await;
    host.telegram_all(&[update(1, 7, "/fail")]).await;
    let said = texts(&api.received_only(1).await).pop().unwrap();
    let documents = host.documents();
    let attempts: Vec<_> = documents.iter().map(|document| document["attempt"].as_u64().unwrap()).collect();
    assert_eq!(attempts, [1, 2, 3]);
    assert!(said.contains(documents[0]["execution_id"].as_str().unwrap()), "{said}");
    assert!(!said.contains("the-reason-why") && !said.contains('\n'), "one friendly sentence: {said}");
    host.logged(&["the-reason-why"]).await;
    host.end().await;
}

#[tokio::test]
async fn a_command_that_takes_too_long_is_killed() {
    let api = bot_api::start();
    let script = "sleep 60 & echo $! > pid; wait";
    let host = Setup::new()
        .telegram(&api)
        .script_with("sleep", "timeout = \"1s\"\nretries = 0", script)
        .start()
        .await;
    host.telegram_all(&[update(1, 7, "/sleep")]).await;
    api.received_only(1).await;
    let pid = std::fs::read_to_string(host.dir().join("pid")).unwrap();
    let is_running = std::fs::read_to_string(format!("/proc/{}/stat", pid.trim()))
        .is_ok_and(|stat| !stat.contains(") Z "));
    assert!(!is_running, "what the script started ended with it");
    host.end().await;
}

#[tokio::test]
async fn a_link_in_a_reply_must_be_https() {
    let api = bot_api::start();
    let image = |url: &str| {
        format!("echo '{}'", json!({ "replies": [{ "image": { "url": url, "caption": "Look" } }] }))
    };
    let host = Setup::new()
        .telegram(&api)
        .script("open", &image("http://example.com/a.png"))
        .script("sealed", &image("https://example.com/a.png"))
        .start()
        .await;
    host.telegram_all(&[update(1, 7, "/open"), update(2, 7, "/sealed")]).await;
    let calls = api.received_only(2).await;
    let said = calls[0].body["text"].as_str().unwrap();
    assert!(said.contains("http://example.com/a.png") && said.contains("https"), "{said}");
    assert!(calls[1].path.ends_with("/sendPhoto"), "{:?}", calls[1]);
    assert_eq!(
        calls[1].body,
        json!({ "chat_id": 7, "photo": "https://example.com/a.png", "caption": "Look" })
    );
    host.end().await;
}

#[tokio::test]
async fn an_http_workflow_gets_the_document_and_the_same_key_each_time() {
    let (api, workflow) = (bot_api::start(), StandIn::start(echo));
    for _ in 0..2 {
        workflow.answers(Answer::Json(500, json!({ "error": "not now" })));
    }
    let host = Setup::new()
        .telegram(&api)
        .http("echo", "retries = 3", &workflow.host())
        .env("WORKFLOW_SECRET_ECHO", "hush-workflow-secret")
        .start()
        .await;
    host.telegram_all(&[update(1, 7, "/echo hello")]).await;
    assert_eq!(texts(&api.received_only(1).await), ["hello"]);

    let runs = workflow.received_only(3).await;
    let key = &runs[0].headers["idempotency-key"];
    for (run, attempt) in runs.iter().zip(1..) {
        assert_eq!((run.method.as_str(), run.path.as_str()), ("POST", "/run"));
        assert_eq!(run.headers["content-type"], "application/json");
        assert_eq!(&run.headers["idempotency-key"], key);
        for header in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
            assert!(run.headers.contains_key(header), "{header} of Standard Webhooks");
        }
        let document = &run.body;
        assert_eq!(
            (&document["execution_id"], &document["attempt"]),
            (&json!(key.to_str().unwrap()), &json!(attempt))
        );
        assert_eq!((&document["workflow"], &document["input"]), (&json!("echo"), &json!("hello")));
        assert_eq!(document["inputs"], json!({ "input": "hello" }));
        let event = &document["event"];
        assert_eq!((&event["provider"], &event["topic"]), (&json!("telegram"), &json!("message.text")));
        assert_eq!((&event["sender"]["id"], &event["sender"]["name"]), (&json!("42"), &json!("Ada")));
        assert_eq!(event["message"]["text"], "/echo hello");
    }
    host.end().await;
}

#[tokio::test]
async fn a_workflow_that_cannot_be_reached_is_waited_for() {
    let (api, workflow) = (bot_api::start(), Reserved::new());
    let host = Setup::new().telegram(&api).http("echo", "retries = 0", &workflow.host()).start().await;
    host.telegram_all(&[update(1, 7, "/echo hello"), update(2, 7, "/echo again")]).await;
    host.logged(&["echo", "cannot be reached"]).await;
    let workflow = workflow.open(echo);
    assert_eq!(texts(&api.received_only(2).await), ["hello", "again"]);
    let attempts: Vec<_> = workflow.calls().iter().map(|run| run.body["attempt"].clone()).collect();
    assert_eq!(attempts, [json!(1), json!(1)], "what reached nobody was no attempt");
    host.end().await;
}

#[tokio::test]
async fn an_http_workflow_that_refuses_is_not_asked_again() {
    let (api, workflow) =
        (bot_api::start(), StandIn::start(|_, _| Answer::Json(422, json!({ "error": "no" }))));
    let host = Setup::new().telegram(&api).http("echo", "retries = 3", &workflow.host()).start().await;
    host.telegram_all(&[update(1, 7, "/echo hello")]).await;
    let said = texts(&api.received_only(1).await).pop().unwrap();
    let runs = workflow.received_only(1).await;
    assert!(said.contains(runs[0].body["execution_id"].as_str().unwrap()), "{said}");
    host.end().await;
}
