//! Reads a message: its text, whether that is a command, and what it answers.

use hookhost_sdk::command::{self, Reading};
use hookhost_sdk::types::{Content, Event, Message, Quote};
use hookhost_sdk::{json, log};
use serde_json::Value;

use crate::conversation::{Conversation, message_id};
use crate::{receive, topic};

/// The topic and content of a message. Only text from people is content; everything else, and what is meant
/// for another bot, is recorded under its topic.
pub(crate) fn read(own_name: Option<&str>, message: &Value, conversation: Option<Conversation>) -> Event {
    let topic = topic::of_message(message);
    let is_from_bot = json::is_true(message, "/from/is_bot");
    let (Some(text), Some(conversation), false) = (json::str(message, "/text"), conversation, is_from_bot)
    else {
        return Event::new(topic, receive::moved(message).unwrap_or(Content::Other));
    };
    let Some(number) = json::integer(message, "/message_id") else { return Event::other(topic) };
    let command = match reading(own_name, text, message) {
        Reading::Text => None,
        Reading::Ours(command) => Some(command),
        Reading::Others => {
            if own_name.is_none() {
                log::debug(
                    "a command names a bot, and the setting bot_username is not there to compare",
                    &[],
                );
            }
            let attributes = vec![("for".into(), "another-bot".into())];
            return Event { attributes, ..Event::other(topic) };
        }
    };
    let message = Message {
        command,
        quoted: quoted(message, conversation.chat),
        ..Message::text(message_id(conversation.chat, number), text)
    };
    Event::message(topic, message)
}

/// Telegram marks commands in `entities`; where it marks nothing at all, some bridges leave the list out
/// altogether, and the text itself decides.
fn reading(own_name: Option<&str>, text: &str, message: &Value) -> Reading {
    let Some(entities) = message.get("entities").and_then(Value::as_array) else {
        return command::leading(text, own_name);
    };
    let is_command = |entity: &&Value| {
        json::str(entity, "/type") == Some("bot_command") && json::integer(entity, "/offset") == Some(0)
    };
    let mark = entities.iter().find(is_command).and_then(|entity| json::integer(entity, "/length"));
    match mark.map(usize::try_from) {
        Some(Ok(units)) => command::marked(text, units, own_name),
        Some(Err(_)) | None => Reading::Text,
    }
}

fn quoted(message: &Value, chat: i64) -> Option<Quote> {
    let number = json::integer(message, "/reply_to_message/message_id")?;
    // In a topic every message formally answers the one that opened it.
    if json::is_true(message, "/is_topic_message")
        && json::integer(message, "/message_thread_id") == Some(number)
    {
        return None;
    }
    Some(Quote {
        message: message_id(chat, number),
        author: json::text(message, "/reply_to_message/from/id"),
        text: json::str(message, "/quote/text").map(String::from),
    })
}
