//! Reads `{"workflow_name": "...", "inputs": {...}, "webhook_id": "..."}`.

use std::collections::BTreeMap;

use hookhost_sdk::json;
use hookhost_sdk::types::{Content, Event, Invocation, Verdict};
use serde_json::value::RawValue;

type Fields<'a> = BTreeMap<String, &'a RawValue>;

/// The contract's bound for event ids, which a `webhook_id` becomes.
const WEBHOOK_ID_BYTES: usize = 512;
/// Four times the longest name that a workflow can have, so that a misspelt one is still looked up and the
/// answer can say what exists.
const WORKFLOW_NAME_BYTES: usize = 128;

/// One invocation, or a sentence that names what is wrong and repeats nothing of the body.
pub(crate) fn verdict(body: &[u8]) -> Verdict {
    match invocation(body) {
        Ok(event) => Verdict::events(vec![event]),
        Err(reason) => Verdict::Reject(reason),
    }
}

fn invocation(body: &[u8]) -> Result<Event, String> {
    // The pieces below are taken as they were written, so the body is checked as a whole first.
    json::check(body).map_err(|error| not_json(&error))?;
    let fields =
        std::str::from_utf8(body).ok().and_then(json::fields).ok_or("the body must be a JSON object")?;
    let workflow =
        name(&fields, "workflow_name", WORKFLOW_NAME_BYTES)?.ok_or("`workflow_name` is missing")?;
    let id = name(&fields, "webhook_id", WEBHOOK_ID_BYTES)?;
    // Byte for byte, so that the workflow sees `2.50` where the caller wrote `2.50`.
    let inputs = match piece(&fields, "inputs") {
        None => "{}".into(),
        Some(inputs) if inputs.starts_with('{') => inputs.into(),
        Some(_) => return Err("`inputs` must be an object".into()),
    };
    let invocation = Invocation { workflow, inputs };
    Ok(Event { id, ..Event::new("invocation", Content::Invocation(invocation)) })
}

/// A text of at least one character; `None` when it is not there.
fn name(fields: &Fields<'_>, field: &str, bytes_max: usize) -> Result<Option<String>, String> {
    let Some(piece) = piece(fields, field) else { return Ok(None) };
    match serde_json::from_str::<String>(piece) {
        Ok(text) if text.trim().is_empty() => Err(format!("`{field}` is empty")),
        Ok(text) if text.len() > bytes_max => Err(format!("`{field}` is longer than {bytes_max} bytes")),
        Ok(text) => Ok(Some(text)),
        Err(_) => Err(format!("`{field}` must be a text")),
    }
}

/// A field as it was written. Many callers write null for what they leave out.
fn piece<'a>(fields: &Fields<'a>, field: &str) -> Option<&'a str> {
    fields.get(field).map(|piece| piece.get()).filter(|&piece| piece != "null")
}

fn not_json(error: &serde_json::Error) -> String {
    use serde_json::error::Category;
    let what = match error.classify() {
        Category::Eof => "it ends too early",
        Category::Syntax | Category::Data | Category::Io => "it breaks",
    };
    format!("the body is not JSON: {what} at line {}, column {}", error.line(), error.column())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    fn check(body: &str, expected: Result<(Option<&str>, &str, &str), &str>) {
        let actual = invocation(body.as_bytes()).map(|event| {
            let Content::Invocation(invocation) = event.content else { panic!("{body}") };
            assert_eq!((event.topic.as_str(), event.conversation), ("invocation", None));
            (event.id, invocation.workflow, invocation.inputs)
        });
        let expected = expected
            .map(|(id, workflow, inputs)| (id.map(str::to_owned), workflow.to_owned(), inputs.to_owned()))
            .map_err(str::to_owned);
        assert_eq!(actual, expected, "{body}");
    }

    #[test]
    fn a_named_workflow_is_invoked_with_its_inputs() {
        for (body, expected) in [
            (r#"{"workflow_name": "sum"}"#, (None, "sum", "{}")),
            (r#"{"workflow_name": "sum", "inputs": null}"#, (None, "sum", "{}")),
            (r#"{"workflow_name": "sum", "inputs": {}, "webhook_id": null}"#, (None, "sum", "{}")),
            (
                r#"{"webhook_id":"a-1","workflow_name":"sum","inputs":{"n":1}}"#,
                (Some("a-1"), "sum", r#"{"n":1}"#),
            ),
            (r#"{"workflow_name": "s\u00fcm\/", "later": [1]}"#, (None, "süm/", "{}")),
        ] {
            check(body, Ok(expected));
        }
    }

    #[test]
    fn inputs_stay_as_they_were_written() {
        let inputs = r#"{ "price": 2.50, "id": 12345678901234567890123, "name": "\u00e4\/", "x": null }"#;
        let body = format!(r#"{{"inputs": {inputs}, "workflow_name": "sum"}}"#);
        check(&body, Ok((None, "sum", inputs)));
    }

    #[test]
    fn a_refusal_names_the_field() {
        let long_id = format!(r#"{{"workflow_name": "sum", "webhook_id": "{}"}}"#, "x".repeat(513));
        let long_name = format!(r#"{{"workflow_name": "{}"}}"#, "x".repeat(129));
        for (body, expected) in [
            ("{}", "`workflow_name` is missing"),
            (r#"{"workflow_name": null}"#, "`workflow_name` is missing"),
            (r#"{"workflow_name": ""}"#, "`workflow_name` is empty"),
            (r#"{"workflow_name": " "}"#, "`workflow_name` is empty"),
            (r#"{"workflow_name": 7}"#, "`workflow_name` must be a text"),
            (long_name.as_str(), "`workflow_name` is longer than 128 bytes"),
            (r#"{"workflow_name": "sum", "inputs": [1]}"#, "`inputs` must be an object"),
            (r#"{"workflow_name": "sum", "inputs": "a"}"#, "`inputs` must be an object"),
            (r#"{"workflow_name": "sum", "webhook_id": ""}"#, "`webhook_id` is empty"),
            (r#"{"workflow_name": "sum", "webhook_id": 7}"#, "`webhook_id` must be a text"),
            (long_id.as_str(), "`webhook_id` is longer than 512 bytes"),
            ("[]", "the body must be a JSON object"),
            ("", "the body is not JSON: it ends too early at line 1, column 0"),
            ("{\n \"a\": secret}", "the body is not JSON: it breaks at line 2, column 7"),
            (r#"{"workflow_name": "\ud800"}"#, "the body is not JSON: it breaks at line 1, column 26"),
            ("{} {}", "the body is not JSON: it breaks at line 1, column 4"),
        ] {
            check(body, Err(expected));
        }
    }

    #[test]
    fn the_longest_id_and_name_are_taken() {
        let (id, name) = ("x".repeat(512), "y".repeat(128));
        let body = format!(r#"{{"workflow_name": "{name}", "webhook_id": "{id}"}}"#);
        check(&body, Ok((Some(&id), &name, "{}")));
    }

    #[test]
    fn nesting_deeper_than_a_parser_should_follow_is_refused() {
        let body = format!(r#"{{"workflow_name": "sum", "inputs": {}}}"#, "[".repeat(100_000));
        assert!(invocation(body.as_bytes()).is_err());
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = verdict(&body);
        }

        #[test]
        fn arbitrary_fields_never_panic(name in json_text(), inputs in json_text(), id in json_text()) {
            let body = format!(r#"{{"workflow_name": {name}, "inputs": {inputs}, "webhook_id": {id}}}"#);
            if let Verdict::Reject(reason) = verdict(body.as_bytes()) {
                prop_assert!(reason.len() < 80);
            }
        }
    }

    fn json_text() -> impl Strategy<Value = String> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            ".*".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 12, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                proptest::collection::btree_map(".*", inner, 0..4)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
        .prop_map(|value| value.to_string())
    }
}
