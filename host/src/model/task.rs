//! Work towards a provider: the task, its steps, and what their answers mean.

use serde::{Deserialize, Serialize};

use super::event::{Content, Event, Media};
use super::http::{Field, Response};
use super::reply::{Blob, Reply};

/// A piece of work for a plugin's `begin` and `resume`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Task {
    /// Send a reply.
    Send(Outgoing),
    /// Bring a file.
    Fetch(Media),
    /// Bring what an event only announced.
    Expand(Box<Event>),
    /// Register or remove our address at the provider.
    Subscribe {
        /// Our address.
        url: String,
        /// Register, else remove.
        active: bool,
    },
}

/// A reply and where it goes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outgoing {
    /// At most 64 characters; comes back with statuses where the provider can.
    pub id: String,
    /// As the event named it.
    pub conversation: String,
    /// What is said.
    pub reply: Reply,
    /// The event that is answered; `None`: the workflow speaks first.
    pub origin: Option<Origin>,
    /// The workflow's wishes: `silent`, `preview`, `quote`, ...
    #[serde(default)]
    pub attributes: Vec<Field>,
}

/// The event that is answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Origin {
    pub message: Option<String>,
    pub occurred_ms: Option<u64>,
    #[serde(default)]
    pub handback: Vec<Field>,
}

impl Origin {
    /// What an answer to this event says that it answers.
    pub fn of(event: &Event) -> Self {
        let message = match &event.content {
            Content::Message(message) => Some(message.id.clone()),
            _ => None,
        };
        Self { message, occurred_ms: event.occurred_ms, handback: event.handback.clone() }
    }
}

/// What a plugin answers to `begin` and `resume`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Progress {
    /// Messages that the provider accepted in the answer just seen.
    pub receipts: Vec<Receipt>,
    /// The conversation goes on under this name.
    pub moved: Option<String>,
    /// What comes next.
    pub next: Next,
}

/// A message that the provider accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Receipt {
    pub id: String,
    pub attributes: Vec<Field>,
}

/// What comes next in a task.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Next {
    /// Make this call, then `resume` with its answer.
    Step(Step),
    /// The same step again, later.
    Retry {
        /// `None`: the host's own growing delay.
        after_ms: Option<u64>,
        /// Hold back every call with this bucket that long.
        hold: Option<Bucket>,
    },
    /// Finished.
    Done,
    /// End of a fetch.
    Media(Blob),
    /// End of an expand.
    Events(Vec<Event>),
    /// The answer to a request whose caller waits.
    Respond(Response),
    /// Nobody knows whether it was sent.
    Unsure(String),
    /// It will never work.
    Failed(Failure),
}

/// One call, and where we are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// What to request.
    pub call: Call,
    /// Opaque to the host.
    #[serde(with = "super::bytes")]
    pub state: Vec<u8>,
    /// Wait before the call.
    pub after_ms: Option<u64>,
}

/// Why something will never work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// How far the failure reaches.
    pub scope: FailureScope,
    /// The provider's code or a word.
    pub code: String,
    /// For the operator, never shown in a chat.
    pub message: String,
}

/// How far a failure reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureScope {
    /// This message cannot be sent.
    Message,
    /// Nothing can be sent to this conversation.
    Conversation,
    /// Nothing can be sent at all until the operator acts.
    Provider,
}

/// One HTTP request that the host makes with an endpoint's credentials.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// Of the manifest.
    pub endpoint: String,
    /// In upper case.
    pub method: String,
    /// Where.
    pub target: Target,
    /// Added to the target.
    pub query: Vec<Field>,
    /// Reserved ones are refused.
    pub headers: Vec<Field>,
    /// The body.
    pub payload: Payload,
    /// Keep the body of a 2xx answer as a blob.
    pub save: bool,
    /// What is counted against the manifest's pacing.
    pub buckets: Vec<Bucket>,
}

/// Where a call goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// Below the endpoint's origin and prefix.
    Path(String),
    /// An absolute URL on one of the endpoint's hosts.
    Url(String),
}

/// The body of a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Payload {
    /// None.
    Empty,
    /// These bytes; the content type stands in the headers.
    Bytes(#[serde(with = "super::bytes")] Vec<u8>),
    /// A blob, by its id.
    Blob(String),
    /// A form.
    Multipart(Vec<FormPart>),
}

/// One field of a form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct FormPart {
    pub name: String,
    pub filename: Option<String>,
    pub media_type: Option<String>,
    pub content: FormContent,
}

/// What a form field holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FormContent {
    /// These words.
    Text(String),
    /// A blob, by its id.
    Blob(String),
}

/// A key that calls are counted under.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Bucket {
    pub name: String,
    pub key: String,
}

/// What came of a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// The provider answered.
    Response(Response),
    /// The provider answered, and the body is kept.
    Saved {
        /// The status code.
        status: u16,
        /// The headers.
        #[serde(default)]
        headers: Vec<Field>,
        /// Where the body is.
        blob: Blob,
    },
    /// It did not answer.
    Unanswered {
        /// `false`: it surely did not reach the provider.
        maybe_done: bool,
        /// `connect`, `tls`, `timeout`, `too-large`, `restart`, ...
        reason: String,
    },
}
