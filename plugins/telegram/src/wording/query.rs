//! Answers to Telegram's questions. The workflow's JSON is the answer; words are one, too.

use hookhost_sdk::log;
use hookhost_sdk::types::{Failure, Reply};
use serde_json::{Map, Value, json};

use super::{TEXT_UNITS, read, unsendable};
use crate::conversation::{Query, QueryKind};
use crate::format::{Formatted, Piece, Style};
use crate::method::Method;

/// What a list shows of an answer before it is chosen.
const TITLE_CHARS: usize = 64;
/// What is said where a payment is refused without a reason; Telegram wants one.
const NO_REASON: &str = "This cannot be paid now.";

pub(super) fn answer(query: &Query, reply: &Reply, style: Option<Style>) -> Result<Method, Failure> {
    let Reply::Text(text) = reply else {
        return Err(unsendable("no-chat", "a question of Telegram's is answered with words or with JSON"));
    };
    let written = serde_json::from_str(&text.body).ok().filter(|json: &Value| !json.is_string());
    let words = read(text, style);
    match query.kind {
        QueryKind::Inline => {
            let parameters = match written.and_then(results) {
                Some(parameters) => parameters,
                None => Map::from_iter([("results".into(), json!([numbered(article(&words)?, 1)]))]),
            };
            Ok(Method { parameters, ..Method::new("answerInlineQuery", json!({})) })
        }
        QueryKind::Guest => {
            let result = match written.as_ref().and_then(result) {
                Some(result) => result,
                None => article(&words)?,
            };
            Ok(Method::new("answerGuestQuery", json!({"result": numbered(result, 1)})))
        }
        QueryKind::Shipping => Ok(decided("answerShippingQuery", written, &words)),
        QueryKind::PreCheckout => Ok(decided("answerPreCheckoutQuery", written, &words)),
        QueryKind::InlineMessage => {
            let Piece { text, entities } = first(&words)?;
            Ok(Method::new("editMessageText", json!({"text": text, "entities": entities})))
        }
    }
}

/// `{"results": [...], ...}`, a list of results, or one.
fn results(written: Value) -> Option<Map<String, Value>> {
    let mut parameters = match written {
        Value::Object(parameters) if parameters.get("results").is_some_and(Value::is_array) => parameters,
        Value::Object(one) if one.contains_key("type") => Map::from_iter([("results".into(), json!([one]))]),
        Value::Array(all) if all.iter().all(Value::is_object) => {
            Map::from_iter([("results".into(), all.into())])
        }
        _ => return None,
    };
    if let Some(Value::Array(all)) = parameters.get_mut("results") {
        let named = std::mem::take(all).into_iter().zip(1..);
        *all = named.map(|(one, number)| numbered(one, number)).collect();
    }
    Some(parameters)
}

/// `{"result": {...}}`, or the result itself.
fn result(written: &Value) -> Option<Value> {
    let result = written.get("result").unwrap_or(written);
    result.get("type").is_some().then(|| result.clone())
}

/// Every result has a name; where the workflow gives none, its number.
fn numbered(mut result: Value, number: usize) -> Value {
    if let Some(fields) = result.as_object_mut() {
        fields.entry("id").or_insert_with(|| number.to_string().into());
    }
    result
}

fn article(words: &Formatted) -> Result<Value, Failure> {
    let Piece { text, entities } = first(words)?;
    let line = text.trim_start().lines().next().unwrap_or_default();
    let title: String = line.chars().take(TITLE_CHARS).collect();
    let content = json!({"message_text": text, "entities": entities});
    Ok(json!({"type": "article", "title": title, "input_message_content": content}))
}

/// One message is all that a question gets.
fn first(words: &Formatted) -> Result<Piece, Failure> {
    let mut pieces = words.pieces(TEXT_UNITS).into_iter();
    let first = pieces.next().ok_or_else(|| unsendable("empty", "there is nothing to see in this reply"))?;
    if pieces.next().is_some() {
        log::warn("an answer is cut: a question of Telegram's gets one message", &[]);
    }
    Ok(first)
}

/// `true`, or `{"ok": true, ...}`. Words are the reason why not: no payment is taken by mistake.
fn decided(name: &str, written: Option<Value>, words: &Formatted) -> Method {
    let mut parameters = match written {
        Some(Value::Bool(ok)) => Map::from_iter([("ok".into(), ok.into())]),
        Some(Value::Object(fields)) if fields.get("ok").is_some_and(Value::is_boolean) => fields,
        _ => Map::from_iter([
            ("ok".into(), false.into()),
            ("error_message".into(), words.text.as_str().into()),
        ]),
    };
    if parameters["ok"] == false {
        parameters.entry("error_message").or_insert_with(|| NO_REASON.into());
    }
    Method { parameters, ..Method::new(name, json!({})) }
}
