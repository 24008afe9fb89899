//! Our own updates and what becomes of them.

use hookhost_sdk::types::{Command, Message, Quote};
use proptest::prelude::*;
use serde_json::json;

use super::*;

fn check(own_name: Option<&str>, update: &Value, expected: Event) {
    assert_eq!(event(own_name, update.to_string().as_bytes()), Ok(expected), "{update}");
}

/// A message of Ada's in her own chat, with more fields.
fn update(more: &Value) -> Value {
    let mut update = json!({
        "update_id": 810_000_001,
        "message": {
            "message_id": 41,
            "from": {"id": 5_550_001, "is_bot": false, "first_name": "Ada", "last_name": "L.",
                     "username": "ada_l", "language_code": "en"},
            "chat": {"id": 5_550_001, "type": "private", "first_name": "Ada"},
            "date": 1_790_000_000,
        },
    });
    merge(&mut update["message"], more);
    update
}

fn merge(into: &mut Value, more: &Value) {
    for (name, value) in more.as_object().unwrap() {
        into[name] = value.clone();
    }
}

fn from_ada(event: Event) -> Event {
    let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    Event {
        id: Some("810000001".into()),
        occurred_ms: Some(1_790_000_000_000),
        conversation: Some("5550001".into()),
        sender: Some(Party {
            id: "5550001".into(),
            name: Some("Ada L.".into()),
            attributes: vec![field("username", "ada_l"), field("language", "en")],
        }),
        attributes: [event.attributes, vec![field("chat", "private")]].concat(),
        ..event
    }
}

fn command(name: &str, arguments: &str) -> Option<Command> {
    Some(Command { name: name.into(), arguments: arguments.into() })
}

#[test]
fn a_text_is_a_message() {
    let expected = from_ada(Event::message("message.text", Message::text("5550001:41", "Hello 😆")));
    check(None, &update(&json!({"text": "Hello 😆"})), expected);
}

#[test]
fn a_command_is_read_where_telegram_marks_it() {
    let mark =
        |offset: i64, length: i64| json!([{"type": "bot_command", "offset": offset, "length": length}]);
    for (text, entities, expected) in [
        ("/sum 1 2", mark(0, 4), command("sum", "1 2")),
        ("/sum@HookBot 1", mark(0, 12), command("sum", "1")),
        ("😆 /sum", mark(3, 4), None),
        ("/sum", json!([]), None),
        ("/sum", json!([{"type": "bold", "offset": 0, "length": 4}]), None),
        ("/sum", mark(0, -4), None),
        ("/sum", mark(0, i64::MAX), None),
        ("/sum 1", json!("odd"), command("sum", "1")),
        ("/sum 1", Value::Null, command("sum", "1")),
    ] {
        let message = Message { command: expected, ..Message::text("5550001:41", text) };
        let update = update(&json!({"text": text, "entities": entities}));
        check(Some("hookbot"), &update, from_ada(Event::message("message.text", message)));
    }
}

#[test]
fn a_command_for_another_bot_is_only_recorded() {
    for own_name in [None, Some("hookbot")] {
        let entities = json!([{"type": "bot_command", "offset": 0, "length": 9}]);
        let attributes = vec![("for".to_owned(), "another-bot".to_owned())];
        let expected = from_ada(Event { attributes, ..Event::other("message.text") });
        check(own_name, &update(&json!({"text": "/sum@else", "entities": entities})), expected);
    }
}

#[test]
fn a_message_of_a_bot_is_only_recorded() {
    let bot = json!({"id": 7, "is_bot": true, "first_name": "B"});
    let mut expected = from_ada(Event::other("message.text"));
    expected.sender = Some(Party {
        id: "7".into(),
        name: Some("B".into()),
        attributes: vec![("bot".into(), "true".into())],
    });
    check(None, &update(&json!({"text": "Hello", "from": bot})), expected);
}

#[test]
fn a_topic_of_a_group_is_a_conversation_of_its_own() {
    let group = json!({"id": -1_001_234_567_890_123_i64, "type": "supergroup", "is_forum": true});
    for (more, conversation, quoted) in [
        (json!({}), "-1001234567890123", None),
        (json!({"message_thread_id": 33}), "-1001234567890123", None),
        (json!({"message_thread_id": 33, "is_topic_message": true}), "-1001234567890123/33", None),
        (
            json!({"message_thread_id": 33, "is_topic_message": true, "reply_to_message": {"message_id": 33}}),
            "-1001234567890123/33",
            None,
        ),
        (
            json!({"reply_to_message": {"message_id": 40, "from": {"id": 8}}, "quote": {"text": "ell"}}),
            "-1001234567890123",
            Some(("-1001234567890123:40", "8", "ell")),
        ),
    ] {
        let mut update = update(&json!({"text": "Hello", "chat": group}));
        merge(&mut update["message"], &more);
        let quoted = quoted.map(|(message, author, text)| Quote {
            message: message.into(),
            author: Some(author.into()),
            text: Some(text.into()),
        });
        let message = Message { quoted, ..Message::text("-1001234567890123:41", "Hello") };
        let mut expected = from_ada(Event::message("message.text", message));
        expected.conversation = Some(conversation.into());
        expected.attributes = vec![("chat".into(), "group".into())];
        check(None, &update, expected);
    }
}

#[test]
fn other_messages_are_recorded_under_their_topic() {
    for (more, expected) in [
        (json!({"photo": [], "caption": "/sum"}), Event::other("message.photo")),
        (json!({"text": 7}), Event::other("message.text")),
        (json!({"text": "a", "message_id": "x"}), Event::other("message.text")),
        (json!({"pinned_message": {}}), Event::other("message.pinned_message")),
        (
            json!({"migrate_to_chat_id": -1_005}),
            Event::new("message.migrate_to_chat_id", Content::Moved("-1005".into())),
        ),
    ] {
        check(None, &update(&more), from_ada(expected));
    }
}

#[test]
fn other_updates_are_recorded_with_their_chat() {
    let chat = json!({"id": -5, "type": "group"});
    for (kind, news, conversation, place, occurred_ms) in [
        (
            "edited_message",
            json!({"chat": chat, "date": 1, "edit_date": 2}),
            Some("-5"),
            Some("group"),
            Some(2_000),
        ),
        ("channel_post", json!({"chat": {"id": -6, "type": "channel"}}), Some("-6"), Some("channel"), None),
        ("callback_query", json!({"message": {"chat": chat}}), Some("-5"), Some("group"), None),
        ("business_message", json!({"chat": {"id": 7, "type": "private"}}), None, Some("private"), None),
        ("guest_message", json!({"chat": chat}), None, Some("group"), None),
        ("poll", json!({"id": "1"}), None, None, None),
        ("of_tomorrow", json!({"chat": {"id": "odd", "type": 7}}), None, None, None),
    ] {
        let expected = Event {
            id: Some("9".into()),
            occurred_ms,
            conversation: conversation.map(String::from),
            attributes: place.map(|place| ("chat".into(), place.into())).into_iter().collect(),
            ..Event::other(kind)
        };
        check(None, &json!({"update_id": 9, kind: news}), expected);
    }
}

#[test]
fn what_is_no_update_is_refused_without_repeating_it() {
    for (body, expected) in [
        ("secret", "the body is not JSON: line 1, column 1"),
        ("", "the body is not JSON: line 1, column 0"),
        ("[1]", "the body is not a JSON object"),
        ("{}", "`update_id` is not a whole number"),
        (r#"{"update_id": "7"}"#, "`update_id` is not a whole number"),
        (r#"{"update_id": 7.5}"#, "`update_id` is not a whole number"),
    ] {
        assert_eq!(event(None, body.as_bytes()), Err(expected.into()), "{body}");
    }
}

#[test]
fn every_recorded_update_is_understood() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/fixtures/telegram");
    let Ok(files) = std::fs::read_dir(folder) else {
        eprintln!("skipped: there are no recorded updates in {folder}");
        return;
    };
    for file in files {
        let path = file.unwrap().path();
        let event = event(None, &std::fs::read(&path).unwrap()).unwrap();
        assert_ne!(event.topic, "unknown", "{}", path.display());
        assert_ne!(event.topic, "message.other", "{}", path.display());
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(body in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = verdict(None, &body);
    }

    #[test]
    fn a_field_of_any_shape_never_panics(path in 0_usize..FIELDS.len(), odd in odd_json(), name in ".{0,4}") {
        let mut update = update(&json!({
            "text": "/sum@x", "entities": [{"type": "bot_command", "offset": 0, "length": 6}],
            "reply_to_message": {"message_id": 1}, "quote": {"text": "a"},
        }));
        *update.pointer_mut(FIELDS[path]).unwrap() = odd;
        let event = event(Some(&name), update.to_string().as_bytes());
        prop_assert_eq!(event.is_err(), path == 0 && update["update_id"].as_i64().is_none());
    }
}

const FIELDS: [&str; 13] = [
    "/update_id",
    "/message",
    "/message/message_id",
    "/message/from",
    "/message/from/id",
    "/message/chat",
    "/message/chat/id",
    "/message/chat/type",
    "/message/date",
    "/message/text",
    "/message/entities",
    "/message/entities/0",
    "/message/entities/0/length",
];

fn odd_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
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
