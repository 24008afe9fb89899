//! Reads `{"id": "...", "type": "message", "at": 1790000000, "room": "...", "from": {...}, "text": "..."}`.

use hookhost_sdk::types::{Event, Message, Party, Verdict};
use hookhost_sdk::{command, json};
use serde_json::Value;

/// What a delivery means. Only what is not the provider's format as a whole is rejected, with a text that
/// names the field and repeats nothing of the body.
pub(crate) fn verdict(body: &[u8]) -> Verdict {
    let Ok(body @ Value::Object(_)) = serde_json::from_slice::<Value>(body) else {
        return Verdict::Reject("the body is not a JSON object".into());
    };
    let (Some(id), Some(kind)) = (json::text(&body, "/id"), json::str(&body, "/type")) else {
        return Verdict::Reject("`id` or `type` is missing".into());
    };
    let event = match kind {
        "message" => match message(&id, &body) {
            Some(event) => event,
            None => return Verdict::Reject("the message has no `room`".into()),
        },
        "ping" => return Verdict::Ignore("a ping".into()),
        // A kind that is not known yet is an event too: it is recorded, and a route may use it.
        _ => Event::other(format!("other.{}", plain(kind))),
    };
    Verdict::events(vec![Event {
        // The same when the delivery is repeated, and covered by the signature: it makes the event run once.
        id: Some(id),
        occurred_ms: json::seconds_as_ms(&body, "/at"),
        ..event
    }])
}

fn message(id: &str, body: &Value) -> Option<Event> {
    let text = json::text(body, "/text").unwrap_or_default();
    let message =
        Message { command: command::leading(&text, None).ours(), ..Message::text(id, text.as_str()) };
    Some(Event {
        // Where an answer goes. Events of one conversation run one after the other.
        conversation: Some(json::text(body, "/room")?),
        sender: json::text(body, "/from/id").map(|id| Party {
            id,
            name: json::text(body, "/from/name"),
            attributes: Vec::new(),
        }),
        ..Event::message("message.text", message)
    })
}

/// A word that can be part of a topic, of what a stranger may have chosen.
fn plain(kind: &str) -> &str {
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if (1..=64).contains(&kind.len()) && kind.chars().all(is_plain) { kind } else { "unknown" }
}

#[cfg(test)]
mod tests {
    use hookhost_sdk::types::Content;
    use serde_json::json;

    use super::*;

    fn event(body: &Value) -> Event {
        let Verdict::Accept(mut accepted) = verdict(body.to_string().as_bytes()) else { panic!("{body}") };
        accepted.events.remove(0)
    }

    #[test]
    fn a_message_says_where_an_answer_goes() {
        let event = event(&json!({
            "id": "e1", "type": "message", "at": 1_790_000_000, "room": 42,
            "from": {"id": 7, "name": "Ada"}, "text": "hello",
        }));
        assert_eq!((event.id.as_deref(), event.conversation.as_deref()), (Some("e1"), Some("42")));
        assert_eq!(event.occurred_ms, Some(1_790_000_000_000));
        assert_eq!(event.sender.unwrap().name.as_deref(), Some("Ada"));
        let Content::Message(message) = event.content else { panic!("no message") };
        assert_eq!((message.text.as_deref(), message.command), (Some("hello"), None));
    }

    #[test]
    fn a_slash_makes_a_command() {
        let event = event(&json!({"id": "e1", "type": "message", "room": "42", "text": "/sum 1 2"}));
        let Content::Message(message) = event.content else { panic!("no message") };
        let command = message.command.unwrap();
        assert_eq!((command.name.as_str(), command.arguments.as_str()), ("sum", "1 2"));
    }

    #[test]
    fn an_unknown_kind_is_recorded() {
        for (kind, topic) in [("room_closed", "other.room_closed"), ("A b", "other.unknown")] {
            let event = event(&json!({"id": "e1", "type": kind}));
            assert_eq!((event.topic.as_str(), event.content), (topic, Content::Other));
        }
    }

    #[test]
    fn what_is_not_the_format_is_rejected_and_not_repeated() {
        for (body, expected) in [
            ("secret", "the body is not a JSON object"),
            ("[]", "the body is not a JSON object"),
            (r#"{"type": "message"}"#, "`id` or `type` is missing"),
            (r#"{"id": "e1", "type": "message"}"#, "the message has no `room`"),
        ] {
            assert_eq!(verdict(body.as_bytes()), Verdict::Reject(expected.into()), "{body}");
        }
    }
}
