//! Puts a reply into the Bot API's words: one method call for each message.

use hookhost_sdk::split;
use hookhost_sdk::types::{Failure, FailureScope, File, Origin, Outgoing, Reply, Source};
use serde_json::{Map, Value, json};

use crate::conversation::{Conversation, message_in};

/// Telegram counts code points after it has read the markup; UTF-16 units are never fewer.
const TEXT_UNITS: usize = 4096;
const CAPTION_UNITS: usize = 1024;
/// What the host allows for one task; more would break off in the middle.
const MESSAGES_MAX: usize = 64;

/// A method and its parameters, without the address.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Method {
    pub(crate) name: String,
    pub(crate) parameters: Map<String, Value>,
}

/// The messages that a reply takes, in order; the same every time.
pub(crate) fn methods(outgoing: &Outgoing) -> Result<Vec<Method>, Failure> {
    let methods = match &outgoing.reply {
        // Markdown is sent as it was written: Telegram refuses a whole message for one unbalanced sign.
        Reply::Text(text) => texts(&text.body),
        Reply::Media(file) => media(file)?,
        Reply::Raw(json) => vec![raw(json)?],
        _ => return Err(unsendable("unknown-reply", "this kind of reply is not known")),
    };
    match methods.len() {
        0 => Err(unsendable("empty", "there is nothing to see in this reply")),
        1..=MESSAGES_MAX => Ok(methods),
        many => Err(unsendable("too-long", &format!("this reply would take {many} messages"))),
    }
}

impl Method {
    fn new(name: &str, parameters: Value) -> Self {
        let parameters = match parameters {
            Value::Object(parameters) => parameters,
            _ => Map::new(),
        };
        Self { name: name.into(), parameters }
    }

    /// The same with its address, and with the wishes that Telegram can fulfil.
    pub(crate) fn addressed(
        mut self,
        conversation: Conversation,
        outgoing: &Outgoing,
        is_first: bool,
    ) -> Self {
        self.parameters.insert("chat_id".into(), conversation.chat.into());
        if let Some(thread) = conversation.thread {
            self.parameters.entry("message_thread_id").or_insert_with(|| thread.into());
        }
        if outgoing.wishes("silent") {
            self.parameters.entry("disable_notification").or_insert(Value::Bool(true));
        }
        let quoted = outgoing.origin.as_ref().filter(|_| is_first && outgoing.wishes("quote"));
        if let Some(number) =
            quoted.and_then(|origin: &Origin| message_in(conversation.chat, origin.message.as_ref()?))
        {
            // A message that was deleted meanwhile is no reason to say nothing.
            let quote = json!({"message_id": number, "allow_sending_without_reply": true});
            self.parameters.entry("reply_parameters").or_insert(quote);
        }
        self
    }
}

fn texts(body: &str) -> Vec<Method> {
    let pieces = split::sendable(body, TEXT_UNITS).into_iter();
    pieces.map(|piece| Method::new("sendMessage", json!({"text": piece}))).collect()
}

fn media(file: &File) -> Result<Vec<Method>, Failure> {
    let (method, field) = match file.kind.as_str() {
        "image" => ("sendPhoto", "photo"),
        "audio" => ("sendAudio", "audio"),
        "voice" => ("sendVoice", "voice"),
        "video" => ("sendVideo", "video"),
        "document" => ("sendDocument", "document"),
        "sticker" => ("sendSticker", "sticker"),
        _ => return Err(unsendable("unknown-kind", "this kind of file is not known")),
    };
    let place = match &file.source {
        Source::Url(place) | Source::Handle(place) => place,
        Source::Blob(_) => return Err(unsendable("no-upload", "files can only be sent by their link")),
    };
    let mut methods = vec![Method::new(method, json!({field: place}))];
    let caption = file.caption.as_deref().filter(|caption| !caption.is_empty());
    if let Some(caption) = caption {
        let fits = file.kind != "sticker" && split::utf16_units(caption) <= CAPTION_UNITS;
        if fits {
            methods[0].parameters.insert("caption".into(), caption.into());
        } else {
            methods.extend(texts(caption));
        }
    }
    Ok(methods)
}

/// `{"method": "sendPoll", ...}`. The method becomes part of a path, so it must be a word.
fn raw(json: &str) -> Result<Method, Failure> {
    let Ok(Value::Object(mut parameters)) = serde_json::from_str(json) else {
        return Err(unsendable("raw", "a raw reply must be a JSON object"));
    };
    match parameters.remove("method") {
        Some(Value::String(name)) if !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric()) => {
            Ok(Method { name, parameters })
        }
        _ => Err(unsendable("raw", "a raw reply must name its `method`")),
    }
}

fn unsendable(code: &str, message: &str) -> Failure {
    Failure { scope: FailureScope::Message, code: code.into(), message: message.into() }
}

#[cfg(test)]
mod tests {
    use hookhost_sdk::types::{Text, TextFormat};

    use super::*;

    fn outgoing(reply: Reply) -> Outgoing {
        Outgoing {
            id: "r1".into(),
            conversation: "-100/33".into(),
            reply,
            origin: Some(Origin { message: Some("-100:41".into()), occurred_ms: None, handback: vec![] }),
            attributes: vec![],
        }
    }

    fn text(body: &str) -> Reply {
        Reply::Text(Text { body: body.into(), format: TextFormat::Markdown })
    }

    fn file(kind: &str, source: Source, caption: &str) -> Reply {
        let caption = Some(caption.into());
        Reply::Media(File { kind: kind.into(), source, caption, filename: None, media_type: None })
    }

    fn check(reply: Reply, expected: Result<Vec<(&str, Value)>, &str>) {
        let methods = methods(&outgoing(reply)).map_err(|failure| failure.code);
        let expected = expected.map_err(String::from).map(|rows| {
            rows.into_iter().map(|(name, parameters)| Method::new(name, parameters)).collect::<Vec<_>>()
        });
        assert_eq!(methods, expected);
    }

    #[test]
    fn a_text_takes_as_many_messages_as_it_needs() {
        let long = "😆".repeat(2048) + "x";
        check(text("*Hello*"), Ok(vec![("sendMessage", json!({"text": "*Hello*"}))]));
        check(
            text(&long),
            Ok(vec![
                ("sendMessage", json!({"text": "😆".repeat(2048)})),
                ("sendMessage", json!({"text": "x"})),
            ]),
        );
        check(text(" \n"), Err("empty"));
        check(text(&"x".repeat(64 * 4096 + 1)), Err("too-long"));
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
            ("document", "sendDocument", "document"),
        ] {
            let one = json!({field: "https://example.com/a", "caption": "Look"});
            check(file(kind, link(), "Look"), Ok(vec![(method, one)]));
            let bare = json!({field: "https://example.com/a"});
            check(file(kind, link(), ""), Ok(vec![(method, bare.clone())]));
            check(
                file(kind, link(), &long),
                Ok(vec![(method, bare), ("sendMessage", json!({"text": long}))]),
            );
        }
        let sticker = json!({"sticker": "CAAC"});
        let words = json!({"text": "Look"});
        check(
            file("sticker", Source::Handle("CAAC".into()), "Look"),
            Ok(vec![("sendSticker", sticker), ("sendMessage", words)]),
        );
        check(file("hologram", link(), ""), Err("unknown-kind"));
    }

    #[test]
    fn a_raw_reply_names_its_method() {
        check(Reply::Raw(r#"{"method": "sendDice"}"#.into()), Ok(vec![("sendDice", json!({}))]));
        for json in [r#"{"emoji": "🎲"}"#, r#"{"method": "../x"}"#, r#"{"method": ""}"#, "[]", "{"] {
            check(Reply::Raw(json.into()), Err("raw"));
        }
    }

    #[test]
    fn an_address_names_the_topic_and_the_first_message_quotes_if_asked() {
        let here = Conversation { chat: -100, thread: Some(33) };
        let there = Conversation { chat: -200, thread: None };
        let quote = json!({"message_id": 41, "allow_sending_without_reply": true});
        for (conversation, wishes, is_first, expected) in [
            (here, vec![], true, json!({"chat_id": -100, "message_thread_id": 33})),
            (there, vec![("quote", "true")], true, json!({"chat_id": -200})),
            (here, vec![("quote", "true")], false, json!({"chat_id": -100, "message_thread_id": 33})),
            (here, vec![("quote", "false")], true, json!({"chat_id": -100, "message_thread_id": 33})),
            (
                here,
                vec![("quote", "true"), ("silent", "true")],
                true,
                json!({"chat_id": -100, "message_thread_id": 33, "disable_notification": true, "reply_parameters": quote}),
            ),
        ] {
            let mut outgoing = outgoing(text("Hello"));
            outgoing.attributes =
                wishes.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
            let method = Method::new("sendDice", json!({})).addressed(conversation, &outgoing, is_first);
            assert_eq!(Value::Object(method.parameters), expected, "{:?}", outgoing.attributes);
        }
    }

    #[test]
    fn a_raw_reply_cannot_go_to_another_chat() {
        let method = raw(r#"{"method": "sendDice", "chat_id": 7}"#).unwrap();
        let here = Conversation { chat: -100, thread: None };
        let method = method.addressed(here, &outgoing(text("Hello")), true);
        assert_eq!(Value::Object(method.parameters), json!({"chat_id": -100}));
    }
}
