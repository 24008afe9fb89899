//! How cases spell what `wit/` names: the same words with `_` for `-`, a variant as an object with one key (or
//! as a text, where nothing belongs to it), a field as a pair. What is null or an empty list is left out.
//!
//! Bytes are a text; or `{"json": ...}`, where they are JSON as a compact writer has it; or `{"base64": "..."}`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

/// Where bytes stand in verdicts, steps and answers.
const BYTES: [&str; 5] = [
    "/accept/response/body",
    "/next/step/state",
    "/next/step/call/payload/bytes",
    "/next/respond/body",
    "/response/body",
];

/// As a case has it.
pub(super) fn write(spoken: &impl Serialize) -> Value {
    let mut value = serde_json::to_value(spoken).expect("what plugins say is plain data");
    for place in BYTES {
        if let Some(bytes) = value.pointer_mut(place) {
            let decoded = bytes.as_str().and_then(|text| STANDARD.decode(text).ok());
            *bytes = shown(&decoded.expect("the model keeps bytes as base64"));
        }
    }
    tidy(&mut value);
    value
}

/// From a case.
///
/// # Errors
/// A sentence about what is wrong with it.
pub(super) fn read<T: DeserializeOwned>(mut value: Value) -> Result<T, String> {
    for place in BYTES {
        if let Some(bytes) = value.pointer_mut(place) {
            *bytes = STANDARD.encode(meant(bytes)?).into();
        }
    }
    serde_json::from_value(value).map_err(|error| error.to_string())
}

/// Takes away what says nothing, so that it need not be written. What stands in bytes is left as it is.
pub(super) fn tidy(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields.iter_mut() {
                if key != "json" {
                    tidy(value);
                }
            }
            fields.retain(|key, value| key == "json" || !says_nothing(value));
        }
        Value::Array(items) => items.iter_mut().for_each(tidy),
        _ => {}
    }
}

fn says_nothing(value: &Value) -> bool {
    value.is_null() || value.as_array().is_some_and(Vec::is_empty)
}

fn shown(bytes: &[u8]) -> Value {
    if bytes.is_empty() {
        return Value::Null;
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return json!({ "base64": STANDARD.encode(bytes) }) };
    let is_compact = |value: &Value| {
        let compact = value.to_string();
        compact == text && (value.is_object() || value.is_array())
    };
    match serde_json::from_str::<Value>(text) {
        Ok(value) if is_compact(&value) => json!({ "json": value }),
        _ => text.into(),
    }
}

fn meant(bytes: &Value) -> Result<Vec<u8>, String> {
    let only =
        |fields: &Map<String, Value>, key: &str| fields.get(key).filter(|_| fields.len() == 1).cloned();
    match bytes {
        Value::Null => return Ok(Vec::new()),
        Value::String(text) => return Ok(text.clone().into_bytes()),
        Value::Object(fields) => {
            if let Some(value) = only(fields, "json") {
                return Ok(value.to_string().into_bytes());
            }
            if let Some(Value::String(text)) = only(fields, "base64") {
                return STANDARD.decode(&text).map_err(|error| format!("{text:?} is not base64: {error}"));
            }
        }
        _ => {}
    }
    Err(format!(r#"{bytes} is no body: write a text, {{"json": ...}} or {{"base64": "..."}}"#))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::event::{Acceptance, Content, Event, Message, Verdict};
    use crate::model::http::Response;
    use crate::model::task::{Answer, Call, Next, Payload, Progress, Receipt, Step, Target, Task};
    use crate::model::testing;

    #[test]
    fn a_verdict_is_written_without_what_it_does_not_say() {
        let message = Message {
            id: "1".into(),
            text: Some("hi".into()),
            command: None,
            choice: None,
            attachments: vec![],
            quoted: None,
        };
        let event = Event {
            id: Some("e1".into()),
            occurred_ms: Some(5),
            conversation: Some("42".into()),
            attributes: vec![("chat".into(), "private".into())],
            ..testing::event("message.text", Content::Message(message))
        };
        let accepted = Verdict::Accept(Acceptance { events: vec![event], response: None });
        let expected = json!({"accept": {"events": [{
            "id": "e1", "topic": "message.text", "occurred_ms": 5, "conversation": "42",
            "content": {"message": {"id": "1", "text": "hi"}}, "attributes": [["chat", "private"]],
        }]}});
        assert_eq!(write(&accepted), expected);
        assert_eq!(write(&Verdict::Ignore("a ping".into())), json!({"ignore": "a ping"}));
    }

    #[test]
    fn a_step_shows_what_is_posted() {
        let call = Call {
            endpoint: "api".into(),
            method: "POST".into(),
            target: Target::Path("/x".into()),
            query: vec![],
            headers: vec![],
            payload: Payload::Bytes(br#"{"text":"hi"}"#.to_vec()),
            save: false,
            buckets: vec![],
        };
        let step = Step { call, state: b"0".to_vec(), after_ms: None };
        let receipts = vec![Receipt { id: "m1".into(), attributes: vec![] }];
        let progress = Progress { receipts, moved: None, next: Next::Step(step) };
        let expected = json!({"receipts": [{"id": "m1"}], "next": {"step": {
            "call": {
                "endpoint": "api", "method": "POST", "target": {"path": "/x"},
                "payload": {"bytes": {"json": {"text": "hi"}}}, "save": false,
            },
            "state": "0",
        }}});
        assert_eq!(write(&progress), expected);
        assert_eq!(
            write(&Progress { receipts: vec![], moved: None, next: Next::Done }),
            json!({"next": "done"})
        );
    }

    #[test]
    fn an_answer_may_be_written_by_hand() {
        let answered =
            |status, body: &str| Answer::Response(Response { status, headers: vec![], body: body.into() });
        for (written, expected) in [
            (
                json!({"response": {"status": 201, "body": {"json": {"id": "m1"}}}}),
                answered(201, r#"{"id":"m1"}"#),
            ),
            (json!({"response": {"status": 502, "body": "<html>"}}), answered(502, "<html>")),
            (json!({"response": {"status": 204}}), answered(204, "")),
            (json!({"response": {"status": 200, "body": {"base64": "aGk="}}}), answered(200, "hi")),
            (
                json!({"unanswered": {"maybe_done": true, "reason": "timeout"}}),
                Answer::Unanswered { maybe_done: true, reason: "timeout".into() },
            ),
        ] {
            assert_eq!(read(written.clone()), Ok(expected), "{written}");
        }
        for wrong in [json!({"response": {"status": 1, "body": [1]}}), json!({"answered": {}}), json!(7)] {
            assert!(read::<Answer>(wrong.clone()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_task_may_leave_out_what_it_does_not_say() {
        let task = json!({"send": {"id": "r1", "conversation": "42", "reply": {"text": {"body": "hi"}}}});
        let Ok(Task::Send(outgoing)) = read(task) else { panic!("it is a task") };
        assert_eq!((outgoing.origin, outgoing.attributes), (None, vec![]));
    }

    proptest! {
        #[test]
        fn bytes_come_back_as_they_went(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            prop_assert_eq!(meant(&shown(&bytes)), Ok(bytes));
        }

        #[test]
        fn texts_come_back_as_they_went(text in "[\\[{}\",:0-9a-z. \\]]{0,12}") {
            prop_assert_eq!(meant(&shown(text.as_bytes())), Ok(text.into_bytes()));
        }
    }
}
