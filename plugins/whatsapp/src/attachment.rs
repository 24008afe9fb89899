//! Reads files, places and contacts that came along with a message.

use hookhost_sdk::json;
use hookhost_sdk::types::{Attachment, Contact, Location, Media};
use serde_json::Value;

/// The file of a message of this type; `None` when it has no id to fetch it by. A voice note is an audio file
/// that says so.
pub(crate) fn media(kind: &str, file: &Value) -> Option<Attachment> {
    let kind = if json::is_true(file, "/voice") { "voice" } else { kind };
    Some(Attachment::Media(Media {
        kind: kind.into(),
        handle: json::text(file, "/id").filter(|id| !id.is_empty())?,
        media_type: json::str(file, "/mime_type").map(String::from),
        filename: json::str(file, "/filename").map(String::from),
        size: json::integer(file, "/file_size").and_then(|size| size.try_into().ok()),
        sha256: json::str(file, "/sha256").map(String::from),
    }))
}

/// A place; `None` when it does not say where.
pub(crate) fn location(place: &Value) -> Option<Attachment> {
    Some(Attachment::Location(Location {
        latitude: degrees(place, "/latitude")?,
        longitude: degrees(place, "/longitude")?,
        name: json::str(place, "/name").map(String::from),
        address: json::str(place, "/address").map(String::from),
    }))
}

/// The cards of a message, each with what it has.
pub(crate) fn contacts(cards: &Value) -> Vec<Attachment> {
    cards.as_array().into_iter().flatten().filter(|card| card.is_object()).map(contact).collect()
}

fn contact(card: &Value) -> Attachment {
    let all = |list: &str, fields: &[&str]| -> Vec<String> {
        let items = card.get(list).and_then(Value::as_array).into_iter().flatten();
        let texts = items.filter_map(|item| fields.iter().find_map(|field| json::str(item, field)));
        texts.map(String::from).collect()
    };
    Attachment::Contact(Contact {
        name: name(card),
        phones: all("phones", &["/phone", "/wa_id"]),
        emails: all("emails", &["/email"]),
        vcard: json::str(card, "/vcard").map(String::from),
    })
}

fn name(card: &Value) -> String {
    if let Some(name) = json::str(card, "/name/formatted_name") {
        return name.into();
    }
    let parts = ["/name/first_name", "/name/middle_name", "/name/last_name"];
    let parts: Vec<_> = parts.into_iter().filter_map(|part| json::str(card, part)).collect();
    if parts.is_empty() {
        return json::str(card, "/org/company").unwrap_or_default().into();
    }
    parts.join(" ")
}

/// A number, or a text of one.
fn degrees(place: &Value, pointer: &str) -> Option<f64> {
    let value = json::at(place, pointer)?;
    let degrees = value.as_f64().or_else(|| value.as_str()?.parse().ok())?;
    degrees.is_finite().then_some(degrees)
}
