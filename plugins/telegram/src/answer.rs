//! What the Bot API's answers mean.

use hookhost_sdk::json;
use hookhost_sdk::types::{Answer, FailureScope, Response};
use serde_json::Value;

/// What came of a call, as far as it decides what to do now.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Outcome {
    /// Telegram made these messages of it: chat and number.
    Accepted(Vec<(Option<i64>, i64)>),
    /// Not now: again after so many milliseconds, or when the host thinks best.
    Busy(Option<u64>),
    /// Telegram is not to be had at the moment.
    Down,
    /// The chat has another id.
    Moved(i64),
    /// The formatting is not what Telegram takes.
    Unreadable(String),
    /// It will never work.
    Refused(FailureScope, String),
}

/// Reads an answer. One that never came is taken for not sent: Telegram knows no idempotency key, and a
/// message shown twice is better than one that is lost.
pub(crate) fn outcome(answer: &Answer) -> Outcome {
    match answer {
        Answer::Response(response) => of_response(response),
        Answer::Unanswered(_) | Answer::Saved(_) => Outcome::Down,
    }
}

fn of_response(response: &Response) -> Outcome {
    // Proxies answer without JSON; then the status alone has to do.
    let body = response.json().unwrap_or(Value::Null);
    let code = json::integer(&body, "/error_code").unwrap_or_else(|| i64::from(response.status));
    let description = json::str(&body, "/description").unwrap_or("no description");
    if let Some(chat) = json::integer(&body, "/parameters/migrate_to_chat_id") {
        return Outcome::Moved(chat);
    }
    match code {
        200..=299 => Outcome::Accepted(messages(&body)),
        429 => Outcome::Busy(wait_ms(response, &body)),
        408 | 409 => Outcome::Down,
        401 => refused(FailureScope::Provider, code, description),
        404 if !description.contains("method not found") => {
            refused(FailureScope::Provider, code, description)
        }
        403 => refused(FailureScope::Conversation, code, description),
        400 if is_about_formatting(description) => Outcome::Unreadable(reason(code, description)),
        400 if is_about_chat(description) => refused(FailureScope::Conversation, code, description),
        400..=499 => refused(FailureScope::Message, code, description),
        _ => Outcome::Down,
    }
}

fn refused(scope: FailureScope, code: i64, description: &str) -> Outcome {
    Outcome::Refused(scope, reason(code, description))
}

fn reason(code: i64, description: &str) -> String {
    format!("{code}: {description}")
}

fn is_about_formatting(description: &str) -> bool {
    let description = description.to_lowercase();
    ["parse entities", "parse caption entities", "message entity", "entity_", "entities_"]
        .iter()
        .any(|reason| description.contains(reason))
}

fn is_about_chat(description: &str) -> bool {
    let description = description.to_lowercase();
    let about_chat = [
        "chat not found",
        "thread not found",
        "peer_id_invalid",
        "topic_closed",
        "topic_deleted",
        "topic_id_invalid",
        "chat_write_forbidden",
        "have no rights to send",
        "not enough rights to send",
        "group chat was deactivated",
        "need administrator rights",
        "business connection",
        "business_connection",
        "business_peer",
    ];
    about_chat.iter().any(|reason| description.contains(reason))
}

fn wait_ms(response: &Response, body: &Value) -> Option<u64> {
    json::seconds_as_ms(body, "/parameters/retry_after")
        .or_else(|| response.header("retry-after")?.parse::<u64>().ok()?.checked_mul(1_000))
}

/// One message, or an album's several, or none where the method makes none.
fn messages(body: &Value) -> Vec<(Option<i64>, i64)> {
    let message =
        |result: &Value| Some((json::integer(result, "/chat/id"), json::integer(result, "/message_id")?));
    match body.get("result") {
        Some(Value::Array(results)) => results.iter().filter_map(message).collect(),
        Some(result) => message(result).into_iter().collect(),
        None => Vec::new(),
    }
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

    fn error(code: i64, description: &str) -> String {
        json!({"ok": false, "error_code": code, "description": description}).to_string()
    }

    #[test]
    fn success_tells_the_messages() {
        let album = r#"{"ok": true, "result": [{"message_id": 1, "chat": {"id": -5}}, {"message_id": 2}]}"#;
        for (body, expected) in [
            (r#"{"ok": true, "result": {"message_id": 7, "chat": {"id": -5}}}"#, vec![(Some(-5), 7)]),
            (album, vec![(Some(-5), 1), (None, 2)]),
            (r#"{"ok": true, "result": true}"#, vec![]),
            ("<html>", vec![]),
            ("", vec![]),
        ] {
            check(200, body, &Outcome::Accepted(expected));
        }
    }

    #[test]
    fn a_refusal_reaches_as_far_as_its_reason() {
        use FailureScope::{Conversation, Message, Provider};
        for (code, description, scope) in [
            (400, "Bad Request: message is too long", Message),
            (400, "Bad Request: chat not found", Conversation),
            (400, "Bad Request: message thread not found", Conversation),
            (400, "Bad Request: PEER_ID_INVALID", Conversation),
            (400, "Bad Request: wrong file identifier", Message),
            (401, "Unauthorized", Provider),
            (403, "Forbidden: bot was blocked by the user", Conversation),
            (404, "Not Found", Provider),
            (404, "Not Found: method not found", Message),
            (413, "Request Entity Too Large", Message),
        ] {
            let expected = Outcome::Refused(scope, format!("{code}: {description}"));
            check(u16::try_from(code).unwrap(), &error(code, description), &expected);
            // Some proxies turn every answer into 200.
            check(200, &error(code, description), &expected);
        }
        check(403, "<html>", &Outcome::Refused(Conversation, "403: no description".into()));
    }

    #[test]
    fn formatting_that_telegram_does_not_take_is_told_apart() {
        for description in [
            "Bad Request: can't parse entities: Can't find end of the entity starting at byte offset 3",
            "Bad Request: ENTITY_BOUNDS_INVALID",
            "Bad Request: wrong message entity",
        ] {
            check(400, &error(400, description), &Outcome::Unreadable(format!("400: {description}")));
        }
    }

    #[test]
    fn telegram_says_how_long_to_wait() {
        let body = r#"{"ok": false, "error_code": 429, "parameters": {"retry_after": 35}}"#;
        check(429, body, &Outcome::Busy(Some(35_000)));
        check(429, "<html>", &Outcome::Busy(None));
        let headers = vec![("retry-after".into(), "7".into())];
        let response = Response { status: 429, headers, body: vec![] };
        assert_eq!(outcome(&Answer::Response(response)), Outcome::Busy(Some(7_000)));
    }

    #[test]
    fn a_chat_that_moved_tells_where() {
        let body = json!({"ok": false, "error_code": 400, "parameters": {"migrate_to_chat_id": -1_005}});
        check(400, &body.to_string(), &Outcome::Moved(-1_005));
    }

    #[test]
    fn what_may_pass_is_tried_again() {
        for status in [301, 408, 409, 500, 502, 503] {
            check(status, "<html>", &Outcome::Down);
        }
        for maybe_done in [true, false] {
            let answer = Answer::Unanswered(Unanswered { maybe_done, reason: "timeout".into() });
            assert_eq!(outcome(&answer), Outcome::Down);
        }
    }
}
