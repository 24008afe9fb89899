//! What goes out says what Meta's own examples say, field by field. They are no part of this repository; where
//! they are not beside it, this is skipped, out loud.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::Write as _;

use hookhost_plugin_whatsapp::WhatsApp;
use hookhost_sdk::Provider;
use hookhost_sdk::testing::{stepped, task};
use hookhost_sdk::types::{
    Button, ButtonAction, Buttons, Context, File, Location, Menu, Origin, Reaction, Reply, Row, Section,
    Source, Task, Template, Text, TextFormat,
};
use serde_json::{Map, Value};

const FILE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../../shared/fixtures/other/whatsapp_send_examples_meta_openapi_v23.json"
);
/// Examples that only `raw` can say, for want of a neutral word: how many there are is part of what we promise.
const RAW: usize = 12;

#[test]
fn every_example_of_metas_can_be_said() {
    let Ok(text) = std::fs::read_to_string(FILE) else {
        // Not with `eprintln!`, which is only seen when a test fails.
        let _ = writeln!(std::io::stderr(), "SKIPPED: Meta's examples are not at {FILE}");
        return;
    };
    let examples: Value = serde_json::from_str(&text).unwrap();
    let mut raw = Vec::new();
    for (name, example) in examples["requests"].as_object().unwrap() {
        let reply = neutral(example).unwrap_or_else(|| {
            raw.push(name);
            Reply::Raw(without_address(example).to_string())
        });
        assert_eq!(sent(reply, example), expected(example), "{name}");
    }
    assert_eq!(raw.len(), RAW, "{raw:#?}");
}

/// What we send for a reply that goes where the example goes.
fn sent(reply: Reply, example: &Value) -> Value {
    let to = example["to"].as_str().unwrap_or("4917");
    let Task::Send(mut outgoing) = task(&format!("106/{to}"), reply) else { panic!() };
    let quoted = text(example, "/context/message_id").or_else(|| text(example, "/message_id"));
    outgoing.origin = Some(Origin { message: quoted, occurred_ms: None, handback: vec![] });
    if example.get("context").is_some() {
        outgoing.attributes.push(("quote".into(), "true".into()));
    }
    if example.pointer("/text/preview_url") == Some(&Value::Bool(true)) {
        outgoing.attributes.push(("preview".into(), "true".into()));
    }
    let context = Context { now_ms: 0, settings: vec![], attempt: 0 };
    let (path, mut body, _) = stepped(&WhatsApp::begin(&context, &Task::Send(outgoing)));
    assert_eq!(path, "/v25.0/106/messages");
    // What we add for ourselves.
    body.as_object_mut().unwrap().remove("biz_opaque_callback_data");
    body
}

/// The example with what Meta takes for granted.
fn expected(example: &Value) -> Value {
    let mut body = example.clone();
    let fields = body.as_object_mut().unwrap();
    if fields.contains_key("status") {
        return body;
    }
    fields.entry("recipient_type").or_insert("individual".into());
    if !fields.contains_key("type") {
        let kind = ["text", "interactive"].into_iter().find(|kind| fields.contains_key(*kind)).unwrap();
        fields.insert("type".into(), kind.into());
    }
    body
}

fn without_address(example: &Value) -> Value {
    let kept = |name: &str| !["to", "recipient_type", "messaging_product", "context"].contains(&name);
    let fields = example.as_object().unwrap().iter().filter(|(name, _)| kept(name));
    Value::Object(fields.map(|(name, value)| (name.clone(), value.clone())).collect::<Map<_, _>>())
}

/// The example in words that no provider owns; `None` where there are none.
fn neutral(example: &Value) -> Option<Reply> {
    if example.get("status").is_some() {
        return Some(if example.get("typing_indicator").is_some() { Reply::Typing } else { Reply::Seen });
    }
    if let Some(body) = text(example, "/text/body") {
        return Some(Reply::Text(Text { body, format: TextFormat::Plain }));
    }
    for kind in ["image", "audio", "video", "document", "sticker"] {
        let Some(media) = example.get(kind) else { continue };
        let source =
            text(media, "/id").map(Source::Handle).or_else(|| text(media, "/link").map(Source::Url))?;
        let (caption, filename) = (text(media, "/caption"), text(media, "/filename"));
        return Some(Reply::Media(File { kind: kind.into(), source, caption, filename, media_type: None }));
    }
    if let Some(place) = example.get("location") {
        let degrees = |field: &str| place[field].as_f64();
        let (name, address) = (text(place, "/name"), text(place, "/address"));
        let (latitude, longitude) = (degrees("latitude")?, degrees("longitude")?);
        return Some(Reply::Location(Location { latitude, longitude, name, address }));
    }
    if let Some(put) = example.get("reaction") {
        return Some(Reply::Reaction(Reaction {
            message: text(put, "/message_id")?,
            emoji: text(put, "/emoji"),
        }));
    }
    if let Some(named) = example.get("template").filter(|named| named.pointer("/language/policy").is_none()) {
        return Some(Reply::Template(Template {
            name: text(named, "/name")?,
            language: text(named, "/language/code")?,
            parameters: vec![],
            components: named.get("components").map(Value::to_string),
        }));
    }
    let asked = example.get("interactive")?;
    let (body, header, footer) =
        (text(asked, "/body/text")?, text(asked, "/header/text"), text(asked, "/footer/text"));
    match asked["type"].as_str()? {
        "button" => {
            let button = |button: &Value| {
                let action = ButtonAction::Choose(text(button, "/reply/id")?);
                Some(Button { title: text(button, "/reply/title")?, action })
            };
            let buttons =
                asked.pointer("/action/buttons")?.as_array()?.iter().map(button).collect::<Option<_>>()?;
            Some(Reply::Buttons(Buttons { body, header, footer, buttons }))
        }
        "list" => {
            let row = |row: &Value| {
                let (id, title) = (text(row, "/id")?, text(row, "/title")?);
                Some(Row { id, title, description: text(row, "/description") })
            };
            let section = |section: &Value| {
                let rows = section["rows"].as_array()?.iter().map(row).collect::<Option<_>>()?;
                Some(Section { title: text(section, "/title"), rows })
            };
            let sections =
                asked.pointer("/action/sections")?.as_array()?.iter().map(section).collect::<Option<_>>()?;
            let label = text(asked, "/action/button")?;
            Some(Reply::Menu(Menu { body, header, footer, label, sections }))
        }
        _ => None,
    }
}

fn text(value: &Value, pointer: &str) -> Option<String> {
    value.pointer(pointer)?.as_str().map(String::from)
}
