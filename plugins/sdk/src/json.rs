//! Reads JSON that does not always have the promised shape.
//!
//! Providers send numbers where they document texts, leave fields out, and add new ones. These functions
//! never fail on that: what is not there, or is something else, is `None`. Places are JSON pointers:
//! `/message/chat/id`.

use std::collections::BTreeMap;

use serde_json::Value;
use serde_json::value::RawValue;

/// A text, or a whole number as its digits: ids come as either. Whole numbers keep every digit up to 64 bits;
/// larger ones, and fractions, are `None`, since they were not kept exactly.
pub fn text(value: &Value, pointer: &str) -> Option<String> {
    match value.pointer(pointer)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) if !number.is_f64() => Some(number.to_string()),
        _ => None,
    }
}

/// A text that is not empty, borrowed.
pub fn str<'a>(value: &'a Value, pointer: &str) -> Option<&'a str> {
    value.pointer(pointer)?.as_str().filter(|text| !text.is_empty())
}

/// A whole number, or a text of its digits.
pub fn integer(value: &Value, pointer: &str) -> Option<i64> {
    match value.pointer(pointer)? {
        Value::Number(number) => number.as_i64(),
        Value::String(digits) => digits.parse().ok(),
        _ => None,
    }
}

/// Whether it is there and true.
pub fn is_true(value: &Value, pointer: &str) -> bool {
    value.pointer(pointer).and_then(Value::as_bool).unwrap_or(false)
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
