//! What the bridge's answers mean, by their status: bridges have no codes in common.

use hookhost_sdk::json;
use hookhost_sdk::types::{Answer, FailureScope, Progress, Response};
use serde_json::Value;

/// What came of a call.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Outcome {
    /// The bridge did it, and says this about it.
    Accepted(Value),
    /// Later, the same once more.
    Later(Option<u64>),
    /// Nobody knows whether it was done.
    Unknown(String),
    /// It will never work.
    Refused(FailureScope, u16, String),
}

impl Outcome {
    /// How a task goes on that cannot use anything of this answer.
    pub(crate) fn progress(self) -> Progress {
        match self {
            Self::Accepted(_) => Progress::done(),
            Self::Later(after_ms) => Progress::retry(after_ms, None),
            Self::Unknown(reason) => Progress::unsure(reason),
            Self::Refused(scope, status, reason) => Progress::failed(scope, status.to_string(), reason),
        }
    }
}

/// Reads an answer.
pub(crate) fn outcome(answer: &Answer) -> Outcome {
    match answer {
        Answer::Response(response) => of_response(response),
        Answer::Unanswered(lost) if lost.maybe_done => Outcome::Unknown(lost.reason.clone()),
        Answer::Unanswered(_) | Answer::Saved(_) => Outcome::Later(None),
    }
}

fn of_response(response: &Response) -> Outcome {
    let body = response.json().unwrap_or(Value::Null);
    let refused = |scope| Outcome::Refused(scope, response.status, explanation(&body));
    match response.status {
        200..=299 => Outcome::Accepted(body),
        408 | 425 | 429 => Outcome::Later(wait_ms(response)),
        // The token, or the address of the API.
        401 | 403 | 404 | 405 => refused(FailureScope::Provider),
        400..=499 => refused(FailureScope::Message),
        _ => Outcome::Later(wait_ms(response)),
    }
}

fn explanation(body: &Value) -> String {
    let told = ["/error", "/error/message", "/message", "/detail"];
    told.into_iter().find_map(|pointer| json::str(body, pointer)).unwrap_or("no explanation").into()
}

fn wait_ms(response: &Response) -> Option<u64> {
    response.header("retry-after")?.parse::<u64>().ok()?.checked_mul(1_000)
}
