//! Our own deliveries and what becomes of them.

use hookhost_sdk::types::{Command, Content, Failure, FailureScope, Message, Party, Quote, Status};
use proptest::prelude::*;
use serde_json::json;

use super::*;

fn events(body: &str) -> Vec<Event> {
    match verdict(body.as_bytes()) {
        Verdict::Accept(acceptance) => acceptance.events,
        verdict => panic!("{body}: {verdict:?}"),
    }
}

fn delivery(field: &str, value: &Value) -> String {
    let change = json!({"field": field, "value": value});
    json!({"object": "whatsapp_business_account", "entry": [{"id": "300", "changes": [change]}]}).to_string()
}

fn value(list: &str, items: &Value) -> Value {
    json!({
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "4930000", "phone_number_id": "106"},
        "contacts": [{"profile": {"name": "Ada", "username": "ada_l"}, "wa_id": "4917", "user_id": "DE.1"}],
        list: items,
    })
}

/// A message of Ada's, with more fields.
fn from_ada(more: &Value) -> Value {
    let mut message = json!({"from": "4917", "id": "wamid.a", "timestamp": "1790000000"});
    for (name, value) in more.as_object().unwrap() {
        message[name] = value.clone();
    }
    message
}

fn text(body: &str) -> Value {
    json!({"type": "text", "text": {"body": body}})
}

fn fields(rows: &[(&str, &str)]) -> Vec<(String, String)> {
    rows.iter().map(|&(name, value)| (name.into(), value.into())).collect()
}

/// Checks one message of Ada's against `expected`, in which the usual fields are filled in.
fn check(more: &Value, expected: Event) {
    let item = from_ada(more);
    let expected = Event {
        id: Some("wamid.a".into()),
        occurred_ms: Some(1_790_000_000_000),
        account: Some("106".into()),
        conversation: expected.conversation.or(Some("106/4917".into())),
        sender: expected.sender.or(Some(Party {
            id: "4917".into(),
            name: Some("Ada".into()),
            attributes: fields(&[("phone", "4917"), ("user_id", "DE.1"), ("username", "ada_l")]),
        })),
        raw: Some(item.to_string()),
        attributes: if expected.attributes.is_empty() {
            fields(&[("chat", "private")])
        } else {
            expected.attributes
        },
        ..expected
    };
    assert_eq!(events(&delivery("messages", &value("messages", &json!([item])))), [expected]);
}

#[test]
fn a_text_is_a_message() {
    check(&text("Hello 😆"), Event::message("message.text", Message::text("wamid.a", "Hello 😆")));
}

#[test]
fn a_leading_slash_makes_a_command() {
    for (body, command) in [("/sum 1 2", Some(("sum", "1 2"))), ("/sum@bot 1", None), ("a /sum", None)] {
        let command =
            command.map(|(name, arguments)| Command { name: name.into(), arguments: arguments.into() });
        let message = Message { command, ..Message::text("wamid.a", body) };
        check(&text(body), Event::message("message.text", message));
    }
}

#[test]
fn a_message_may_answer_another() {
    let mut item = text("Yes");
    item["context"] = json!({"from": "4930000", "id": "wamid.q"});
    let quoted = Quote { message: "wamid.q".into(), author: Some("4930000".into()), text: None };
    let message = Message { quoted: Some(quoted), ..Message::text("wamid.a", "Yes") };
    check(&item, Event::message("message.text", message));
}

#[test]
fn a_person_without_a_phone_number_is_known_by_the_user_id() {
    let mut item = text("Hello");
    item["from"] = Value::Null;
    item["from_user_id"] = "DE.1".into();
    let sender = Party {
        id: "DE.1".into(),
        name: Some("Ada".into()),
        attributes: fields(&[("user_id", "DE.1"), ("username", "ada_l")]),
    };
    let message = Event::message("message.text", Message::text("wamid.a", "Hello"));
    check(&item, Event { sender: Some(sender), conversation: Some("106/u:DE.1".into()), ..message });
}

#[test]
fn a_group_is_one_conversation() {
    let mut item = text("Hello");
    item["group_id"] = "Y2F/w==".into();
    let message = Event::message("message.text", Message::text("wamid.a", "Hello"));
    let attributes = fields(&[("chat", "group")]);
    check(&item, Event { conversation: Some("106/g:Y2F/w==".into()), attributes, ..message });
}

#[test]
fn other_messages_are_recorded_under_their_type() {
    for (more, topic) in [
        (json!({"type": "image", "image": {"id": "7", "caption": "/sum"}}), "message.image"),
        (json!({"type": "of_tomorrow"}), "message.of_tomorrow"),
        (json!({"type": "Ä b"}), "message.unknown"),
        (json!({"type": "text", "text": "odd"}), "message.text"),
        (json!({}), "message.unknown"),
    ] {
        check(&more, Event::other(topic));
    }
}

#[test]
fn a_status_tells_what_became_of_a_message() {
    let failure = Failure { scope: FailureScope::Message, code: "131047".into(), message: "d".into() };
    for (more, id, recipient, failure) in [
        (json!({"status": "read"}), "wamid.o:read", None, None),
        (json!({"status": "read", "recipient_participant_id": "49"}), "wamid.o:read:49", Some("49"), None),
        (
            json!({"status": "failed", "errors": [{"code": 131_047, "error_data": {"details": "d"}}]}),
            "wamid.o:failed",
            None,
            Some(failure),
        ),
    ] {
        let mut item = json!({"id": "wamid.o", "timestamp": 1_790_000_001, "biz_opaque_callback_data": "r1"});
        for (name, value) in more.as_object().unwrap() {
            item[name] = value.clone();
        }
        let state = more["status"].as_str().unwrap();
        let status = Status {
            message: "wamid.o".into(),
            state: state.into(),
            recipient: recipient.map(String::from),
            correlation: Some("r1".into()),
            failure,
        };
        let expected = Event {
            id: Some(id.into()),
            occurred_ms: Some(1_790_000_001_000),
            account: Some("106".into()),
            raw: Some(item.to_string()),
            ..Event::new(format!("status.{state}"), Content::Status(status))
        };
        assert_eq!(events(&delivery("messages", &value("statuses", &json!([item])))), [expected]);
    }
}

#[test]
fn other_news_is_recorded_under_its_field() {
    let call = json!([{"id": "wacid.a", "event": "connect"}, {"id": "wacid.a", "event": "terminate"}]);
    for (field, value, expected) in [
        (
            "calls",
            value("calls", &call),
            &[("calls", Some("wacid.a:connect")), ("calls", Some("wacid.a:terminate"))][..],
        ),
        (
            "smb_message_echoes",
            value("message_echoes", &json!([{"id": "wamid.e"}])),
            &[("smb_message_echoes", Some("wamid.e"))],
        ),
        ("messages", value("errors", &json!([{"code": 130_429}])), &[("error", None)]),
        ("account_update", json!({"event": "ACCOUNT_DELETED"}), &[("account_update", None)]),
        ("of_tomorrow", json!({"id": "t1"}), &[("of_tomorrow", Some("t1"))]),
        ("Ä b", json!({}), &[("unknown", None)]),
    ] {
        let events = events(&delivery(field, &value));
        let actual: Vec<_> = events.iter().map(|event| (event.topic.as_str(), event.id.as_deref())).collect();
        assert_eq!(actual, expected);
        assert!(events.iter().all(|event| event.content == Content::Other && event.conversation.is_none()));
    }
}

#[test]
fn every_item_of_a_batch_is_an_event_in_order() {
    let entry = |id: &str| {
        let mut value =
            value("messages", &json!([{"id": format!("{id}.m"), "type": "text", "text": {"body": "a"}}]));
        value["statuses"] = json!([{"id": format!("{id}.s"), "status": "sent"}]);
        let change = json!({"field": "messages", "value": value});
        json!({"id": "300", "changes": [change, change]})
    };
    let body = json!({"object": "whatsapp_business_account", "entry": [entry("a"), entry("b")]});
    let ids: Vec<_> = events(&body.to_string()).into_iter().filter_map(|event| event.id).collect();
    assert_eq!(ids, ["a.m", "a.s:sent", "a.m", "a.s:sent", "b.m", "b.s:sent", "b.m", "b.s:sent"]);
}

#[test]
fn an_unreadable_item_harms_no_neighbour() {
    let good = r#"{"id": "wamid.a", "type": "text", "text": {"body": "\u00e4\/"}}"#;
    let too_long = format!(r#"{{"id": "{}"}}"#, "x".repeat(513));
    let too_deep = format!(r#"{{"id": "d", "x": {}{}}}"#, "[".repeat(1_000), "]".repeat(1_000));
    for bad in ["7", "null", "[]", "{}", r#"{"id": ""}"#, r#"{"id": "\ud800"}"#, &too_long, &too_deep] {
        let body = format!(
            r#"{{"object": "whatsapp_business_account", "entry": [{{"changes": [
                {{"field": "messages", "value": {{"messages": [{bad}, {good}]}}}}]}}]}}"#
        );
        let events = events(&body);
        assert_eq!(events[0], Event::unreadable(bad));
        assert_eq!((events[1].topic.as_str(), events[1].raw.as_deref()), ("message.text", Some(good)));
        assert_eq!(events.len(), 2);
    }
}

#[test]
fn a_batch_may_be_as_large_as_metas_and_no_larger() {
    let batch = |items: usize| {
        let items: Vec<_> = (0..items).map(|number| json!({"id": number, "type": "image"})).collect();
        verdict(delivery("messages", &value("messages", &json!(items))).as_bytes())
    };
    assert!(matches!(batch(1_000), Verdict::Accept(acceptance) if acceptance.events.len() == 1_000));
    assert_eq!(batch(1_001), Verdict::Reject("there are more than 1000 items in it".into()));
}

#[test]
fn what_should_be_a_list_and_is_none_is_one_unreadable_item() {
    for (entry, raw) in [
        ("7", "7"),
        ("[7]", "7"),
        (r#"[{"id": "1"}]"#, r#"{"id": "1"}"#),
        (r#"[{"changes": {}}]"#, "{}"),
        (
            r#"[{"changes": [{"field": "x", "value": {"a": 1e999}}]}]"#,
            r#""{\"field\": \"x\", \"value\": {\"a\": 1e999}}""#,
        ),
        (r#"[{"changes": [{"field": "x", "value": 7}]}]"#, r#"{"field": "x", "value": 7}"#),
        (r#"[{"changes": [{"field": "messages", "value": {"messages": {}}}]}]"#, "{}"),
    ] {
        let body = format!(r#"{{"object": "whatsapp_business_account", "entry": {entry}}}"#);
        let expected = Event { raw: Some(raw.into()), ..Event::other("unreadable") };
        assert_eq!(events(&body), [expected], "{entry}");
    }
}

#[test]
fn what_is_not_whatsapps_is_ignored_and_what_is_nothing_is_refused() {
    let ignore = |reason: &str| Verdict::Ignore(reason.into());
    let reject = |reason: &str| Verdict::Reject(reason.into());
    for (body, expected) in [
        (r#"{"object": "page", "entry": []}"#, ignore("`object` is not whatsapp_business_account")),
        (r#"{"object": "whatsapp_business_account"}"#, ignore("there is nothing in it")),
        (r#"{"object": "whatsapp_business_account", "entry": []}"#, ignore("there is nothing in it")),
        ("{}", reject("`object` is missing")),
        (r#"{"object": 7}"#, reject("`object` is missing")),
        ("[]", reject("the body is not a JSON object")),
        ("secret", reject("the body is not JSON: line 1, column 1")),
        ("", reject("the body is not JSON: line 1, column 0")),
    ] {
        assert_eq!(verdict(body.as_bytes()), expected, "{body}");
    }
    assert_eq!(verdict(b"{\xff}"), reject("the body is not UTF-8 at byte 1"));
}

#[test]
fn every_recorded_delivery_is_understood() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/fixtures/whatsapp");
    let Ok(files) = std::fs::read_dir(folder) else {
        eprintln!("skipped: there are no recorded deliveries in {folder}");
        return;
    };
    for file in files {
        let path = file.unwrap().path();
        let Verdict::Accept(acceptance) = verdict(&std::fs::read(&path).unwrap()) else {
            panic!("{}", path.display())
        };
        for event in acceptance.events {
            assert!(!event.topic.ends_with("unknown") || path.to_string_lossy().contains("unsupported"));
            assert_ne!(event.topic, "unreadable", "{}", path.display());
        }
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(body in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = verdict(&body);
    }

    #[test]
    fn a_field_of_any_shape_never_panics_and_is_never_refused(at in 0_usize..FIELDS.len(), odd in odd_json()) {
        let items = json!([from_ada(&text("/sum")), from_ada(&text("b"))]);
        let mut body: Value = serde_json::from_str(&delivery("messages", &value("messages", &items))).unwrap();
        *body.pointer_mut(FIELDS[at]).unwrap() = odd;
        let verdict = verdict(body.to_string().as_bytes());
        prop_assert!(!matches!(verdict, Verdict::Reject(_)), "{verdict:?}");
    }
}

const FIELDS: [&str; 14] = [
    "/entry",
    "/entry/0",
    "/entry/0/changes",
    "/entry/0/changes/0",
    "/entry/0/changes/0/field",
    "/entry/0/changes/0/value",
    "/entry/0/changes/0/value/metadata",
    "/entry/0/changes/0/value/contacts",
    "/entry/0/changes/0/value/contacts/0",
    "/entry/0/changes/0/value/messages",
    "/entry/0/changes/0/value/messages/0",
    "/entry/0/changes/0/value/messages/0/from",
    "/entry/0/changes/0/value/messages/0/timestamp",
    "/entry/0/changes/0/value/messages/0/text/body",
];

fn odd_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,6}".prop_map(Value::from),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            proptest::collection::btree_map("[a-z_]{0,6}", inner, 0..3)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}
