//! Walks a delivery: entries, their changes, the items of each change. Every item is an event of its own,
//! and one that cannot be read harms no other.

use std::collections::BTreeMap;

use hookhost_sdk::types::{Event, Verdict};
use hookhost_sdk::{json, log};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::age::MaxAge;
use crate::contacts::Contacts;
use crate::id;
use crate::{attributes, message, status, usual};

/// The contract's bounds. The host would refuse a whole delivery for one item beyond them.
pub(crate) const EVENTS: usize = 1_000;
const ID_BYTES: usize = 512;
const CONVERSATION_BYTES: usize = 512;

/// What a delivery of WhatsApp's says that it is about.
pub(crate) const OBJECT: &str = "whatsapp_business_account";

/// The lists in which a change may bring several things at once.
pub(crate) const LISTS: [&str; 7] =
    ["messages", "statuses", "errors", "calls", "message_echoes", "groups", "user_preferences"];

/// Where an item was found.
pub(crate) struct Place<'a> {
    /// What the change is about: `messages`, `account_update`.
    pub(crate) field: &'a str,
    /// The id of our number that it came to.
    pub(crate) number: Option<String>,
    pub(crate) contacts: Contacts<'a>,
    pub(crate) entry: &'a Entry,
}

/// What holds for all changes of an entry.
pub(crate) struct Entry {
    /// The id of the WhatsApp Business Account that its numbers belong to.
    pub(crate) business: Option<String>,
    /// When Meta put it together, in milliseconds; only some entries say so.
    pub(crate) at_ms: Option<u64>,
}

impl Place<'_> {
    /// The account that limits and news of a whole business are about.
    pub(crate) fn business(&self) -> Option<&str> {
        self.entry.business.as_deref()
    }
}

/// All events of a delivery. Messages that are older than `max_age` are marked, so that they are not run.
pub(crate) fn verdict(body: &[u8], max_age: MaxAge) -> Verdict {
    let text = match std::str::from_utf8(body) {
        Ok(text) => text,
        Err(error) => {
            return Verdict::Reject(format!("the body is not UTF-8 at byte {}", error.valid_up_to()));
        }
    };
    let events = match usual::events(text).map_or_else(|| walk(text), Ok) {
        Ok(events) => events,
        Err(verdict) => return verdict,
    };
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
    Verdict::events(events.into_iter().map(|event| max_age.mark(event)).collect())
}

/// Reads it piece by piece, whatever it is; each level is looked at once more for what is inside of it.
fn walk(text: &str) -> Result<Vec<Event>, Verdict> {
    let Some(body) = json::fields(text) else { return Err(Verdict::Reject(what_is_wrong(text))) };
    match string(body.get("object")).as_deref() {
        Some(OBJECT) => {}
        Some(_) => return Err(Verdict::Ignore(format!("`object` is not {OBJECT}"))),
        None => return Err(Verdict::Reject("`object` is missing".into())),
    }
    let mut events = Vec::new();
    if let Some(entries) = body.get("entry") {
        each(entries, &mut events, entry);
    }
    Ok(events)
}

fn entry(raw: &RawValue, events: &mut Vec<Event>) {
    let fields = json::fields(raw.get()).unwrap_or_default();
    let Some(changes) = fields.get("changes") else {
        events.push(Event::unreadable(raw.get()));
        return;
    };
    let entry = Entry {
        business: text(fields.get("id")).filter(|id| !id.is_empty()),
        at_ms: json::seconds_as_ms(&value(fields.get("time")), ""),
    };
    each(changes, events, |raw, events| change(&entry, raw, events));
}

fn change(entry: &Entry, raw: &RawValue, events: &mut Vec<Event>) {
    let change = json::fields(raw.get());
    let field = change.as_ref().and_then(|change| string(change.get("field")));
    let value = change.as_ref().and_then(|change| json::fields(change.get("value")?.get()));
    let (Some(field), Some(value)) = (field, value) else {
        events.push(Event::unreadable(raw.get()));
        return;
    };
    let metadata = value.get("metadata").and_then(|metadata| json::fields(metadata.get()));
    let place = Place {
        field: &field,
        number: metadata.and_then(|metadata| text(metadata.get("phone_number_id"))),
        contacts: Contacts::of(value.get("contacts").copied()),
        entry,
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
pub(crate) fn item(place: &Place<'_>, list: &str, raw: &RawValue) -> Event {
    let Ok(item @ Value::Object(_)) = serde_json::from_str::<Value>(raw.get()) else {
        return Event::unreadable(raw.get());
    };
    let event = match (place.field, list) {
        ("messages", "messages") => message::read(place, &item),
        ("messages", "statuses") => status::read(&item),
        ("messages", "errors") => {
            Some(Event { attributes: attributes::of_error(&item), ..Event::other("error") })
        }
        (field, _) => Some(Event { id: id::of_state(&item), ..Event::other(plain(field)) }),
    };
    match event {
        Some(event) => {
            let occurred_ms = json::seconds_as_ms(&item, "/timestamp");
            placed(place, Event { occurred_ms, raw: Some(raw.get().into()), ..event })
        }
        None => Event::unreadable(raw.get()),
    }
}

/// A change that brings one thing: a template was approved, an account restricted.
fn change_as_a_whole(place: &Place<'_>, value: &BTreeMap<String, &RawValue>, raw: &RawValue) -> Event {
    if json::check(raw.get().as_bytes()).is_err() {
        return Event::unreadable(raw.get());
    }
    let event = Event::other(plain(place.field));
    placed(place, Event { id: string(value.get("id")), raw: Some(raw.get().into()), ..event })
}

/// The event with what its place says, if it is within bounds.
fn placed(place: &Place<'_>, mut event: Event) -> Event {
    event.occurred_ms = event.occurred_ms.or(place.entry.at_ms);
    event.account = place.number.clone().or_else(|| place.entry.business.clone());
    let raw = event.raw.as_deref().unwrap_or_default();
    let without_id = || id::of_news(place.field, place.business(), event.occurred_ms?, raw);
    event.id = event.id.or_else(without_id);
    if is_within_bounds(&event) { event } else { Event::unreadable(raw) }
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

/// An id, which comes as a text or as a number.
fn text(raw: Option<&&RawValue>) -> Option<String> {
    json::text(&value(raw), "")
}

/// A small value; null when it is missing or cannot be read.
fn value(raw: Option<&&RawValue>) -> Value {
    raw.and_then(|raw| serde_json::from_str(raw.get()).ok()).unwrap_or_default()
}

fn what_is_wrong(text: &str) -> String {
    match serde_json::from_str::<&RawValue>(text) {
        Ok(_) => "the body is not a JSON object".into(),
        Err(error) => format!("the body is not JSON: line {}, column {}", error.line(), error.column()),
    }
}

#[cfg(test)]
mod tests;
