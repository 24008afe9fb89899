//! Reads a message: its words, whether they are a command, what it carries, and what it answers.

use hookhost_sdk::command::{self, Reading};
use hookhost_sdk::types::{Content, Event, Field, Message, Quote};
use hookhost_sdk::{json, log};
use serde_json::Value;

use crate::bot::Bot;
use crate::conversation::{Chat, Conversation, Query, QueryKind, message_id};
use crate::receive::{Read, as_written, chat};
use crate::sender::{Kind, Sender};
use crate::topic::{self, Substance};
use crate::{attachment, rich};

/// A message, an edited one, a channel's post, one of a business account's chats, or one from a chat that the
/// bot is not in.
pub(crate) fn read(bot: Bot<'_>, kind: &str, message: &Value, sender: Option<&Sender>) -> Read {
    let content = match topic::of_message(message) {
        Substance::Content(content) => content,
        Substance::Service(news) => return Ok(service(kind, news, message)),
    };
    if sender.is_some_and(|sender| sender.kind == Kind::Bot && !bot.hears(&sender.party)) {
        return Err("a bot wrote it");
    }
    if message.get("sender_business_bot").is_some_and(Value::is_object) {
        return Err("a bot wrote it for the business account");
    }
    let topic = format!("{kind}.{content}");
    let (Some(number), Some(chat)) = (json::integer(message, "/message_id"), chat(message)) else {
        return Ok(Event {
            attributes: as_written(kind, Some(message)).into_iter().collect(),
            ..Event::other(topic)
        });
    };
    if kind.contains("business") && json::integer(message, "/from/id").is_some_and(|from| from != chat.id) {
        return Err("the business account itself wrote it");
    }
    let text = words(content, message);
    let command = match text.as_deref().map(|text| reading(bot.name, text, message)) {
        Some(Reading::Others) => return Err(other_bot(bot)),
        // What was run once is not run again because somebody mends a word.
        Some(Reading::Ours(command)) if !kind.starts_with("edited") => Some(command),
        _ => None,
    };
    let read = Message {
        command,
        text,
        attachments: attachment::of_message(content, message),
        quoted: quoted(message, chat.id),
        ..Message::text(message_id(chat.id, number), "")
    };
    Ok(Event {
        attributes: attributes(content, message, &read),
        conversation: place(kind, message, chat).map(|place| place.to_string()),
        ..Event::message(topic, read)
    })
}

/// What Telegram says in a chat: somebody joined, a message was pinned, a payment went through.
fn service(kind: &str, news: &str, message: &Value) -> Event {
    let topic = match kind {
        "message" => format!("service.{news}"),
        kind => format!("{kind}.service.{news}"),
    };
    let moved = json::integer(message, "/migrate_to_chat_id");
    let content = moved.map(|to| Content::Moved(Conversation::from(Chat::whole(to)).to_string()));
    let chat = chat(message);
    Event {
        conversation: chat.and_then(|chat| place(kind, message, chat)).map(|place| place.to_string()),
        attributes: as_written(news, message.get(news)).into_iter().collect(),
        ..Event::new(topic, content.unwrap_or(Content::Other))
    }
}

/// Where an answer goes. What stands in a chat that the bot is not in is answered through the business account
/// or by the query, or not at all.
fn place(kind: &str, message: &Value, chat: Chat) -> Option<Conversation> {
    match kind {
        "guest_message" => {
            let id = json::str(message, "/guest_query_id")?;
            Query::new(QueryKind::Guest, id).map(Conversation::Query)
        }
        kind if kind.contains("business") && chat.business.is_none() => None,
        _ => Some(chat.into()),
    }
}

fn words(content: &str, message: &Value) -> Option<String> {
    let written = json::str(message, "/text").or_else(|| json::str(message, "/caption"));
    match written {
        Some(text) => Some(text.into()),
        None if content == "rich_message" => rich::text(message.get("rich_message")?),
        None => None,
    }
}

/// Telegram marks commands in the list of entities; where there is no such list at all, as some bridges leave
/// it out, the text itself decides.
fn reading(own_name: Option<&str>, text: &str, message: &Value) -> Reading {
    let list = if json::str(message, "/text").is_some() { "entities" } else { "caption_entities" };
    let Some(entities) = message.get(list).and_then(Value::as_array) else {
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

fn other_bot(bot: Bot<'_>) -> &'static str {
    if bot.name.is_none() {
        log::debug("a command names a bot, and the setting bot_username is not there to compare", &[]);
    }
    "a command for another bot"
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

/// What belongs to it besides: which album it is of, whether it was forwarded, and contents without a form of
/// their own.
fn attributes(content: &str, message: &Value, read: &Message) -> Vec<Field> {
    let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let mut attributes = Vec::new();
    attributes.extend(json::str(message, "/media_group_id").map(|id| field("media_group", id)));
    if message.get("forward_origin").is_some_and(Value::is_object) {
        attributes.push(field("forwarded", "true"));
    }
    attributes.extend(json::str(message, "/via_bot/username").map(|bot| field("via_bot", bot)));
    attributes.extend(json::str(message, "/sticker/emoji").map(|emoji| field("emoji", emoji)));
    if content != "text" && read.attachments.is_empty() {
        attributes.extend(as_written(content, message.get(content)));
    }
    attributes
}
