//! Each kind of reply, and the calls that it takes.

use hookhost_sdk::testing::task;
use hookhost_sdk::types::{
    Blob, Button, ButtonAction, Buttons, Contact, File, Location, Menu, Origin, Row, Section, Source, Task,
};

use super::*;

fn outgoing(reply: Reply) -> Outgoing {
    let Task::Send(outgoing) = task("-100/33", reply) else { panic!() };
    let origin = Origin { message: Some("-100:41".into()), occurred_ms: None, handback: vec![] };
    Outgoing { origin: Some(origin), ..outgoing }
}

fn text(body: &str, format: TextFormat) -> Reply {
    Reply::Text(Text { body: body.into(), format })
}

fn plain(body: &str) -> Reply {
    text(body, TextFormat::Plain)
}

fn file(kind: &str, source: Source, caption: &str) -> Reply {
    let caption = Some(caption.into());
    Reply::Media(File { kind: kind.into(), source, caption, filename: None, media_type: None })
}

fn calls(place: &str, outgoing: &Outgoing) -> Result<Vec<(String, Value)>, String> {
    let methods = methods(outgoing, &place.parse().unwrap()).map_err(|failure| failure.code)?;
    Ok(methods.into_iter().map(|method| (method.name, Value::Object(method.parameters))).collect())
}

fn check_at(place: &str, reply: Reply, expected: Result<Vec<(&str, Value)>, &str>) {
    let expected = expected.map_err(String::from);
    let expected = expected.map(|rows| rows.into_iter().map(|(name, row)| (name.to_owned(), row)).collect());
    assert_eq!(calls(place, &outgoing(reply)), expected, "{place}");
}

fn check(reply: Reply, expected: Result<Vec<(&str, Value)>, &str>) {
    check_at("-100/33", reply, expected);
}

#[test]
fn a_text_takes_as_many_messages_as_it_needs() {
    let long = "😆".repeat(2048) + "x";
    check(plain("*Hello*"), Ok(vec![("sendMessage", json!({"text": "*Hello*"}))]));
    check(
        plain(&long),
        Ok(vec![("sendMessage", json!({"text": "😆".repeat(2048)})), ("sendMessage", json!({"text": "x"}))]),
    );
    check(plain(" \n"), Err("empty"));
    check(plain(&"x".repeat(64 * 4096 + 1)), Err("too-long"));
    check(plain(&"x".repeat(1 << 22)), Err("too-long"));
}

#[test]
fn what_is_formatted_goes_with_entities() {
    let bold = json!({"text": "Hi 😆", "entities": [{"type": "bold", "offset": 3, "length": 2}]});
    for (format, wish, body) in [
        (TextFormat::Markdown, None, "Hi **😆**"),
        (TextFormat::Plain, Some("markdown"), "Hi **😆**"),
        (TextFormat::Plain, Some("html"), "Hi <b>😆</b>"),
        (TextFormat::Plain, Some("markdown_v2"), "Hi *😆*"),
        (TextFormat::Plain, Some("MarkdownV2"), "Hi *😆*"),
    ] {
        let mut outgoing = outgoing(text(body, format));
        outgoing.attributes.extend(wish.map(|wish| ("format".into(), wish.into())));
        assert_eq!(calls("-100", &outgoing), Ok(vec![("sendMessage".to_owned(), bold.clone())]), "{body}");
    }
    let mut refused = outgoing(plain("a < b"));
    refused.attributes.push(("format".into(), "html".into()));
    assert_eq!(calls("-100", &refused), Ok(vec![("sendMessage".to_owned(), json!({"text": "a < b"}))]));
}

#[test]
fn a_file_goes_by_its_link_and_a_long_caption_follows() {
    let link = || Source::Url("https://example.com/a".into());
    let long = "x".repeat(1025);
    for (kind, method, field) in [
        ("image", "sendPhoto", "photo"),
        ("audio", "sendAudio", "audio"),
        ("voice", "sendVoice", "voice"),
        ("video", "sendVideo", "video"),
        ("animation", "sendAnimation", "animation"),
        ("document", "sendDocument", "document"),
    ] {
        let one = json!({field: "https://example.com/a", "caption": "Look"});
        check(file(kind, link(), "Look"), Ok(vec![(method, one)]));
        let bare = json!({field: "https://example.com/a"});
        check(file(kind, link(), ""), Ok(vec![(method, bare.clone())]));
        check(file(kind, link(), &long), Ok(vec![(method, bare), ("sendMessage", json!({"text": long}))]));
    }
    for (kind, method) in [("sticker", "sendSticker"), ("video_note", "sendVideoNote")] {
        let bare = json!({kind: "CAAC"});
        let source = Source::Handle("CAAC".into());
        check(file(kind, source, "Look"), Ok(vec![(method, bare), ("sendMessage", json!({"text": "Look"}))]));
    }
    check(file("hologram", link(), ""), Err("unknown-kind"));
}

#[test]
fn a_file_of_the_host_s_goes_along() {
    let blob = Blob { id: "b7".into(), size: 9, media_type: Some("image/png".into()), sha256: "00".into() };
    let methods =
        methods(&outgoing(file("image", Source::Blob(blob), "Look")), &"7".parse().unwrap()).unwrap();
    let upload = methods[0].upload.as_ref().unwrap();
    assert_eq!(
        (upload.field, upload.blob.as_str(), upload.media_type.as_deref()),
        ("photo", "b7", Some("image/png"))
    );
    assert_eq!(Value::Object(methods[0].parameters.clone()), json!({"caption": "Look"}));
}

#[test]
fn a_place_with_a_name_is_a_venue() {
    let place = |name: Option<&str>, address: Option<&str>| {
        let (name, address) = (name.map(String::from), address.map(String::from));
        Reply::Location(Location { latitude: 1.5, longitude: -2.5, name, address })
    };
    let venue = |title: &str, address: &str| {
        ("sendVenue", json!({"latitude": 1.5, "longitude": -2.5, "title": title, "address": address}))
    };
    check(place(None, Some(" ")), Ok(vec![("sendLocation", json!({"latitude": 1.5, "longitude": -2.5}))]));
    check(place(Some("Home"), Some("1 Street")), Ok(vec![venue("Home", "1 Street")]));
    check(place(Some("Home"), None), Ok(vec![venue("Home", "1.5, -2.5")]));
    check(place(None, Some("1 Street")), Ok(vec![venue("1 Street", "1.5, -2.5")]));
}

#[test]
fn a_contact_needs_a_number() {
    let person = |phones: &[&str], emails: &[&str]| {
        let all = |list: &[&str]| list.iter().map(|&item| item.to_owned()).collect();
        Reply::Contact(Contact {
            name: "Grace; H.".into(),
            phones: all(phones),
            emails: all(emails),
            vcard: None,
        })
    };
    check(
        person(&["+1"], &[]),
        Ok(vec![("sendContact", json!({"phone_number": "+1", "first_name": "Grace; H."}))]),
    );
    let vcard = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Grace\\; H.\r\nN:Grace\\; H.;;;;\r\nTEL:+1\r\nTEL:+2\r\nEMAIL:g@x\r\nEND:VCARD\r\n";
    let card = json!({"phone_number": "+1", "first_name": "Grace; H.", "vcard": vcard});
    check(person(&["+1", "+2"], &["g@x"]), Ok(vec![("sendContact", card)]));
    check(person(&[], &["g@x"]), Ok(vec![("sendMessage", json!({"text": "Grace; H.\ng@x"}))]));
}

fn asked(body: &str, id: &str) -> Reply {
    Reply::Buttons(Buttons {
        body: body.into(),
        header: Some("Order".into()),
        footer: Some("Soon".into()),
        buttons: vec![
            Button { title: "Yes".into(), action: ButtonAction::Choose(id.into()) },
            Button { title: "Read".into(), action: ButtonAction::Open("https://x.example/".into()) },
        ],
    })
}

#[test]
fn buttons_stand_below_the_last_message() {
    let keys = json!({"inline_keyboard": [
        [{"text": "Yes", "callback_data": "/order yes"}],
        [{"text": "Read", "url": "https://x.example/"}],
    ]});
    let entities = json!([
        {"type": "bold", "offset": 0, "length": 5},
        {"type": "italic", "offset": 12, "length": 4},
    ]);
    let one = json!({"text": "Order\nSure?\nSoon", "entities": entities, "reply_markup": keys});
    check(asked("Sure?", "/order yes"), Ok(vec![("sendMessage", one)]));
    let calls = calls("-100", &outgoing(asked(&"x ".repeat(4000), "/order yes"))).unwrap();
    let with_keys: Vec<_> = calls.iter().map(|(_, call)| call.get("reply_markup") == Some(&keys)).collect();
    assert_eq!(with_keys, [false, true]);
    for id in [String::new(), "ä".repeat(33)] {
        check(asked("Sure?", &id), Err("button"));
    }
}

#[test]
fn a_menu_s_rows_are_buttons_and_what_describes_them_is_text() {
    let row = |title: &str, description: Option<&str>| Row {
        id: title.to_lowercase(),
        title: title.into(),
        description: description.map(String::from),
    };
    let menu = Reply::Menu(Menu {
        body: "Which?".into(),
        header: None,
        footer: None,
        label: "Choose".into(),
        sections: vec![
            Section { title: Some("Warm".into()), rows: vec![row("Soup", Some("of today"))] },
            Section { title: None, rows: vec![row("Cake", None)] },
        ],
    });
    let keys = json!({"inline_keyboard": [
        [{"text": "Soup", "callback_data": "soup"}],
        [{"text": "Cake", "callback_data": "cake"}],
    ]});
    let entities = json!([{"type": "bold", "offset": 7, "length": 4}]);
    let expected =
        json!({"text": "Which?\nWarm\nSoup: of today", "entities": entities, "reply_markup": keys});
    check(menu, Ok(vec![("sendMessage", expected)]));
}

#[test]
fn a_reaction_is_put_on_a_message_of_the_chat() {
    let reaction = |message: &str, emoji: Option<&str>| {
        Reply::Reaction(Reaction { message: message.into(), emoji: emoji.map(String::from) })
    };
    let call =
        |reaction: Value| Ok(vec![("setMessageReaction", json!({"message_id": 41, "reaction": reaction}))]);
    check(reaction("-100:41", Some("👍")), call(json!([{"type": "emoji", "emoji": "👍"}])));
    check(
        reaction("-100:41", Some("5368")),
        call(json!([{"type": "custom_emoji", "custom_emoji_id": "5368"}])),
    );
    check(reaction("-100:41", None), call(json!([])));
    check(reaction("-200:41", Some("👍")), Err("message"));
}

#[test]
fn typing_and_seen_are_calls_where_telegram_knows_them() {
    check(Reply::Typing, Ok(vec![("sendChatAction", json!({"action": "typing"}))]));
    check_at("inline_query/7", Reply::Typing, Ok(vec![]));
    check(Reply::Seen, Ok(vec![]));
    check_at("-100@bc", Reply::Seen, Ok(vec![("readBusinessMessage", json!({"message_id": 41}))]));
    let mut pressed = outgoing(Reply::Seen);
    pressed.origin.as_mut().unwrap().handback.push((CALLBACK.into(), "c1".into()));
    assert_eq!(calls("-100", &pressed), Ok(vec![("answerCallbackQuery".to_owned(), json!({}))]));
}

#[test]
fn a_raw_reply_names_its_method() {
    check(Reply::Raw(r#"{"method": "sendDice"}"#.into()), Ok(vec![("sendDice", json!({}))]));
    check_at(
        "inline_query/7",
        Reply::Raw(r#"{"method": "answerInlineQuery", "results": []}"#.into()),
        Ok(vec![("answerInlineQuery", json!({"results": []}))]),
    );
    for json in [r#"{"emoji": "🎲"}"#, r#"{"method": "../x"}"#, r#"{"method": ""}"#, "[]", "{"] {
        check(Reply::Raw(json.into()), Err("raw"));
    }
}

#[test]
fn an_inline_query_is_answered_with_the_workflow_s_json_or_words() {
    let article = |id: &str| json!({"id": id, "type": "article", "title": "Hi", "input_message_content": {"message_text": "Hi\nyou", "entities": []}});
    let photo = json!({"type": "photo", "id": "p", "photo_url": "https://x.example/p.jpg", "thumbnail_url": "https://x.example/t.jpg"});
    for (body, expected) in [
        ("Hi\nyou".to_owned(), json!({"results": [article("1")]})),
        (photo.to_string(), json!({"results": [photo]})),
        (json!([photo, article("2")]).to_string(), json!({"results": [photo, article("2")]})),
        (json!({"results": [], "cache_time": 0}).to_string(), json!({"results": [], "cache_time": 0})),
    ] {
        check_at("inline_query/7", plain(&body), Ok(vec![("answerInlineQuery", expected)]));
    }
    check_at("inline_query/7", asked("Sure?", "yes"), Err("no-chat"));
    check_at(
        "guest_query/7",
        plain("Hi\nyou"),
        Ok(vec![("answerGuestQuery", json!({"result": article("1")}))]),
    );
    check_at(
        "guest_query/7",
        plain(&photo.to_string()),
        Ok(vec![("answerGuestQuery", json!({"result": photo}))]),
    );
    check_at(
        "inline_message/7",
        plain("Hi"),
        Ok(vec![("editMessageText", json!({"text": "Hi", "entities": []}))]),
    );
}

#[test]
fn a_payment_is_taken_only_where_the_workflow_says_so() {
    for (body, expected) in [
        ("true", json!({"ok": true})),
        (r#"{"ok": true}"#, json!({"ok": true})),
        (
            r#"{"ok": false, "error_message": "Sold out."}"#,
            json!({"ok": false, "error_message": "Sold out."}),
        ),
        ("false", json!({"ok": false, "error_message": NO_REASON})),
        ("Sold out.", json!({"ok": false, "error_message": "Sold out."})),
        ("ok", json!({"ok": false, "error_message": "ok"})),
    ] {
        check_at("pre_checkout_query/7", plain(body), Ok(vec![("answerPreCheckoutQuery", expected)]));
    }
    let options = json!([{"id": "post", "title": "By post", "prices": [{"label": "Post", "amount": 500}]}]);
    let answer = json!({"ok": true, "shipping_options": options});
    check_at("shipping_query/7", plain(&answer.to_string()), Ok(vec![("answerShippingQuery", answer)]));
}

const NO_REASON: &str = "This cannot be paid now.";
