//! Misbehaves while sending; what is no order is sent.

use hookhost_sdk::types::{Answer, Call, Context, FailureScope, Outgoing, Progress, Reply, Target, Task};
use serde_json::json;

/// Does what the text of the reply says.
pub(crate) fn begin(task: &Task) -> Progress {
    let Task::Send(outgoing) = task else { return unknown() };
    let text = match &outgoing.reply {
        Reply::Text(text) => text,
        Reply::Seen => return sign("/seen", outgoing),
        Reply::Typing => return sign("/typing", outgoing),
        _ => return unknown(),
    };
    let say = |endpoint: &str, path: &str| Call::post_json(endpoint, path, &json!({ "text": text.body }));
    let call = match text.body.as_str() {
        text if text.starts_with("panic while sending") => panic!("as I was told"),
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

/// Only who asks to be shown that somebody is at work is shown it.
fn sign(path: &str, outgoing: &Outgoing) -> Progress {
    match outgoing.conversation.as_str() {
        "panic over signs" => panic!("as I was told"),
        "signs" => {
            let message = outgoing.origin.as_ref().and_then(|origin| origin.message.as_deref());
            Progress::step(Call::post_json("granted", path, &json!({ "message": message })), "")
        }
        _ => Progress::done(),
    }
}

/// The same; what was not answered is said again.
pub(crate) fn resume(context: &Context, task: &Task, state: &[u8], answer: &Answer) -> Progress {
    let Task::Send(outgoing) = task else { return unknown() };
    let Reply::Text(text) = &outgoing.reply else { return Progress::done() };
    match (answer, text.body.as_str(), state) {
        (Answer::Unanswered(_), ..) => Progress::retry(Some(200), None),
        (_, "panic once it is said", _) if context.attempt == 0 => panic!("as I was told"),
        (_, "say it twice", b"") => {
            Progress::step(Call::post_json("granted", "/say", &json!({ "text": "once more" })), "second")
        }
        _ => Progress::done(),
    }
}

fn unknown() -> Progress {
    Progress::failed(FailureScope::Message, "unknown", "only text can be sent")
}
