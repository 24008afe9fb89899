//! Brings files in two steps, as most providers want it: what it is called by gives a link that soon expires, and
//! the link gives the bytes. The other half of its ways are wrong.

use hookhost_sdk::types::{
    Answer, Blob, Call, FailureScope, Media, Next, Payload, Progress, Response, Step, Target,
};

/// Asks for the link.
pub(crate) fn begin(media: &Media) -> Progress {
    match media.handle.as_str() {
        "another host" => step(get("ungranted", "/bytes/cat"), true, "bytes"),
        "never mind" => Progress::done(),
        "of my own making" => {
            ended(Blob { id: "1".into(), size: 1, media_type: None, sha256: String::new() })
        }
        handle => step(get("granted", &format!("/files/{handle}")), false, "link"),
    }
}

/// Asks for the bytes; where the link has expired, for another one, once.
pub(crate) fn resume(media: &Media, state: &[u8], answer: &Answer) -> Progress {
    match (state, answer) {
        (b"link" | b"link again", Answer::Response(Response { status: 200, body, .. })) => {
            let again = if state == b"link" { "bytes" } else { "bytes again" };
            step(get("granted", &String::from_utf8_lossy(body)), true, again)
        }
        (b"bytes", Answer::Response(Response { status: 404, .. })) => {
            step(get("granted", &format!("/files/{}", media.handle)), false, "link again")
        }
        (_, Answer::Saved(saved)) => ended(saved.blob.clone()),
        (_, Answer::Response(response)) => Progress::failed(
            FailureScope::Message,
            response.status.to_string(),
            "the provider has no such file",
        ),
        (_, Answer::Unanswered(_)) => Progress::retry(100, None),
    }
}

fn get(endpoint: &str, path: &str) -> Call {
    Call {
        endpoint: endpoint.into(),
        method: "GET".into(),
        target: Target::Path(path.into()),
        query: Vec::new(),
        headers: Vec::new(),
        payload: Payload::Empty,
        save: false,
        buckets: Vec::new(),
    }
}

fn step(call: Call, save: bool, state: &str) -> Progress {
    let step = Step { call: Call { save, ..call }, state: state.into(), after_ms: None };
    Progress { receipts: Vec::new(), moved: None, next: Next::Step(step) }
}

fn ended(blob: Blob) -> Progress {
    Progress { receipts: Vec::new(), moved: None, next: Next::Media(blob) }
}
