//! What `receive` may answer.

use serde::de::IgnoredAny;

use super::{bounded, header, printable};
use crate::model::bounds;
use crate::model::event::{Content, Event, Verdict};
use crate::model::http::Response;

/// Whether a verdict is allowed; else a sentence that says what is wrong, without any of the content.
pub(in crate::plugin) fn verdict(verdict: &Verdict) -> Result<(), String> {
    let Verdict::Accept(acceptance) = verdict else { return Ok(()) };
    events(&acceptance.events)?;
    acceptance.response.as_ref().map_or(Ok(()), response)
}

pub(super) fn events(events: &[Event]) -> Result<(), String> {
    let max = bounds::EVENTS_PER_DELIVERY;
    if events.len() > max {
        return Err(format!("there are {} events; {max} are the most", events.len()));
    }
    for (index, one) in events.iter().enumerate() {
        event(one).map_err(|wrong| format!("event {index}: {wrong}"))?;
    }
    Ok(())
}

fn event(event: &Event) -> Result<(), String> {
    if let Some(id) = &event.id {
        bounded("the id", id, bounds::EVENT_ID_BYTES)?;
    }
    printable("the topic", &event.topic, bounds::TOPIC_BYTES)?;
    if let Some(conversation) = &event.conversation {
        bounded("the conversation", conversation, bounds::CONVERSATION_BYTES)?;
    }
    if let Content::Moved(to) = &event.content {
        bounded("the new conversation", to, bounds::CONVERSATION_BYTES)?;
    }
    if let Content::Invocation(invocation) = &event.content {
        json("the inputs", &invocation.inputs)?;
        if !invocation.inputs.trim_start().starts_with('{') {
            return Err("the inputs are not a JSON object".into());
        }
    }
    event.raw.as_deref().map_or(Ok(()), |raw| json("the raw event", raw))
}

/// Whoever reads it later relies on it, when it is too late to refuse the delivery.
fn json(what: &str, text: &str) -> Result<(), String> {
    serde_json::from_str::<IgnoredAny>(text)
        .map(|_| ())
        .map_err(|error| format!("{what} is not JSON (line {}, column {})", error.line(), error.column()))
}

pub(super) fn response(response: &Response) -> Result<(), String> {
    if !(200..=599).contains(&response.status) {
        return Err(format!("the response's status is {}; 200 to 599 are allowed", response.status));
    }
    header::headers(&response.headers).map_err(|wrong| format!("the response: {wrong}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::event::{Acceptance, Invocation};
    use crate::model::testing;

    fn plain() -> Event {
        Event {
            id: Some("1".into()),
            conversation: Some("chat".into()),
            raw: Some("{}".into()),
            ..testing::event("message.text", Content::Other)
        }
    }

    fn accept(events: Vec<Event>, response: Option<Response>) -> Result<(), String> {
        verdict(&Verdict::Accept(Acceptance { events, response }))
    }

    /// `expected` is a part of the sentence; empty: it is allowed.
    fn check(change: impl FnOnce(&mut Event), expected: &str) {
        let mut event = plain();
        change(&mut event);
        match accept(vec![plain(), event], None) {
            Ok(()) => assert_eq!(expected, ""),
            Err(wrong) => {
                assert!(
                    !expected.is_empty() && wrong.contains(expected),
                    "{wrong} does not say {expected:?}"
                );
                assert!(wrong.starts_with("event 1: "), "{wrong}");
            }
        }
    }

    fn invoke(inputs: &str) -> Content {
        Content::Invocation(Invocation { workflow: "w".into(), inputs: inputs.into() })
    }

    #[test]
    fn an_event_has_names_that_can_be_stored_and_shown() {
        check(|_| {}, "");
        check(|event| event.id = None, "");
        check(|event| event.id = Some(String::new()), "the id is empty");
        check(|event| event.id = Some("x".repeat(bounds::EVENT_ID_BYTES)), "");
        check(|event| event.id = Some("x".repeat(bounds::EVENT_ID_BYTES + 1)), "the id has 513 bytes");
        check(|event| event.topic.clear(), "the topic is empty");
        check(|event| event.topic = "a\nb".into(), "control characters");
        check(|event| event.topic = "x".repeat(bounds::TOPIC_BYTES + 1), "the topic has");
        check(|event| event.conversation = None, "");
        check(
            |event| event.conversation = Some("x".repeat(bounds::CONVERSATION_BYTES + 1)),
            "the conversation",
        );
        check(|event| event.content = Content::Moved(String::new()), "the new conversation is empty");
    }

    #[test]
    fn what_is_called_json_is_json() {
        check(|event| event.raw = None, "");
        check(|event| event.raw = Some("[1, 2]".into()), "");
        check(|event| event.raw = Some("{".into()), "the raw event is not JSON");
        let deep = "[".repeat(100_000) + &"]".repeat(100_000);
        check(|event| event.raw = Some(deep), "");
        check(|event| event.content = invoke(" {\"a\": 1}"), "");
        check(|event| event.content = invoke("[]"), "not a JSON object");
        check(|event| event.content = invoke("secret"), "not JSON (line 1, column 1)");
    }

    #[test]
    fn a_batch_is_bounded() {
        assert_eq!(accept(vec![plain(); bounds::EVENTS_PER_DELIVERY], None), Ok(()));
        assert!(accept(vec![plain(); bounds::EVENTS_PER_DELIVERY + 1], None).is_err());
    }

    #[test]
    fn a_response_is_one_that_http_can_carry() {
        for (status, headers, good) in [
            (200, vec![("content-type".into(), "text/plain".into())], true),
            (599, vec![], true),
            (199, vec![], false),
            (600, vec![], false),
            (200, vec![("set-cookie".into(), "a=b".into())], false),
        ] {
            let response = Response { status, headers, body: Vec::new() };
            assert_eq!(accept(Vec::new(), Some(response)).is_ok(), good, "{status}");
        }
    }
}
