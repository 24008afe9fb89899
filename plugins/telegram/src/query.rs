//! Reads Telegram's questions: what somebody types after `@bot`, what shipping costs, whether to take a payment.

use hookhost_sdk::json;
use hookhost_sdk::types::{Event, Message};
use serde_json::Value;

use crate::conversation::{Conversation, Query, QueryKind};
use crate::receive::as_written;

/// Telegram takes a payment back that nobody confirmed by then, and people stop looking at an empty list.
const ANSWER_WITHIN_MS: u32 = 10_000;

/// The question, as a conversation of its own that ends with the answer.
pub(crate) fn read(kind: &str, question: &Value) -> Event {
    let (query, words) = match kind {
        // An empty query is one too: the list is opened before the first letter.
        "inline_query" => (QueryKind::Inline, question.get("query").and_then(Value::as_str)),
        "shipping_query" => (QueryKind::Shipping, None),
        _ => (QueryKind::PreCheckout, None),
    };
    let id = json::text(question, "/id");
    let event = match words.zip(id.as_ref()) {
        Some((words, id)) => Event::message(kind, Message::text(id.as_str(), words)),
        None => Event::other(kind),
    };
    let query = id.and_then(|id| Query::new(query, &id));
    let handback =
        query.iter().map(|query| (format!("{}_id", query.kind.as_str()), query.id.clone())).collect();
    let deadline = Some(("deadline-ms".to_owned(), ANSWER_WITHIN_MS.to_string()));
    Event {
        conversation: query.map(|query| Conversation::Query(query).to_string()),
        handback,
        attributes: deadline.into_iter().chain(as_written(kind, Some(question))).collect(),
        ..event
    }
}
