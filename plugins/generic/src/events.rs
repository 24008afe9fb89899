//! Makes one event of each delivery of a sender that knows nothing of workflows.

use hookhost_sdk::json;
use hookhost_sdk::types::{Context, Event, Request, Verdict};
use serde_json::{Map, Value};

use crate::place;

/// What events are called where the request does not say.
pub(crate) const TOPIC: &str = "topic";
/// Where the request says what the event is.
pub(crate) const TOPIC_AT: &str = "topic_at";
/// Where the request has the event's id.
pub(crate) const ID_AT: &str = "id_at";

/// The contract's bound for topics.
const TOPIC_BYTES: usize = 128;
/// The contract's bound for event ids.
const ID_BYTES: usize = 512;

/// Whether the operator, or the preset, wants events.
pub(crate) fn are_wanted(context: &Context) -> bool {
    context.setting(TOPIC).is_some() || context.setting(TOPIC_AT).is_some()
}

/// One event with the body as it is.
pub(crate) fn verdict(context: &Context, request: &Request) -> Verdict {
    let found = |places: Option<&str>| places.and_then(|places| place::first(places, request));
    let topic =
        found(context.setting(TOPIC_AT)).map(|topic| routable(&topic)).filter(|topic| !topic.is_empty());
    let topic = topic.unwrap_or_else(|| routable(context.setting(TOPIC).unwrap_or("event")));
    let id = found(context.setting(ID_AT)).filter(|id| id.len() <= ID_BYTES);
    Verdict::events(vec![Event { id, raw: Some(as_json(request)), ..Event::other(topic) }])
}

/// A name that a route can be written for: without spaces and controls, and of bounded length.
fn routable(topic: &str) -> String {
    let visible = |c: char| if c.is_whitespace() || c.is_control() { '-' } else { c };
    let mut name: String = topic.trim().chars().map(visible).collect();
    let end = (0..=TOPIC_BYTES.min(name.len())).rev().find(|end| name.is_char_boundary(*end));
    name.truncate(end.unwrap_or_default());
    name
}

/// The body as JSON: as it was written where it is JSON, a form as its fields, anything else as a text.
fn as_json(request: &Request) -> String {
    if json::check(&request.body).is_ok()
        && let Ok(text) = std::str::from_utf8(&request.body)
    {
        return text.to_owned();
    }
    let is_form = request.header("content-type").is_some_and(|kind| {
        kind.trim_start().to_ascii_lowercase().starts_with("application/x-www-form-urlencoded")
    });
    if is_form { Value::Object(fields(&request.body)).to_string() } else { text(&request.body) }
}

/// A field that is there more than once becomes a list.
fn fields(body: &[u8]) -> Map<String, Value> {
    let mut fields = Map::new();
    for (name, value) in place::form(body) {
        match fields.get_mut(&name) {
            None => _ = fields.insert(name, Value::from(value)),
            Some(Value::Array(values)) => values.push(Value::from(value)),
            Some(first) => *first = Value::from(vec![first.take(), Value::from(value)]),
        }
    }
    fields
}

fn text(body: &[u8]) -> String {
    Value::from(String::from_utf8_lossy(body)).to_string()
}

#[cfg(test)]
mod tests {
    use hookhost_sdk::types::Content;
    use proptest::prelude::*;

    use super::*;

    fn context(settings: &[(&str, &str)]) -> Context {
        let settings = settings.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        Context { now_ms: 0, settings, attempt: 0 }
    }

    fn request(kind: &str, body: &[u8]) -> Request {
        Request {
            method: "POST".into(),
            path: String::new(),
            query: vec![],
            headers: vec![("content-type".into(), kind.into())],
            body: body.to_vec(),
        }
    }

    fn event(settings: &[(&str, &str)], kind: &str, body: &[u8]) -> Event {
        let Verdict::Accept(acceptance) = verdict(&context(settings), &request(kind, body)) else { panic!() };
        let [event] = <[Event; 1]>::try_from(acceptance.events).unwrap();
        assert_eq!((&event.content, &event.conversation), (&Content::Other, &None));
        event
    }

    #[test]
    fn an_event_is_called_as_its_sender_calls_it() {
        let stripe = &[(TOPIC, "event"), (TOPIC_AT, "body /type"), (ID_AT, "body /id")][..];
        let long_name = format!(r#"{{"type": "{}"}}"#, "é".repeat(100));
        let long_id = format!(r#"{{"id": "{}"}}"#, "x".repeat(513));
        for (settings, body, topic, id) in [
            (stripe, r#"{"id": "evt_1", "type": "charge.paid"}"#, "charge.paid", Some("evt_1")),
            (stripe, r#"{"id": 7, "type": "Push Hook\n"}"#, "Push-Hook", Some("7")),
            (stripe, r#"{"type": " "}"#, "event", None),
            (stripe, "{}", "event", None),
            (stripe, &long_name, &"é".repeat(64), None),
            (stripe, &long_id, "event", None),
            (&[(TOPIC, "order")], r#"{"type": "x"}"#, "order", None),
            (&[(TOPIC_AT, "body /none")], "{}", "event", None),
        ] {
            let event = event(settings, "application/json", body.as_bytes());
            assert_eq!((&*event.topic, event.id.as_deref()), (topic, id), "{body}");
            assert_eq!(event.raw.as_deref(), Some(body));
        }
    }

    #[test]
    fn every_body_reaches_the_workflow_as_json() {
        let form = "application/x-www-form-urlencoded; charset=utf-8";
        for (kind, body, expected) in [
            ("application/json", &b"{\"a\": 1.50 }"[..], "{\"a\": 1.50 }"),
            (form, b"a=1&b=x+y&a=2&a=3", r#"{"a":["1","2","3"],"b":"x y"}"#),
            (form, b"", "{}"),
            ("text/xml", b"<a>\"b\"</a>", r#""<a>\"b\"</a>""#),
            ("application/octet-stream", b"a\xff", "\"a\u{fffd}\""),
            ("application/json", br#"{"a": "\ud800"}"#, r#""{\"a\": \"\\ud800\"}""#),
        ] {
            assert_eq!(event(&[(TOPIC, "event")], kind, body).raw.as_deref(), Some(expected));
        }
    }

    #[test]
    fn events_are_wanted_only_where_somebody_said_so() {
        for (settings, expected) in
            [(&[][..], false), (&[(ID_AT, "body")], false), (&[(TOPIC, "")], false), (&[(TOPIC, "a")], true)]
        {
            assert_eq!(are_wanted(&context(settings)), expected, "{settings:?}");
        }
    }

    proptest! {
        #[test]
        fn whatever_comes_is_an_event(kind in "[a-z/-]{0,40}", body: Vec<u8>) {
            let event = event(&[(TOPIC, "event"), (ID_AT, "body")], &kind, &body);
            prop_assert!(json::check(event.raw.unwrap().as_bytes()).is_ok());
        }
    }
}
