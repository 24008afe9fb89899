//! Requests, tasks, answers, and the context that comes with each.

use crate::model::http::{Request, Response};
use crate::model::task::{Answer, Outgoing, Task};
use crate::plugin::Context;
use crate::plugin::bindings::hookhost::provider::types as wit;

impl From<Context> for wit::Context {
    fn from(Context { now, settings, attempt }: Context) -> Self {
        Self { now_ms: now.millis(), settings, attempt }
    }
}

impl From<&Request> for wit::Request {
    fn from(request: &Request) -> Self {
        Self {
            method: request.method.clone(),
            path: request.path.clone(),
            query: request.query.clone(),
            headers: request.headers.clone(),
            body: request.body.clone(),
        }
    }
}

impl From<&Task> for wit::Task {
    fn from(task: &Task) -> Self {
        match task {
            Task::Send(outgoing) => Self::Send(outgoing.into()),
            Task::Fetch(media) => Self::Fetch(media.into()),
            Task::Expand(event) => Self::Expand((&**event).into()),
            Task::Subscribe { url, active } => {
                Self::Subscribe(wit::Subscription { url: url.clone(), active: *active })
            }
        }
    }
}

impl From<&Outgoing> for wit::Outgoing {
    fn from(outgoing: &Outgoing) -> Self {
        Self {
            id: outgoing.id.clone(),
            conversation: outgoing.conversation.clone(),
            reply: (&outgoing.reply).into(),
            origin: outgoing.origin.as_ref().map(|origin| wit::Origin {
                message: origin.message.clone(),
                occurred_ms: origin.occurred_ms,
                handback: origin.handback.clone(),
            }),
            attributes: outgoing.attributes.clone(),
        }
    }
}

impl From<&Answer> for wit::Answer {
    fn from(answer: &Answer) -> Self {
        match answer {
            Answer::Response(response) => Self::Response(response.into()),
            Answer::Saved { status, headers, blob } => {
                Self::Saved(wit::Saved { status: *status, headers: headers.clone(), blob: blob.into() })
            }
            Answer::Unanswered { maybe_done, reason } => {
                Self::Unanswered(wit::Unanswered { maybe_done: *maybe_done, reason: reason.clone() })
            }
        }
    }
}

impl From<&Response> for wit::Response {
    fn from(response: &Response) -> Self {
        Self { status: response.status, headers: response.headers.clone(), body: response.body.clone() }
    }
}
