//! Reads what was said, by the message's type.

use hookhost_sdk::types::{Attachment, Choice, Content, Field, Message, Reaction};
use hookhost_sdk::{command, json};
use serde_json::Value;

use crate::conversation::Conversation;
use crate::message::quoted;
use crate::receive::plain;
use crate::{attachment, attributes, system};

/// What a message says, and what it is called.
pub(crate) struct Said {
    pub(crate) topic: String,
    pub(crate) content: Content,
    /// Besides those that every message may have.
    pub(crate) attributes: Vec<Field>,
}

impl Said {
    fn new(topic: impl Into<String>, content: Content) -> Self {
        Self { topic: topic.into(), content, attributes: Vec::new() }
    }

    /// Something that is recorded under its topic.
    fn other(topic: impl Into<String>) -> Self {
        Self::new(topic, Content::Other)
    }

    /// Also what this object says, named after its place.
    fn with(mut self, name: &str, value: Option<&Value>) -> Self {
        attributes::flat(name, value, &mut self.attributes);
        self
    }
}

/// Reads a message with this id. What people say to us is a message with the topic `message.<type>`; what they
/// do to messages, and what WhatsApp says itself, has a topic outside of `message`, so that a route for
/// messages does not run it. What is not known, and what its own type does not fit, is recorded.
pub(crate) fn read(id: &str, item: &Value, conversation: Option<&Conversation>) -> Said {
    let kind = json::str(item, "/type").map_or("unknown", plain);
    match kind {
        "reaction" => reaction(item).map_or_else(|| Said::other(kind), |one| Said::new(kind, one)),
        "edit" => edited(id, item),
        "revoke" => Said::other("revoked").with("message", json::at(item, "/revoke/original_message_id")),
        "system" => {
            let system = item.get("system").unwrap_or(&Value::Null);
            let topic = format!("system.{}", json::str(system, "/type").map_or("unknown", plain));
            Said::new(topic, system::content(system, conversation)).with("system", Some(system))
        }
        _ => spoken("message", id, kind, item),
    }
}

/// What people say to us; `prefix` begins the topic.
fn spoken(prefix: &str, id: &str, kind: &str, item: &Value) -> Said {
    let body = item.get(kind).unwrap_or(&Value::Null);
    let topic = |kind: &str| format!("{prefix}.{kind}");
    let said = |message: Message| Said::new(topic(kind), Content::Message(message));
    let nothing = Message { quoted: quoted(item), ..empty(id) };
    match kind {
        "text" => match json::str(body, "/body") {
            Some(text) => said(worded(nothing, Some(text))),
            None => Said::other(topic(kind)),
        },
        "image" | "audio" | "video" | "document" | "sticker" => match attachment::media(kind, body) {
            Some(file) => {
                let is_voice = matches!(&file, Attachment::Media(media) if media.kind == "voice");
                let message =
                    Message { attachments: vec![file], ..worded(nothing, json::str(body, "/caption")) };
                let topic = topic(if is_voice { "voice" } else { kind });
                let animated = body.get("animated").filter(|_| json::is_true(body, "/animated"));
                Said::new(topic, Content::Message(message)).with("animated", animated)
            }
            None => Said::other(topic(kind)),
        },
        "location" => match attachment::location(body) {
            Some(place) => {
                said(Message { attachments: vec![place], ..nothing }).with("location.url", body.get("url"))
            }
            None => Said::other(topic(kind)),
        },
        "contacts" => match attachment::contacts(body) {
            cards if cards.is_empty() => Said::other(topic(kind)),
            cards => said(Message { attachments: cards, ..nothing }),
        },
        "button" => match chosen(body, "/payload", "/text") {
            Some(choice) => said(Message { choice: Some(choice), ..nothing }),
            None => Said::other(topic(kind)),
        },
        "interactive" => interactive(topic, nothing, body),
        "order" if body.is_object() => {
            let message = Message { text: json::str(body, "/text").map(String::from), ..nothing };
            said(message).with("order", Some(body))
        }
        _ => Said::other(topic(kind)),
    }
}

/// An answer to a message with buttons, a list or a flow, under the name of what was answered.
fn interactive(topic: impl Fn(&str) -> String, nothing: Message, body: &Value) -> Said {
    let kind = json::str(body, "/type").map_or("interactive", plain);
    let answer = body.get(kind).unwrap_or(&Value::Null);
    let said = |message: Message| Said::new(topic(kind), Content::Message(message));
    match kind {
        "button_reply" | "list_reply" => match chosen(answer, "/id", "/title") {
            Some(choice) => said(Message { choice: Some(choice), ..nothing })
                .with("choice.description", answer.get("description")),
            None => Said::other(topic(kind)),
        },
        // What was filled in is what was written: JSON, as the flow made it.
        "nfm_reply" => match json::str(answer, "/response_json") {
            Some(filled_in) => {
                let message = Message { text: Some(filled_in.into()), ..nothing };
                said(message).with("flow.name", answer.get("name")).with("flow.body", answer.get("body"))
            }
            None => Said::other(topic(kind)),
        },
        // Whether we may call is nothing that was said.
        "call_permission_reply" => Said::other(kind).with(kind, Some(answer)),
        _ => Said::other(topic(kind)),
    }
}

/// A message as it reads now. It is no command: that was run when it was written first.
fn edited(id: &str, item: &Value) -> Said {
    let edit = item.get("edit").unwrap_or(&Value::Null);
    let Some(now) = edit.get("message").filter(|now| now.is_object()) else { return Said::other("edited") };
    let original = json::str(edit, "/original_message_id").unwrap_or(id);
    let kind = json::str(now, "/type").map_or("unknown", plain);
    let mut said = spoken("edited", original, kind, now);
    if let Content::Message(message) = &mut said.content {
        message.command = None;
    }
    said
}

fn reaction(item: &Value) -> Option<Content> {
    let message = json::text(item, "/reaction/message_id").filter(|id| !id.is_empty())?;
    let emoji = json::str(item, "/reaction/emoji").map(String::from);
    Some(Content::Reaction(Reaction { message, emoji }))
}

fn chosen(answer: &Value, id: &str, title: &str) -> Option<Choice> {
    let title = json::text(answer, title);
    // A template's button without a payload of its own gives its text.
    let id = json::text(answer, id).or_else(|| title.clone())?;
    Some(Choice { title: title.unwrap_or_else(|| id.clone()), id })
}

fn worded(message: Message, text: Option<&str>) -> Message {
    let command = text.and_then(|text| command::leading(text, None).ours());
    Message { text: text.map(String::from), command, ..message }
}

fn empty(id: &str) -> Message {
    Message { text: None, ..Message::text(id, "") }
}
