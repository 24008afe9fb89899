//! Puts a reply into the Cloud API's words: one request body for each message.

use hookhost_sdk::split;
use hookhost_sdk::types::{Failure, FailureScope, File, Outgoing, Reply, Source};
use serde_json::{Map, Value, json};

use crate::conversation::Recipient;

const TEXT_UNITS: usize = 4096;
const CAPTION_UNITS: usize = 1024;
/// What the host allows for one task; more would break off in the middle.
const MESSAGES_MAX: usize = 64;

/// A request body, still without the address.
type Body = Map<String, Value>;

/// The messages that a reply takes, in order; the same every time.
pub(crate) fn bodies(outgoing: &Outgoing) -> Result<Vec<Body>, Failure> {
    let preview = outgoing.wishes("preview");
    let bodies = match &outgoing.reply {
        Reply::Text(text) => texts(&text.body, preview),
        Reply::Media(file) => media(file, preview)?,
        Reply::Raw(json) => vec![raw(json)?],
        _ => return Err(unsendable("unknown-reply", "this kind of reply is not known")),
    };
    match bodies.len() {
        0 => Err(unsendable("empty", "there is nothing to see in this reply")),
        1..=MESSAGES_MAX => Ok(bodies),
        many => Err(unsendable("too-long", &format!("this reply would take {many} messages"))),
    }
}

/// The body with its address, what comes back with its statuses, and what it answers.
pub(crate) fn addressed(mut body: Body, recipient: &Recipient, outgoing: &Outgoing, is_first: bool) -> Value {
    let (kind, field, id) = match recipient {
        // A `from` goes back as it came. It begins with the country code without a `+`, as Meta's samples
        // answer it; the `+` that Meta asks for is for numbers that people have typed.
        Recipient::Phone(phone) => ("individual", "to", phone),
        Recipient::User(user) => ("individual", "recipient", user),
        Recipient::Group(group) => ("group", "to", group),
    };
    // A raw reply may not go to anybody else.
    body.remove("to");
    body.remove("recipient");
    body.insert("messaging_product".into(), "whatsapp".into());
    body.insert("recipient_type".into(), kind.into());
    body.insert(field.into(), id.as_str().into());
    body.insert("biz_opaque_callback_data".into(), outgoing.id.as_str().into());
    let quoted = outgoing.origin.as_ref().filter(|_| is_first && outgoing.wishes("quote"));
    if let Some(message) = quoted.and_then(|origin| origin.message.as_deref()) {
        body.entry("context").or_insert_with(|| json!({"message_id": message}));
    }
    Value::Object(body)
}

fn texts(body: &str, preview: bool) -> Vec<Body> {
    let pieces = split::sendable(body, TEXT_UNITS).into_iter();
    pieces.map(|piece| typed("text", json!({"body": piece, "preview_url": preview}))).collect()
}

fn media(file: &File, preview: bool) -> Result<Vec<Body>, Failure> {
    let (kind, has_caption) = match file.kind.as_str() {
        "image" => ("image", true),
        "video" => ("video", true),
        "document" => ("document", true),
        // A voice note is an audio file in the right format.
        "audio" | "voice" => ("audio", false),
        "sticker" => ("sticker", false),
        _ => return Err(unsendable("unknown-kind", "this kind of file is not known")),
    };
    let mut media = match &file.source {
        Source::Url(link) => json!({"link": link}),
        Source::Handle(id) => json!({"id": id}),
        Source::Blob(_) => return Err(unsendable("no-upload", "files can only be sent by their link")),
    };
    if let (Some(filename), "document") = (&file.filename, kind) {
        media["filename"] = filename.as_str().into();
    }
    let caption = file.caption.as_deref().unwrap_or_default();
    if has_caption && !caption.is_empty() && split::utf16_units(caption) <= CAPTION_UNITS {
        media["caption"] = caption.into();
        return Ok(vec![typed(kind, media)]);
    }
    let mut bodies = vec![typed(kind, media)];
    bodies.extend(texts(caption, preview));
    Ok(bodies)
}

/// `{"type": "location", "location": {...}}`.
fn raw(json: &str) -> Result<Body, Failure> {
    match serde_json::from_str(json) {
        Ok(Value::Object(body)) if body.get("type").is_some_and(Value::is_string) => Ok(body),
        _ => Err(unsendable("raw", "a raw reply must be a JSON object with a `type`")),
    }
}

fn typed(kind: &str, content: Value) -> Body {
    Body::from_iter([("type".into(), kind.into()), (kind.into(), content)])
}

fn unsendable(code: &str, message: &str) -> Failure {
    Failure { scope: FailureScope::Message, code: code.into(), message: message.into() }
}

#[cfg(test)]
mod tests {
    use hookhost_sdk::types::{Origin, Text, TextFormat};

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
        let bodies = bodies(&outgoing(reply, &[])).map_err(|failure| failure.code);
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
        check(text(&"x".repeat(64 * 4096 + 1)), Err("too-long"));
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
        check(file("hologram", link(), ""), Err("unknown-kind"));
    }

    #[test]
    fn an_address_is_a_phone_a_user_or_a_group() {
        let base = |more: Value| {
            let mut body =
                json!({"type": "x", "messaging_product": "whatsapp", "biz_opaque_callback_data": "r1"});
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
            let raw = raw(r#"{"type": "x", "to": "another", "recipient": "another"}"#).unwrap();
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
        let bodies = bodies(&outgoing(text("a"), &["preview"])).unwrap();
        assert_eq!(bodies[0]["text"]["preview_url"], true);
    }

    #[test]
    fn a_raw_reply_names_its_type() {
        check(Reply::Raw(r#"{"type": "location"}"#.into()), Ok(vec![json!({"type": "location"})]));
        for json in ["{}", "[]", "{", r#"{"type": 7}"#] {
            check(Reply::Raw(json.into()), Err("raw"));
        }
    }
}
