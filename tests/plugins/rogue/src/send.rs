//! Misbehaves while sending; what is no order is sent.

use hookhost_sdk::types::{Call, FailureScope, Progress, Reply, Target, Task};
use serde_json::json;

/// Does what the text of the reply says.
pub(crate) fn begin(task: &Task) -> Progress {
    let Task::Send(outgoing) = task else { return unknown() };
    let Reply::Text(text) = &outgoing.reply else { return unknown() };
    let say = |endpoint: &str, path: &str| Call::post_json(endpoint, path, &json!({ "text": text.body }));
    let call = match text.body.as_str() {
        "panic while sending" => panic!("as I was told"),
        "another host" => say("ungranted", "/say"),
        "no endpoint" => say("undeclared", "/say"),
        "above the prefix" => say("granted", "/../admin"),
        "an absolute address" => {
            Call { target: Target::Url("https://127.0.0.1/say".into()), ..say("granted", "/say") }
        }
        "a header of the host" => {
            Call { headers: vec![("authorization".into(), "mine".into())], ..say("granted", "/say") }
        }
        _ => say("granted", "/say"),
    };
    Progress::step(call, "")
}

fn unknown() -> Progress {
    Progress::failed(FailureScope::Message, "unknown", "only text can be sent")
}
