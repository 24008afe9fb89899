//! Reads a message: who wrote, from where, and what.

use hookhost_sdk::types::{Content, Event, Message, Party, Quote};
use hookhost_sdk::{command, json};
use serde_json::Value;

use crate::conversation::{Conversation, Recipient, is_number_id};
use crate::receive::{Place, plain};

/// The message as an event; `None` when it has no id. Only text is content, every other type is recorded
/// under its topic.
pub(crate) fn read(place: &Place<'_>, item: &Value) -> Option<Event> {
    let id = json::text(item, "/id").filter(|id| !id.is_empty())?;
    let kind = json::str(item, "/type").map_or("unknown", plain);
    let content = match (kind, json::str(item, "/text/body")) {
        ("text", Some(body)) => Content::Message(Message {
            command: command::leading(body, None).ours(),
            quoted: quoted(item),
            ..Message::text(id.as_str(), body)
        }),
        _ => Content::Other,
    };
    let chat = if item.get("group_id").is_some() { "group" } else { "private" };
    Some(Event {
        id: Some(id),
        conversation: conversation(place, item).map(|conversation| conversation.to_string()),
        sender: sender(place, item),
        attributes: vec![("chat".into(), chat.into())],
        ..Event::new(format!("message.{kind}"), content)
    })
}

/// The group, else the person: by phone number, or by user id where Meta shows no number.
fn conversation(place: &Place<'_>, item: &Value) -> Option<Conversation> {
    let filled = |pointer: &str| json::text(item, pointer).filter(|text| !text.is_empty());
    let recipient = filled("/group_id")
        .map(Recipient::Group)
        .or_else(|| filled("/from").map(Recipient::Phone))
        .or_else(|| filled("/from_user_id").map(Recipient::User))?;
    Some(Conversation { number: place.number.clone().filter(|number| is_number_id(number)), recipient })
}

fn sender(place: &Place<'_>, item: &Value) -> Option<Party> {
    let phone = json::text(item, "/from");
    let user_id = json::text(item, "/from_user_id");
    let found = [&phone, &user_id].into_iter().flatten().find_map(|id| place.contacts.of(id));
    let contact = found.cloned().unwrap_or_default();
    let user_id = user_id.or(contact.user_id);
    let attributes = [("phone", phone.clone()), ("user_id", user_id.clone()), ("username", contact.username)];
    Some(Party {
        id: phone.or(user_id)?,
        name: contact.name,
        attributes: attributes.into_iter().filter_map(|(name, value)| Some((name.into(), value?))).collect(),
    })
}

fn quoted(item: &Value) -> Option<Quote> {
    Some(Quote {
        message: json::text(item, "/context/id")?,
        author: json::text(item, "/context/from"),
        text: None,
    })
}
