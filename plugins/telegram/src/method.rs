//! A call of the Bot API: which method, with which parameters, and where it goes.

use hookhost_sdk::types::{Bucket, Call, FormContent, FormPart, Outgoing, Payload};
use serde_json::{Map, Value, json};

use crate::callback::CALLBACK;
use crate::conversation::{Chat, Conversation, Query, Topic, message_in};
use crate::describe::{BOT, PACE_BOT, PACE_CHAT, PACE_GROUP};

/// A method and its parameters.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Method {
    pub(crate) name: String,
    pub(crate) parameters: Map<String, Value>,
    /// A file that the host holds.
    pub(crate) upload: Option<Upload>,
}

/// A file that goes along.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Upload {
    pub(crate) field: &'static str,
    pub(crate) blob: String,
    pub(crate) filename: Option<String>,
    pub(crate) media_type: Option<String>,
}

impl Method {
    pub(crate) fn new(name: &str, parameters: Value) -> Self {
        let parameters = match parameters {
            Value::Object(parameters) => parameters,
            _ => Map::new(),
        };
        Self { name: name.into(), parameters, upload: None }
    }

    /// The same with its address, and with the wishes that Telegram can fulfil.
    pub(crate) fn addressed(mut self, place: &Conversation, outgoing: &Outgoing, is_first: bool) -> Self {
        if self.name == "answerCallbackQuery" {
            // A press is known by its id, wherever its button stands.
            if let Some(id) = handed_back(outgoing, CALLBACK) {
                self.parameters.entry(CALLBACK).or_insert_with(|| id.into());
            }
            return self;
        }
        match place {
            Conversation::Chat(chat) => self.address_chat(chat, outgoing, is_first),
            Conversation::Query(query) => self.address_query(query),
        }
        self
    }

    fn address_query(&mut self, query: &Query) {
        self.parameters.insert(format!("{}_id", query.kind.as_str()), query.id.as_str().into());
    }

    fn address_chat(&mut self, chat: &Chat, outgoing: &Outgoing, is_first: bool) {
        let sends = self.name.starts_with("send") || self.name.starts_with("copy");
        let is_message = (sends && self.name != "sendChatAction") || self.name.starts_with("forward");
        let parameters = &mut self.parameters;
        // A raw reply may not go to anybody else.
        parameters.insert("chat_id".into(), chat.id.into());
        if let Some(connection) = chat.business.as_deref().filter(|_| self.name != "setMessageReaction") {
            parameters.insert("business_connection_id".into(), connection.into());
        }
        match chat.topic {
            Topic::Forum(topic) if sends || is_message => {
                parameters.entry("message_thread_id").or_insert_with(|| topic.into());
            }
            Topic::Direct(topic) if is_message => {
                parameters.entry("direct_messages_topic_id").or_insert_with(|| topic.into());
            }
            _ => {}
        }
        if !is_message {
            return;
        }
        if outgoing.wishes("silent") {
            parameters.entry("disable_notification").or_insert(Value::Bool(true));
        }
        let asked = outgoing.origin.as_ref().filter(|_| is_first && sends && outgoing.wishes("quote"));
        if let Some(number) = asked.and_then(|origin| message_in(chat.id, origin.message.as_ref()?)) {
            // A message that was deleted meanwhile is no reason to say nothing.
            let quote = json!({"message_id": number, "allow_sending_without_reply": true});
            parameters.entry("reply_parameters").or_insert(quote);
        }
    }

    /// The same without any formatting; `None` when it has none.
    pub(crate) fn plain(mut self) -> Option<Self> {
        let mut found = false;
        for value in self.parameters.values_mut() {
            strip(value, &mut found);
        }
        self.parameters.retain(|name, _| keep(name, &mut found));
        found.then_some(self)
    }

    /// The call that makes it.
    pub(crate) fn call(self, place: &Conversation) -> Call {
        let buckets = buckets(&self.name, place);
        let call = Call::post_json(BOT, format!("/{}", self.name), &Value::Null);
        match self.upload {
            None => {
                let body = Value::Object(self.parameters).to_string();
                Call { payload: Payload::Bytes(body.into_bytes()), buckets, ..call }
            }
            Some(upload) => {
                let payload = Payload::Multipart(form(self.parameters, upload));
                Call { payload, headers: Vec::new(), buckets, ..call }
            }
        }
    }
}

/// What a call is counted under. That somebody types is no message.
fn buckets(method: &str, place: &Conversation) -> Vec<Bucket> {
    let bot = Bucket::new(PACE_BOT, "");
    match place {
        _ if method == "sendChatAction" => Vec::new(),
        Conversation::Query(_) => vec![bot],
        // The ids of groups and channels are negative.
        Conversation::Chat(chat) if chat.id < 0 => {
            let id = chat.id.to_string();
            vec![Bucket::new(PACE_CHAT, id.clone()), Bucket::new(PACE_GROUP, id), bot]
        }
        Conversation::Chat(chat) => vec![Bucket::new(PACE_CHAT, chat.id.to_string()), bot],
    }
}

/// Telegram takes everything but texts as JSON in a form, too.
fn form(parameters: Map<String, Value>, upload: Upload) -> Vec<FormPart> {
    let as_text = |value| match value {
        Value::String(text) => text,
        value => value.to_string(),
    };
    let part = |name: String, content| FormPart { name, filename: None, media_type: None, content };
    let mut parts: Vec<_> =
        parameters.into_iter().map(|(name, value)| part(name, FormContent::Text(as_text(value)))).collect();
    parts.push(FormPart {
        // Telegram takes a part without a name for a text.
        filename: Some(upload.filename.unwrap_or_else(|| upload.field.into())),
        media_type: upload.media_type,
        ..part(upload.field.into(), FormContent::Blob(upload.blob))
    });
    parts
}

/// What the event gave along under this name.
pub(crate) fn handed_back<'o>(outgoing: &'o Outgoing, name: &str) -> Option<&'o str> {
    let handback = &outgoing.origin.as_ref()?.handback;
    handback.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

/// Takes the formatting out of what lies deeper: the captions of an album, the options of a poll.
fn strip(value: &mut Value, found: &mut bool) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| strip(item, found)),
        Value::Object(fields) => {
            fields.values_mut().for_each(|value| strip(value, found));
            fields.retain(|name, _| keep(name, found));
        }
        _ => {}
    }
}

fn keep(name: &str, found: &mut bool) -> bool {
    let is_formatting = name.ends_with("parse_mode") || name.ends_with("entities");
    *found |= is_formatting;
    !is_formatting
}

#[cfg(test)]
mod tests {
    use hookhost_sdk::testing::text_task;
    use hookhost_sdk::types::{Origin, Task};

    use super::*;

    fn outgoing(wishes: &[(&str, &str)]) -> Outgoing {
        let Task::Send(outgoing) = text_task("-100", "Hello") else { panic!() };
        let handback = vec![(CALLBACK.into(), "c1".into())];
        Outgoing {
            origin: Some(Origin { message: Some("-100:41".into()), occurred_ms: None, handback }),
            attributes: wishes.iter().map(|&(name, value)| (name.into(), value.into())).collect(),
            ..outgoing
        }
    }

    fn check(name: &str, place: &str, wishes: &[(&str, &str)], is_first: bool, expected: &Value) {
        let place = place.parse().unwrap();
        let method = Method::new(name, json!({})).addressed(&place, &outgoing(wishes), is_first);
        assert_eq!(Value::Object(method.parameters), *expected, "{name} {place}");
    }

    #[test]
    fn an_address_names_the_topic_and_the_first_message_quotes_if_asked() {
        const QUOTE: [(&str, &str); 1] = [("quote", "true")];
        let quote = json!({"message_id": 41, "allow_sending_without_reply": true});
        check("sendDice", "-100/33", &[], true, &json!({"chat_id": -100, "message_thread_id": 33}));
        check("sendDice", "-200", &QUOTE, true, &json!({"chat_id": -200}));
        check("sendDice", "-100", &QUOTE, true, &json!({"chat_id": -100, "reply_parameters": quote}));
        check("sendDice", "-100", &QUOTE, false, &json!({"chat_id": -100}));
        check("sendDice", "-100", &[("quote", "false")], true, &json!({"chat_id": -100}));
        check(
            "sendDice",
            "-100",
            &[("silent", "true")],
            true,
            &json!({"chat_id": -100, "disable_notification": true}),
        );
        check("sendDice", "7@bc", &[], true, &json!({"chat_id": 7, "business_connection_id": "bc"}));
        check(
            "sendDice",
            "-100/direct/5",
            &[],
            true,
            &json!({"chat_id": -100, "direct_messages_topic_id": 5}),
        );
    }

    #[test]
    fn every_method_gets_the_address_that_it_takes() {
        const ALL: [(&str, &str); 2] = [("quote", "true"), ("silent", "true")];
        check("sendChatAction", "-100/33", &ALL, true, &json!({"chat_id": -100, "message_thread_id": 33}));
        check("setMessageReaction", "-100/33@bc", &ALL, true, &json!({"chat_id": -100}));
        check(
            "editMessageText",
            "-100/33@bc",
            &ALL,
            true,
            &json!({"chat_id": -100, "business_connection_id": "bc"}),
        );
        check(
            "forwardMessage",
            "-100/33",
            &ALL,
            true,
            &json!({"chat_id": -100, "message_thread_id": 33, "disable_notification": true}),
        );
        check("answerCallbackQuery", "-100", &[], true, &json!({"callback_query_id": "c1"}));
        check("answerInlineQuery", "inline_query/7", &[], true, &json!({"inline_query_id": "7"}));
        check("editMessageText", "inline_message/AB", &[], true, &json!({"inline_message_id": "AB"}));
    }

    #[test]
    fn a_raw_reply_cannot_go_to_another_chat() {
        let method = Method::new("sendDice", json!({"chat_id": 7, "message_thread_id": 1}));
        let method = method.addressed(&"-100/33".parse().unwrap(), &outgoing(&[]), true);
        assert_eq!(Value::Object(method.parameters), json!({"chat_id": -100, "message_thread_id": 1}));
    }

    #[test]
    fn formatting_can_be_taken_out_wherever_it_stands() {
        let album = json!([{"type": "photo", "media": "x", "caption": "a", "parse_mode": "HTML"}]);
        for (parameters, expected) in [
            (json!({"text": "a", "entities": []}), Some(json!({"text": "a"}))),
            (json!({"text": "a", "parse_mode": "HTML"}), Some(json!({"text": "a"}))),
            (
                json!({"media": album}),
                Some(json!({"media": [{"type": "photo", "media": "x", "caption": "a"}]})),
            ),
            (json!({"text": "a"}), None),
        ] {
            let plain = Method::new("x", parameters).plain().map(|method| Value::Object(method.parameters));
            assert_eq!(plain, expected);
        }
    }

    #[test]
    fn a_file_of_the_host_s_goes_in_a_form() {
        let upload = Upload { field: "photo", blob: "b7".into(), filename: None, media_type: None };
        let method = Method {
            upload: Some(upload),
            ..Method::new("sendPhoto", json!({"caption": "a", "chat_id": 7}))
        };
        let call = method.call(&"7".parse().unwrap());
        let Payload::Multipart(parts) = call.payload else { panic!("{call:?}") };
        let part =
            |name: &str, content| FormPart { name: name.into(), filename: None, media_type: None, content };
        let file =
            FormPart { filename: Some("photo".into()), ..part("photo", FormContent::Blob("b7".into())) };
        assert_eq!(
            parts,
            [
                part("caption", FormContent::Text("a".into())),
                part("chat_id", FormContent::Text("7".into())),
                file
            ]
        );
        assert_eq!(call.headers, []);
    }
}
