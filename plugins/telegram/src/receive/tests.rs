//! Our own updates and what becomes of them.

use hookhost_sdk::types::{Choice, Command, Message, Party, Quote, Reaction};
use proptest::prelude::*;
use serde_json::json;

use super::*;

fn bot(name: Option<&str>) -> Bot<'_> {
    Bot { name, ..Bot::default() }
}

/// The only event of an update.
fn event(bot: Bot<'_>, update: &Value) -> Event {
    let verdict = verdict(bot, update.to_string().as_bytes());
    let Verdict::Accept(Acceptance { events, .. }) = verdict else { panic!("{update}: {verdict:?}") };
    let [event] = events.try_into().unwrap();
    event
}

fn check(name: Option<&str>, update: &Value, expected: Event) {
    let expected = Event { account: name.map(String::from), ..expected };
    assert_eq!(event(bot(name), update), expected, "{update}");
}

fn check_ignored(name: Option<&str>, update: &Value, why: &str) {
    assert_eq!(verdict(bot(name), update.to_string().as_bytes()), Verdict::Ignore(why.into()), "{update}");
}

/// A message of Ada's in her own chat, with more fields.
fn update(more: &Value) -> Value {
    update_of("message", more)
}

fn update_of(kind: &str, more: &Value) -> Value {
    let mut message = json!({
        "message_id": 41,
        "from": {"id": 5_550_001, "is_bot": false, "first_name": "Ada", "last_name": "L.",
                 "username": "ada_l", "language_code": "en"},
        "chat": {"id": 5_550_001, "type": "private", "first_name": "Ada"},
        "date": 1_790_000_000,
    });
    merge(&mut message, more);
    json!({"update_id": 810_000_001, kind: message})
}

fn merge(into: &mut Value, more: &Value) {
    for (name, value) in more.as_object().unwrap() {
        into[name] = value.clone();
    }
}

fn field(name: &str, value: &str) -> Field {
    (name.to_owned(), value.to_owned())
}

fn from_ada(event: Event) -> Event {
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
fn a_command_is_read_where_telegram_marks_it_in_a_text_or_a_caption() {
    let mark =
        |offset: i64, length: i64| json!([{"type": "bot_command", "offset": offset, "length": length}]);
    for (text, entities, expected) in [
        ("/sum 1 2", mark(0, 4), command("sum", "1 2")),
        ("/sum@HookBot 1", mark(0, 12), command("sum", "1")),
        ("/daily-report x", mark(0, 6), command("daily-report", "x")),
        ("/daily_report x", mark(0, 13), command("daily_report", "x")),
        ("😆 /sum", mark(3, 4), None),
        ("/sum", json!([]), None),
        ("/sum", json!([{"type": "bold", "offset": 0, "length": 4}]), None),
        ("/sum", mark(0, -4), None),
        ("/sum", mark(0, i64::MAX), None),
        ("/sum 1", json!("odd"), command("sum", "1")),
        ("/sum 1", Value::Null, command("sum", "1")),
    ] {
        let message = |content: &str| {
            Event::message(
                format!("message.{content}"),
                Message { command: expected.clone(), ..Message::text("5550001:41", text) },
            )
        };
        let of_text = update(&json!({"text": text, "entities": entities}));
        check(Some("hookbot"), &of_text, from_ada(message("text")));
        let of_story = update(&json!({"story": {}, "caption": text, "caption_entities": entities}));
        let mut expected = message("story");
        expected.attributes = vec![field("story", "{}")];
        check(Some("hookbot"), &of_story, from_ada(expected));
    }
}

#[test]
fn a_command_for_another_bot_is_not_ours() {
    for own_name in [None, Some("hookbot")] {
        let entities = json!([{"type": "bot_command", "offset": 0, "length": 9}]);
        let update = update(&json!({"text": "/sum@else", "entities": entities}));
        check_ignored(own_name, &update, "a command for another bot");
    }
}

#[test]
fn other_bots_are_ignored_unless_allowed() {
    let from_bot = update(&json!({"text": "Hello", "from": {"id": 7, "is_bot": true, "first_name": "B"}}));
    check_ignored(None, &from_bot, "a bot wrote it");
    let settings = vec![("allow_bots".into(), "7".into())];
    let context = hookhost_sdk::types::Context { now_ms: 0, settings, attempt: 0 };
    let event = event(Bot::of(&context), &from_bot);
    let kind = event.sender.unwrap().attributes;
    assert_eq!((event.topic.as_str(), kind), ("message.text", vec![field("kind", "bot")]));
}

#[test]
fn an_admin_who_hides_behind_the_group_is_heard() {
    let group = json!({"id": -100, "type": "supergroup", "title": "Kitchen"});
    let helper = json!({"id": 1_087_968_824, "is_bot": true, "first_name": "Group"});
    let update = update(&json!({"text": "/sum", "from": helper, "sender_chat": group, "chat": group}));
    let event = event(bot(None), &update);
    let sender = event.sender.unwrap();
    assert_eq!((sender.id.as_str(), sender.attributes), ("-100", vec![field("kind", "anonymous_admin")]));
    assert!(matches!(event.content, Content::Message(Message { command: Some(_), .. })));
}

#[test]
fn a_topic_of_a_group_is_a_conversation_of_its_own() {
    let group = json!({"id": -1_001_234_567_890_123_i64, "type": "supergroup", "is_forum": true});
    for (more, conversation, quoted) in [
        (json!({}), "-1001234567890123", None),
        (json!({"message_thread_id": 33}), "-1001234567890123", None),
        (json!({"message_thread_id": 33, "is_topic_message": true}), "-1001234567890123/33", None),
        (json!({"direct_messages_topic": {"topic_id": 5}}), "-1001234567890123/direct/5", None),
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
fn an_edited_message_keeps_its_words_and_runs_nothing() {
    let entities = json!([{"type": "bot_command", "offset": 0, "length": 4}]);
    let edited = json!({"text": "/sum 2", "entities": entities, "edit_date": 1_790_000_009});
    let mut expected = from_ada(Event::message("edited_message.text", Message::text("5550001:41", "/sum 2")));
    expected.occurred_ms = Some(1_790_000_009_000);
    check(None, &update_of("edited_message", &edited), expected);
}

#[test]
fn a_business_message_is_answered_through_its_connection() {
    let of = |more: Value| update_of("business_message", &more);
    let text = || Event::message("business_message.text", Message::text("5550001:41", "Hello"));
    let mut expected = from_ada(text());
    expected.conversation = Some("5550001@Conn-1".into());
    check(None, &of(json!({"text": "Hello", "business_connection_id": "Conn-1"})), expected);
    let mut nowhere = from_ada(text());
    nowhere.conversation = None;
    check(None, &of(json!({"text": "Hello", "business_connection_id": "not an id"})), nowhere);
    let of_owner = json!({"text": "Hello", "from": {"id": 8, "first_name": "Owner"}});
    check_ignored(None, &of(of_owner), "the business account itself wrote it");
    let of_ours = json!({"text": "Hello", "sender_business_bot": {"id": 9, "is_bot": true}});
    check_ignored(None, &of(of_ours), "a bot wrote it for the business account");
}

#[test]
fn an_album_s_items_and_what_was_forwarded_are_known() {
    let photo = json!([{"file_id": "p", "width": 1, "height": 1}]);
    let more = json!({"photo": photo, "media_group_id": "777", "forward_origin": {"type": "user"}});
    let event = event(bot(None), &update(&more));
    assert_eq!(event.topic, "message.photo");
    assert_eq!(
        event.attributes,
        [field("media_group", "777"), field("forwarded", "true"), field("chat", "private")]
    );
}

#[test]
fn news_in_a_chat_are_recorded_under_their_own_topic() {
    for (more, expected) in [
        (
            json!({"pinned_message": {"message_id": 7}}),
            Event {
                attributes: vec![field("pinned_message", r#"{"message_id":7}"#)],
                ..Event::other("service.pinned_message")
            },
        ),
        (
            json!({"migrate_to_chat_id": -1_005}),
            Event {
                attributes: vec![field("migrate_to_chat_id", "-1005")],
                ..Event::new("service.migrate_to_chat_id", Content::Moved("-1005".into()))
            },
        ),
        (json!({}), Event::other("service.other")),
    ] {
        check(None, &update(&more), from_ada(expected));
    }
}

fn press(more: &Value) -> Value {
    let keys = json!({"inline_keyboard": [[{"text": "Yes", "callback_data": "/order yes"}]]});
    let mut press = json!({
        "id": "4382", "from": {"id": 7, "first_name": "Ada"}, "chat_instance": "1",
        "message": {"message_id": 40, "chat": {"id": -5, "type": "group"}, "date": 1, "reply_markup": keys},
        "data": "/order yes",
    });
    merge(&mut press, more);
    json!({"update_id": 9, "callback_query": press})
}

#[test]
fn a_pressed_button_says_what_it_carries_and_stops_waiting_at_once() {
    for (data, title, expected) in [("/order yes", "Yes", command("order", "yes")), ("no", "no", None)] {
        let update = press(&json!({"data": data}));
        let event = event(bot(None), &update);
        let message = Message {
            command: expected,
            choice: Some(Choice { id: data.into(), title: title.into() }),
            ..Message::text("-5:40", data)
        };
        assert_eq!((event.topic.as_str(), event.content), ("callback_query", Content::Message(message)));
        assert_eq!(event.conversation.as_deref(), Some("-5"));
        assert_eq!((event.occurred_ms, event.attributes), (None, vec![field("chat", "group")]));
        assert_eq!(event.handback, [field("callback_query_id", "4382")]);
        let Verdict::Accept(Acceptance { response: Some(response), .. }) =
            verdict(bot(None), update.to_string().as_bytes())
        else {
            panic!("{update}")
        };
        let body: Value = serde_json::from_slice(&response.body).unwrap();
        assert_eq!(body, json!({"method": "answerCallbackQuery", "callback_query_id": "4382"}));
    }
}

#[test]
fn a_button_of_an_inline_message_or_a_game_has_its_own_way() {
    let inline = event(bot(None), &press(&json!({"message": null, "inline_message_id": "AB-1"})));
    assert_eq!(inline.conversation.as_deref(), Some("inline_message/AB-1"));
    let game = press(&json!({"data": null, "game_short_name": "chess"}));
    assert_eq!(event(bot(None), &game).content, Content::Other);
    let Verdict::Accept(acceptance) = verdict(bot(None), game.to_string().as_bytes()) else { panic!() };
    assert_eq!(acceptance.response, None, "only the workflow knows where the game is");
}

#[test]
fn a_question_is_a_conversation_of_its_own_with_a_deadline() {
    for (kind, conversation, content) in [
        ("inline_query", "inline_query/77", Content::Message(Message::text("77", "cats"))),
        ("shipping_query", "shipping_query/77", Content::Other),
        ("pre_checkout_query", "pre_checkout_query/77", Content::Other),
    ] {
        let question = json!({"id": "77", "from": {"id": 7}, "query": "cats"});
        let event = event(bot(None), &json!({"update_id": 9, kind: question}));
        assert_eq!((event.topic.as_str(), event.content), (kind, content));
        assert_eq!(event.conversation.as_deref(), Some(conversation));
        assert_eq!(event.handback, [field(&format!("{kind}_id"), "77")]);
        let expected = [field("deadline-ms", "10000"), field(kind, &question.to_string())];
        assert_eq!(event.attributes, expected);
    }
}

#[test]
fn a_guest_is_answered_by_the_query() {
    let update = update_of("guest_message", &json!({"text": "Hello", "guest_query_id": "q-1"}));
    let mut expected = from_ada(Event::message("guest_message.text", Message::text("5550001:41", "Hello")));
    expected.conversation = Some("guest_query/q-1".into());
    check(None, &update, expected);
}

#[test]
fn a_reaction_tells_what_is_new() {
    let emoji = |emoji: &str| json!({"type": "emoji", "emoji": emoji});
    let custom = json!({"type": "custom_emoji", "custom_emoji_id": "53"});
    for (old, new, expected) in [
        (json!([]), json!([emoji("👍")]), Some("👍")),
        (json!([emoji("👍")]), json!([emoji("👍"), custom]), Some("53")),
        (json!([emoji("👍")]), json!([]), None),
        (json!([]), json!([{"type": "paid"}]), Some("paid")),
        (json!("odd"), json!(null), None),
    ] {
        let chat = json!({"id": -5, "type": "group"});
        let news = json!({"chat": chat, "message_id": 40, "old_reaction": old, "new_reaction": new});
        let event = event(bot(None), &json!({"update_id": 9, "message_reaction": news}));
        let reaction = Reaction { message: "-5:40".into(), emoji: expected.map(String::from) };
        assert_eq!(event.content, Content::Reaction(reaction));
        assert_eq!(event.conversation.as_deref(), Some("-5"));
    }
}

#[test]
fn other_news_are_recorded_with_their_chat_and_all_that_they_say() {
    let chat = json!({"id": -5, "type": "group"});
    for (kind, news, conversation, place) in [
        ("chat_join_request", json!({"chat": chat}), Some("-5"), Some("group")),
        ("poll", json!({"id": "1"}), None, None),
        ("subscription", json!({"user": {"id": 7}}), Some("7"), None),
        ("purchased_paid_media", json!({"from": {"id": 7}}), Some("7"), None),
        ("of_tomorrow", json!({"chat": {"id": "odd", "type": 7}}), None, None),
    ] {
        let event = event(bot(None), &json!({"update_id": 9, kind: news}));
        assert_eq!((event.topic.as_str(), event.content), (kind, Content::Other));
        assert_eq!(event.conversation.as_deref(), conversation);
        let place = place.map(|place| field("chat", place));
        let expected: Vec<_> = [field(kind, &news.to_string())].into_iter().chain(place).collect();
        assert_eq!(event.attributes, expected);
    }
    let endless = event(bot(None), &json!({"update_id": 9, "poll": {"id": "x".repeat(1 << 15)}}));
    assert_eq!(endless.attributes, []);
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
        assert_eq!(verdict(bot(None), body.as_bytes()), Verdict::Reject(expected.into()), "{body}");
    }
}

proptest! {
    #[test]
    fn a_field_of_any_shape_never_panics(path in 0_usize..FIELDS.len(), odd in odd_json(), name in ".{0,4}") {
        let mut update = update(&json!({
            "text": "/sum@x", "entities": [{"type": "bot_command", "offset": 0, "length": 6}],
            "reply_to_message": {"message_id": 1}, "quote": {"text": "a"},
        }));
        *update.pointer_mut(FIELDS[path]).unwrap() = odd;
        let verdict = verdict(bot(Some(&name)), update.to_string().as_bytes());
        let is_refused = path == 0 && update["update_id"].as_i64().is_none();
        prop_assert_eq!(matches!(verdict, Verdict::Reject(_)), is_refused);
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
