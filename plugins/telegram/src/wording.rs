//! Puts a reply into the Bot API's words: one method call for each message.

use hookhost_sdk::types::{Failure, FailureScope, Outgoing, Reaction, Reply, Text, TextFormat};
use serde_json::{Value, json};

use crate::callback::CALLBACK;
use crate::conversation::{Chat, Conversation, message_in};
use crate::format::{self, Formatted, Style};
use crate::method::{Method, handed_back};

mod card;
mod keyboard;
mod media;
mod query;

/// Telegram counts code points after it has read the markup; UTF-16 units are never fewer.
const TEXT_UNITS: usize = 4096;
/// What the host allows for one task; more would break off in the middle.
const MESSAGES_MAX: usize = 64;

/// The calls that a reply takes, in order; the same every time. None at all: there is nothing to do.
pub(crate) fn methods(outgoing: &Outgoing, place: &Conversation) -> Result<Vec<Method>, Failure> {
    let methods = match (place, &outgoing.reply) {
        (Conversation::Chat(_), Reply::Typing) => {
            vec![Method::new("sendChatAction", json!({"action": "typing"}))]
        }
        (_, Reply::Typing) => return Ok(Vec::new()),
        (_, Reply::Seen) => return Ok(seen(outgoing, place)),
        (_, Reply::Raw(json)) => vec![raw(json)?],
        (Conversation::Query(query), reply) => vec![query::answer(query, reply, style(outgoing))?],
        (Conversation::Chat(chat), reply) => in_chat(chat, outgoing, reply)?,
    };
    match methods.len() {
        0 => Err(unsendable("empty", "there is nothing to see in this reply")),
        1..=MESSAGES_MAX => Ok(methods),
        many => Err(unsendable("too-long", &format!("this reply would take {many} messages"))),
    }
}

fn in_chat(chat: &Chat, outgoing: &Outgoing, reply: &Reply) -> Result<Vec<Method>, Failure> {
    match reply {
        Reply::Text(text) => texts(&read(text, style(outgoing))),
        Reply::Media(file) => media::methods(file, style(outgoing)),
        Reply::Location(place) => Ok(vec![card::location(place)]),
        Reply::Contact(person) => card::contact(person),
        Reply::Buttons(buttons) => keyboard::buttons(buttons),
        Reply::Menu(menu) => keyboard::menu(menu),
        Reply::Reaction(reaction) => react(chat, reaction).map(|method| vec![method]),
        _ => Err(unsendable("unknown-reply", "this kind of reply is not known")),
    }
}

/// How the workflow says that its words are written, beyond what all providers know.
fn style(outgoing: &Outgoing) -> Option<Style> {
    outgoing.wish("format").and_then(Style::named)
}

fn read(text: &Text, style: Option<Style>) -> Formatted {
    let usual = match text.format {
        TextFormat::Plain => Style::Plain,
        TextFormat::Markdown => Style::Markdown,
    };
    format::read(&text.body, style.unwrap_or(usual))
}

fn texts(text: &Formatted) -> Result<Vec<Method>, Failure> {
    // It is cut anew for each step, which takes too long where it could never be sent.
    if text.units() > TEXT_UNITS * MESSAGES_MAX {
        return Err(unsendable("too-long", "this text would take too many messages"));
    }
    let method = |piece: format::Piece| {
        let mut method = Method::new("sendMessage", json!({"text": piece.text}));
        if !piece.entities.is_empty() {
            method.parameters.insert("entities".into(), piece.entities.into());
        }
        method
    };
    Ok(text.pieces(TEXT_UNITS).into_iter().map(method).collect())
}

fn react(chat: &Chat, reaction: &Reaction) -> Result<Method, Failure> {
    let number = message_in(chat.id, &reaction.message)
        .ok_or_else(|| unsendable("message", "the message is not one of this chat"))?;
    // A custom emoji is named by its number.
    let one = |emoji: &String| match emoji.bytes().all(|byte| byte.is_ascii_digit()) {
        true => json!({"type": "custom_emoji", "custom_emoji_id": emoji}),
        false => json!({"type": "emoji", "emoji": emoji}),
    };
    let reactions: Vec<Value> = reaction.emoji.iter().filter(|emoji| !emoji.is_empty()).map(one).collect();
    Ok(Method::new("setMessageReaction", json!({"message_id": number, "reaction": reactions})))
}

/// A button stops waiting, should our answer to the update not have reached Telegram. A business account's
/// message is marked as read; others cannot be.
fn seen(outgoing: &Outgoing, place: &Conversation) -> Vec<Method> {
    if handed_back(outgoing, CALLBACK).is_some() {
        return vec![Method::new("answerCallbackQuery", json!({}))];
    }
    let Conversation::Chat(chat) = place else { return Vec::new() };
    let message = outgoing.origin.as_ref().and_then(|origin| message_in(chat.id, origin.message.as_ref()?));
    match message.filter(|_| chat.business.is_some()) {
        Some(number) => vec![Method::new("readBusinessMessage", json!({"message_id": number}))],
        None => Vec::new(),
    }
}

/// `{"method": "sendPoll", ...}`. The method becomes part of a path, so it must be a word.
fn raw(json: &str) -> Result<Method, Failure> {
    let Ok(Value::Object(mut parameters)) = serde_json::from_str(json) else {
        return Err(unsendable("raw", "a raw reply must be a JSON object"));
    };
    match parameters.remove("method") {
        Some(Value::String(name)) if !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric()) => {
            Ok(Method { name, parameters, upload: None })
        }
        _ => Err(unsendable("raw", "a raw reply must name its `method`")),
    }
}

fn unsendable(code: &str, message: &str) -> Failure {
    Failure { scope: FailureScope::Message, code: code.into(), message: message.into() }
}

#[cfg(test)]
mod tests;
