//! Reads JSON that does not always have the promised shape.
//!
//! Providers send numbers where they document texts, leave fields out, and add new ones. These functions
//! never fail on that: what is not there, or is something else, is `None`. Places are JSON pointers:
//! `/message/chat/id`.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

/// What stands at a place: [`Value::pointer`] without its two copies of every part of the place.
pub fn at<'a>(value: &'a Value, pointer: &str) -> Option<&'a Value> {
    if pointer.contains('~') {
        return value.pointer(pointer);
    }
    let mut parts = pointer.split('/');
    // In front of the first slash there is nothing.
    if !parts.next().unwrap_or_default().is_empty() {
        return None;
    }
    parts.try_fold(value, |value, part| match value {
        Value::Object(fields) => fields.get(part),
        Value::Array(items) => items.get(index(part)?),
        _ => None,
    })
}

/// The number of an item, in the one way in which a pointer may write it.
fn index(part: &str) -> Option<usize> {
    let is_plain = part == "0" || !part.starts_with(['0', '+']);
    part.parse().ok().filter(|_| is_plain)
}

/// A text, or a whole number as its digits: ids come as either. Whole numbers keep every digit up to 64 bits;
/// larger ones, and fractions, are `None`, since they were not kept exactly.
pub fn text(value: &Value, pointer: &str) -> Option<String> {
    match at(value, pointer)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) if !number.is_f64() => Some(number.to_string()),
        _ => None,
    }
}

/// A text that is not empty, borrowed.
pub fn str<'a>(value: &'a Value, pointer: &str) -> Option<&'a str> {
    at(value, pointer)?.as_str().filter(|text| !text.is_empty())
}

/// A whole number, or a text of its digits.
pub fn integer(value: &Value, pointer: &str) -> Option<i64> {
    match at(value, pointer)? {
        Value::Number(number) => number.as_i64(),
        Value::String(digits) => digits.parse().ok(),
        _ => None,
    }
}

/// Whether it is there and true.
pub fn is_true(value: &Value, pointer: &str) -> bool {
    at(value, pointer).and_then(Value::as_bool).unwrap_or(false)
}

/// A time in seconds since 1970, as milliseconds.
pub fn seconds_as_ms(value: &Value, pointer: &str) -> Option<u64> {
    u64::try_from(integer(value, pointer)?).ok()?.checked_mul(1_000)
}

/// The fields of an object with their values as they were written; `None` when it is no object. Of a field
/// that is there twice the last one counts.
pub fn fields(raw: &str) -> Option<BTreeMap<String, &RawValue>> {
    serde_json::from_str(raw).ok()
}

/// The items of an array as they were written; `None` when it is no array.
pub fn items(raw: &str) -> Option<Vec<&RawValue>> {
    serde_json::from_str(raw).ok()
}

/// Reads a document to its end without keeping anything of it: as a [`Value`] it would take many times its
/// size. [`fields`] and [`items`] are less strict about what they pass over.
///
/// # Errors
/// When it is not JSON, holds half of a surrogate pair or a number beyond `f64`, or is nested deeper than
/// 127. The error knows line and column.
pub fn check(document: &[u8]) -> Result<(), serde_json::Error> {
    serde_json::from_slice(document).map(|Sound| ())
}

/// Any value, read strictly and forgotten.
struct Sound;

impl<'de> Deserialize<'de> for Sound {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Self)
    }
}

impl<'de> Visitor<'de> for Sound {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E>(self) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self, A::Error> {
        while let Some(Self) = items.next_element()? {}
        Ok(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Self, A::Error> {
        // A key is always a text, which serde_json reads strictly here too.
        while let Some((Self, Self)) = fields.next_entry()? {}
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn an_id_is_read_as_text_or_number_with_every_digit() {
        for (value, expected) in [
            (json!("a7"), Some("a7")),
            (json!(4_503_599_627_370_497_i64), Some("4503599627370497")),
            (json!(-1_001_234_567_890_123_i64), Some("-1001234567890123")),
            (json!(u64::MAX), Some("18446744073709551615")),
            (json!(1.5), None),
            (json!(null), None),
            (json!([1]), None),
        ] {
            assert_eq!(text(&json!({"id": value}), "/id").as_deref(), expected, "{value}");
        }
    }

    #[test]
    fn a_place_is_found_where_a_json_pointer_finds_it() {
        let value = json!({"a": [{"b": 1}, 2], "": {"": 3}, "0": 4, "a/b": 5, "~": 6});
        for (pointer, expected) in [
            ("", Some(&value)),
            ("/a/0/b", Some(&json!(1))),
            ("/a/1", Some(&json!(2))),
            ("/a/01", None),
            ("/a/+1", None),
            ("/a/-", None),
            ("/a/2", None),
            ("//", Some(&json!(3))),
            ("/0", Some(&json!(4))),
            ("/a~1b", Some(&json!(5))),
            ("/~0", Some(&json!(6))),
            ("a", None),
            ("/a/0/b/c", None),
        ] {
            assert_eq!(at(&value, pointer), expected, "{pointer}");
            assert_eq!(at(&value, pointer), value.pointer(pointer), "{pointer}");
        }
    }

    #[test]
    fn a_number_too_large_to_keep_is_none() {
        let value: Value = serde_json::from_str(r#"{"id": 99999999999999999999999}"#).unwrap();
        assert_eq!((text(&value, "/id"), integer(&value, "/id")), (None, None));
    }

    #[test]
    fn seconds_may_be_a_number_or_a_text() {
        for (value, expected) in [
            (json!(1_700_000_000), Some(1_700_000_000_000)),
            (json!("1700000000"), Some(1_700_000_000_000)),
            (json!(-1), None),
            (json!(i64::MAX), None),
            (json!("soon"), None),
        ] {
            assert_eq!(seconds_as_ms(&json!({"at": value}), "/at"), expected, "{value}");
        }
    }

    #[test]
    fn raw_pieces_keep_the_way_they_were_written() {
        let fields = fields(r#"{"a": [2.50, "\u00e4" ], "b":{}}"#).unwrap();
        let items = items(fields["a"].get()).unwrap();
        assert_eq!([items[0].get(), items[1].get()], ["2.50", r#""\u00e4""#]);
        assert!(super::items(fields["b"].get()).is_none());
        assert!(super::fields("[]").is_none());
    }

    #[test]
    fn a_document_is_checked_where_it_is_passed_over() {
        let deep = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        for (document, expected) in [
            (r#"{"a": [1, -2, 2.5, "\u00e4", true, null]}"#, true),
            (r#"{"a": "\ud83d\ude06"}"#, true),
            (r#"{"a": "\ud800"}"#, false),
            (r#"{"\ud800": 1}"#, false),
            ("1e999", false),
            ("[1,]", false),
            ("{} {}", false),
            ("", false),
            (deep(127).as_str(), true),
            (deep(128).as_str(), false),
        ] {
            assert_eq!(check(document.as_bytes()).is_ok(), expected, "{document}");
            assert_eq!(serde_json::from_str::<Value>(document).is_ok(), expected, "{document}");
        }
        assert!(check(b"\"\xff\"").is_err());
    }

    proptest! {
        #[test]
        fn nothing_here_panics(raw in ".*", pointer in "[/~a-z0-9]*") {
            let _ = (fields(&raw), items(&raw));
            if let Ok(value) = serde_json::from_str::<Value>(&raw) {
                let _ = (text(&value, &pointer), integer(&value, &pointer), seconds_as_ms(&value, &pointer));
            }
        }
    }
}
