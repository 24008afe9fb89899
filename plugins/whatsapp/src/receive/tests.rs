//! Our own deliveries and what becomes of them.

use hookhost_sdk::types::{
    Attachment, Choice, Command, Contact, Content, Context, Failure, FailureScope, Location, Media, Message,
    Party, Quote, Reaction, Status,
};
use proptest::prelude::*;
use serde_json::json;

use super::*;

fn events(body: &str) -> Vec<Event> {
    match verdict(body.as_bytes(), MaxAge::default()) {
        Verdict::Accept(acceptance) => acceptance.events,
        verdict => panic!("{body}: {verdict:?}"),
    }
}

fn read(body: &[u8]) -> Verdict {
    verdict(body, MaxAge::default())
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
        handback: fields(&[("waba", "300")]),
        attributes: fields(&[("chat", if more.get("group_id").is_some() { "group" } else { "private" })])
            .into_iter()
            .chain(expected.attributes)
            .collect(),
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
    check(&item, Event { conversation: Some("106/g:Y2F/w==".into()), ..message });
}

/// What a message of Ada's becomes beside the usual: its topic, its content, its further attributes.
fn check_said(more: &Value, topic: &str, content: Content, attributes: &[(&str, &str)]) {
    check(more, Event { attributes: fields(attributes), ..Event::new(topic, content) });
}

/// A message without words.
fn wordless() -> Message {
    Message { text: None, ..Message::text("wamid.a", "") }
}

fn media(kind: &str) -> Media {
    Media {
        kind: kind.into(),
        handle: "77".into(),
        media_type: Some("x/y".into()),
        filename: None,
        size: None,
        sha256: Some("c0ffee".into()),
    }
}

#[test]
fn files_come_along_with_their_caption() {
    let file = |more: Value| {
        let mut file = json!({"id": 77, "mime_type": "x/y", "sha256": "c0ffee"});
        file.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        file
    };
    let said = |text: Option<&str>, media: Media| {
        let attachments = vec![Attachment::Media(media)];
        Content::Message(Message { text: text.map(Into::into), attachments, ..wordless() })
    };
    for kind in ["image", "video", "sticker", "document", "audio"] {
        let topic = format!("message.{kind}");
        check_said(&json!({"type": kind, kind: file(json!({}))}), &topic, said(None, media(kind)), &[]);
    }
    for kind in ["image", "video", "document"] {
        let more = json!({"type": kind, kind: file(json!({"caption": "Look"}))});
        check_said(&more, &format!("message.{kind}"), said(Some("Look"), media(kind)), &[]);
    }
    let voice = json!({"type": "audio", "audio": file(json!({"voice": true}))});
    check_said(&voice, "message.voice", said(None, media("voice")), &[]);
    let animated = json!({"type": "sticker", "sticker": file(json!({"animated": true}))});
    check_said(&animated, "message.sticker", said(None, media("sticker")), &[("animated", "true")]);
    let named = json!({"type": "document", "document": file(json!({"filename": "a.pdf", "file_size": 9}))});
    let document = Media { filename: Some("a.pdf".into()), size: Some(9), ..media("document") };
    check_said(&named, "message.document", said(None, document), &[]);
}

#[test]
fn a_caption_may_be_a_command() {
    let item = from_ada(&json!({"type": "image", "image": {"id": "77", "caption": "/scan twice"}}));
    let events = events(&delivery("messages", &value("messages", &json!([item]))));
    let Content::Message(message) = &events[0].content else { panic!("{events:?}") };
    let command = Command { name: "scan".into(), arguments: "twice".into() };
    assert_eq!((message.command.as_ref(), message.attachments.len()), (Some(&command), 1));
}

#[test]
fn a_place_and_cards_are_attachments() {
    let place = |name: Option<&str>, address: Option<&str>| {
        let (name, address) = (name.map(Into::into), address.map(Into::into));
        let location = Location { latitude: 52.5, longitude: -13.25, name, address };
        Content::Message(Message { attachments: vec![Attachment::Location(location)], ..wordless() })
    };
    let bare = json!({"type": "location", "location": {"latitude": 52.5, "longitude": "-13.25"}});
    check_said(&bare, "message.location", place(None, None), &[]);
    let named = json!({"type": "location", "location": {
        "latitude": 52.5, "longitude": -13.25, "name": "Home", "address": "1 Street", "url": "https://x.example",
    }});
    let url = [("location.url", "https://x.example")];
    check_said(&named, "message.location", place(Some("Home"), Some("1 Street")), &url);

    let card = |name: &str, phones: &[&str], emails: &[&str]| {
        let all = |texts: &[&str]| texts.iter().map(|&text| text.into()).collect();
        Attachment::Contact(Contact {
            name: name.into(),
            phones: all(phones),
            emails: all(emails),
            vcard: None,
        })
    };
    let cards = json!({"type": "contacts", "contacts": [
        {"name": {"formatted_name": "Grace Hopper"}, "phones": [{"phone": "+1 555"}, {"wa_id": "1556"}]},
        {"name": {"first_name": "Alan", "last_name": "Turing"}, "emails": [{"email": "a@x.example"}, {}]},
        {"org": {"company": "Acme"}},
        7,
    ]});
    let attachments = vec![
        card("Grace Hopper", &["+1 555", "1556"], &[]),
        card("Alan Turing", &[], &["a@x.example"]),
        card("Acme", &[], &[]),
    ];
    check_said(&cards, "message.contacts", Content::Message(Message { attachments, ..wordless() }), &[]);
}

#[test]
fn what_somebody_picked_is_a_choice() {
    let chosen = |id: &str, title: &str| {
        Content::Message(Message {
            choice: Some(Choice { id: id.into(), title: title.into() }),
            ..wordless()
        })
    };
    for (more, topic, content, attributes) in [
        (
            json!({"type": "interactive", "interactive": {
                "type": "button_reply", "button_reply": {"id": "yes", "title": "Yes"}}}),
            "message.button_reply",
            chosen("yes", "Yes"),
            &[][..],
        ),
        (
            json!({"type": "interactive", "interactive": {
                "type": "list_reply", "list_reply": {"id": "soup", "title": "Soup", "description": "hot"}}}),
            "message.list_reply",
            chosen("soup", "Soup"),
            &[("choice.description", "hot")],
        ),
        (
            json!({"type": "button", "button": {"payload": "stop", "text": "Stop it"}}),
            "message.button",
            chosen("stop", "Stop it"),
            &[],
        ),
        (
            json!({"type": "button", "button": {"text": "Stop it"}}),
            "message.button",
            chosen("Stop it", "Stop it"),
            &[],
        ),
    ] {
        check_said(&more, topic, content, attributes);
    }
}

#[test]
fn what_was_filled_in_or_ordered_is_a_message() {
    let filled_in = json!({"type": "interactive", "interactive": {"type": "nfm_reply", "nfm_reply": {
        "name": "flow", "body": "Sent", "response_json": "{\"stars\":5}"}}});
    let message = Message { text: Some("{\"stars\":5}".into()), ..wordless() };
    let about = [("flow.name", "flow"), ("flow.body", "Sent")];
    check_said(&filled_in, "message.nfm_reply", Content::Message(message), &about);

    let item = json!({"product_retailer_id": "soup", "quantity": 2});
    let order = json!({"type": "order", "order": {"catalog_id": "9", "text": "", "product_items": [item]}});
    let items = json!([item]).to_string();
    let about = [("order.catalog_id", "9"), ("order.product_items", items.as_str())];
    check_said(&order, "message.order", Content::Message(wordless()), &about);
}

#[test]
fn a_reaction_is_put_on_a_message_or_taken_back() {
    for (emoji, expected) in [(json!("👍"), Some("👍")), (json!(""), None), (Value::Null, None)] {
        let more = json!({"type": "reaction", "reaction": {"message_id": "wamid.o", "emoji": emoji}});
        let reaction = Reaction { message: "wamid.o".into(), emoji: expected.map(Into::into) };
        check_said(&more, "reaction", Content::Reaction(reaction), &[]);
    }
    let without = json!({"type": "reaction", "reaction": {"message_id": "wamid.o"}});
    let reaction = Reaction { message: "wamid.o".into(), emoji: None };
    check_said(&without, "reaction", Content::Reaction(reaction), &[]);
}

#[test]
fn an_edited_message_keeps_its_id_and_is_no_command() {
    let now = json!({"type": "text", "text": {"body": "/sum 3"}});
    let more = json!({"type": "edit", "edit": {"original_message_id": "wamid.o", "message": now}});
    check_said(&more, "edited.text", Content::Message(Message::text("wamid.o", "/sum 3")), &[]);
    check_said(&json!({"type": "edit"}), "edited", Content::Other, &[]);

    let more = json!({"type": "revoke", "revoke": {"original_message_id": "wamid.o"}});
    check_said(&more, "revoked", Content::Other, &[("message", "wamid.o")]);
}

#[test]
fn what_whatsapp_says_itself_is_no_message() {
    let system = json!({"type": "user_changed_number", "wa_id": "4918", "body": "Ada changed"});
    let about =
        [("system.body", "Ada changed"), ("system.type", "user_changed_number"), ("system.wa_id", "4918")];
    let more = json!({"type": "system", "system": system});
    check_said(&more, "system.user_changed_number", Content::Moved("106/4918".into()), &about);
    check_said(&json!({"type": "system"}), "system.unknown", Content::Other, &[]);
}

#[test]
fn how_a_message_came_to_be_is_told() {
    let mut item = text("Hello");
    item["context"] = json!({
        "forwarded": true, "frequently_forwarded": true,
        "referred_product": {"catalog_id": "9", "product_retailer_id": "soup"},
    });
    item["referral"] = json!({"source_type": "ad", "welcome_message": {"text": "Hi"}, "ctwa_clid": "c1"});
    check_said(
        &item,
        "message.text",
        Content::Message(Message::text("wamid.a", "Hello")),
        &[
            ("forwarded", "true"),
            ("frequently_forwarded", "true"),
            ("referral.ctwa_clid", "c1"),
            ("referral.source_type", "ad"),
            ("referral.welcome_message.text", "Hi"),
            ("product.catalog_id", "9"),
            ("product.product_retailer_id", "soup"),
        ],
    );
}

#[test]
fn what_is_not_understood_is_recorded_under_its_type() {
    let errors = json!([{"code": 131_051, "title": "t", "error_data": {"details": "d"}}]);
    for (more, topic, attributes) in [
        (
            json!({"type": "unsupported", "unsupported": {"type": "poll"}, "errors": errors}),
            "message.unsupported",
            &[("unsupported.type", "poll"), ("error.code", "131051"), ("error.message", "d")][..],
        ),
        (json!({"type": "of_tomorrow"}), "message.of_tomorrow", &[]),
        (json!({"type": "Ä b"}), "message.unknown", &[]),
        (json!({"type": "text", "text": "odd"}), "message.text", &[]),
        (json!({"type": "image", "image": {"caption": "no id"}}), "message.image", &[]),
        (json!({"type": "location", "location": {"latitude": 1}}), "message.location", &[]),
        (json!({"type": "contacts", "contacts": []}), "message.contacts", &[]),
        (json!({"type": "button"}), "message.button", &[]),
        (json!({"type": "order"}), "message.order", &[]),
        (json!({"type": "interactive"}), "message.interactive", &[]),
        (json!({"type": "interactive", "interactive": {"type": "list_reply"}}), "message.list_reply", &[]),
        (
            json!({"type": "interactive", "interactive": {"type": "call_permission_reply",
                "call_permission_reply": {"response": "accept"}}}),
            "call_permission_reply",
            &[("call_permission_reply.response", "accept")],
        ),
        (json!({"type": "reaction", "reaction": {}}), "reaction", &[]),
        (json!({}), "message.unknown", &[]),
    ] {
        check_said(&more, topic, Content::Other, attributes);
    }
}

#[test]
fn a_message_that_is_too_old_is_marked() {
    let context = |now_ms| Context { now_ms, settings: fields(&[("max_age", "1h")]), attempt: 0 };
    let body = delivery("messages", &value("messages", &json!([from_ada(&text("Hello"))])));
    for (now_ms, expected) in [(1_790_003_600_000, false), (1_790_003_600_001, true)] {
        let Verdict::Accept(acceptance) = verdict(body.as_bytes(), MaxAge::of(&context(now_ms))) else {
            panic!("{body}")
        };
        let stale = ("stale".to_owned(), "true".to_owned());
        assert_eq!(acceptance.events[0].attributes.contains(&stale), expected, "{now_ms}");
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
    for (field, value, account, expected) in [
        (
            "calls",
            value("calls", &call),
            "106",
            &[("calls", Some("wacid.a:connect")), ("calls", Some("wacid.a:terminate"))][..],
        ),
        (
            "smb_message_echoes",
            value("message_echoes", &json!([{"id": "wamid.e"}])),
            "106",
            &[("smb_message_echoes", Some("wamid.e"))],
        ),
        ("messages", value("errors", &json!([{"code": 130_429}])), "106", &[("error", None)]),
        ("account_update", json!({"event": "ACCOUNT_DELETED"}), "300", &[("account_update", None)]),
        ("of_tomorrow", json!({"id": "t1"}), "300", &[("of_tomorrow", Some("t1"))]),
        ("Ä b", json!({}), "300", &[("unknown", None)]),
    ] {
        let events = events(&delivery(field, &value));
        let actual: Vec<_> = events.iter().map(|event| (event.topic.as_str(), event.id.as_deref())).collect();
        assert_eq!(actual, expected);
        assert!(events.iter().all(|event| event.content == Content::Other && event.conversation.is_none()));
        assert!(events.iter().all(|event| event.account.as_deref() == Some(account)), "{events:?}");
    }
}

#[test]
fn news_that_say_when_are_known_again() {
    let sent = |event: &str| {
        let change = json!({"field": "account_update", "value": {"event": event}});
        let entry = json!({"id": 300, "time": 1_790_000_000, "changes": [change]});
        json!({"object": "whatsapp_business_account", "entry": [entry]}).to_string()
    };
    let first = events(&sent("ACCOUNT_DELETED")).remove(0);
    assert_eq!(first.occurred_ms, Some(1_790_000_000_000));
    assert!(first.id.is_some());
    assert_eq!(events(&sent("ACCOUNT_DELETED"))[0].id, first.id);
    assert_ne!(events(&sent("ACCOUNT_RECONNECTED"))[0].id, first.id);
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
        read(delivery("messages", &value("messages", &json!(items))).as_bytes())
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
        assert_eq!(read(body.as_bytes()), expected, "{body}");
    }
    assert_eq!(read(b"{\xff}"), reject("the body is not UTF-8 at byte 1"));
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(body in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = read(&body);
    }

    #[test]
    fn a_field_of_any_shape_never_panics_and_is_never_refused(at in 0_usize..FIELDS.len(), odd in odd_json()) {
        let items = json!([from_ada(&text("/sum")), from_ada(&text("b"))]);
        let mut body: Value = serde_json::from_str(&delivery("messages", &value("messages", &items))).unwrap();
        *body.pointer_mut(FIELDS[at]).unwrap() = odd;
        let verdict = read(body.to_string().as_bytes());
        prop_assert!(!matches!(verdict, Verdict::Reject(_)), "{verdict:?}");
    }
}

/// Whether both ways to read a delivery find the same in it, where both can read it.
fn is_read_alike(body: &str) -> bool {
    usual::events(body).is_none_or(|events| walk(body) == Ok(events))
}

#[test]
fn what_meta_usually_sends_is_read_in_one_go() {
    let items = json!([from_ada(&text("a"))]);
    for (list, is_usual) in [
        (value("messages", &items), true),
        (value("statuses", &json!([{"id": "wamid.a", "status": "read"}])), true),
        (value("messages", &json!([7, {}])), true),
        (value("messages", &json!(null)), false),
        (value("messages", &json!(7)), false),
        (value("event", &json!("APPROVED")), false),
    ] {
        let body = delivery("messages", &list);
        assert_eq!((usual::events(&body).is_some(), is_read_alike(&body)), (is_usual, true), "{body}");
    }
}

proptest! {
    #[test]
    fn a_delivery_means_the_same_however_it_is_read(
        at in 0_usize..FIELDS.len(), odd in odd_json(), place: prop::sample::Index, byte in r#"[\[\]{},:"0a\\]"#,
    ) {
        let items = json!([from_ada(&text("\u{e4}")), {"id": "m", "from_user_id": "DE.1", "type": "odd"}]);
        let body = delivery("messages", &value("messages", &items));
        let mut with_odd: Value = serde_json::from_str(&body).unwrap();
        *with_odd.pointer_mut(FIELDS[at]).unwrap() = odd;
        prop_assert!(is_read_alike(&with_odd.to_string()), "{with_odd}");
        let place = *place.get(&body.char_indices().map(|(place, _)| place).collect::<Vec<_>>());
        for instead in [&byte, "", r"\ud800"] {
            let next = place + body[place..].chars().next().map_or(0, char::len_utf8);
            let broken = [&body[..place], instead, &body[next..]].concat();
            prop_assert!(is_read_alike(&broken), "{broken}");
        }
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
