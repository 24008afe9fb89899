//! Sends a text: one call for each piece of it, and what the answers mean.

use hookhost_sdk::types::{Answer, Call, FailureScope, Outgoing, Progress, Reply, Response, Task};
use hookhost_sdk::{json, split};
use serde_json::json;

use crate::describe::API;

/// How long a message may be, in UTF-16 units.
const MESSAGE_UNITS: usize = 2_000;

/// The first step of a task.
pub(crate) fn begin(task: &Task) -> Progress {
    match task {
        Task::Send(outgoing) => piece(outgoing, 0),
        _ => Progress::failed(FailureScope::Message, "unknown-task", "this adapter only sends"),
    }
}

/// What the answer to a step means, and what comes next. `state` is what that step gave along.
pub(crate) fn resume(task: &Task, state: &[u8], answer: &Answer) -> Progress {
    let (Task::Send(outgoing), Some(number)) = (task, read(state)) else {
        return Progress::failed(FailureScope::Message, "state", "this was begun by something else");
    };
    match answer {
        Answer::Response(response) => answered(outgoing, number, response),
        // Repeating is safe even where nobody knows what came of it: the key makes the API do it once.
        Answer::Unanswered(_) | Answer::Saved(_) => Progress::retry(None, None),
    }
}

/// The call for a piece of the text; when there is none left, all is sent.
fn piece(outgoing: &Outgoing, number: usize) -> Progress {
    let Reply::Text(text) = &outgoing.reply else {
        return Progress::failed(FailureScope::Message, "unknown-reply", "only text can be sent");
    };
    match split::sendable(&text.body, MESSAGE_UNITS).get(number) {
        Some(text) => {
            let body = json!({ "text": text, "key": format!("{}-{number}", outgoing.id) });
            let path = format!("/rooms/{}/messages", outgoing.conversation);
            Progress::step(Call::post_json(API, path, &body), number.to_string())
        }
        None => Progress::done(),
    }
}

fn answered(outgoing: &Outgoing, number: usize, response: &Response) -> Progress {
    let failed = |scope| Progress::failed(scope, response.status.to_string(), reason(response));
    match response.status {
        200..=299 => {
            let next = piece(outgoing, number + 1);
            let id = response.json().and_then(|body| json::text(&body, "/id"));
            id.into_iter().fold(next, Progress::with_receipt)
        }
        429 => Progress::retry(wait_ms(response), None),
        401 | 403 => failed(FailureScope::Provider),
        404 | 410 => failed(FailureScope::Conversation),
        400..=499 => failed(FailureScope::Message),
        _ => Progress::retry(None, None),
    }
}

/// For the operator.
fn reason(response: &Response) -> String {
    let reason = response.json().and_then(|body| json::text(&body, "/error"));
    reason.unwrap_or_else(|| "no reason was given".into())
}

fn wait_ms(response: &Response) -> Option<u64> {
    response.header("retry-after")?.parse::<u64>().ok()?.checked_mul(1_000)
}

fn read(state: &[u8]) -> Option<usize> {
    std::str::from_utf8(state).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use hookhost_sdk::types::{Failure, Next, Payload, Target, Text, TextFormat, Unanswered};
    use serde_json::Value;

    use super::*;

    fn task(body: &str) -> Task {
        Task::Send(Outgoing {
            id: "r1".into(),
            conversation: "42".into(),
            reply: Reply::Text(Text { body: body.into(), format: TextFormat::Plain }),
            origin: None,
            attributes: Vec::new(),
        })
    }

    fn answer(status: u16, body: &Value) -> Answer {
        let headers = vec![("retry-after".into(), "3".into())];
        Answer::Response(Response { status, headers, body: body.to_string().into_bytes() })
    }

    /// What a step posts, and its state.
    fn posted(progress: &Progress) -> (Value, Vec<u8>) {
        let Next::Step(step) = &progress.next else { panic!("{progress:?}") };
        assert_eq!(step.call.target, Target::Path("/rooms/42/messages".into()));
        let Payload::Bytes(body) = &step.call.payload else { panic!("{step:?}") };
        (serde_json::from_slice(body).unwrap(), step.state.clone())
    }

    #[test]
    fn a_long_text_goes_out_piece_by_piece() {
        let task = task(&("x".repeat(MESSAGE_UNITS) + "y"));
        let (body, state) = posted(&begin(&task));
        assert_eq!(body, json!({"text": "x".repeat(MESSAGE_UNITS), "key": "r1-0"}));

        let second = resume(&task, &state, &answer(201, &json!({"id": "m1"})));
        let (body, state) = posted(&second);
        assert_eq!(body, json!({"text": "y", "key": "r1-1"}));
        assert_eq!(second.receipts[0].id, "m1");

        let end = resume(&task, &state, &answer(201, &json!({"id": "m2"})));
        assert_eq!((end.receipts[0].id.as_str(), &end.next), ("m2", &Next::Done));
    }

    #[test]
    fn what_may_pass_is_tried_again() {
        let lost = Answer::Unanswered(Unanswered { maybe_done: true, reason: "timeout".into() });
        for (answer, after_ms) in
            [(answer(429, &json!({})), Some(3_000)), (answer(503, &json!({})), None), (lost, None)]
        {
            assert_eq!(resume(&task("hello"), b"0", &answer), Progress::retry(after_ms, None));
        }
    }

    #[test]
    fn a_refusal_reaches_as_far_as_its_reason() {
        for (status, expected) in
            [(400, FailureScope::Message), (401, FailureScope::Provider), (404, FailureScope::Conversation)]
        {
            let progress = resume(&task("hello"), b"0", &answer(status, &json!({"error": "why"})));
            let Next::Failed(Failure { scope, code, message }) = progress.next else { panic!("{status}") };
            assert_eq!((scope, code, message), (expected, status.to_string(), "why".into()));
        }
    }

    #[test]
    fn an_arbitrary_state_never_panics() {
        for state in [b"".as_slice(), b"x", b"-1", b"\xff", b"99999999999999999999"] {
            let progress = resume(&task("hello"), state, &answer(200, &json!({})));
            assert!(matches!(progress.next, Next::Failed(_)), "{state:?}");
        }
    }
}
