//! What Meta refuses, known before it is sent: every limit of a message, with the field's name.

use std::collections::BTreeSet;

use hookhost_sdk::split::utf16_units;
use serde_json::{Map, Value};

/// How long texts may be, in UTF-16 units, which are never fewer than Meta's characters. `*` is every item.
const LENGTHS: [(&str, usize); 15] = [
    ("text.body", 4096),
    ("image.caption", 1024),
    ("video.caption", 1024),
    ("document.caption", 1024),
    ("template.name", 512),
    ("interactive.header.text", 60),
    ("interactive.footer.text", 60),
    ("interactive.action.button", 20),
    ("interactive.action.buttons.*.reply.id", 256),
    ("interactive.action.buttons.*.reply.title", 20),
    ("interactive.action.sections.*.title", 24),
    ("interactive.action.sections.*.rows.*.id", 200),
    ("interactive.action.sections.*.rows.*.title", 24),
    ("interactive.action.sections.*.rows.*.description", 72),
    ("interactive.action.parameters.display_text", 20),
];
/// Of the words of a message with something to press. A list may have more, which Meta's documents and its
/// specification do not agree about; so only what an author wrote in Meta's own words makes use of it.
pub(crate) const INTERACTIVE_BODY_UNITS: usize = 1024;
const LIST_BODY_UNITS: usize = 4096;

/// How many items lists may have.
const COUNTS: [(&str, usize); 2] = [("interactive.action.buttons", 3), ("interactive.action.sections", 10)];
const ROWS: usize = 10;

/// What may not be said twice in one message.
const DISTINCT: [&str; 3] = [
    "interactive.action.buttons.*.reply.id",
    "interactive.action.buttons.*.reply.title",
    "interactive.action.sections.*.rows.*.id",
];

/// Whether Meta would take this message, as far as it is known; else a sentence that names the field.
pub(crate) fn check(body: &Map<String, Value>) -> Result<(), String> {
    let is_list = at(body, "interactive.type").iter().any(|(_, kind)| *kind == "list");
    let body_units = if is_list { LIST_BODY_UNITS } else { INTERACTIVE_BODY_UNITS };
    for (pattern, max) in LENGTHS.into_iter().chain([("interactive.body.text", body_units)]) {
        for (field, value) in at(body, pattern) {
            length(&field, value, max)?;
        }
    }
    for (pattern, max) in COUNTS {
        for (field, value) in at(body, pattern) {
            count(&field, value.as_array().map_or(0, Vec::len), max)?;
        }
    }
    let rows = at(body, "interactive.action.sections.*.rows.*");
    if is_list {
        count("interactive.action.sections", rows.len(), ROWS).map_err(|error| format!("{error} (rows)"))?;
    }
    for pattern in DISTINCT {
        let mut seen = BTreeSet::new();
        if let Some((field, _)) =
            at(body, pattern).into_iter().find(|(_, value)| !seen.insert(value.as_str()))
        {
            return Err(format!("`{field}` says what another one says too"));
        }
    }
    titles_of_sections(body)
}

/// Only a single section may be without a title.
fn titles_of_sections(body: &Map<String, Value>) -> Result<(), String> {
    let sections = at(body, "interactive.action.sections.*");
    let missing = sections.iter().find(|(_, section)| section.get("title").is_none());
    match missing {
        Some((field, _)) if sections.len() > 1 => Err(format!("`{field}.title` is missing")),
        _ => Ok(()),
    }
}

fn length(field: &str, value: &Value, max: usize) -> Result<(), String> {
    let Some(text) = value.as_str() else { return Err(format!("`{field}` is no text")) };
    let units = utf16_units(text);
    match units {
        // An empty caption is none.
        0 if !field.ends_with("caption") => Err(format!("`{field}` is empty")),
        _ if units > max => Err(format!("`{field}` has {units} characters; {max} are the most")),
        _ => Ok(()),
    }
}

fn count(field: &str, count: usize, max: usize) -> Result<(), String> {
    match count {
        0 => Err(format!("`{field}` is empty")),
        _ if count > max => Err(format!("`{field}` has {count} items; {max} are the most")),
        _ => Ok(()),
    }
}

/// Every value at a place, with its name: `interactive.action.buttons.0.reply.title`.
fn at<'a>(body: &'a Map<String, Value>, pattern: &str) -> Vec<(String, &'a Value)> {
    let (first, rest) = pattern.split_once('.').unwrap_or((pattern, ""));
    let mut found: Vec<_> = body.get(first).map(|value| (first.to_owned(), value)).into_iter().collect();
    for step in rest.split('.').filter(|step| !step.is_empty()) {
        found = found.into_iter().flat_map(|(name, value)| below(&name, value, step)).collect();
    }
    found
}

fn below<'a>(name: &str, value: &'a Value, step: &str) -> Vec<(String, &'a Value)> {
    if step == "*" {
        let items = value.as_array().map(Vec::as_slice).unwrap_or_default();
        return items.iter().enumerate().map(|(number, item)| (format!("{name}.{number}"), item)).collect();
    }
    value.get(step).map(|value| (format!("{name}.{step}"), value)).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(body: &Value, expected: &str) {
        let checked = super::check(body.as_object().unwrap());
        assert_eq!(checked.err().unwrap_or_default(), expected, "{body}");
    }

    fn x(units: usize) -> String {
        "x".repeat(units)
    }

    fn reply(id: &str, title: &str) -> Value {
        json!({"type": "reply", "reply": {"id": id, "title": title}})
    }

    fn buttons(buttons: &[Value]) -> Value {
        json!({"type": "interactive", "interactive": {
            "type": "button", "body": {"text": "a"}, "action": {"buttons": buttons}}})
    }

    fn list(sections: &Value) -> Value {
        json!({"type": "interactive", "interactive": {
            "type": "list", "body": {"text": x(4096)}, "action": {"button": "b", "sections": sections}}})
    }

    fn rows(count: usize) -> Vec<Value> {
        (0..count).map(|number| json!({"id": number.to_string(), "title": "t"})).collect()
    }

    #[test]
    fn a_text_that_is_too_long_or_empty_is_named() {
        check(&json!({"text": {"body": x(4096)}}), "");
        check(&json!({"text": {"body": x(4097)}}), "`text.body` has 4097 characters; 4096 are the most");
        check(
            &json!({"text": {"body": "😆".repeat(2049)}}),
            "`text.body` has 4098 characters; 4096 are the most",
        );
        check(&json!({"text": {"body": ""}}), "`text.body` is empty");
        check(&json!({"text": {"body": 7}}), "`text.body` is no text");
        check(&json!({"image": {"caption": ""}}), "");
        check(
            &json!({"image": {"caption": x(1025)}}),
            "`image.caption` has 1025 characters; 1024 are the most",
        );
        let words = |units| json!({"interactive": {"type": "flow", "body": {"text": x(units)}}});
        check(&words(1024), "");
        check(&words(1025), "`interactive.body.text` has 1025 characters; 1024 are the most");
    }

    #[test]
    fn buttons_are_few_short_and_distinct() {
        check(&buttons(&[reply("1", &x(20)), reply("2", "b"), reply("3", "c")]), "");
        check(
            &buttons(&[reply("1", "a"), reply("2", &x(21))]),
            "`interactive.action.buttons.1.reply.title` has 21 characters; 20 are the most",
        );
        let four: Vec<_> = ["a", "b", "c", "d"].map(|name| reply(name, name)).into();
        check(&buttons(&four), "`interactive.action.buttons` has 4 items; 3 are the most");
        check(&buttons(&[]), "`interactive.action.buttons` is empty");
        let twice = "`interactive.action.buttons.1.reply.title` says what another one says too";
        check(&buttons(&[reply("1", "a"), reply("2", "a")]), twice);
    }

    #[test]
    fn a_list_has_at_most_ten_rows_in_all_its_sections() {
        check(&list(&json!([{"rows": rows(10)}])), "");
        let two = |first, second: Vec<Value>| json!([{"title": "s", "rows": rows(first)}, {"title": "t", "rows": second}]);
        check(
            &list(&two(10, vec![json!({"id": "z", "title": "t"})])),
            "`interactive.action.sections` has 11 items; 10 are the most (rows)",
        );
        check(&list(&json!([{"rows": []}])), "`interactive.action.sections` is empty (rows)");
        check(
            &list(&two(2, rows(1))),
            "`interactive.action.sections.1.rows.0.id` says what another one says too",
        );
        let untitled = json!([{"title": "s", "rows": rows(1)}, {"rows": [{"id": "z", "title": "t"}]}]);
        check(&list(&untitled), "`interactive.action.sections.1.title` is missing");
    }
}
