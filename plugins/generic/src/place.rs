//! Finds the value that stands at a place of a request: `header x-event`, `query type`, `form Event`,
//! `body /data/type`.

use std::fmt::Write as _;

use hookhost_sdk::json;
use hookhost_sdk::types::Request;
use sha2::{Digest as _, Sha256};

/// The first value that stands at one of these places, which have a comma between them.
pub(crate) fn first(places: &str, request: &Request) -> Option<String> {
    places.split(',').find_map(|place| at(place.trim(), request)).filter(|value| !value.is_empty())
}

/// `body` alone is the hash of all of it: for senders that give no ids, and never send the same body twice
/// but to repeat it.
fn at(place: &str, request: &Request) -> Option<String> {
    match place.split_once(char::is_whitespace).map(|(kind, name)| (kind, name.trim())) {
        None if place == "body" => Some(hash(&request.body)),
        Some(("header", name)) => request.header(&name.to_ascii_lowercase()).map(str::to_owned),
        Some(("query", name)) => {
            request.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone())
        }
        Some(("form", name)) => form(&request.body).find(|(key, _)| key == name).map(|(_, value)| value),
        Some(("body", pointer)) => in_json(&request.body, pointer),
        _ => None,
    }
}

/// The fields of a form, decoded, in order. Any body has some, most of them strange.
pub(crate) fn form(body: &[u8]) -> impl Iterator<Item = (String, String)> {
    form_urlencoded::parse(body).into_owned()
}

/// A text, or a number, `true` or `false` as it is written; step by step, since a tree would take many times
/// the size of the body.
fn in_json(body: &[u8], pointer: &str) -> Option<String> {
    let mut raw = std::str::from_utf8(body).ok()?.trim();
    for step in pointer.split('/').skip(1) {
        let step = step.replace("~1", "/").replace("~0", "~");
        raw = match raw.as_bytes().first()? {
            b'{' => json::fields(raw)?.get(&step)?.get(),
            b'[' => json::items(raw)?.get(step.parse::<usize>().ok()?)?.get(),
            _ => return None,
        };
    }
    match raw.as_bytes().first()? {
        b'"' => serde_json::from_str(raw).ok(),
        b'{' | b'[' => None,
        _ if raw == "null" => None,
        _ => Some(raw.to_owned()),
    }
}

fn hash(body: &[u8]) -> String {
    Sha256::digest(body).iter().fold(String::with_capacity(64), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a String takes every text");
        text
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn request(body: &[u8]) -> Request {
        Request {
            method: "POST".into(),
            path: String::new(),
            query: vec![("type".into(), "asked".into())],
            headers: vec![("x-event".into(), "push".into())],
            body: body.to_vec(),
        }
    }

    #[test]
    fn a_value_is_found_where_its_place_says() {
        let json = r#"{"type": "a.b", "n": 1.50, "ok": true, "none": null, "": "e",
            "list": [{"x/y": "deep"}], "o": {}}"#;
        for (body, places, expected) in [
            (json, "header X-Event", Some("push")),
            (json, "header x-other", None),
            (json, "query type", Some("asked")),
            (json, "body /type", Some("a.b")),
            (json, "body /n", Some("1.50")),
            (json, "body /ok", Some("true")),
            (json, "body /none", None),
            (json, "body /o", None),
            (json, "body /list/0/x~1y", Some("deep")),
            (json, "body /list/1/x~1y", None),
            (json, "body /type/deeper", None),
            (json, "body /nothing, header x-event", Some("push")),
            (json, "body /type, header x-event", Some("a.b")),
            (json, "", None),
            (json, "cookie x", None),
            ("A=1&B=two+words%21&B=3", "form B", Some("two words!")),
            ("A=1", "form C, body /A", None),
            ("abc", "body", Some("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")),
        ] {
            assert_eq!(first(places, &request(body.as_bytes())).as_deref(), expected, "{places}");
        }
    }

    proptest! {
        #[test]
        fn no_request_is_too_strange(body: Vec<u8>, places in "((body|form|header) ?[/a-z0-9~]{0,4},? ?){0,3}") {
            let _ = first(&places, &request(&body));
        }
    }
}
