//! Short ways to say what came in.

use serde_json::Value;

use crate::json;
use crate::types::{Acceptance, Content, Context, Event, Field, Message, Outgoing, Request, Verdict};

impl Context {
    /// The value of a setting: the operator's, else the manifest's default; `None` when it is empty.
    pub fn setting(&self, name: &str) -> Option<&str> {
        first(&self.settings, name).filter(|value| !value.is_empty())
    }
}

impl Request {
    /// The first header of this name, which is given in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        first(&self.headers, name)
    }
}

impl Verdict {
    /// These events happened; the sender gets the manifest's acknowledgement.
    pub fn events(events: Vec<Event>) -> Self {
        Self::Accept(Acceptance { events, response: None })
    }
}

impl Event {
    /// An event of which nothing is known but what it is called and what it is. For
    /// `Event { id, ..Event::new(topic, content) }`.
    pub fn new(topic: impl Into<String>, content: Content) -> Self {
        Self {
            id: None,
            topic: topic.into(),
            occurred_ms: None,
            account: None,
            conversation: None,
            sender: None,
            content,
            raw: None,
            handback: Vec::new(),
            attributes: Vec::new(),
        }
    }

    /// Somebody wrote.
    pub fn message(topic: impl Into<String>, message: Message) -> Self {
        Self::new(topic, Content::Message(message))
    }

    /// Something that the host only records.
    pub fn other(topic: impl Into<String>) -> Self {
        Self::new(topic, Content::Other)
    }

    /// An answer is of use for that many milliseconds only, from the arrival of the request on: the event
    /// waits behind no other, and is dropped when the time is over.
    #[must_use]
    pub fn answered_within(mut self, millis: u64) -> Self {
        self.attributes.push(("deadline-ms".into(), millis.to_string()));
        self
    }

    /// An item of a batch that could not be understood, as it was written. What is not JSON for a strict
    /// reader is kept as a JSON string of its text.
    pub fn unreadable(item: &str) -> Self {
        let raw = match json::check(item.as_bytes()) {
            Ok(()) => item.into(),
            Err(_) => Value::from(item).to_string(),
        };
        Self { raw: Some(raw), ..Self::other("unreadable") }
    }
}

impl Message {
    /// A message of words alone.
    pub fn text(id: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            text: Some(text.into()),
            command: None,
            choice: None,
            attachments: Vec::new(),
            quoted: None,
        }
    }
}

impl Outgoing {
    /// Whether the workflow wishes this: `silent`, `preview`, `quote`. A wish that says `false` is none.
    pub fn wishes(&self, name: &str) -> bool {
        self.wish(name).is_some_and(|value| value != "false")
    }

    /// What the workflow wishes under this name.
    pub fn wish(&self, name: &str) -> Option<&str> {
        first(&self.attributes, name)
    }
}

fn first<'a>(fields: &'a [Field], name: &str) -> Option<&'a str> {
    fields.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_setting_is_none() {
        let settings = vec![("a".into(), "1".into()), ("b".into(), String::new())];
        let context = Context { now_ms: 0, settings, attempt: 0 };
        for (name, expected) in [("a", Some("1")), ("b", None), ("c", None)] {
            assert_eq!(context.setting(name), expected, "{name}");
        }
    }

    #[test]
    fn a_deadline_is_an_attribute_that_the_host_reads() {
        let event = Event::other("checkout").answered_within(10_000);
        assert_eq!(event.attributes, [("deadline-ms".to_owned(), "10000".to_owned())]);
    }

    #[test]
    fn an_unreadable_item_keeps_its_text() {
        for (item, raw) in [("[1.50 ]", "[1.50 ]"), (r#"["\ud800"]"#, r#""[\"\\ud800\"]""#)] {
            let event = Event::unreadable(item);
            assert_eq!((event.topic.as_str(), event.raw.as_deref()), ("unreadable", Some(raw)));
            assert_eq!(event.content, Content::Other);
        }
    }
}
