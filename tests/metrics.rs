//! What the host counts is what happened.

use crate::support::generic::{HEADER, call_with_id, hmac_hex};
use crate::support::host::Host;
use crate::support::setup::{GENERIC_SECRET, MARK, Setup};
use crate::support::workflow::ECHO;

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
