//! What replies become.

use hookhost_sdk::types::{File, Origin, Source, Template, Text};

use super::*;

fn outgoing(reply: Reply, wishes: &[&str]) -> Outgoing {
    Outgoing {
        id: "r1".into(),
        conversation: "106/491700000001".into(),
        reply,
        origin: Some(Origin { message: Some("wamid.in".into()), occurred_ms: None, handback: vec![] }),
        attributes: wishes.iter().map(|&wish| (wish.into(), "true".into())).collect(),
    }
}

fn text(body: &str) -> Reply {
    Reply::Text(Text { body: body.into(), format: TextFormat::Plain })
}

fn file(kind: &str, source: Source, caption: &str) -> Reply {
    let filename = Some("a.pdf".into());
    Reply::Media(File {
        kind: kind.into(),
        source,
        caption: Some(caption.into()),
        filename,
        media_type: None,
    })
}

fn check(reply: Reply, expected: Result<Vec<Value>, &str>) {
    let bodies = bodies(&outgoing(reply, &[]), None).map_err(|failure| failure.code);
    let bodies = bodies.map(|bodies| bodies.into_iter().map(Value::Object).collect::<Vec<_>>());
    assert_eq!(bodies, expected.map_err(String::from));
}

fn words(body: &str) -> Value {
    json!({"type": "text", "text": {"body": body, "preview_url": false}})
}

#[test]
fn a_text_takes_as_many_messages_as_it_needs() {
    check(text("Hello"), Ok(vec![words("Hello")]));
    check(text(&("x".repeat(4096) + "y")), Ok(vec![words(&"x".repeat(4096)), words("y")]));
    check(text("\n "), Err("empty"));
    check(text(&"x".repeat(63 * 4096 + 1)), Err("too-long"));
}

#[test]
fn markdown_is_shown_in_whatsapps_signs_and_plain_text_as_it_stands() {
    for (format, expected) in [(TextFormat::Plain, "**a**"), (TextFormat::Markdown, "*a*")] {
        check(Reply::Text(Text { body: "**a**".into(), format }), Ok(vec![words(expected)]));
    }
}

#[test]
fn a_file_goes_by_its_link_and_words_that_do_not_fit_follow() {
    let link = || Source::Url("https://example.com/a".into());
    let long = "x".repeat(1025);
    for (kind, sent) in [("image", "image"), ("video", "video")] {
        let one = json!({"type": sent, sent: {"link": "https://example.com/a", "caption": "Look"}});
        let bare = json!({"type": sent, sent: {"link": "https://example.com/a"}});
        check(file(kind, link(), "Look"), Ok(vec![one]));
        check(file(kind, link(), ""), Ok(vec![bare.clone()]));
        check(file(kind, link(), &long), Ok(vec![bare, words(&long)]));
    }
    for (kind, sent) in [("audio", "audio"), ("voice", "audio"), ("sticker", "sticker")] {
        let bare = json!({"type": sent, sent: {"link": "https://example.com/a"}});
        check(file(kind, link(), "Look"), Ok(vec![bare, words("Look")]));
    }
    let document = json!({"id": "77", "filename": "a.pdf", "caption": "Look"});
    check(
        file("document", Source::Handle("77".into()), "Look"),
        Ok(vec![json!({"type": "document", "document": document})]),
    );
    check(file("hologram", link(), ""), Err("unsendable"));
}

#[test]
fn an_address_is_a_phone_a_user_or_a_group() {
    let base = |more: Value| {
        let mut body =
            json!({"type": "x", "x": 1, "messaging_product": "whatsapp", "biz_opaque_callback_data": "r1"});
        for (name, value) in more.as_object().unwrap() {
            body[name] = value.clone();
        }
        body
    };
    for (recipient, expected) in [
        (Recipient::Phone("4917".into()), json!({"recipient_type": "individual", "to": "4917"})),
        (Recipient::User("DE.1".into()), json!({"recipient_type": "individual", "recipient": "DE.1"})),
        (Recipient::Group("g/1=".into()), json!({"recipient_type": "group", "to": "g/1="})),
    ] {
        let raw = raw(r#"{"type": "x", "x": 1, "to": "another", "recipient": "another"}"#).unwrap();
        assert_eq!(addressed(raw, &recipient, &outgoing(text("a"), &[]), true), base(expected));
    }
}

#[test]
fn the_first_message_quotes_if_asked() {
    let recipient = Recipient::Phone("4917".into());
    for (wishes, is_first, expected) in [
        (&["quote"][..], true, json!({"message_id": "wamid.in"})),
        (&["quote"], false, Value::Null),
        (&[], true, Value::Null),
    ] {
        let body = addressed(Body::new(), &recipient, &outgoing(text("a"), wishes), is_first);
        assert_eq!(body["context"], expected, "{wishes:?} {is_first}");
    }
}

#[test]
fn a_link_is_previewed_if_asked() {
    let bodies = bodies(&outgoing(text("a"), &["preview"]), None).unwrap();
    assert_eq!(bodies[0]["text"]["preview_url"], true);
}

#[test]
fn a_place_a_card_and_a_reaction_have_forms_of_their_own() {
    let place = |name: Option<&str>| {
        let (name, address) = (name.map(Into::into), Some(String::new()));
        Reply::Location(Location { latitude: 52.5, longitude: -13.25, name, address })
    };
    let coordinates = json!({"latitude": 52.5, "longitude": -13.25});
    check(place(None), Ok(vec![json!({"type": "location", "location": coordinates})]));
    let mut named = coordinates;
    named["name"] = "Home".into();
    check(place(Some("Home")), Ok(vec![json!({"type": "location", "location": named})]));

    let card = |name: &str, phones: &[&str]| {
        let phones = phones.iter().map(|&phone| phone.into()).collect();
        Reply::Contact(Contact { name: name.into(), phones, emails: vec!["g@x.example".into()], vcard: None })
    };
    let name = json!({"formatted_name": "Grace", "first_name": "Grace"});
    let emails = json!([{"email": "g@x.example"}]);
    let full = json!([{"name": name, "phones": [{"phone": "+1 555"}], "emails": emails}]);
    check(card("Grace", &["+1 555"]), Ok(vec![json!({"type": "contacts", "contacts": full})]));
    let bare = json!([{"name": name, "emails": emails}]);
    check(card("Grace", &[]), Ok(vec![json!({"type": "contacts", "contacts": bare})]));
    check(card(" ", &[]), Err("unsendable"));

    for (emoji, sent) in [(Some("👍"), "👍"), (None, "")] {
        let put = |message: &str| {
            Reply::Reaction(Reaction { message: message.into(), emoji: emoji.map(Into::into) })
        };
        let content = json!({"message_id": "wamid.o", "emoji": sent});
        check(put("wamid.o"), Ok(vec![json!({"type": "reaction", "reaction": content})]));
        check(put(""), Err("unsendable"));
    }
}

#[test]
fn a_mark_is_put_on_the_message_that_is_answered() {
    let read = json!({"status": "read", "message_id": "wamid.in"});
    check(Reply::Seen, Ok(vec![read.clone()]));
    let mut typing = read;
    typing["typing_indicator"] = json!({"type": "text"});
    check(Reply::Typing, Ok(vec![typing]));
    let unasked = Outgoing { origin: None, ..outgoing(Reply::Typing, &[]) };
    assert!(bodies(&unasked, None).is_err());
}

#[test]
fn a_reaction_quotes_nothing() {
    let put = Reply::Reaction(Reaction { message: "wamid.o".into(), emoji: None });
    let outgoing = outgoing(put, &["quote"]);
    let body = bodies(&outgoing, None).unwrap().remove(0);
    assert_eq!(addressed(body, &Recipient::Phone("4917".into()), &outgoing, true)["context"], Value::Null);
}

#[test]
fn a_raw_reply_is_an_object_that_names_its_type_and_has_it() {
    let location = json!({"type": "location", "location": {}});
    check(Reply::Raw(location.to_string()), Ok(vec![location]));
    check(Reply::Raw(r#"{"text": {"body": "a"}}"#.into()), Ok(vec![json!({"text": {"body": "a"}})]));
    for json in ["{}", "[]", "{", r#"{"type": 7}"#, r#"{"type": "location"}"#] {
        check(Reply::Raw(json.into()), Err("unsendable"));
    }
}

#[test]
fn what_meta_would_refuse_is_not_sent_and_the_field_is_named() {
    let failure = |reply| bodies(&outgoing(reply, &[]), None).unwrap_err();
    let header = json!({"type": "text", "text": "x".repeat(61)});
    let flow = json!({"type": "interactive", "interactive": {
        "type": "flow", "header": header, "body": {"text": "a"}, "action": {}}});
    let refused = failure(Reply::Raw(flow.to_string()));
    assert_eq!((refused.scope, refused.code.as_str()), (FailureScope::Message, "limit"));
    assert_eq!(refused.message, "`interactive.header.text` has 61 characters; 60 are the most");

    let template = |name: String| {
        Reply::Template(Template { name, language: "en".into(), parameters: vec![], components: None })
    };
    let refused = failure(template("x".repeat(513)));
    assert_eq!(refused.message, "`template.name` has 513 characters; 512 are the most");
    assert_eq!(failure(template(String::new())).message, "`template.name` is empty");
}
