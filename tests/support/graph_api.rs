//! A stand-in of the WhatsApp Graph API.

use serde_json::json;

use super::stand_in::{Answer, Call, StandIn};

/// One that accepts every message.
pub(crate) fn start() -> StandIn {
    StandIn::start(accepted)
}

fn accepted(_: &Call, count: usize) -> Answer {
    Answer::Json(
        200,
        json!({ "messaging_product": "whatsapp", "messages": [{ "id": format!("wamid.out{count}") }] }),
    )
}

/// Whom these messages went to and what they said, sorted.
pub(crate) fn said(calls: &[Call]) -> Vec<(String, String)> {
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let mut said: Vec<_> =
        calls.iter().map(|call| (text(&call.body["to"]), text(&call.body["text"]["body"]))).collect();
    said.sort();
    said
}
