//! What the host counts is what happened.

use futures_util::future::join_all;
use serde_json::Value;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use crate::support::bot_api;
use crate::support::generic::{HEADER, call_with_id, hmac_hex};
use crate::support::host::Host;
use crate::support::setup::{GENERIC_SECRET, MARK, Setup};
use crate::support::stand_in::{Answer, Reserved, StandIn};
use crate::support::telegram::update;
use crate::support::workflow::{ECHO, WAIT, echo};

const OLD_SECRET: &str = "hush-the-secret-before";

/// Compares counters of a provider with what was done.
async fn check(host: &Host, name: &str, label: &str, expected: &[(&str, f64)]) {
    let metrics = host.metrics().await;
    for (value, count) in expected {
        let labels = [("provider", "generic"), (label, *value)];
        assert_eq!(metrics.value(name, &labels), *count, "{name} {label}={value}");
    }
}

#[tokio::test]
async fn deliveries_are_counted_by_what_became_of_them() {
    let host = Setup::new()
        .generic()
        .env("WEBHOOK_SECRET_GENERIC_PREVIOUS", OLD_SECRET)
        .script("echo", ECHO)
        .start()
        .await;
    check(&host, "hookhost_deliveries_total", "verdict", &[("accepted", 0.0), ("unverified", 0.0)]).await;

    for id in ["a", "b", "a"] {
        assert_eq!(host.generic(&call_with_id(id, "echo", "hello")).await.status, 200);
    }
    assert_eq!(host.generic(&call_with_id("a", "echo", "another")).await.status, 422);
    let third = call_with_id("c", "echo", "hello").to_string();
    let old = hmac_hex(OLD_SECRET, &third);
    assert_eq!(host.post("/webhooks/generic", &[(HEADER, &old)], third.as_str()).await.status, 200);
    for headers in [&[(HEADER, "00".repeat(32))][..], &[]] {
        let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        assert_eq!(host.post("/webhooks/generic", &headers, third.as_str()).await.status, 401);
    }
    assert_eq!(host.generic_body("{}", &[]).await.status, 400);
    assert_eq!(host.generic(&call_with_id("d", "nowhere", "hello")).await.status, 404);
    for path in ["/webhooks/strangers-choice", "/another"] {
        assert_eq!(host.post(path, &[], "{}").await.status, 404);
    }
    assert_eq!(host.get("/webhooks/generic").await.status, 405);

    let verdicts = [
        ("accepted", 3.0),
        ("duplicate", 1.0),
        ("conflict", 1.0),
        ("rejected", 2.0),
        ("unverified", 2.0),
        ("held", 0.0),
        ("unavailable", 0.0),
    ];
    check(&host, "hookhost_deliveries_total", "verdict", &verdicts).await;
    let events = [("new", 3.0), ("duplicate", 1.0), ("conflict", 1.0), ("stale", 0.0)];
    check(&host, "hookhost_events_total", "result", &events).await;
    let secrets = [("current", 6.0), ("previous", 1.0), ("none", 0.0)];
    check(&host, "hookhost_verified_deliveries_total", "secret", &secrets).await;
    let reasons = [("mismatch", 1.0), ("signature_missing", 1.0), ("stale", 0.0)];
    check(&host, "hookhost_verification_failures_total", "reason", &reasons).await;

    let metrics = host.metrics().await;
    for (reason, count) in
        [("not_found", 3.0), ("unverified", 2.0), ("malformed", 1.0), ("id_reused", 1.0), ("busy", 0.0)]
    {
        assert_eq!(
            metrics.value("hookhost_requests_refused_total", &[("reason", reason)]),
            count,
            "{reason}"
        );
    }
    let version = [("version", env!("CARGO_PKG_VERSION"))];
    assert_eq!(metrics.value("hookhost_build_info", &version), 1.0);
    assert!(metrics.value("process_start_time_seconds", &[]) > 1.7e9);

    // No name of a sender's choice becomes a label, and no secret a value.
    let text = host.scrape().await.body;
    for never in ["strangers", "another", "nowhere", "hello", GENERIC_SECRET, MARK] {
        assert!(!text.contains(never), "{never} in {text}");
    }
    host.logged(&["admitted", "secret=previous"]).await;
    host.logged(&["admitted", "secret=current"]).await;
    host.end().await;
}

#[tokio::test]
async fn counts_go_on_after_an_exchange_and_follow_the_configuration() {
    let host = Setup::new().generic().script("echo", ECHO).start().await;
    host.generic(&call_with_id("a", "echo", "hello")).await;
    host.hang_up();
    host.logged(&["what is served was exchanged"]).await;
    host.generic(&call_with_id("b", "echo", "hello")).await;
    check(&host, "hookhost_deliveries_total", "verdict", &[("accepted", 2.0)]).await;
    host.end().await;
}

#[tokio::test]
async fn an_event_is_counted_on_all_of_its_way_to_the_reply() {
    let (api, workflow) = (bot_api::start(), StandIn::start(echo));
    workflow.answers(Answer::Json(500, Value::Null));
    api.answers(bot_api::refused(500, "Internal Server Error"));
    let host = Setup::new().telegram(&api).http("flow", "retries = 1", &workflow.host()).start().await;
    host.telegram_all(&[update(1, 7, "/flow hello")]).await;
    let of_telegram = |label: &'static str, value: &'static str| [("provider", "telegram"), (label, value)];
    let sent = of_telegram("outcome", "sent");
    let metrics = host.counted("hookhost_reply_duration_seconds_count", &sent, 1.0).await;
    for (name, labels, expected) in [
        ("hookhost_events_total", of_telegram("result", "new"), 1.0),
        ("hookhost_events_ended_total", of_telegram("state", "done"), 1.0),
        (
            "hookhost_workflow_attempt_duration_seconds_count",
            [("workflow", "flow"), ("outcome", "failed")],
            1.0,
        ),
        (
            "hookhost_workflow_attempt_duration_seconds_count",
            [("workflow", "flow"), ("outcome", "answered")],
            1.0,
        ),
        ("hookhost_workflow_runs_total", [("workflow", "flow"), ("outcome", "done")], 1.0),
        ("hookhost_provider_call_duration_seconds_count", of_telegram("outcome", "5xx"), 1.0),
        ("hookhost_provider_call_duration_seconds_count", of_telegram("outcome", "4xx"), 0.0),
        (
            "hookhost_plugin_call_duration_seconds_count",
            [("plugin", "telegram"), ("function", "receive")],
            1.0,
        ),
    ] {
        assert_eq!(metrics.value(name, &labels), expected, "{name} {labels:?}");
    }
    // That the bot is typing is a call too.
    let calls =
        metrics.value("hookhost_provider_call_duration_seconds_count", &of_telegram("outcome", "2xx"));
    assert!(calls >= 1.0);
    let begun = [("plugin", "telegram"), ("function", "begin")];
    assert!(metrics.value("hookhost_plugin_memory_peak_bytes", &begun) > 65_536.0);
    assert!(metrics.value("hookhost_store_commit_duration_seconds_count", &[]) >= 5.0);
    assert!(metrics.value("hookhost_store_commit_duration_seconds_sum", &[]) > 0.0);
    for (name, least) in [
        ("hookhost_data_bytes", 1_000.0),
        ("hookhost_disk_free_bytes", 1_000_000.0),
        ("process_resident_memory_bytes", 10_000_000.0),
    ] {
        assert!(metrics.value(name, &[]) > least, "{name} is {}", metrics.value(name, &[]));
    }
    host.end().await;
}

#[tokio::test]
async fn what_waits_is_known_at_once_after_a_crash_too() {
    let (api, gone) = (bot_api::start(), Reserved::new());
    let mut host = Setup::new().telegram(&api).http("gone", "", &gone.host()).start().await;
    let held = host.metrics().await;
    assert_eq!(held.value("hookhost_oldest_waiting_seconds", &[("what", "events")]), 0.0);
    host.telegram_all(&[update(1, 7, "/gone one"), update(2, 7, "/gone two"), update(3, 8, "/gone three")])
        .await;
    host.telegram_body("{not json").await;
    for is_first in [true, false] {
        let unreachable = [("workflow", "gone")];
        let metrics = host.counted("hookhost_workflow_is_unreachable", &unreachable, 1.0).await;
        let waiting = |state| metrics.value("hookhost_events_waiting", &[("state", state)]);
        assert_eq!(waiting("queued") + waiting("running"), 3.0);
        for (name, labels, expected) in [
            ("hookhost_deliveries_held", &[][..], 1.0),
            ("hookhost_lanes", &[("of", "events")], 2.0),
            ("hookhost_lanes", &[("of", "replies")], 0.0),
            ("hookhost_replies_waiting", &[], 0.0),
            ("hookhost_ids_remembered", &[], 3.0),
            ("hookhost_store_is_broken", &[], 0.0),
            ("hookhost_provider_is_loaded", &[("provider", "telegram")], 1.0),
        ] {
            assert_eq!(metrics.value(name, labels), expected, "{name} {labels:?}, first: {is_first}");
        }
        if is_first {
            host.kill().await;
            host.restart().await;
        }
    }
    let _back = gone.open(echo);
    let replies = [("provider", "telegram"), ("outcome", "sent")];
    host.counted("hookhost_reply_duration_seconds_count", &replies, 3.0).await;
    host.counted("hookhost_events_waiting", &[("state", "queued")], 0.0).await;
    host.end().await;
}

#[tokio::test]
async fn connections_and_requests_are_seen_while_they_are_there() {
    let waits = format!("{WAIT}echo '\"done\"'");
    let host = Setup::new().generic().script("waits", &waits).start().await;
    let mut connections = Vec::new();
    for open in 1..=3 {
        connections.push(TcpStream::connect(host.address()).await.unwrap());
        host.counted("hookhost_connections", &[], f64::from(open)).await;
    }
    // One with a request that was begun only: it is not being handled yet.
    connections[0].write_all(b"POST /webhooks/generic HTTP/1.1\r\n").await.unwrap();
    connections.truncate(1);
    let metrics = host.counted("hookhost_connections", &[], 1.0).await;
    assert_eq!(metrics.find("hookhost_requests_in_flight", &[]), Some(0.0));

    let waiting = join_all(["a", "b"].map(|id| async { host.generic(&call_with_id(id, "waits", "")).await }));
    let seen = async {
        host.counted("hookhost_requests_in_flight", &[], 2.0).await;
        host.go();
    };
    let (replies, ()) = tokio::join!(waiting, seen);
    for reply in replies {
        assert_eq!(reply.json()["result"], "done", "{reply:?}");
    }
    host.counted("hookhost_requests_in_flight", &[], 0.0).await;
    host.end().await;
}
