//! Reads a message: who wrote and where. What was written is read in `content`.

use hookhost_sdk::json;
use hookhost_sdk::types::{Event, Field, Party, Quote};
use serde_json::Value;

use crate::attributes;
use crate::content::{self, Said};
use crate::conversation::{Conversation, Recipient, is_number_id};
use crate::receive::Place;

/// What comes back with every answer: the account whose limits hold for it.
pub(crate) const BUSINESS: &str = "waba";

/// The message as an event; `None` when it has no id.
pub(crate) fn read(place: &Place<'_>, item: &Value) -> Option<Event> {
    let id = json::text(item, "/id").filter(|id| !id.is_empty())?;
    let conversation = conversation(place, item);
    let Said { topic, content, attributes } = content::read(&id, item, conversation.as_ref());
    let business = place.business().map(|business| (BUSINESS.into(), business.into()));
    Some(Event {
        id: Some(id),
        conversation: conversation.map(|conversation| conversation.to_string()),
        sender: sender(place, item),
        handback: business.into_iter().collect(),
        attributes: attributes::of_message(item).into_iter().chain(attributes).collect(),
        ..Event::new(topic, content)
    })
}

/// The message that this one answers. What was only forwarded answers nothing.
pub(crate) fn quoted(item: &Value) -> Option<Quote> {
    Some(Quote {
        message: json::text(item, "/context/id").filter(|id| !id.is_empty())?,
        author: json::text(item, "/context/from"),
        text: None,
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
    let filled = |pointer: &str| json::text(item, pointer).filter(|text| !text.is_empty());
    let (phone, user_id) = (filled("/from"), filled("/from_user_id"));
    let found = [&phone, &user_id].into_iter().flatten().find_map(|id| place.contacts.find(id));
    let contact = found.cloned().unwrap_or_default();
    let user_id = user_id.or(contact.user_id);
    let parent = filled("/from_parent_user_id").or(contact.parent_user_id);
    let attributes: [(&str, Option<String>); 4] = [
        ("phone", phone.clone()),
        ("user_id", user_id.clone()),
        ("parent_user_id", parent),
        ("username", contact.username),
    ];
    let attributes = attributes.into_iter().filter_map(|(name, value)| Some((name.into(), value?)));
    Some(Party { id: phone.or(user_id)?, name: contact.name, attributes: attributes.collect::<Vec<Field>>() })
}
