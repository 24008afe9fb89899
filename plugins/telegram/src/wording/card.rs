//! Places and people.

use hookhost_sdk::types::{Contact, Failure, Location};
use serde_json::json;

use super::texts;
use crate::format::{self, Style};
use crate::method::Method;

/// What Telegram takes of a card.
const VCARD_BYTES: usize = 2048;

/// A place with a name or an address is a venue, which needs both.
pub(super) fn location(place: &Location) -> Method {
    let Location { latitude, longitude, name, address } = place;
    let coordinates = format!("{latitude}, {longitude}");
    let filled = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
    let (title, address) = match (filled(name), filled(address)) {
        (None, None) => {
            return Method::new("sendLocation", json!({"latitude": latitude, "longitude": longitude}));
        }
        (Some(name), address) => (name, address.unwrap_or(coordinates)),
        (None, Some(address)) => (address, coordinates),
    };
    let venue = json!({"latitude": latitude, "longitude": longitude, "title": title, "address": address});
    Method::new("sendVenue", venue)
}

/// Telegram's contacts have a phone number; others are said in words.
pub(super) fn contact(person: &Contact) -> Result<Vec<Method>, Failure> {
    let Some(phone) = person.phones.first() else {
        let words = [std::slice::from_ref(&person.name), &person.emails].concat().join("\n");
        return texts(&format::read(&words, Style::Plain));
    };
    let mut card = json!({"phone_number": phone, "first_name": person.name});
    let has_more = person.phones.len() > 1 || !person.emails.is_empty();
    let vcard = person.vcard.clone().or_else(|| has_more.then(|| vcard(person)));
    if let Some(vcard) = vcard.filter(|vcard| vcard.len() <= VCARD_BYTES) {
        card["vcard"] = vcard.into();
    }
    Ok(vec![Method::new("sendContact", card)])
}

/// All numbers and addresses of a person, as RFC 2426 writes them.
fn vcard(person: &Contact) -> String {
    let escaped = |text: &str| {
        text.replace('\\', "\\\\").replace(['\r', '\n'], " ").replace(',', "\\,").replace(';', "\\;")
    };
    let name = escaped(&person.name);
    let phones = person.phones.iter().map(|phone| format!("TEL:{}\r\n", escaped(phone)));
    let emails = person.emails.iter().map(|email| format!("EMAIL:{}\r\n", escaped(email)));
    let lines: String = phones.chain(emails).collect();
    format!("BEGIN:VCARD\r\nVERSION:3.0\r\nFN:{name}\r\nN:{name};;;;\r\n{lines}END:VCARD\r\n")
}
