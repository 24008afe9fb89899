//! Callers of workflows: signed JSON in, the result out.

use serde_json::json;
use tokio::time::{sleep, timeout};

use crate::support::generic::{HEADER, call, call_with_id, hmac_hex};
use crate::support::host::Host;
use crate::support::reply::Reply;
use crate::support::setup::{GENERIC_SECRET, Setup};
use crate::support::wait::{PATIENCE, QUIET};
use crate::support::workflow::{ECHO, ECHO_NOTED, NOTE, WAIT};

async fn echoing() -> Host {
    Setup::new().generic().script("echo", ECHO).start().await
}

/// A host whose workflow waits for [`Host::go`].
async fn waiting() -> Host {
    Setup::new().generic().script("echo", &format!("{NOTE}{WAIT}{ECHO_NOTED}")).start().await
}

#[track_caller]
fn assert_succeeded(reply: &Reply, result: &str) {
    assert_eq!(reply.status, 200, "{reply:?}");
    assert_eq!(reply.header("content-type"), "application/json", "{reply:?}");
    let body = reply.json();
    assert_eq!(body["status"], "succeeded", "{reply:?}");
    assert_eq!((&body["workflow"], &body["result"]), (&json!("echo"), &json!(result)), "{reply:?}");
    assert!(body["execution_id"].as_str().is_some_and(|id| id.len() >= 16), "{reply:?}");
}

#[tokio::test]
async fn a_signed_call_is_answered_with_the_result() {
    let host = echoing().await;
    let body = call("echo", "hello").to_string();
    let signature = hmac_hex(GENERIC_SECRET, &body);
    for signature in [signature.clone(), format!("sha256={signature}"), signature.to_uppercase()] {
        assert_succeeded(
            &host.post("/webhooks/generic", &[(HEADER, &signature)], body.as_str()).await,
            "hello",
        );
    }
    host.end().await;
}

#[tokio::test]
async fn a_workflow_that_fails_is_told_as_failed() {
    let host =
        Setup::new().generic().script_with("fail", "retries = 0", "echo oh-dear >&2; exit 1").start().await;
    let reply = host.generic(&call("fail", "")).await;
    let body = reply.json();
    assert_eq!((reply.status, &body["status"]), (200, &json!("failed")), "{reply:?}");
    let error = body["error"].as_str().unwrap();
    assert!(error.contains(body["execution_id"].as_str().unwrap()), "{reply:?}");
    assert!(!error.contains("oh-dear"), "details are for the operator: {reply:?}");
    host.logged(&["oh-dear"]).await;
    host.end().await;
}

#[tokio::test]
async fn who_does_not_wait_asks_later_with_the_token_that_was_given() {
    let host = waiting().await;
    let reply = host.generic_body(&call("echo", "hello").to_string(), &[("prefer", "respond-async")]).await;
    assert_eq!(reply.status, 202, "{reply:?}");
    let (body, location) = (reply.json(), reply.header("location").to_owned());
    assert_eq!(body["status"], "running", "{reply:?}");
    let (page, token) = location.split_once("?token=").unwrap();
    assert_eq!(page, format!("/executions/{}", body["execution_id"].as_str().unwrap()));
    assert_eq!(token.len(), 32, "128 bits in hex");

    assert_eq!(host.get(&location).await.status, 202);
    host.go();
    let settled = async {
        loop {
            let reply = host.get(&location).await;
            if reply.status != 202 {
                break reply;
            }
        }
    };
    let later = timeout(PATIENCE, settled).await.expect("it ends in time");
    assert_succeeded(&later, "hello");

    let wrong = "0".repeat(32);
    for path in [
        page.to_owned(),
        format!("{page}?token="),
        format!("{page}?token={wrong}"),
        format!("{page}?token={}", &token[1..]),
    ] {
        host.get(&path).await.assert_problem(404, "");
    }
    host.end().await;
}

#[tokio::test]
async fn a_repeated_id_gets_the_first_outcome_again() {
    let host = Setup::new().generic().script("echo", &format!("{NOTE}{ECHO_NOTED}")).start().await;
    let first = host.generic(&call_with_id("order-1", "echo", "hello")).await;
    assert_succeeded(&first, "hello");
    assert_eq!(first.header("idempotent-replayed"), "");
    let again = host.generic(&call_with_id("order-1", "echo", "hello")).await;
    assert_eq!((again.header("idempotent-replayed"), &again.body), ("true", &first.body));
    host.generic(&call_with_id("order-1", "echo", "goodbye")).await.assert_problem(422, "id");
    assert_eq!(host.documents().len(), 1);

    // Without an id every call is a new one.
    for _ in 0..2 {
        assert_succeeded(&host.generic(&call("echo", "hello")).await, "hello");
    }
    assert_eq!(host.documents().len(), 3);
    host.end().await;
}

#[tokio::test]
async fn a_call_that_is_repeated_while_it_runs_shares_the_wait() {
    let host = waiting().await;
    let call = call_with_id("order-1", "echo", "hello");
    let second = async {
        host.ran(1).await;
        host.generic(&call).await
    };
    let go = async {
        host.ran(1).await;
        sleep(QUIET).await;
        host.go();
    };
    let (first, second, ()) = tokio::join!(host.generic(&call), second, go);
    assert_succeeded(&first, "hello");
    assert_eq!((second.header("idempotent-replayed"), &second.body), ("true", &first.body));
    assert_eq!(host.documents().len(), 1);
    host.end().await;
}

#[tokio::test]
async fn a_repeated_id_gets_its_outcome_after_a_restart_too() {
    let mut host = Setup::new().generic().script("echo", &format!("{NOTE}{ECHO_NOTED}")).start().await;
    let first = host.generic(&call_with_id("order-1", "echo", "hello")).await;
    host.kill().await;
    host.restart().await;
    let again = host.generic(&call_with_id("order-1", "echo", "hello")).await;
    assert_eq!((again.header("idempotent-replayed"), &again.body), ("true", &first.body));
    assert_eq!(host.documents().len(), 1);
    host.end().await;
}

#[tokio::test]
async fn what_cannot_be_understood_is_refused_with_the_reason() {
    let host = Setup::new().generic().script("echo", NOTE).start().await;
    for (body, status, words) in [
        ("{not json", 400, "not JSON"),
        ("[]", 400, "object"),
        (r#"{"inputs": {}}"#, 400, "`workflow_name`"),
        (r#"{"workflow_name": 7}"#, 400, "`workflow_name`"),
        (r#"{"workflow_name": "nosuch"}"#, 404, "`workflow_name`"),
        (r#"{"workflow_name": "echo", "inputs": "hello"}"#, 400, "`inputs`"),
        (r#"{"workflow_name": "echo", "webhook_id": ""}"#, 400, "`webhook_id`"),
    ] {
        host.generic_body(body, &[]).await.assert_problem(status, words);
    }
    let body = call("echo", "hello").to_string();
    host.generic_body(&body, &[("content-type", "text/plain")]).await.assert_problem(415, "Content-Type");
    let with_charset = host.generic_body(&body, &[("content-type", "application/json; charset=utf-8")]).await;
    assert_eq!(with_charset.status, 200, "{with_charset:?}");
    assert_eq!(host.documents().len(), 1);
    host.end().await;
}

#[tokio::test]
async fn a_host_that_is_busy_with_one_call_takes_another() {
    let host =
        Setup::new().generic().script("slow", &format!("{NOTE}{WAIT}")).script("echo", ECHO).start().await;
    let quick = async {
        host.ran(1).await;
        assert_succeeded(&host.generic(&call("echo", "hello")).await, "hello");
        host.go();
    };
    let slow = call("slow", "");
    let (slow, ()) = tokio::join!(host.generic(&slow), quick);
    assert_eq!(slow.json()["result"], json!(null));
    host.end().await;
}
