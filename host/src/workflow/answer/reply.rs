//! Reads one reply as workflows write it; unknown keys are refused, so that a typing error is noticed.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use url::Url;

use crate::model::event::{Contact, Location, Reaction};
use crate::model::reply::{
    Button, ButtonAction, Buttons, File, Menu, Reply, Row, Said, Section, Source, Template, TextFormat,
};

const KINDS: &str = "text, image, audio, voice, video, animation, video_note, document, sticker, location, \
                     contact, buttons, menu, template, reaction or raw";
/// What can stand beside every kind of reply: answer the message that came, without a sound, and whether
/// links are shown with a preview.
const WISHES: [&str; 3] = ["quote", "silent", "preview"];

/// What is wrong with a reply.
pub(super) enum Problem {
    /// This link is not https.
    Link(String),
    /// A sentence.
    Shape(String),
}

/// Reads one entry of `replies`; `message` is what a reaction is put on that names no message.
pub(super) fn read(written: &Value, message: Option<&str>) -> Result<Said, Problem> {
    let Value::Object(fields) = written else { return Err(shape("it must be an object")) };
    let mut fields = fields.clone();
    let mut wishes = Vec::new();
    for name in WISHES {
        match fields.remove(name) {
            Some(Value::Bool(wish)) => wishes.push((name.into(), wish.to_string())),
            Some(_) => return Err(Problem::Shape(format!("{name} must be true or false"))),
            None => {}
        }
    }
    let format = match fields.remove("format") {
        Some(format) => parse("format", &format)?,
        None => WrittenFormat::Plain,
    };
    if let Some(other) = fields.keys().find(|key| *key != "text" && fields.contains_key("text")) {
        return Err(Problem::Shape(format!("text: unknown field `{other}`")));
    }
    let (kind, body) = only_entry(&fields)?;
    let mut reply = read_reply(kind, body, message)?;
    match (&mut reply, format) {
        (_, WrittenFormat::Plain) => {}
        (Reply::Text(text), WrittenFormat::Markdown) => text.format = TextFormat::Markdown,
        // In the words of one provider; others show the text as it stands.
        _ => wishes.push(("format".into(), format.as_str().into())),
    }
    Ok(Said { reply, wishes })
}

fn read_reply(kind: &str, body: &Value, message: Option<&str>) -> Result<Reply, Problem> {
    match kind {
        "text" => Ok(Reply::text(parse::<String>(kind, body)?)),
        "image" | "audio" | "voice" | "video" | "animation" | "video_note" | "document" | "sticker" => {
            read_media(kind, body)
        }
        "location" => read_location(parse(kind, body)?),
        "contact" => Ok(Reply::Contact(parse::<WrittenContact>(kind, body)?.into())),
        "buttons" => read_buttons(parse(kind, body)?),
        "menu" => Ok(Reply::Menu(parse::<WrittenMenu>(kind, body)?.into())),
        "template" => read_template(parse(kind, body)?),
        "reaction" => read_reaction(parse(kind, body)?, message),
        "raw" if body.is_object() => Ok(Reply::Raw(body.to_string())),
        "raw" => Err(shape("raw must be an object")),
        other => Err(Problem::Shape(format!("{other:?} is no kind of reply: use {KINDS}"))),
    }
}

fn read_media(kind: &str, body: &Value) -> Result<Reply, Problem> {
    let WrittenFile { url, handle, caption, filename, media_type } = parse(kind, body)?;
    let source = match (url, handle) {
        (Some(url), None) => Source::Url(https(url)?),
        (None, Some(handle)) => Source::Handle(handle),
        _ => return Err(Problem::Shape(format!("{kind} needs either url or handle"))),
    };
    Ok(Reply::Media(File { kind: kind.into(), source, caption, filename, media_type }))
}

fn read_location(written: WrittenLocation) -> Result<Reply, Problem> {
    let WrittenLocation { latitude, longitude, name, address } = written;
    if latitude.abs() > 90.0 || longitude.abs() > 180.0 {
        return Err(shape("location is nowhere: latitude goes to 90, longitude to 180"));
    }
    Ok(Reply::Location(Location { latitude, longitude, name, address }))
}

fn read_buttons(written: WrittenButtons) -> Result<Reply, Problem> {
    let button = |WrittenButton { title, id, url }| {
        let action = match (id, url) {
            (Some(id), None) => ButtonAction::Choose(id),
            (None, Some(url)) => ButtonAction::Open(https(url)?),
            _ => return Err(shape("a button needs either id or url")),
        };
        Ok(Button { title, action })
    };
    let WrittenButtons { body, header, footer, buttons } = written;
    let buttons = buttons.into_iter().map(button).collect::<Result<_, _>>()?;
    Ok(Reply::Buttons(Buttons { body, header, footer, buttons }))
}

fn read_template(written: WrittenTemplate) -> Result<Reply, Problem> {
    let parameters = match written.parameters {
        WrittenParameters::InOrder(values) => {
            values.into_iter().map(|value| (String::new(), value.into_text())).collect()
        }
        WrittenParameters::Named(values) => {
            values.into_iter().map(|(name, value)| (name, value.into_text())).collect()
        }
    };
    Ok(Reply::Template(Template {
        name: written.name,
        language: written.language,
        parameters,
        components: written.components.map(|components| components.to_string()),
    }))
}

fn read_reaction(written: WrittenReaction, message: Option<&str>) -> Result<Reply, Problem> {
    let Some(message) = written.message.or(message.map(Into::into)) else {
        return Err(shape("reaction needs a message, since no message is being answered"));
    };
    Ok(Reply::Reaction(Reaction { message, emoji: written.emoji.filter(|emoji| !emoji.is_empty()) }))
}

/// A link that a provider is told to fetch or a person is invited to open.
fn https(link: String) -> Result<String, Problem> {
    let is_written_plainly = !link.contains(|c: char| c.is_whitespace() || c.is_control());
    match Url::parse(&link) {
        Ok(url) if url.scheme() == "https" && is_written_plainly => Ok(link),
        _ => Err(Problem::Link(link)),
    }
}

fn only_entry(fields: &Map<String, Value>) -> Result<(&str, &Value), Problem> {
    let mut entries = fields.iter();
    match (entries.next(), entries.next()) {
        (Some((kind, body)), None) => Ok((kind, body)),
        _ => Err(Problem::Shape(format!("it must have one key that says what it is: {KINDS}"))),
    }
}

fn parse<T: DeserializeOwned>(kind: &str, body: &Value) -> Result<T, Problem> {
    T::deserialize(body).map_err(|error| Problem::Shape(format!("{kind}: {}", unquoted(&error.to_string()))))
}

/// What does not fit, without the text that stands in its place: it goes to the log, which repeats nothing that
/// people say to each other.
fn unquoted(error: &str) -> String {
    const TEXT: &str = "string \"";
    let Some(begins) = error.find(TEXT) else { return error.to_owned() };
    let (before, text) = (&error[..begins], &error[begins + TEXT.len()..]);
    let mut is_escaped = false;
    let ends = text.find(|c| {
        let is_end = c == '"' && !is_escaped;
        is_escaped = c == '\\' && !is_escaped;
        is_end
    });
    format!("{before}a text{}", ends.map_or("", |ends| &text[ends + 1..]))
}

fn shape(why: &str) -> Problem {
    Problem::Shape(why.into())
}

/// How words are written: for everybody, or in Telegram's own ways.
#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum WrittenFormat {
    Plain,
    Markdown,
    Html,
    #[serde(alias = "MarkdownV2")]
    MarkdownV2,
}

impl WrittenFormat {
    fn as_str(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Markdown => "markdown",
            Self::Html => "html",
            Self::MarkdownV2 => "markdown_v2",
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenFile {
    url: Option<String>,
    handle: Option<String>,
    caption: Option<String>,
    filename: Option<String>,
    media_type: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenLocation {
    latitude: f64,
    longitude: f64,
    name: Option<String>,
    address: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenContact {
    name: String,
    #[serde(default)]
    phones: Vec<String>,
    #[serde(default)]
    emails: Vec<String>,
    vcard: Option<String>,
}

impl From<WrittenContact> for Contact {
    fn from(written: WrittenContact) -> Self {
        let WrittenContact { name, phones, emails, vcard } = written;
        Self { name, phones, emails, vcard }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenButtons {
    body: String,
    header: Option<String>,
    footer: Option<String>,
    buttons: Vec<WrittenButton>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenButton {
    title: String,
    id: Option<String>,
    url: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenMenu {
    body: String,
    header: Option<String>,
    footer: Option<String>,
    label: String,
    sections: Vec<WrittenSection>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenSection {
    title: Option<String>,
    rows: Vec<WrittenRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenRow {
    id: String,
    title: String,
    description: Option<String>,
}

impl From<WrittenMenu> for Menu {
    fn from(written: WrittenMenu) -> Self {
        let row = |WrittenRow { id, title, description }| Row { id, title, description };
        let section =
            |WrittenSection { title, rows }| Section { title, rows: rows.into_iter().map(row).collect() };
        let WrittenMenu { body, header, footer, label, sections } = written;
        Self { body, header, footer, label, sections: sections.into_iter().map(section).collect() }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenTemplate {
    name: String,
    language: String,
    #[serde(default)]
    parameters: WrittenParameters,
    components: Option<Value>,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "parameters must be a list or an object of texts and numbers")]
enum WrittenParameters {
    InOrder(Vec<TextOrNumber>),
    Named(BTreeMap<String, TextOrNumber>),
}

impl Default for WrittenParameters {
    fn default() -> Self {
        Self::InOrder(Vec::new())
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum TextOrNumber {
    Text(String),
    Number(serde_json::Number),
}

impl TextOrNumber {
    fn into_text(self) -> String {
        match self {
            Self::Text(text) => text,
            Self::Number(number) => number.to_string(),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenReaction {
    emoji: Option<String>,
    message: Option<String>,
}

#[cfg(test)]
mod tests;
