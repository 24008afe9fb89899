//! Reads an update: one request, one event.

use hookhost_sdk::json;
use hookhost_sdk::types::{Acceptance, Content, Event, Field, Response, Verdict};
use serde_json::Value;

use crate::bot::Bot;
use crate::conversation::{Chat, Conversation, Topic, is_id};
use crate::{callback, message, query, reaction, sender, topic};

/// What Telegram says longer than this is left out of an event's attributes; the delivery keeps it.
const AS_WRITTEN_BYTES_MAX: usize = 16 * 1024;

/// What was read of an update; else why there is nothing to do.
pub(crate) type Read = Result<Event, &'static str>;

/// The update as an event. Refused is only what is no update at all.
pub(crate) fn verdict(bot: Bot<'_>, body: &[u8]) -> Verdict {
    let (id, kind, news) = match update(body) {
        Ok(update) => update,
        Err(reason) => return Verdict::Reject(reason),
    };
    match read(bot, &kind, &news) {
        Ok(event) => {
            let event = Event { id: Some(id), account: bot.name.map(String::from), ..event };
            // Telegram carries out what stands in the answer: at once, and without a call of ours.
            let response = (kind == "callback_query").then(|| callback::answer(&news)).flatten();
            Verdict::Accept(Acceptance { events: vec![event], response: response.as_ref().map(as_response) })
        }
        Err(reason) => Verdict::Ignore(reason.into()),
    }
}

/// Its id, its kind, and what it says.
fn update(body: &[u8]) -> Result<(String, String, Value), String> {
    let update: Value = serde_json::from_slice(body)
        .map_err(|error| format!("the body is not JSON: line {}, column {}", error.line(), error.column()))?;
    let Value::Object(mut fields) = update else { return Err("the body is not a JSON object".into()) };
    let id = fields.get("update_id").and_then(Value::as_i64).ok_or("`update_id` is not a whole number")?;
    let kind = topic::kind(&fields).to_owned();
    let news = fields.remove(&kind).unwrap_or_default();
    Ok((id.to_string(), kind, news))
}

fn read(bot: Bot<'_>, kind: &str, news: &Value) -> Read {
    let sender = sender::of(news);
    let event = match kind {
        "message"
        | "edited_message"
        | "channel_post"
        | "edited_channel_post"
        | "business_message"
        | "edited_business_message"
        | "guest_message" => message::read(bot, kind, news, sender.as_ref())?,
        "callback_query" => callback::read(bot, news),
        "inline_query" | "shipping_query" | "pre_checkout_query" => query::read(kind, news),
        "message_reaction" => reaction::read(news),
        _ => other(kind, news),
    };
    let occurred_ms = json::seconds_as_ms(news, "/edit_date").or_else(|| json::seconds_as_ms(news, "/date"));
    let attributes = [event.attributes, place(news)].concat();
    Ok(Event { occurred_ms, sender: sender.map(|sender| sender.party), attributes, ..event })
}

/// Any other news: recorded, and for a route to send somewhere, with all that it says.
fn other(kind: &str, news: &Value) -> Event {
    let person = match kind {
        // Each of them dealt with the bot in a chat of its own, which has the person's id.
        "purchased_paid_media" => json::integer(news, "/from/id"),
        "subscription" => json::integer(news, "/user/id"),
        "business_connection" => json::integer(news, "/user_chat_id"),
        _ => None,
    };
    let conversation = chat(news).or_else(|| person.map(Chat::whole));
    Event {
        conversation: conversation.map(|chat| Conversation::from(chat).to_string()),
        attributes: as_written(kind, Some(news)).into_iter().collect(),
        ..Event::new(kind, Content::Other)
    }
}

/// The chat, the topic and the business account of a message or of other news. What has to do with a business
/// account stands in a chat that the bot itself is not in: without its connection there is no way to answer.
pub(crate) fn chat(news: &Value) -> Option<Chat> {
    let forum =
        || json::integer(news, "/message_thread_id").filter(|_| json::is_true(news, "/is_topic_message"));
    let topic = match json::integer(news, "/direct_messages_topic/topic_id") {
        Some(topic) => Topic::Direct(topic),
        None => forum().map_or(Topic::None, Topic::Forum),
    };
    let business = json::str(news, "/business_connection_id").filter(|id| is_id(id)).map(String::from);
    Some(Chat { id: json::integer(news, "/chat/id")?, topic, business })
}

/// In what kind of chat it happened, in the contract's words.
fn place(news: &Value) -> Vec<Field> {
    let kind = json::str(news, "/chat/type").or_else(|| json::str(news, "/message/chat/type"));
    let place = kind.map(|kind| match kind {
        "private" | "channel" => kind,
        // Groups, supergroups, and kinds of tomorrow: where in doubt, the host keeps quiet.
        _ => "group",
    });
    place.map(|place| ("chat".into(), place.into())).into_iter().collect()
}

/// What has no form of its own: an attribute of Telegram's name for it, as JSON.
pub(crate) fn as_written(name: &str, value: Option<&Value>) -> Option<Field> {
    let written = value.filter(|value| !value.is_null())?.to_string();
    (written.len() <= AS_WRITTEN_BYTES_MAX).then(|| (name.into(), written))
}

fn as_response(method: &Value) -> Response {
    Response {
        status: 200,
        headers: vec![("content-type".into(), "application/json".into())],
        body: method.to_string().into_bytes(),
    }
}

#[cfg(test)]
mod tests;
