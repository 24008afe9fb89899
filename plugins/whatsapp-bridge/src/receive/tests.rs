//! Our own webhooks and what becomes of them.

use hookhost_sdk::types::Command;
use proptest::prelude::*;
use serde_json::json;

use super::*;

fn accepted(body: &Value) -> (Vec<Event>, Value) {
    match verdict(body.to_string().as_bytes()) {
        Verdict::Accept(Acceptance { events, response: Some(response) }) => {
            assert_eq!((response.status, response.header("content-type")), (200, Some("application/json")));
            (events, response.json().unwrap())
        }
        verdict => panic!("{body}: {verdict:?}"),
    }
}

fn webhook(kind: &str, data: &Value) -> Value {
    json!({"event_type": kind, "timestamp": 1_790_000_000, "data": data})
}

fn check(kind: &str, data: &Value, expected: Event, answer: &Value) {
    let expected = Event { occurred_ms: Some(1_790_000_000_000), ..expected };
    assert_eq!(accepted(&webhook(kind, data)), (vec![expected], answer.clone()), "{data}");
}

fn fields(rows: &[(&str, &str)]) -> Vec<(String, String)> {
    rows.iter().map(|&(name, value)| (name.into(), value.into())).collect()
}

/// A message of Ada's.
fn from_ada(topic: &str, message: Message) -> Event {
    Event {
        id: Some("3EB0".into()),
        account: Some("4930".into()),
        conversation: Some("+4917".into()),
        sender: Some(Party { id: "+4917".into(), name: None, attributes: fields(&[("phone", "4917")]) }),
        attributes: fields(&[("chat", "private")]),
        ..Event::message(topic, message)
    }
}

#[test]
fn a_text_is_a_message_and_its_sender_gets_its_id_back() {
    let data = json!({"from_number": "+4917", "to_number": "4930", "message_id": "3EB0", "text": "/sum 1 2"});
    let command = Some(Command { name: "sum".into(), arguments: "1 2".into() });
    let message = Message { command, ..Message::text("3EB0", "/sum 1 2") };
    let answer = json!({"status": "stored", "message_id": "3EB0"});
    check("message.received", &data, from_ada("message.text", message), &answer);
}

#[test]
fn a_file_is_an_attachment_by_its_link() {
    for (media_type, kind) in [
        (Some("image/png"), "image"),
        (Some("audio/ogg; codecs=opus"), "audio"),
        (Some("application/pdf"), "document"),
        (None, "document"),
    ] {
        let mut data = json!({"from_number": "+4917", "to_number": "4930", "message_id": "3EB0",
            "media_url": "https://bridge.example/m/7"});
        if let Some(media_type) = media_type {
            data["media_type"] = media_type.into();
        }
        let file = Media {
            kind: kind.into(),
            handle: "https://bridge.example/m/7".into(),
            media_type: media_type.map(Into::into),
            filename: None,
            size: None,
            sha256: None,
        };
        let message =
            Message { text: None, attachments: vec![Attachment::Media(file)], ..Message::text("3EB0", "") };
        let answer = json!({"status": "stored", "message_id": "3EB0"});
        check("message.received", &data, from_ada(&format!("message.{kind}"), message), &answer);
    }
}

#[test]
fn one_message_seen_in_two_chats_has_one_id() {
    for (id, from) in [("false_4917@c.us_3EB0", "4917@c.us"), ("false_2201@lid_3EB0", "2201@lid")] {
        let data = json!({"from_number": from, "message_id": id, "text": "Hello"});
        let (events, answer) = accepted(&webhook("message.received", &data));
        assert_eq!((events[0].id.as_deref(), events[0].conversation.as_deref()), (Some("3EB0"), Some(from)));
        assert_eq!(answer["message_id"], id);
    }
}

#[test]
fn a_group_is_a_group() {
    let data = json!({"from_number": "12036@g.us", "message_id": "3EB0", "text": "Hello"});
    let (events, _) = accepted(&webhook("message.received", &data));
    assert_eq!(events[0].attributes, fields(&[("chat", "group")]));
}

#[test]
fn what_became_of_a_message_is_a_status() {
    let acknowledged = json!({"status": "acknowledged"});
    let failed = |code: &str, message: &str| {
        Some(Failure { scope: FailureScope::Message, code: code.into(), message: message.into() })
    };
    for (kind, data, state, failure) in [
        ("message.sent", json!({"message_id": "3EB0", "status": "sent"}), "sent", None),
        ("message.sent", json!({"message_id": "true_4917@c.us_3EB0"}), "sent", None),
        ("message.sent", json!({"message_id": "3EB0", "status": "DELIVERED"}), "delivered", None),
        (
            "message.failed",
            json!({"message_id": "3EB0", "error": "gone"}),
            "failed",
            failed("failed", "gone"),
        ),
        (
            "message.failed",
            json!({"message_id": "3EB0", "status": "sent", "error": {"code": 463, "message": "no"}}),
            "failed",
            failed("463", "no"),
        ),
        ("message.failed", json!({"message_id": "3EB0"}), "failed", failed("failed", "no explanation")),
    ] {
        let status = Status {
            message: "3EB0".into(),
            state: state.into(),
            recipient: None,
            correlation: None,
            failure,
        };
        let expected = Event {
            id: Some(format!("3EB0:{state}")),
            ..Event::new(format!("status.{state}"), Content::Status(status))
        };
        check(kind, &data, expected, &acknowledged);
    }
}

#[test]
fn a_session_that_comes_or_goes_is_a_connection() {
    for (data, state, detail, account) in [
        (json!({"status": "Connected", "session_id": "s1"}), "connected", None, Some("s1")),
        (
            json!({"status": "closed", "session_id": 7, "reason": "logged out"}),
            "closed",
            Some("logged out"),
            Some("7"),
        ),
        (json!({"status": "in between"}), "unknown", None, None),
    ] {
        let connection = Connection { state: state.into(), detail: detail.map(Into::into) };
        let expected = Event {
            account: account.map(Into::into),
            ..Event::new(format!("connection.{state}"), Content::Connection(connection))
        };
        check("connection.status", &data, expected, &json!({"status": "acknowledged"}));
    }
}

#[test]
fn an_unknown_type_is_acknowledged_as_ignored() {
    let answer = json!({"status": "ignored", "reason": "unknown event type \"call.received\""});
    assert_eq!(accepted(&webhook("call.received", &json!({}))), (vec![], answer));
}

#[test]
fn what_is_no_webhook_is_refused_with_the_field() {
    for (body, reason) in [
        ("secret", "the body is not JSON: line 1, column 1"),
        ("[]", "the body is not a JSON object"),
        ("{}", "`event_type` is missing"),
        (r#"{"event_type": "message.received"}"#, "`data.message_id` is missing"),
        (r#"{"event_type": "message.sent", "data": {"message_id": ""}}"#, "`data.message_id` is missing"),
    ] {
        assert_eq!(verdict(body.as_bytes()), Verdict::Reject(reason.into()), "{body}");
    }
}

#[test]
fn a_message_without_time_text_or_sender_is_still_one() {
    let (events, _) = accepted(&json!({"event_type": "message.received", "data": {"message_id": 7}}));
    let message = Message { text: None, ..Message::text("7", "") };
    let expected = Event {
        id: Some("7".into()),
        attributes: fields(&[("chat", "private")]),
        ..Event::message("message.text", message)
    };
    assert_eq!(events, [expected]);
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(body in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = verdict(&body);
    }

    #[test]
    fn arbitrary_fields_never_panic(
        kind in "message\\.(received|sent|failed)|connection\\.status|.{0,9}",
        fields in proptest::collection::btree_map(
            "from_number|message_id|text|media_url|media_type|timestamp|status|session_id|error", ".{0,20}", 0..9
        ),
    ) {
        let _ = verdict(webhook(&kind, &json!(fields)).to_string().as_bytes());
    }
}
