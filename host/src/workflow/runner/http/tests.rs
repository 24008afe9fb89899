//! Against a real server on a free port.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Path;
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::{get, post};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::super::{Clients, run};
use super::*;
use crate::model::id::ExecutionId;
use crate::model::secret::Secret;
use crate::workflow::Runner;
use crate::workflow::answer::{Answer, BadAnswer};

const DOCUMENT: &str = r#"{"attempt":1}"#;

/// Starts a server and gives its origin. `/status/503` answers 503, always with `Retry-After: 7`.
async fn server() -> String {
    let status = |Path(status): Path<u16>| async move {
        Response::builder()
            .status(status)
            .header("retry-after", "7")
            .header("location", "/redirected")
            .body(Body::from(r#"{"reply":"hi"}"#))
            .unwrap()
    };
    let echo = |headers: HeaderMap, body: String| async move {
        let headers: BTreeMap<String, String> = headers
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
            .collect();
        json!({ "headers": headers, "body": body }).to_string()
    };
    let endless = || async {
        let chunks =
            futures_util::stream::repeat_with(|| Ok::<_, std::io::Error>(Bytes::from(vec![b'x'; 65_536])));
        Body::from_stream(chunks)
    };
    let broken = || async {
        let pieces = [Ok(Bytes::from("half")), Err(std::io::Error::other("broken"))];
        Body::from_stream(futures_util::stream::iter(pieces))
    };
    let router = Router::new()
        .route("/status/{status}", post(status))
        .route("/redirected", get(|| async { "followed" }).post(|| async { "followed" }))
        .route("/echo", post(echo))
        .route("/exactly/{bytes}", post(|Path(bytes): Path<usize>| async move { "x".repeat(bytes) }))
        .route("/endless", post(endless))
        .route("/broken", post(broken))
        .route("/link", post(|| async { r#"{"replies":[{"image":{"url":"http://x/y.png"}}]}"# }))
        .route("/hang", post(std::future::pending::<String>));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    origin
}

fn workflow(url: &str, timeout: Duration) -> Workflow {
    Workflow {
        name: "flow".parse().unwrap(),
        runner: Runner::Http(url.parse().unwrap()),
        timeout,
        retries: 0,
        secret: None,
    }
}

async fn run_once(workflow: &Workflow) -> Result<Answer, RunError> {
    let execution: ExecutionId = "0192a3b4c5d67e8f9aabbccddeeff001".parse().unwrap();
    let now = Time(1_760_000_000_000);
    let job = Job { execution, document: DOCUMENT.into(), message: None, now, trace: None };
    run(&Clients::new(crate::tls::tls_config()), workflow, job).await
}

async fn check(url: &str, expected: Result<Value, RunError>) {
    let answered = run_once(&workflow(url, Duration::from_secs(20))).await;
    assert_eq!(answered.map(|answer| answer.result), expected, "{url}");
}

#[tokio::test]
async fn each_status_has_its_own_next_move() {
    let origin = server().await;
    let reason = |status: u16| format!("it answered {status}");
    let asked = Some(Duration::from_secs(7));
    for (status, expected) in [
        (200, Ok(json!({ "reply": "hi" }))),
        (201, Ok(json!({ "reply": "hi" }))),
        (204, Ok(Value::Null)),
        (301, Err(RunError::Final("it answered 301: redirects are not followed".into()))),
        (307, Err(RunError::Final("it answered 307: redirects are not followed".into()))),
        (400, Err(RunError::Final(reason(400)))),
        (404, Err(RunError::Final(reason(404)))),
        (429, Err(RunError::TryAgain { reason: reason(429), after: asked })),
        (500, Err(RunError::TryAgain { reason: reason(500), after: asked })),
        (503, Err(RunError::Unreachable { reason: reason(503), after: asked })),
        (504, Err(RunError::TryAgain { reason: reason(504), after: asked })),
    ] {
        check(&format!("{origin}/status/{status}"), expected).await;
    }
}

#[tokio::test]
async fn a_request_carries_the_document_its_key_and_a_signature() {
    let url = format!("{}/echo", server().await);
    let signed = Workflow {
        secret: Some(Secret::new("correct horse battery")),
        ..workflow(&url, Duration::from_secs(20))
    };
    let seen = run_once(&signed).await.unwrap().result;
    assert_eq!(seen["body"], DOCUMENT);
    for (name, expected) in [
        ("content-type", "application/json"),
        ("idempotency-key", "0192a3b4c5d67e8f9aabbccddeeff001"),
        ("user-agent", concat!("hookhost/", env!("CARGO_PKG_VERSION"))),
        ("webhook-id", "0192a3b4c5d67e8f9aabbccddeeff001"),
        ("webhook-timestamp", "1760000000"),
        ("webhook-signature", "v1,pI2dTWEgYmaR+kugCDxri9HRhCYulF34GMEkJwbfvhc="),
    ] {
        assert_eq!(seen["headers"][name], expected, "{name}");
    }

    let unsigned = run_once(&workflow(&url, Duration::from_secs(20))).await.unwrap().result;
    assert_eq!(unsigned["headers"]["webhook-signature"], Value::Null);
}

#[tokio::test]
async fn a_secret_that_cannot_sign_sends_nothing() {
    let url = format!("{}/echo", server().await);
    let secret = Some(Secret::new("whsec_not base64"));
    let refused = run_once(&Workflow { secret, ..workflow(&url, Duration::from_secs(20)) }).await;
    let reason = "the secret begins with whsec_, but what follows is not base64";
    assert_eq!(refused, Err(RunError::Final(reason.into())));
}

#[tokio::test]
async fn an_answer_is_read_up_to_its_bound() {
    let origin = server().await;
    let most = WORKFLOW_OUTPUT_BYTES;
    check(&format!("{origin}/exactly/{most}"), Ok(Value::String("x".repeat(most)))).await;
    for path in [format!("exactly/{}", most + 1), "endless".into()] {
        let expected = RunError::Final("it answered with more than 1024 KiB".into());
        check(&format!("{origin}/{path}"), Err(expected)).await;
    }
}

#[tokio::test]
async fn a_workflow_that_does_not_answer_in_time_is_tried_again() {
    let url = format!("{}/hang", server().await);
    let answered = run_once(&workflow(&url, Duration::from_millis(200))).await;
    assert_eq!(answered, Err(try_again("it did not finish within 200ms")));
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_tried_again() {
    let url = format!("{}/broken", server().await);
    let answered = run_once(&workflow(&url, Duration::from_secs(20))).await;
    let Err(RunError::TryAgain { reason, after: None }) = answered else { panic!("{answered:?}") };
    assert!(reason.starts_with("the connection broke: "), "{reason}");
}

#[tokio::test]
async fn an_answer_with_a_refused_link_is_kept_apart() {
    let bad = BadAnswer::Link { position: 1, link: "http://x/y.png".into() };
    check(&format!("{}/link", server().await), Err(bad.into())).await;
}

#[tokio::test]
async fn a_workflow_that_is_not_there_is_unreachable_and_its_url_stays_secret() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    for url in [format!("http://me:hunter22@{address}/x?key=hunter22"), "http://no.such.invalid/".into()] {
        let answered = run_once(&workflow(&url, Duration::from_secs(20))).await;
        let Err(RunError::Unreachable { reason, after: None }) = answered else { panic!("{answered:?}") };
        assert!(reason.starts_with("it cannot be reached: "), "{reason}");
        assert!(!reason.contains("hunter22"), "{reason}");
    }
    let answered = run_once(&workflow("ftp://me:hunter22@x/", Duration::from_secs(20))).await;
    assert_eq!(answered, Err(RunError::Final("its URL cannot be called".into())));
}
