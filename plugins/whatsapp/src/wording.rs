//! Puts a reply into the Cloud API's words: one request body for each message.

use hookhost_sdk::split;
use hookhost_sdk::types::{Contact, Failure, FailureScope, Location, Outgoing, Reaction, Reply, TextFormat};
use serde_json::{Map, Value, json};

use crate::conversation::Recipient;
use crate::{files, interactive, limits, markdown, template};

const TEXT_UNITS: usize = 4096;
/// What the host allows for one task; more would break off in the middle. One is left for an upload.
const MESSAGES_MAX: usize = 63;

/// A request body, still without the address.
pub(crate) type Body = Map<String, Value>;

/// The messages that a reply takes, in order; the same every time. `uploaded` is the id that Meta gave to the
/// reply's file, if the host held it.
pub(crate) fn bodies(outgoing: &Outgoing, uploaded: Option<&str>) -> Result<Vec<Body>, Failure> {
    let preview = outgoing.wishes("preview");
    let bodies = match &outgoing.reply {
        Reply::Text(text) => Ok(match text.format {
            TextFormat::Plain => texts(&text.body, preview),
            TextFormat::Markdown => texts(&markdown::shown(&text.body), preview),
        }),
        Reply::Media(file) => files::bodies(file, uploaded, preview),
        Reply::Location(place) => Ok(vec![location(place)]),
        Reply::Contact(card) => contact(card).map(|body| vec![body]),
        Reply::Buttons(asked) => Ok(interactive::buttons(asked)),
        Reply::Menu(asked) => Ok(interactive::menu(asked)),
        Reply::Template(named) => template::body(named).map(|body| vec![body]),
        Reply::Reaction(put) => reaction(put).map(|body| vec![body]),
        Reply::Typing | Reply::Seen => mark(outgoing).map(|body| vec![body]),
        Reply::Raw(json) => raw(json).map(|body| vec![body]),
    };
    let bodies = bodies.map_err(|message| unsendable("unsendable", &message))?;
    for body in &bodies {
        limits::check(body).map_err(|message| unsendable("limit", &message))?;
    }
    match bodies.len() {
        0 => Err(unsendable("empty", "there is nothing to see in this reply")),
        1..=MESSAGES_MAX => Ok(bodies),
        many => Err(unsendable("too-long", &format!("this reply would take {many} messages"))),
    }
}

/// Whether this is no message, but tells Meta what became of one of theirs.
pub(crate) fn is_mark(reply: &Reply) -> bool {
    matches!(reply, Reply::Typing | Reply::Seen)
}

/// The body with its address, what comes back with its statuses, and what it answers.
pub(crate) fn addressed(mut body: Body, recipient: &Recipient, outgoing: &Outgoing, is_first: bool) -> Value {
    body.insert("messaging_product".into(), "whatsapp".into());
    if is_mark(&outgoing.reply) {
        return Value::Object(body);
    }
    let (kind, field, id) = match recipient {
        // A `from` goes back as it came. It begins with the country code without a `+`, as Meta's samples
        // answer it; the `+` that Meta asks for is for numbers that people have typed.
        Recipient::Phone(phone) => ("individual", "to", phone),
        Recipient::User(user) => ("individual", "recipient", user),
        Recipient::Group(group) => ("group", "to", group),
    };
    // A raw reply may not go to anybody else.
    body.remove("to");
    body.remove("recipient");
    body.insert("recipient_type".into(), kind.into());
    body.insert(field.into(), id.as_str().into());
    body.insert("biz_opaque_callback_data".into(), outgoing.id.as_str().into());
    // A reaction names its message itself.
    let may_quote = is_first && outgoing.wishes("quote") && !body.contains_key("reaction");
    let quoted = outgoing.origin.as_ref().filter(|_| may_quote);
    if let Some(message) = quoted.and_then(|origin| origin.message.as_deref()) {
        body.entry("context").or_insert_with(|| json!({"message_id": message}));
    }
    Value::Object(body)
}

/// As many messages as the words need.
pub(crate) fn texts(body: &str, preview: bool) -> Vec<Body> {
    let pieces = split::sendable(body, TEXT_UNITS).into_iter();
    pieces.map(|piece| typed("text", json!({"body": piece, "preview_url": preview}))).collect()
}

/// `{"type": "text", "text": {...}}`.
pub(crate) fn typed(kind: &str, content: Value) -> Body {
    Body::from_iter([("type".into(), kind.into()), (kind.into(), content)])
}

/// That nothing of this message can be sent, and why.
pub(crate) fn unsendable(code: &str, message: &str) -> Failure {
    Failure { scope: FailureScope::Message, code: code.into(), message: message.into() }
}

fn location(place: &Location) -> Body {
    let mut shown = json!({"latitude": place.latitude, "longitude": place.longitude});
    for (field, text) in [("name", &place.name), ("address", &place.address)] {
        if let Some(text) = text.as_deref().filter(|text| !text.is_empty()) {
            shown[field] = text.into();
        }
    }
    typed("location", shown)
}

fn contact(card: &Contact) -> Result<Body, String> {
    let name = card.name.trim();
    if name.is_empty() {
        return Err("`contact.name` is empty".into());
    }
    // Meta wants a part of the name beside the whole, and we do not know where parts begin.
    let mut shown = json!({"name": {"formatted_name": name, "first_name": name}});
    let listed = |field: &str, texts: &[String]| -> Option<Value> {
        let items: Vec<_> = texts.iter().map(|text| json!({field: text})).collect();
        (!items.is_empty()).then(|| items.into())
    };
    for (list, items) in
        [("phones", listed("phone", &card.phones)), ("emails", listed("email", &card.emails))]
    {
        if let Some(items) = items {
            shown[list] = items;
        }
    }
    Ok(typed("contacts", json!([shown])))
}

/// An emoji on a message; an empty one takes it back.
fn reaction(put: &Reaction) -> Result<Body, String> {
    if put.message.is_empty() {
        return Err("`reaction.message` is empty".into());
    }
    let emoji = put.emoji.as_deref().unwrap_or_default();
    Ok(typed("reaction", json!({"message_id": put.message, "emoji": emoji})))
}

/// That a message was read, and that we are typing. Meta knows the one only together with the other.
fn mark(outgoing: &Outgoing) -> Result<Body, String> {
    let message = outgoing.origin.as_ref().and_then(|origin| origin.message.as_deref());
    let message = message.ok_or("only a message that came can be marked as read")?;
    let mut body = Body::from_iter([("status".into(), "read".into()), ("message_id".into(), message.into())]);
    if matches!(outgoing.reply, Reply::Typing) {
        body.insert("typing_indicator".into(), json!({"type": "text"}));
    }
    Ok(body)
}

/// `{"type": "interactive", "interactive": {...}}`; a text may leave out its type, as with Meta.
fn raw(json: &str) -> Result<Body, String> {
    let Ok(Value::Object(body)) = serde_json::from_str(json) else {
        return Err("a raw reply must be a JSON object".into());
    };
    let kind = match body.get("type") {
        Some(Value::String(kind)) => kind.as_str(),
        None if body.contains_key("text") => "text",
        _ => return Err("a raw reply must have a `type`".into()),
    };
    if !body.contains_key(kind) {
        return Err(format!("`{kind}` is missing in a raw reply of that type"));
    }
    Ok(body)
}

#[cfg(test)]
mod tests;
