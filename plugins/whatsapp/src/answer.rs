//! What the Graph API's answers mean. Its rate limits mostly come with HTTP status 400, so the error's own
//! code decides, and the status only where there is none.

use hookhost_sdk::json;
use hookhost_sdk::types::{Answer, FailureScope, Response};
use serde_json::Value;

use crate::attributes;

/// What came of a call, as far as it decides what to do now.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Outcome {
    /// Meta did it, and says this about it. Whether a message arrives, a status says later.
    Accepted(Value),
    /// Too fast: for whom, and how long to wait where Meta says so.
    Busy(Limit, Option<u64>),
    /// Meta is not to be had at the moment.
    Down,
    /// Nobody knows whether it was sent: Meta knows no idempotency key.
    Unknown(String),
    /// It will never work.
    Refused(FailureScope, i64, String),
}

/// Whose limit was hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Limit {
    /// From one number to one person.
    Pair,
    /// Everything that the number sends.
    Number,
    /// Everything that the WhatsApp Business Account does.
    Account,
    /// Everything that the app does.
    App,
}

const MAINTENANCE_MS: u64 = 60_000;

/// Reads an answer.
pub(crate) fn outcome(answer: &Answer) -> Outcome {
    match answer {
        Answer::Response(response) => of_response(response),
        Answer::Unanswered(unanswered) if unanswered.maybe_done => {
            Outcome::Unknown(unanswered.reason.clone())
        }
        Answer::Unanswered(_) | Answer::Saved(_) => Outcome::Down,
    }
}

fn of_response(response: &Response) -> Outcome {
    let body = response.json().unwrap_or(Value::Null);
    match json::integer(&body, "/error/code") {
        Some(code) => of_error(code, response, &body),
        None => of_status(response, &body),
    }
}

fn of_error(code: i64, response: &Response, body: &Value) -> Outcome {
    match code {
        1 | 2 | 131_000 | 131_016 | 133_004 | 135_000 => Outcome::Down,
        131_056 => Outcome::Busy(Limit::Pair, wait_ms(response)),
        130_429 | 131_064 | 133_016 => Outcome::Busy(Limit::Number, wait_ms(response)),
        80_007 => Outcome::Busy(Limit::Account, wait_ms(response)),
        4 | 613 => Outcome::Busy(Limit::App, wait_ms(response)),
        131_057 => Outcome::Busy(Limit::Number, Some(MAINTENANCE_MS)),
        // "Object does not exist": the number's id is wrong, or the token may not use it.
        100 if json::integer(body, "/error/error_subcode") == Some(33) => {
            Outcome::Refused(FailureScope::Provider, code, explanation(body))
        }
        code if is_known(code) => Outcome::Refused(scope_of(code), code, explanation(body)),
        code => match response.status {
            429 => Outcome::Busy(Limit::Number, wait_ms(response)),
            500.. => Outcome::Down,
            _ => Outcome::Refused(scope_of(code), code, explanation(body)),
        },
    }
}

fn of_status(response: &Response, body: &Value) -> Outcome {
    let status = i64::from(response.status);
    match response.status {
        200..=299 => Outcome::Accepted(body.clone()),
        429 => Outcome::Busy(Limit::Number, wait_ms(response)),
        401 | 403 | 404 => Outcome::Refused(FailureScope::Provider, status, "no explanation".into()),
        408 => Outcome::Down,
        400..=499 => Outcome::Refused(FailureScope::Message, status, "no explanation".into()),
        _ => Outcome::Down,
    }
}

/// How far an error reaches, whether it comes as an answer or later with a status.
pub(crate) fn scope_of(code: i64) -> FailureScope {
    match code {
        // Credentials and permissions, the account's state, and what Meta holds against the account.
        0 | 3 | 10 | 190 | 200..=299 | 131_005 | 131_037 | 131_042 | 131_045 | 133_010 => {
            FailureScope::Provider
        }
        368 | 130_497 | 131_031 | 131_048 => FailureScope::Provider,
        // This person cannot or does not want to get messages from us.
        130_472 | 131_021 | 131_026 | 131_030 | 131_050 | 137_000 => FailureScope::Conversation,
        _ => FailureScope::Message,
    }
}

/// Whether Meta documents this code as final for the message, the person or the account.
fn is_known(code: i64) -> bool {
    let is_of_message = matches!(
        code,
        100 | 131_008 | 131_009 | 131_047 | 131_049 | 131_051 | 131_053 | 131_062 | 132_000..=132_016
    );
    is_of_message || scope_of(code) != FailureScope::Message
}

fn explanation(body: &Value) -> String {
    body.get("error").and_then(attributes::explanation).unwrap_or("no explanation").into()
}

fn wait_ms(response: &Response) -> Option<u64> {
    response.header("retry-after")?.parse::<u64>().ok()?.checked_mul(1_000)
}

/// The ids of the messages that were accepted.
pub(crate) fn messages(body: &Value) -> Vec<String> {
    let messages = body.get("messages").and_then(Value::as_array);
    messages.into_iter().flatten().filter_map(|message| json::text(message, "/id")).collect()
}

#[cfg(test)]
mod tests {
    use hookhost_sdk::types::Unanswered;
    use serde_json::json;

    use super::*;

    fn check(status: u16, body: &str, expected: &Outcome) {
        let response = Response { status, headers: vec![], body: body.as_bytes().into() };
        assert_eq!(outcome(&Answer::Response(response)), *expected, "{status} {body}");
    }

    fn error(code: i64) -> String {
        json!({"error": {"message": "m", "code": code, "error_data": {"details": "d"}}}).to_string()
    }

    #[test]
    fn success_tells_the_messages() {
        for (body, expected) in [
            (json!({"messages": [{"id": "wamid.a"}, {}, {"id": 7}]}), &["wamid.a", "7"][..]),
            (json!({"success": true}), &[]),
            (Value::Null, &[]),
        ] {
            check(200, &body.to_string(), &Outcome::Accepted(body.clone()));
            assert_eq!(messages(&body), expected, "{body}");
        }
        check(200, "<html>", &Outcome::Accepted(Value::Null));
    }

    #[test]
    fn a_refusal_reaches_as_far_as_its_code() {
        use FailureScope::{Conversation, Message, Provider};
        for (code, scope) in [
            (131_047, Message),
            (132_000, Message),
            (100, Message),
            (999_999, Message),
            (131_026, Conversation),
            (130_472, Conversation),
            (131_050, Conversation),
            (0, Provider),
            (190, Provider),
            (200, Provider),
            (299, Provider),
            (131_048, Provider),
        ] {
            check(400, &error(code), &Outcome::Refused(scope, code, "d".into()));
        }
        let no_such_number = r#"{"error": {"message": "m", "code": 100, "error_subcode": 33}}"#;
        check(400, no_such_number, &Outcome::Refused(Provider, 100, "m".into()));
    }

    #[test]
    fn a_limit_is_known_by_its_code_and_not_by_its_status() {
        for (code, limit) in [
            (131_056, Limit::Pair),
            (130_429, Limit::Number),
            (133_016, Limit::Number),
            (80_007, Limit::Account),
            (4, Limit::App),
            (613, Limit::App),
        ] {
            check(400, &error(code), &Outcome::Busy(limit, None));
        }
        check(400, &error(131_057), &Outcome::Busy(Limit::Number, Some(60_000)));
        check(429, &error(999_999), &Outcome::Busy(Limit::Number, None));
        let headers = vec![("Retry-After".into(), "9".into())];
        let response = Response { status: 429, headers, body: vec![] };
        assert_eq!(outcome(&Answer::Response(response)), Outcome::Busy(Limit::Number, Some(9_000)));
    }

    #[test]
    fn what_may_pass_is_tried_again() {
        for code in [1, 2, 131_000, 131_016, 135_000, 133_004] {
            check(400, &error(code), &Outcome::Down);
        }
        for (status, body) in [(500, "<html>"), (503, ""), (302, ""), (408, "")] {
            check(status, body, &Outcome::Down);
        }
        check(500, &error(999_999), &Outcome::Down);
    }

    #[test]
    fn without_a_code_the_status_decides() {
        for (status, scope) in
            [(400, FailureScope::Message), (401, FailureScope::Provider), (413, FailureScope::Message)]
        {
            check(status, "<html>", &Outcome::Refused(scope, status.into(), "no explanation".into()));
        }
    }

    #[test]
    fn what_may_have_arrived_is_not_known() {
        for (maybe_done, expected) in [(false, Outcome::Down), (true, Outcome::Unknown("timeout".into()))] {
            let answer = Answer::Unanswered(Unanswered { maybe_done, reason: "timeout".into() });
            assert_eq!(outcome(&answer), expected);
        }
    }
}
