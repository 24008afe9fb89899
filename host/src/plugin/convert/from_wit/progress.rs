//! Progress of a task and the calls in it.

use super::super::all;
use crate::model::reply::Blob;
use crate::model::task::{
    Bucket, Call, FormContent, FormPart, Next, Payload, Progress, Receipt, Step, Target,
};
use crate::plugin::bindings::hookhost::provider::types as wit;

impl From<wit::Progress> for Progress {
    fn from(wit::Progress { receipts, moved, next }: wit::Progress) -> Self {
        Self { receipts: all(receipts), moved, next: next.into() }
    }
}

impl From<wit::Receipt> for Receipt {
    fn from(wit::Receipt { id, attributes }: wit::Receipt) -> Self {
        Self { id, attributes }
    }
}

impl From<wit::Next> for Next {
    fn from(next: wit::Next) -> Self {
        match next {
            wit::Next::Step(step) => Self::Step(step.into()),
            wit::Next::Retry(wit::Retry { after_ms, hold }) => {
                Self::Retry { after_ms, hold: hold.map(Into::into) }
            }
            wit::Next::Done => Self::Done,
            wit::Next::Media(blob) => Self::Media(blob.into()),
            wit::Next::Events(events) => Self::Events(all(events)),
            wit::Next::Respond(response) => Self::Respond(response.into()),
            wit::Next::Unsure(why) => Self::Unsure(why),
            wit::Next::Failed(failure) => Self::Failed(failure.into()),
        }
    }
}

impl From<wit::Step> for Step {
    fn from(wit::Step { call, state, after_ms }: wit::Step) -> Self {
        Self { call: call.into(), state, after_ms }
    }
}

impl From<wit::Call> for Call {
    fn from(call: wit::Call) -> Self {
        Self {
            endpoint: call.endpoint,
            method: call.method,
            target: match call.target {
                wit::Target::Path(path) => Target::Path(path),
                wit::Target::Url(url) => Target::Url(url),
            },
            query: call.query,
            headers: call.headers,
            payload: call.payload.into(),
            save: call.save,
            buckets: all(call.buckets),
        }
    }
}

impl From<wit::Payload> for Payload {
    fn from(payload: wit::Payload) -> Self {
        match payload {
            wit::Payload::Empty => Self::Empty,
            wit::Payload::Bytes(bytes) => Self::Bytes(bytes),
            wit::Payload::Blob(id) => Self::Blob(id),
            wit::Payload::Multipart(parts) => Self::Multipart(all(parts)),
        }
    }
}

impl From<wit::FormPart> for FormPart {
    fn from(wit::FormPart { name, filename, media_type, content }: wit::FormPart) -> Self {
        let content = match content {
            wit::FormContent::Text(text) => FormContent::Text(text),
            wit::FormContent::Blob(id) => FormContent::Blob(id),
        };
        Self { name, filename, media_type, content }
    }
}

impl From<wit::Bucket> for Bucket {
    fn from(wit::Bucket { name, key }: wit::Bucket) -> Self {
        Self { name, key }
    }
}

impl From<wit::Blob> for Blob {
    fn from(wit::Blob { id, size, media_type, sha256 }: wit::Blob) -> Self {
        Self { id, size, media_type, sha256 }
    }
}
