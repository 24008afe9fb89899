//! A WhatsApp bridge of one's own: what it is answered, and what is sent through it.

use serde_json::json;

use crate::support::bridge::{self, HEADER, text, webhook};
use crate::support::generic::hmac_hex;
use crate::support::setup::{BRIDGE_SECRET, BRIDGE_TOKEN, Setup, now_s, told};
use crate::support::stand_in::Answer;
use crate::support::workflow::{ECHO, ECHO_NOTED, NOTE};

#[tokio::test]
async fn a_message_is_stored_run_and_answered_through_the_bridge() {
    let api = bridge::start();
    let host =
        Setup::new().bridge(&api).env("WHATSAPP_TOKEN", BRIDGE_TOKEN).script("echo", ECHO).start().await;
    let reply = host.bridge("whatsapp", &text("3EB0C0", "+4917", "/echo hello")).await;
    assert_eq!((reply.status, reply.body.as_str()), (200, r#"{"status":"stored","message_id":"3EB0C0"}"#));
    assert!(reply.header("content-type").starts_with("application/json"), "{reply:?}");

    let call = &api.received_only(1).await[0];
    assert_eq!((call.method.as_str(), call.path.as_str()), ("POST", "/messages"));
    assert_eq!(call.headers["authorization"], format!("Bearer {BRIDGE_TOKEN}"));
    assert_eq!(call.body, json!({ "to_number": "+4917", "text": "hello" }));
    host.end().await;
}

#[tokio::test]
async fn a_bridge_without_a_token_gets_none() {
    let api = bridge::start();
    let host = Setup::new().bridge(&api).script("echo", ECHO).start().await;
    host.bridge("whatsapp", &text("3EB0C0", "+4917", "/echo hello")).await;
    assert_eq!(api.received_only(1).await[0].headers.get("authorization"), None);
    host.end().await;
}

#[tokio::test]
async fn every_kind_of_webhook_has_its_answer() {
    let host = Setup::new().bridge(&bridge::start()).script("echo", ECHO).start().await;
    for (kind, data, expected) in [
        ("message.sent", json!({ "message_id": "OUT1", "status": "sent" }), r#"{"status":"acknowledged"}"#),
        ("message.failed", json!({ "message_id": "OUT1", "error": "gone" }), r#"{"status":"acknowledged"}"#),
        (
            "connection.status",
            json!({ "status": "open", "session_id": "s1" }),
            r#"{"status":"acknowledged"}"#,
        ),
        (
            "call.received",
            json!({}),
            r#"{"status":"ignored","reason":"unknown event type \"call.received\""}"#,
        ),
    ] {
        let reply = host.bridge("whatsapp", &webhook(kind, &data)).await;
        assert_eq!((reply.status, reply.body.as_str()), (200, expected), "{kind}");
    }
    let reply = host.bridge("whatsapp", &webhook("message.received", &json!({ "text": "no id" }))).await;
    assert_eq!(reply.status, 400, "{reply:?}");
    assert!(reply.body.contains("data.message_id"), "{reply:?}");

    let listed = told(&host.setup.run(&["events", "list", "--json"]).await);
    for topic in ["status.sent", "status.failed", "connection.open"] {
        assert!(listed.contains(topic), "{topic}: {listed}");
    }
    host.end().await;
}

#[tokio::test]
async fn the_last_state_of_each_session_is_kept_and_shown() {
    let mut host = Setup::new().bridge(&bridge::start()).script("echo", ECHO).start().await;
    for (session, state, at) in [
        ("phone-1", "connected", 20),
        ("phone-2", "qr", 21),
        ("phone-1", "disconnected", 22),
        ("phone-1", "connected", 5),
    ] {
        let data = json!({ "session_id": session, "status": state, "reason": format!("as of {at}") });
        let mut webhook = webhook("connection.status", &data);
        webhook["timestamp"] = json!(now_s() - 100 + at);
        assert_eq!(host.bridge("whatsapp", &webhook).await.status, 200);
    }
    // Also after a start: it is in the store.
    for is_restarted in [false, true] {
        if is_restarted {
            host.kill().await;
            host.restart().await;
        }
        let sessions = host.admin("/providers").await[0]["sessions"].clone();
        let shown: Vec<_> = sessions
            .as_array()
            .unwrap()
            .iter()
            .map(|one| (&one["name"], &one["state"], &one["detail"]))
            .collect();
        assert!(
            shown.contains(&(&json!("phone-1"), &json!("disconnected"), &json!("as of 22"))),
            "{sessions}"
        );
        assert!(shown.contains(&(&json!("phone-2"), &json!("qr"), &json!("as of 21"))), "{sessions}");
        assert_eq!(shown.len(), 2, "{sessions}");
        let metrics = host.metrics().await;
        let measured = |state| {
            let labels = [("provider", "whatsapp"), ("session", "phone-1"), ("state", state)];
            metrics.find("hookhost_session_state", &labels)
        };
        assert_eq!((measured("disconnected"), measured("connected")), (Some(1.0), None));
        let checked = host.check().await;
        let row =
            checked.lines().find(|line| line.starts_with("phone-1")).unwrap_or_else(|| panic!("{checked}"));
        assert!(row.contains("whatsapp") && row.contains("disconnected"), "{row}");
    }
    let listed = host.events(&["list", "--topic", "connection.*"]).await;
    assert_eq!(listed.as_array().unwrap().len(), 4);
    assert_eq!(
        (&listed[1]["account"], &listed[1]["topic"]),
        (&json!("phone-1"), &json!("connection.disconnected"))
    );
    let table = told(&host.setup.run(&["events", "list", "--topic", "connection.*"]).await);
    assert!(table.contains("phone-2: "), "{table}");
    host.end().await;
}

#[tokio::test]
async fn a_message_that_is_seen_in_two_chats_is_one() {
    let api = bridge::start();
    let host = Setup::new().bridge(&api).script("echo", &format!("{NOTE}{ECHO_NOTED}")).start().await;
    for (id, from) in [
        ("false_4917@c.us_3EB0C0", "4917@c.us"),
        ("false_2201@lid_3EB0C0", "2201@lid"),
        ("false_4917@c.us_3EB0C0", "4917@c.us"),
    ] {
        let reply = host.bridge("whatsapp", &text(id, from, "/echo hello")).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        assert!(reply.body.contains(id), "{reply:?}");
    }
    assert_eq!(api.received_only(1).await[0].body["to_number"], "4917@c.us");
    assert_eq!(host.documents().len(), 1);
    host.end().await;
}

#[tokio::test]
async fn only_the_bare_signature_of_the_body_is_taken() {
    let api = bridge::start();
    let host = Setup::new().bridge(&api).script("echo", ECHO).start().await;
    let body = text("3EB0C0", "+4917", "/echo hello").to_string();
    let good = hmac_hex(BRIDGE_SECRET, &body);
    let (prefixed, other) = (format!("sha256={good}"), hmac_hex("another-secret", &body));
    for headers in [&[][..], &[(HEADER, "")], &[(HEADER, prefixed.as_str())], &[(HEADER, other.as_str())]] {
        assert_eq!(host.post("/webhooks/whatsapp", headers, body.clone()).await.status, 401, "{headers:?}");
    }
    assert_eq!(host.post("/webhooks/whatsapp", &[(HEADER, &good)], body).await.status, 200);
    api.received_only(1).await;
    host.end().await;
}

#[tokio::test]
async fn a_bridge_may_have_its_own_name_beside_the_cloud_api() {
    let api = bridge::start();
    let host = Setup::new()
        .config(&format!("[providers.whatsapp-bridge]\nallow_hosts = [\"{}\"]", api.host()))
        .env("WEBHOOK_SECRET_WHATSAPP_BRIDGE", BRIDGE_SECRET)
        .env("WHATSAPP_BRIDGE_API_URL", &api.url())
        .env("WHATSAPP_BRIDGE_TOKEN", BRIDGE_TOKEN)
        .script("echo", ECHO)
        .start()
        .await;
    let reply = host.bridge("whatsapp-bridge", &text("3EB0C0", "4917", "/echo hello")).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    assert_eq!(api.received_only(1).await[0].headers["authorization"], format!("Bearer {BRIDGE_TOKEN}"));
    host.end().await;
}

#[tokio::test]
async fn what_a_bridge_cannot_take_now_it_gets_later() {
    let api = bridge::start();
    api.answers(Answer::Json(503, json!({ "error": "not connected" })));
    let host = Setup::new().bridge(&api).script("echo", ECHO).start().await;
    host.bridge("whatsapp", &text("3EB0C0", "+4917", "/echo hello")).await;
    let calls = api.received_only(2).await;
    assert_eq!(calls[0].body, calls[1].body);
    host.end().await;
}
