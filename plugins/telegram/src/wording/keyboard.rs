//! Words with buttons below: a button each for what can be chosen, one in a row.

use hookhost_sdk::types::{Button, ButtonAction, Buttons, Failure, Menu};
use serde_json::{Value, json};

use super::{texts, unsendable};
use crate::format::Formatted;
use crate::method::Method;

/// What Telegram gives back of a button, in bytes.
const DATA_BYTES: usize = 64;
/// Telegram refuses larger keyboards.
const BUTTONS_MAX: usize = 100;

pub(super) fn buttons(asked: &Buttons) -> Result<Vec<Method>, Failure> {
    let text = framed(asked.header.as_deref(), &asked.body, &[], asked.footer.as_deref());
    let keys = asked.buttons.iter().map(|Button { title, action }| match action {
        ButtonAction::Choose(id) => choice(title, id),
        ButtonAction::Open(url) => Ok(json!({"text": title, "url": url})),
    });
    with_keys(&text, keys.collect::<Result<_, _>>()?)
}

/// Telegram has no lists to open: the choices are buttons, and what describes them stands in the text.
pub(super) fn menu(asked: &Menu) -> Result<Vec<Method>, Failure> {
    let mut lines = Vec::new();
    for section in &asked.sections {
        lines.extend(section.title.iter().map(|title| (true, title.clone())));
        let described = section.rows.iter().filter_map(|row| {
            let description = row.description.as_deref().filter(|text| !text.is_empty())?;
            Some((false, format!("{}: {description}", row.title)))
        });
        lines.extend(described);
    }
    let text = framed(asked.header.as_deref(), &asked.body, &lines, asked.footer.as_deref());
    let rows = asked.sections.iter().flat_map(|section| &section.rows);
    with_keys(&text, rows.map(|row| choice(&row.title, &row.id)).collect::<Result<_, _>>()?)
}

fn choice(title: &str, id: &str) -> Result<Value, Failure> {
    if (1..=DATA_BYTES).contains(&id.len()) {
        return Ok(json!({"text": title, "callback_data": id}));
    }
    Err(unsendable("button", "Telegram takes ids of buttons of 1 to 64 bytes"))
}

/// The words in as many messages as they need; the keys stand below the last.
fn with_keys(text: &Formatted, keys: Vec<Value>) -> Result<Vec<Method>, Failure> {
    if keys.len() > BUTTONS_MAX {
        return Err(unsendable("buttons", "Telegram takes at most 100 buttons"));
    }
    let mut methods = texts(text)?;
    let rows: Vec<Value> = keys.into_iter().map(|key| json!([key])).collect();
    if let Some(last) = methods.last_mut() {
        last.parameters.insert("reply_markup".into(), json!({"inline_keyboard": rows}));
    }
    Ok(methods)
}

/// The header in bold, the body, further lines (in bold where they are titles), the footer in italics.
fn framed(header: Option<&str>, body: &str, lines: &[(bool, String)], footer: Option<&str>) -> Formatted {
    let header = header.map(|text| (Some("bold"), text));
    let footer = footer.map(|text| (Some("italic"), text));
    let lines = lines.iter().map(|(is_title, text)| (is_title.then_some("bold"), text.as_str()));
    let parts = header.into_iter().chain([(None, body)]).chain(lines).chain(footer);
    let mut framed = Formatted::default();
    for (kind, text) in parts.filter(|(_, text)| !text.trim().is_empty()) {
        if !framed.text.is_empty() {
            framed.text.push('\n');
        }
        framed.push(text, kind);
    }
    framed
}
