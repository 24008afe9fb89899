//! A stand-in of the Telegram Bot API.

use serde_json::json;

use super::stand_in::{Answer, Call, StandIn};

/// One that accepts every message. That we are typing is said by the way.
pub(crate) fn start() -> StandIn {
    StandIn::with_asides(|call| call.path.ends_with("/sendChatAction"), accepted)
}

/// A message was accepted.
pub(crate) fn accepted(call: &Call, count: usize) -> Answer {
    Answer::Json(
        200,
        json!({ "ok": true, "result": { "message_id": count, "chat": { "id": call.body["chat_id"] } } }),
    )
}

/// A call failed.
pub(crate) fn refused(code: u16, description: &str) -> Answer {
    Answer::Json(code, json!({ "ok": false, "error_code": code, "description": description }))
}

/// The bot was too fast.
pub(crate) fn too_fast(retry_after_s: u32) -> Answer {
    let parameters = json!({ "retry_after": retry_after_s });
    let description = "Too Many Requests: retry later";
    Answer::Json(
        429,
        json!({ "ok": false, "error_code": 429, "description": description, "parameters": parameters }),
    )
}

/// The texts of these messages.
pub(crate) fn texts(calls: &[Call]) -> Vec<String> {
    calls.iter().map(|call| call.body["text"].as_str().unwrap_or_default().to_owned()).collect()
}

/// The chats that these messages went to.
pub(crate) fn chats(calls: &[Call]) -> Vec<i64> {
    calls.iter().map(|call| call.body["chat_id"].as_i64().unwrap_or_default()).collect()
}
