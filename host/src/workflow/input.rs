//! The JSON document that a workflow is given. Its form is a promise to workflow authors:
//!
//! ```json
//! {
//!   "execution_id": "0192a3b4c5d67e8f9aabbccddeeff001",
//!   "attempt": 1,
//!   "workflow": "summarize",
//!   "input": "the words that were written to it",
//!   "inputs": {"input": "the words that were written to it"},
//!   "event": {
//!     "provider": "telegram",
//!     "topic": "message.text",
//!     "conversation": "100",
//!     "account": "my_bot",
//!     "sender": {"id": "7", "name": "Ada", "username": "ada"},
//!     "occurred_at_ms": 1760000000000,
//!     "message": {
//!       "id": "100:5", "text": "...", "command": {"name": "summarize", "arguments": "..."},
//!       "choice": {"id": "yes", "title": "Yes"},
//!       "quoted": {"message": "100:4", "author": "8", "text": "..."},
//!       "attachments": [
//!         {"kind": "image", "handle": "...", "media_type": "image/jpeg", "filename": null, "size": 4711,
//!          "sha256": null, "url": "https://hooks.example.com/media/..."},
//!         {"kind": "location", "latitude": 1.5, "longitude": 2.5, "name": null, "address": null},
//!         {"kind": "contact", "name": "Grace", "phones": ["+1..."], "emails": [], "vcard": null}
//!       ]
//!     },
//!     "attributes": {"chat": "private"}
//!   }
//! }
//! ```
//!
//! What is not known is `null`. In place of `message` stands `reaction` (`message`, `emoji`), `status`
//! (`message`, `state`, `recipient`, `correlation`, `failure`), `connection` (`state`, `detail`), `moved`
//! (the conversation's new name), or nothing. What is none of these, such as an event of Stripe's, has what
//! its sender said as `data`, as it was written. Attributes stand beside a sender's `id` and `name`; an
//! attribute that occurs more than once becomes a list. The place in a trace does not stand here: endpoints get it
//! as the header `traceparent`, commands as the variable `TRACEPARENT`, where tracing libraries look for it. Keys
//! may be added, so readers skip unknown ones.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::model::event::{
    self, Choice, Command, Contact, Content, Event, Location, Media, Party, Quote, Status,
};
use crate::model::http::Field;
use crate::model::id::ExecutionId;
use crate::model::name::{ProviderName, WorkflowName};

use super::route::Run;

/// Writes the document for one attempt (from 1) of a run. `link` gives the address under which the
/// attachment at that index can be fetched, where there is one. The event's handback is left
/// out, and its raw form where something is known of it.
pub fn document(
    execution: ExecutionId,
    attempt: u32,
    run: &Run,
    provider: &ProviderName,
    event: &Event,
    link: &dyn Fn(usize) -> Option<String>,
) -> String {
    let document = Document {
        execution_id: execution,
        attempt,
        workflow: &run.workflow,
        input: &run.input,
        inputs: &run.inputs,
        event: view(provider, event, link),
    };
    serde_json::to_string(&document).expect("texts, numbers and maps with text keys are always JSON")
}

/// The `event` of the document alone, for showing.
pub fn event_json(provider: &ProviderName, event: &Event, link: &dyn Fn(usize) -> Option<String>) -> Value {
    serde_json::to_value(view(provider, event, link))
        .expect("texts, numbers and maps with text keys are always JSON")
}

fn view<'a>(
    provider: &'a ProviderName,
    event: &'a Event,
    link: &dyn Fn(usize) -> Option<String>,
) -> EventView<'a> {
    EventView {
        provider,
        topic: &event.topic,
        conversation: event.conversation.as_deref(),
        account: event.account.as_deref(),
        sender: event.sender.as_ref().map(sender),
        occurred_at_ms: event.occurred_ms,
        content: content(&event.content, link),
        data: data(event),
        attributes: attributes(&event.attributes),
    }
}

/// What the host has not understood, for the workflow to do so; of all else it has the essence.
fn data(event: &Event) -> Option<&RawValue> {
    let raw = event.raw.as_deref().filter(|_| matches!(event.content, Content::Other))?;
    serde_json::from_str(raw).ok()
}

#[derive(Serialize)]
struct Document<'a> {
    execution_id: ExecutionId,
    attempt: u32,
    workflow: &'a WorkflowName,
    input: &'a str,
    inputs: &'a Value,
    event: EventView<'a>,
}

#[derive(Serialize)]
struct EventView<'a> {
    provider: &'a ProviderName,
    topic: &'a str,
    conversation: Option<&'a str>,
    account: Option<&'a str>,
    sender: Option<Sender<'a>>,
    occurred_at_ms: Option<u64>,
    #[serde(flatten)]
    content: Option<ContentView<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a RawValue>,
    attributes: Attributes<'a>,
}

#[derive(Serialize)]
struct Sender<'a> {
    id: &'a str,
    name: Option<&'a str>,
    #[serde(flatten)]
    attributes: Attributes<'a>,
}

type Attributes<'a> = BTreeMap<&'a str, Values<'a>>;

#[derive(Serialize)]
#[serde(untagged)]
enum Values<'a> {
    One(&'a str),
    Many(Vec<&'a str>),
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum ContentView<'a> {
    Message(Message<'a>),
    Reaction(&'a event::Reaction),
    Status(&'a Status),
    Connection { state: &'a str, detail: Option<&'a str> },
    Moved(&'a str),
}

#[derive(Serialize)]
struct Message<'a> {
    id: &'a str,
    text: Option<&'a str>,
    command: Option<&'a Command>,
    choice: Option<&'a Choice>,
    quoted: Option<&'a Quote>,
    attachments: Vec<Attachment<'a>>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Attachment<'a> {
    Media {
        #[serde(flatten)]
        media: &'a Media,
        url: Option<String>,
    },
    Location {
        kind: &'static str,
        #[serde(flatten)]
        location: &'a Location,
    },
    Contact {
        kind: &'static str,
        #[serde(flatten)]
        contact: &'a Contact,
    },
}

fn sender(party: &Party) -> Sender<'_> {
    let mut attributes = attributes(&party.attributes);
    for taken in ["id", "name"] {
        attributes.remove(taken);
    }
    Sender { id: &party.id, name: party.name.as_deref(), attributes }
}

fn attributes(fields: &[Field]) -> Attributes<'_> {
    let mut collected: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, value) in fields {
        collected.entry(name).or_default().push(value);
    }
    let view = collected.into_iter().map(|(name, values)| match values[..] {
        [one] => (name, Values::One(one)),
        _ => (name, Values::Many(values)),
    });
    view.collect()
}

fn content<'a>(content: &'a Content, link: &dyn Fn(usize) -> Option<String>) -> Option<ContentView<'a>> {
    match content {
        Content::Message(message) => {
            let attachments = message.attachments.iter().enumerate();
            Some(ContentView::Message(Message {
                id: &message.id,
                text: message.text.as_deref(),
                command: message.command.as_ref(),
                choice: message.choice.as_ref(),
                quoted: message.quoted.as_ref(),
                attachments: attachments.map(|(index, item)| attachment(item, || link(index))).collect(),
            }))
        }
        Content::Reaction(reaction) => Some(ContentView::Reaction(reaction)),
        Content::Status(status) => Some(ContentView::Status(status)),
        Content::Connection { state, detail } => {
            Some(ContentView::Connection { state, detail: detail.as_deref() })
        }
        Content::Moved(conversation) => Some(ContentView::Moved(conversation)),
        Content::Invocation(_) | Content::Notice | Content::Other => None,
    }
}

fn attachment(attachment: &event::Attachment, link: impl FnOnce() -> Option<String>) -> Attachment<'_> {
    match attachment {
        event::Attachment::Media(media) => Attachment::Media { media, url: link() },
        event::Attachment::Location(location) => Attachment::Location { kind: "location", location },
        event::Attachment::Contact(contact) => Attachment::Contact { kind: "contact", contact },
    }
}

#[cfg(test)]
mod tests;
