//! What came in, as a plugin understood it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::http::{Field, Response, field};

/// What a plugin says about a verified request.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Store these events, then acknowledge.
    Accept(Acceptance),
    /// Understood, nothing to do.
    Ignore(String),
    /// Not this provider's format.
    Reject(String),
}

/// Events, and what the sender is to be told once they are stored.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Acceptance {
    /// In the order in which they happened.
    pub events: Vec<Event>,
    /// In place of the manifest's acknowledgement.
    pub response: Option<Response>,
}

/// Something that happened at the provider.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// The idempotency key; `None`: every delivery is a new event.
    pub id: Option<String>,
    /// What routes match: `message.text`, `status.delivered`.
    pub topic: String,
    /// When it happened, in the provider's own clock.
    pub occurred_ms: Option<u64>,
    /// Which of the operator's own numbers, bots or pages this came to.
    pub account: Option<String>,
    /// Where an answer goes, and what is handled in order.
    pub conversation: Option<String>,
    /// Who caused it.
    pub sender: Option<Party>,
    /// What it is.
    pub content: Content,
    /// The part of the body that is this event; `None`: the whole body is.
    pub raw: Option<String>,
    /// Given back to the plugin with every answer to this event.
    #[serde(default)]
    pub handback: Vec<Field>,
    /// For workflows, and for what may grow.
    #[serde(default)]
    pub attributes: Vec<Field>,
}

impl Event {
    /// Whether it happened in a chat of several people, where the host does not speak unasked
    /// (attribute `chat` with any value but `private`).
    pub fn is_in_group(&self) -> bool {
        field(&self.attributes, "chat").is_some_and(|chat| chat != "private")
    }

    /// Whether its plugin says that it came too late to be run (attribute `stale` with any value but
    /// `false`).
    pub fn came_too_late(&self) -> bool {
        field(&self.attributes, "stale").is_some_and(|stale| stale != "false")
    }

    /// How long after its arrival an answer is of use, where that is bounded (attribute `deadline-ms`). What
    /// is no number is no deadline.
    pub fn answer_within(&self) -> Option<Duration> {
        field(&self.attributes, "deadline-ms")?.parse().ok().map(Duration::from_millis)
    }
}

/// A person, a bot or a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    /// As the provider names it.
    pub id: String,
    /// For people.
    pub name: Option<String>,
    /// `username`, `phone`, `language`, ...
    #[serde(default)]
    pub attributes: Vec<Field>,
}

/// What an event is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Content {
    /// Somebody wrote.
    Message(Message),
    /// Somebody reacted.
    Reaction(Reaction),
    /// What became of a message of ours.
    Status(Status),
    /// A direct call of a workflow.
    Invocation(Invocation),
    /// A session of the provider's came up or went away.
    Connection {
        /// Its new state.
        state: String,
        /// In the provider's words.
        detail: Option<String>,
    },
    /// The conversation goes on under this name.
    Moved(String),
    /// There is news, but not in this request.
    Notice,
    /// Recognised and recorded, nothing more.
    Other,
}

/// A message that came in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// Unique for the provider.
    pub id: String,
    /// Also a caption.
    pub text: Option<String>,
    /// `/name arguments`, addressed to us.
    pub command: Option<Command>,
    /// A pressed button or a chosen row.
    pub choice: Option<Choice>,
    /// Files, places and contacts.
    #[serde(default)]
    pub attachments: Vec<Attachment>,
    /// What it answers.
    pub quoted: Option<Quote>,
}

/// `/name arguments`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Command {
    /// Without the slash.
    pub name: String,
    /// The rest, trimmed.
    pub arguments: String,
}

/// A pressed button or a chosen row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// What the workflow called it.
    pub id: String,
    /// What the person saw.
    pub title: String,
}

/// A message that is referred to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Quote {
    pub message: String,
    pub author: Option<String>,
    pub text: Option<String>,
}

/// What a message carries beside text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Attachment {
    Media(Media),
    Location(Location),
    Contact(Contact),
}

/// A file at the provider, not fetched yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Media {
    /// `image`, `audio`, `voice`, `video`, `document`, `sticker`, ...
    pub kind: String,
    /// All that the plugin needs to fetch it.
    pub handle: String,
    /// As the provider states it.
    pub media_type: Option<String>,
    /// As the sender named it.
    pub filename: Option<String>,
    /// In bytes.
    pub size: Option<u64>,
    /// Hex or base64.
    pub sha256: Option<String>,
}

/// A place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Location {
    pub latitude: f64,
    pub longitude: f64,
    pub name: Option<String>,
    pub address: Option<String>,
}

/// A contact card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Contact {
    pub name: String,
    #[serde(default)]
    pub phones: Vec<String>,
    #[serde(default)]
    pub emails: Vec<String>,
    pub vcard: Option<String>,
}

/// Somebody's reaction to a message; no emoji: taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Reaction {
    pub message: String,
    pub emoji: Option<String>,
}

/// What became of a message of ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// The receipt's id.
    pub message: String,
    /// `sent`, `delivered`, `read`, `played`, `failed`; may repeat, skip and come in any order.
    pub state: String,
    /// In a group: whose state.
    pub recipient: Option<String>,
    /// The id of the reply, where the provider gives it back.
    pub correlation: Option<String>,
    /// Why it failed.
    pub failure: Option<super::task::Failure>,
}

/// A direct call of a workflow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invocation {
    /// As the caller wrote it.
    pub workflow: String,
    /// A JSON object.
    pub inputs: String,
}
