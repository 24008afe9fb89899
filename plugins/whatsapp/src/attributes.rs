//! What is known of a message besides its content, as names and values for the workflow.

use hookhost_sdk::json;
use hookhost_sdk::types::Field;
use serde_json::Value;

/// Objects inside of objects that are looked into; Meta's go two deep.
const DEPTH: usize = 4;

/// Of a message: where it was written, how often it was forwarded, the advertisement or the product that it is
/// about, and why it could not be read.
pub(crate) fn of_message(item: &Value) -> Vec<Field> {
    let chat = if item.get("group_id").is_some() { "group" } else { "private" };
    let mut attributes = vec![("chat".into(), chat.into())];
    for (name, at) in
        [("forwarded", "/context/forwarded"), ("frequently_forwarded", "/context/frequently_forwarded")]
    {
        if json::is_true(item, at) {
            attributes.push((name.into(), "true".into()));
        }
    }
    for (name, at) in
        [("referral", "/referral"), ("product", "/context/referred_product"), ("unsupported", "/unsupported")]
    {
        flat(name, json::at(item, at), &mut attributes);
    }
    if let Some(error) = json::at(item, "/errors/0") {
        attributes.extend(of_error(error));
    }
    attributes
}

/// Of an error: its code and what Meta says about it.
pub(crate) fn of_error(error: &Value) -> Vec<Field> {
    let code = json::text(error, "/code").map(|code| ("error.code".into(), code));
    let text = explanation(error).map(|text| ("error.message".into(), text.into()));
    code.into_iter().chain(text).collect()
}

/// What Meta says about an error, the most exact first.
pub(crate) fn explanation(error: &Value) -> Option<&str> {
    ["/error_data/details", "/message", "/title"].into_iter().find_map(|pointer| json::str(error, pointer))
}

/// Every text, number and truth value of an object, named after its place: `referral.source_type`. A list is
/// kept as JSON.
pub(crate) fn flat(name: &str, value: Option<&Value>, attributes: &mut Vec<Field>) {
    flat_to(DEPTH, name, value.unwrap_or(&Value::Null), attributes);
}

fn flat_to(depth: usize, name: &str, value: &Value, attributes: &mut Vec<Field>) {
    let text = match value {
        Value::Null => return,
        Value::Object(fields) if depth > 0 => {
            for (field, value) in fields {
                flat_to(depth - 1, &format!("{name}.{field}"), value, attributes);
            }
            return;
        }
        Value::String(text) if text.is_empty() => return,
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    };
    attributes.push((name.into(), text));
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_object_becomes_names_and_values() {
        let value = json!({"a": "x", "b": {"c": 1.50, "d": {"e": true}}, "f": [1], "g": null, "h": ""});
        let mut attributes = Vec::new();
        flat("r", Some(&value), &mut attributes);
        let expected = [("r.a", "x"), ("r.b.c", "1.5"), ("r.b.d.e", "true"), ("r.f", "[1]")];
        assert_eq!(attributes, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }

    #[test]
    fn what_is_too_deep_is_kept_as_it_is() {
        let mut attributes = Vec::new();
        flat("r", Some(&json!({"a": {"a": {"a": {"a": {"a": 1}}}}})), &mut attributes);
        assert_eq!(attributes, [("r.a.a.a.a".to_owned(), r#"{"a":1}"#.to_owned())]);
    }
}
