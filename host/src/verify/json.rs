//! Follows a JSON pointer through a body without building the tree.
//!
//! The sender is not known yet, and a tree would take many times the size of the body.

use std::fmt;

use serde::Deserialize as _;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

/// The text at this place: a string's characters, anything else as it is written.
///
/// `None` when the body is no JSON, when nothing or `null` stands there. Of a repeated key the last counts,
/// as it does for `serde_json` and for JavaScript.
pub(super) fn at(body: &[u8], pointer: &str) -> Option<String> {
    let path: Vec<String> =
        pointer.split('/').skip(1).map(|step| step.replace("~1", "/").replace("~0", "~")).collect();
    let mut json = serde_json::Deserializer::from_slice(body);
    let found = Follow(&path).deserialize(&mut json).ok()?;
    json.end().ok()?;
    match found?.get() {
        "null" => None,
        string if string.starts_with('"') => serde_json::from_str(string).ok(),
        other => Some(other.to_owned()),
    }
}

/// The body with this text at this place, as a number where it is one; an empty body counts as `{}`. `None`
/// where the body is no JSON, or has no such place and none can be made.
pub(super) fn with(body: &[u8], pointer: &str, text: &str) -> Option<Vec<u8>> {
    let mut document = if body.is_empty() { Value::Null } else { serde_json::from_slice(body).ok()? };
    let mut place = &mut document;
    for step in pointer.split('/').skip(1) {
        let step = step.replace("~1", "/").replace("~0", "~");
        if place.is_null() {
            *place = if step == "0" { Value::Array(Vec::new()) } else { Value::Object(Map::new()) };
        }
        place = match place {
            Value::Object(fields) => fields.entry(step).or_insert(Value::Null),
            Value::Array(items) => {
                let index: usize = step.parse().ok()?;
                if index == items.len() {
                    items.push(Value::Null);
                }
                items.get_mut(index)?
            }
            _ => return None,
        };
    }
    *place = text.parse::<u64>().map_or_else(|_| Value::from(text), Value::from);
    Some(document.to_string().into_bytes())
}

/// The body without spaces between its tokens (`loose` false), or with one after each comma and colon, as
/// Python writes it. What is no JSON comes out as something else.
pub(super) fn respaced(body: &[u8], loose: bool) -> Vec<u8> {
    let (mut spaced, mut in_string, mut escaped) = (Vec::with_capacity(body.len()), false, false);
    for &byte in body {
        if in_string {
            spaced.push(byte);
            in_string = escaped || byte != b'"';
            escaped = byte == b'\\' && !escaped;
        } else if !byte.is_ascii_whitespace() {
            spaced.push(byte);
            in_string = byte == b'"';
            if loose && matches!(byte, b',' | b':') {
                spaced.push(b' ');
            }
        }
    }
    spaced
}

/// Whether this is a pointer of RFC 6901 to a part of a document.
pub(super) fn is_pointer(text: &str) -> bool {
    let escapes_are_good = text.split('~').skip(1).all(|rest| rest.starts_with(['0', '1']));
    text.starts_with('/') && escapes_are_good
}

/// The rest of the way.
struct Follow<'p>(&'p [String]);

impl<'de> DeserializeSeed<'de> for Follow<'_> {
    type Value = Option<&'de RawValue>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Self::Value, D::Error> {
        if self.0.is_empty() { <&RawValue>::deserialize(json).map(Some) } else { json.deserialize_any(self) }
    }
}

impl<'de> Visitor<'de> for Follow<'_> {
    type Value = Option<&'de RawValue>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        while let Some(key) = map.next_key::<String>()? {
            if key == self.0[0] {
                found = map.next_value_seed(Follow(&self.0[1..]))?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let step = &self.0[0];
        // `01` and `+1` are not indices.
        let wanted = step.parse::<usize>().ok().filter(|index| index.to_string() == *step);
        let mut found = None;
        for index in 0.. {
            if Some(index) == wanted {
                let Some(value) = list.next_element_seed(Follow(&self.0[1..]))? else { break };
                found = value;
            } else if list.next_element::<IgnoredAny>()?.is_none() {
                break;
            }
        }
        Ok(found)
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_pointer_finds_text_as_it_is_written() {
        let body = r#"{"a": {"b": ["x", 1.50, null, {"c": "\u00e4"}]}, "m~n": 1, "s/t": true, "a2": {}}"#;
        for (pointer, expected) in [
            ("/a/b/0", Some("x")),
            ("/a/b/1", Some("1.50")),
            ("/a/b/2", None),
            ("/a/b/3/c", Some("ä")),
            ("/a/b/01", None),
            ("/a/b/9", None),
            ("/a/b/0/deeper", None),
            ("/m~0n", Some("1")),
            ("/s~1t", Some("true")),
            ("/a2", Some("{}")),
            ("/none", None),
        ] {
            assert_eq!(at(body.as_bytes(), pointer).as_deref(), expected, "{pointer}");
        }
    }

    #[test]
    fn a_value_is_put_where_its_place_is_or_can_be_made() {
        for (body, pointer, text, expected) in [
            ("", "/a", "x", Some(r#"{"a":"x"}"#)),
            (r#"{"b": 1.50}"#, "/a/0/c~1d", "17", Some(r#"{"a":[{"c/d":17}],"b":1.5}"#)),
            (r#"{"a": [1, 2]}"#, "/a/1", "x", Some(r#"{"a":[1,"x"]}"#)),
            (r#"{"a": [1, 2]}"#, "/a/3", "x", None),
            (r#"{"a": 1}"#, "/a/b", "x", None),
            ("a=b", "/a", "x", None),
        ] {
            let written = with(body.as_bytes(), pointer, text);
            assert_eq!(written.as_deref(), expected.map(str::as_bytes), "{body} {pointer}");
        }
    }

    #[test]
    fn spaces_between_tokens_go_and_those_in_texts_stay() {
        let body = br#"{ "a b" : [1,  "c, \" : d\\" ] ,"e":{}}"#;
        assert_eq!(respaced(body, false), br#"{"a b":[1,"c, \" : d\\"],"e":{}}"#);
        assert_eq!(respaced(body, true), br#"{"a b": [1, "c, \" : d\\"], "e": {}}"#);
    }

    #[test]
    fn a_body_that_is_not_one_json_document_has_no_values() {
        for body in ["", "{", r#"{"a": 1} x"#, "a=1", r#"{"a": 1}{"a": 2}"#, r#"{"a": 1, "b": }"#] {
            assert_eq!(at(body.as_bytes(), "/a"), None, "{body}");
        }
        assert_eq!(at(b"{\"a\": \"\xff\"}", "/a"), None);
    }

    #[test]
    fn of_a_repeated_key_the_last_counts() {
        assert_eq!(at(br#"{"a": 1, "a": 2}"#, "/a").as_deref(), Some("2"));
        assert_eq!(at(br#"{"a": {"b": 1}, "a": {}}"#, "/a/b"), None);
    }

    #[test]
    fn nesting_does_not_overflow_the_stack() {
        let body = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(at(body.as_bytes(), "/a"), None);
        assert_eq!(at(body.as_bytes(), &"/0".repeat(1_000)), None);
    }

    fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            ".{0,4}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 20, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                proptest::collection::btree_map("[ab/~]{0,2}", inner, 0..4).prop_map(|map| json!(map)),
            ]
        })
    }

    proptest! {
        #[test]
        fn it_finds_what_serde_json_finds_in_a_tree(doc in values(), pointer in "(/([ab]|~0|~1|[0-3]){0,2}){1,3}") {
            let expected = match doc.pointer(&pointer) {
                None | Some(Value::Null) => None,
                Some(Value::String(text)) => Some(text.clone()),
                Some(other) => Some(other.to_string()),
            };
            prop_assert_eq!(at(doc.to_string().as_bytes(), &pointer), expected);
        }
    }
}
