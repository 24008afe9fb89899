//! Reads an update: one request, one event.

use hookhost_sdk::json;
use hookhost_sdk::types::{Content, Event, Field, Party, Verdict};
use serde_json::Value;

use crate::conversation::Conversation;
use crate::{message, topic};

/// The update as an event; `own_name` is the bot's. Refused is only what is no update at all.
pub(crate) fn verdict(own_name: Option<&str>, body: &[u8]) -> Verdict {
    match event(own_name, body) {
        Ok(event) => Verdict::events(vec![event]),
        Err(reason) => Verdict::Reject(reason),
    }
}

fn event(own_name: Option<&str>, body: &[u8]) -> Result<Event, String> {
    let update: Value = serde_json::from_slice(body)
        .map_err(|error| format!("the body is not JSON: line {}, column {}", error.line(), error.column()))?;
    let fields = update.as_object().ok_or("the body is not a JSON object")?;
    let id = fields.get("update_id").and_then(Value::as_i64).ok_or("`update_id` is not a whole number")?;

    let kind = topic::kind(fields);
    let news = fields.get(kind).unwrap_or(&Value::Null);
    let conversation = conversation(kind, news);
    let event = match kind {
        "message" => message::read(own_name, news, conversation),
        kind => Event::other(kind),
    };
    let mut attributes = event.attributes;
    attributes.extend(place(news));
    Ok(Event {
        id: Some(id.to_string()),
        occurred_ms: json::seconds_as_ms(news, "/edit_date").or_else(|| json::seconds_as_ms(news, "/date")),
        conversation: conversation.map(|conversation| conversation.to_string()),
        sender: sender(news),
        attributes,
        ..event
    })
}

/// Where an answer can go. Business and guest messages stand in chats that the bot itself is not in; it
/// could not answer there as itself, so they have none.
fn conversation(kind: &str, news: &Value) -> Option<Conversation> {
    if kind.contains("business") || kind.starts_with("guest") {
        return None;
    }
    let message = if news.get("chat").is_some() { news } else { news.get("message")? };
    let thread =
        json::is_true(message, "/is_topic_message").then(|| json::integer(message, "/message_thread_id"));
    Some(Conversation { chat: json::integer(message, "/chat/id")?, thread: thread.flatten() })
}

/// In what kind of chat it happened, in the contract's words.
fn place(news: &Value) -> Option<Field> {
    let kind = json::str(news, "/chat/type").or_else(|| json::str(news, "/message/chat/type"))?;
    let place = match kind {
        "private" | "channel" => kind,
        // Groups, supergroups, and kinds of tomorrow: where in doubt, the host keeps quiet.
        _ => "group",
    };
    Some(("chat".into(), place.into()))
}

fn sender(news: &Value) -> Option<Party> {
    let user = ["from", "user"].into_iter().find_map(|field| news.get(field))?;
    let name = [json::str(user, "/first_name"), json::str(user, "/last_name")];
    let name = name.into_iter().flatten().collect::<Vec<_>>().join(" ");
    let attributes = [("username", "/username"), ("language", "/language_code")];
    let attributes = attributes.into_iter().filter_map(|(name, at)| Some((name, json::str(user, at)?)));
    let bot = json::is_true(user, "/is_bot").then_some(("bot", "true"));
    Some(Party {
        id: json::text(user, "/id")?,
        name: (!name.is_empty()).then_some(name),
        attributes: attributes.chain(bot).map(|(name, value)| (name.into(), value.into())).collect(),
    })
}

/// The chat goes on as another one: the group became a supergroup.
pub(crate) fn moved(message: &Value) -> Option<Content> {
    let chat = json::integer(message, "/migrate_to_chat_id")?;
    Some(Content::Moved(Conversation { chat, thread: None }.to_string()))
}

#[cfg(test)]
mod tests;
