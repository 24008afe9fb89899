//! Reads what somebody put on a message.

use hookhost_sdk::json;
use hookhost_sdk::types::{Content, Event, Reaction};
use serde_json::Value;

use crate::conversation::{Conversation, message_id};
use crate::receive::{as_written, chat};

/// The reaction that is new; none where one was only taken back.
pub(crate) fn read(news: &Value) -> Event {
    let topic = "message_reaction";
    let chat = chat(news);
    let event = match chat.as_ref().zip(json::integer(news, "/message_id")) {
        Some((chat, number)) => {
            let (old, new) = (all(news, "old_reaction"), all(news, "new_reaction"));
            let emoji = new.into_iter().find(|emoji| !old.contains(emoji));
            Event::new(topic, Content::Reaction(Reaction { message: message_id(chat.id, number), emoji }))
        }
        None => Event::other(topic),
    };
    Event {
        conversation: chat.map(|chat| Conversation::from(chat).to_string()),
        attributes: as_written(topic, Some(news)).into_iter().collect(),
        ..event
    }
}

/// Emoji as they are, custom ones by their number, `paid` for stars.
fn all(news: &Value, list: &str) -> Vec<String> {
    let one = |reaction: &Value| {
        let name = ["/emoji", "/custom_emoji_id", "/type"].into_iter().find_map(|at| json::str(reaction, at));
        name.map(String::from)
    };
    news.get(list).and_then(Value::as_array).into_iter().flatten().filter_map(one).collect()
}
