//! Reads a webhook: one request, one event, and a small JSON body as the answer.

use hookhost_sdk::types::{
    Acceptance, Attachment, Connection, Content, Event, Failure, FailureScope, Media, Message, Party,
    Response, Status, Verdict,
};
use hookhost_sdk::{command, json, log};
use serde_json::Value;

use crate::{id, time};

/// The webhook as an event. Refused is only what is no webhook of a bridge's at all, or a message without an id.
pub(crate) fn verdict(body: &[u8]) -> Verdict {
    match read(body) {
        Ok((event, answer)) => {
            Verdict::Accept(Acceptance { events: event.into_iter().collect(), response: Some(answer) })
        }
        Err(reason) => Verdict::Reject(reason),
    }
}

fn read(body: &[u8]) -> Result<(Option<Event>, Response), String> {
    let webhook: Value = serde_json::from_slice(body)
        .map_err(|error| format!("the body is not JSON: line {}, column {}", error.line(), error.column()))?;
    if !webhook.is_object() {
        return Err("the body is not a JSON object".into());
    }
    let kind = json::str(&webhook, "/event_type").ok_or("`event_type` is missing")?;
    let event = match kind {
        "message.received" => received(&webhook)?,
        "message.sent" => status(&webhook, "sent")?,
        "message.failed" => status(&webhook, "failed")?,
        "connection.status" => connection(&webhook),
        _ => {
            log::debug("a webhook of an unknown type is ignored", &[("event_type", kind)]);
            let reason = format!("unknown event type {kind:?}").into();
            return Ok((None, response("ignored", Some(("reason", reason)))));
        }
    };
    let answer = match kind {
        // As it came, so that the bridge knows it again.
        "message.received" => {
            let id = json::text(&webhook, "/data/message_id").map(Value::from);
            response("stored", id.map(|id| ("message_id", id)))
        }
        _ => response("acknowledged", None),
    };
    let at = ["/data/timestamp", "/timestamp"].map(|place| json::at(&webhook, place));
    let occurred_ms = at.into_iter().flatten().find_map(time::millis);
    Ok((Some(Event { occurred_ms, ..event }), answer))
}

/// Somebody wrote to us. An answer goes where the message says that it came from, in the same spelling.
fn received(webhook: &Value) -> Result<Event, String> {
    let id = message_id(webhook)?;
    let filled = |pointer: &str| json::text(webhook, pointer).filter(|text| !text.trim().is_empty());
    let text = filled("/data/text");
    let file = filled("/data/media_url").map(|url| media(url, json::str(webhook, "/data/media_type")));
    let kind = file.as_ref().map_or("text", |file| file.kind.as_str());
    let from = filled("/data/from_number");
    let is_group = from.as_deref().is_some_and(id::is_group);
    let topic = format!("message.{kind}");
    let message = Message {
        command: text.as_deref().and_then(|text| command::leading(text, None).ours()),
        attachments: file.map(Attachment::Media).into_iter().collect(),
        text,
        ..Message::text(id.as_str(), "")
    };
    Ok(Event {
        id: Some(id),
        account: filled("/data/to_number"),
        sender: from.as_deref().map(sender),
        conversation: from,
        attributes: vec![("chat".into(), if is_group { "group" } else { "private" }.into())],
        ..Event::message(topic, message)
    })
}

/// What became of a message of ours.
fn status(webhook: &Value, usual: &str) -> Result<Event, String> {
    let message = message_id(webhook)?;
    // What failed has failed, whatever else is said.
    let said = json::str(webhook, "/data/status").filter(|_| usual != "failed").map(str::to_lowercase);
    let state = said.as_deref().map_or(usual, plain);
    let failure = (state == "failed").then(|| failure(webhook));
    let status =
        Status { message: message.clone(), state: state.into(), recipient: None, correlation: None, failure };
    Ok(Event {
        id: Some(format!("{message}:{state}")),
        ..Event::new(format!("status.{state}"), Content::Status(status))
    })
}

fn failure(webhook: &Value) -> Failure {
    let first = |pointers: &[&str]| pointers.iter().find_map(|pointer| json::text(webhook, pointer));
    let message = first(&["/data/error", "/data/error/message", "/data/reason", "/data/error_message"]);
    Failure {
        scope: FailureScope::Message,
        code: first(&["/data/error_code", "/data/error/code", "/data/code"])
            .unwrap_or_else(|| "failed".into()),
        message: message.unwrap_or_else(|| "no explanation".into()),
    }
}

/// A session of the bridge's came up or went away.
fn connection(webhook: &Value) -> Event {
    let state = json::str(webhook, "/data/status").map(str::to_lowercase);
    let state = state.as_deref().map_or("unknown", plain);
    let detail =
        ["/data/detail", "/data/reason"].into_iter().find_map(|pointer| json::text(webhook, pointer));
    Event {
        account: json::text(webhook, "/data/session_id").filter(|id| !id.is_empty()),
        ..Event::new(
            format!("connection.{state}"),
            Content::Connection(Connection { state: state.into(), detail }),
        )
    }
}

fn message_id(webhook: &Value) -> Result<String, String> {
    let id = json::text(webhook, "/data/message_id").filter(|id| !id.is_empty());
    let id = id.ok_or("`data.message_id` is missing")?;
    let id = id::inner(&id);
    // With a state behind it, an event's id may have 512 bytes.
    if id.len() > 400 { Err("`data.message_id` is longer than 400 bytes".into()) } else { Ok(id.into()) }
}

fn sender(from: &str) -> Party {
    let phone = id::phone(from).map(|phone| ("phone".into(), phone.into()));
    Party { id: from.into(), name: None, attributes: phone.into_iter().collect() }
}

fn media(url: String, media_type: Option<&str>) -> Media {
    let family = media_type.and_then(|media_type| media_type.split('/').next()).unwrap_or_default();
    let kind = if ["image", "audio", "video"].contains(&family) { family } else { "document" };
    Media {
        kind: kind.into(),
        handle: url,
        media_type: media_type.map(String::from),
        filename: None,
        size: None,
        sha256: None,
    }
}

/// A word that can be part of a topic.
fn plain(word: &str) -> &str {
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-';
    if (1..=64).contains(&word.len()) && word.chars().all(is_plain) { word } else { "unknown" }
}

/// `{"status":"..."}`, and one more field behind it.
fn response(status: &str, more: Option<(&str, Value)>) -> Response {
    let more = more.map(|(name, value)| format!(",\"{name}\":{value}")).unwrap_or_default();
    let headers = vec![("content-type".into(), "application/json".into())];
    Response { status: 200, headers, body: format!("{{\"status\":\"{status}\"{more}}}").into_bytes() }
}

#[cfg(test)]
mod tests;
