//! Walks a delivery: entries, their changes, the items of each change. Every item is an event of its own,
//! and one that cannot be read harms no other.

use std::collections::BTreeMap;

use hookhost_sdk::types::{Event, Verdict};
use hookhost_sdk::{json, log};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::contacts::Contacts;
use crate::{message, status};

/// The contract's bounds. The host would refuse a whole delivery for one item beyond them.
const EVENTS: usize = 1_000;
const ID_BYTES: usize = 512;
const CONVERSATION_BYTES: usize = 512;

/// The lists in which a change may bring several things at once.
const LISTS: [&str; 7] =
    ["messages", "statuses", "errors", "calls", "message_echoes", "groups", "user_preferences"];

/// Where an item was found.
pub(crate) struct Place<'a> {
    /// What the change is about: `messages`, `account_update`.
    pub(crate) field: &'a str,
    /// The id of our number that it came to.
    pub(crate) number: Option<String>,
    pub(crate) contacts: Contacts,
}

/// All events of a delivery.
pub(crate) fn verdict(body: &[u8]) -> Verdict {
    let text = match std::str::from_utf8(body) {
        Ok(text) => text,
        Err(error) => {
            return Verdict::Reject(format!("the body is not UTF-8 at byte {}", error.valid_up_to()));
        }
    };
    let Some(body) = json::fields(text) else { return Verdict::Reject(what_is_wrong(text)) };
    match string(body.get("object")).as_deref() {
        Some("whatsapp_business_account") => {}
        Some(_) => return Verdict::Ignore("`object` is not whatsapp_business_account".into()),
        None => return Verdict::Reject("`object` is missing".into()),
    }
    let mut events = Vec::new();
    if let Some(entries) = body.get("entry") {
        each(entries, &mut events, entry);
    }
    if events.len() > EVENTS {
        return Verdict::Reject(format!("there are more than {EVENTS} items in it"));
    }
    if events.is_empty() {
        return Verdict::Ignore("there is nothing in it".into());
    }
    let unreadable = events.iter().filter(|event| event.topic == "unreadable").count();
    if unreadable > 0 {
        log::warn("items of a delivery could not be read", &[("count", &unreadable.to_string())]);
    }
    Verdict::events(events)
}

fn entry(raw: &RawValue, events: &mut Vec<Event>) {
    match json::fields(raw.get()).and_then(|entry| entry.get("changes").copied()) {
        Some(changes) => each(changes, events, change),
        None => events.push(Event::unreadable(raw.get())),
    }
}

fn change(raw: &RawValue, events: &mut Vec<Event>) {
    let change = json::fields(raw.get());
    let field = change.as_ref().and_then(|change| string(change.get("field")));
    let value = change.as_ref().and_then(|change| json::fields(change.get("value")?.get()));
    let (Some(field), Some(value)) = (field, value) else {
        events.push(Event::unreadable(raw.get()));
        return;
    };
    let place = Place {
        field: &field,
        number: value
            .get("metadata")
            .and_then(|metadata| json::text(&serde_json::from_str(metadata.get()).ok()?, "/phone_number_id")),
        contacts: Contacts::read(value.get("contacts")),
    };
    let mut is_list = false;
    for list in LISTS {
        let Some(items) = value.get(list) else { continue };
        is_list = true;
        each(items, events, |raw, events| events.push(item(&place, list, raw)));
    }
    if !is_list {
        events.push(change_as_a_whole(&place, &value, raw));
    }
}

/// One item of a list as an event.
fn item(place: &Place<'_>, list: &str, raw: &RawValue) -> Event {
    let Ok(item @ Value::Object(_)) = serde_json::from_str::<Value>(raw.get()) else {
        return Event::unreadable(raw.get());
    };
    let event = match (place.field, list) {
        ("messages", "messages") => message::read(place, &item),
        ("messages", "statuses") => status::read(&item),
        ("messages", "errors") => Some(Event::other("error")),
        (field, _) => Some(Event { id: id_of_state(&item), ..Event::other(plain(field)) }),
    };
    match event.filter(is_within_bounds) {
        Some(event) => Event {
            account: place.number.clone(),
            occurred_ms: json::seconds_as_ms(&item, "/timestamp"),
            raw: Some(raw.get().into()),
            ..event
        },
        None => Event::unreadable(raw.get()),
    }
}

/// A change that brings one thing: a template was approved, an account restricted.
fn change_as_a_whole(place: &Place<'_>, value: &BTreeMap<String, &RawValue>, raw: &RawValue) -> Event {
    let event = Event {
        id: string(value.get("id")),
        account: place.number.clone(),
        raw: Some(raw.get().into()),
        ..Event::other(plain(place.field))
    };
    let is_sound = json::check(raw.get().as_bytes()).is_ok();
    if is_sound && is_within_bounds(&event) { event } else { Event::unreadable(raw.get()) }
}

/// The id of something that passes through states: one id would hide all states but the first.
pub(crate) fn id_of_state(item: &Value) -> Option<String> {
    let mut id = json::text(item, "/id").filter(|id| !id.is_empty())?;
    let state = json::str(item, "/status").or_else(|| json::str(item, "/event"));
    let participant = json::str(item, "/recipient_participant_id")
        .or_else(|| json::str(item, "/recipient_participant_user_id"));
    for part in [state, participant].into_iter().flatten() {
        id.push(':');
        id.push_str(part);
    }
    Some(id)
}

/// A word that can be part of a topic; what is no such word is `unknown`.
pub(crate) fn plain(word: &str) -> &str {
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if (1..=64).contains(&word.len()) && word.chars().all(is_plain) { word } else { "unknown" }
}

fn is_within_bounds(event: &Event) -> bool {
    let fits =
        |text: &Option<String>, max: usize| text.as_ref().is_none_or(|text| (1..=max).contains(&text.len()));
    fits(&event.id, ID_BYTES) && fits(&event.conversation, CONVERSATION_BYTES)
}

/// Calls this for every item of a list; what should be a list and is none is one unreadable item.
fn each(list: &RawValue, events: &mut Vec<Event>, mut read: impl FnMut(&RawValue, &mut Vec<Event>)) {
    match json::items(list.get()) {
        Some(items) => {
            for item in items {
                if events.len() > EVENTS {
                    // Too many already; what follows would only take memory.
                    return;
                }
                read(item, events);
            }
        }
        None if list.get() == "null" => {}
        None => events.push(Event::unreadable(list.get())),
    }
}

fn string(raw: Option<&&RawValue>) -> Option<String> {
    serde_json::from_str(raw?.get()).ok()
}

fn what_is_wrong(text: &str) -> String {
    match serde_json::from_str::<&RawValue>(text) {
        Ok(_) => "the body is not a JSON object".into(),
        Err(error) => format!("the body is not JSON: line {}, column {}", error.line(), error.column()),
    }
}

#[cfg(test)]
mod tests;
