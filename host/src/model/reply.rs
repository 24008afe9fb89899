//! What is said in a chat, in words that no provider owns.

use serde::{Deserialize, Serialize};

use super::event::{Contact, Location, Reaction};
use super::http::Field;

/// One thing to say, and how the workflow wishes it to be said.
#[derive(Debug, Clone, PartialEq)]
pub struct Said {
    /// What is said.
    pub reply: Reply,
    /// `quote`, `silent`, `preview`, `format`, ...: a provider does those that it can.
    pub wishes: Vec<Field>,
}

impl From<Reply> for Said {
    fn from(reply: Reply) -> Self {
        Self { reply, wishes: Vec::new() }
    }
}

/// One thing to say.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// Words.
    Text(Text),
    /// An image, audio, voice note, video, document or sticker.
    Media(File),
    /// A place.
    Location(Location),
    /// A contact card.
    Contact(Contact),
    /// Words with buttons.
    Buttons(Buttons),
    /// Words with a list to choose from.
    Menu(Menu),
    /// A message that the provider knows by name.
    Template(Template),
    /// An emoji on a message.
    Reaction(Reaction),
    /// Show that we are at work. Tried once, never stored.
    Typing,
    /// The event was taken up. Tried once, never stored.
    Seen,
    /// The provider's own JSON.
    Raw(String),
}

impl Reply {
    /// A plain text.
    pub fn text(body: impl Into<String>) -> Self {
        Self::Text(Text { body: body.into(), format: TextFormat::Plain })
    }

    /// The name under which a manifest lists this kind; for media its own kind (`image`, `document`).
    pub fn kind(&self) -> &str {
        match self {
            Self::Text(_) => "text",
            Self::Media(file) => &file.kind,
            Self::Location(_) => "location",
            Self::Contact(_) => "contact",
            Self::Buttons(_) => "buttons",
            Self::Menu(_) => "menu",
            Self::Template(_) => "template",
            Self::Reaction(_) => "reaction",
            Self::Typing => "typing",
            Self::Seen => "seen",
            Self::Raw(_) => "raw",
        }
    }
}

/// Words and how they are written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Text {
    pub body: String,
    #[serde(default)]
    pub format: TextFormat,
}

/// How a text is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextFormat {
    /// As it stands.
    #[default]
    Plain,
    /// Markdown, as far as the provider can show it.
    Markdown,
}

/// A file to send.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// `image`, `audio`, `voice`, `video`, `document`, `sticker`, ...
    pub kind: String,
    /// Where it is.
    pub source: Source,
    /// Words below it.
    pub caption: Option<String>,
    /// What the receiver sees it called.
    pub filename: Option<String>,
    /// Where it is not clear from the file.
    pub media_type: Option<String>,
}

/// Where a file is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The provider fetches it from there.
    Url(String),
    /// The host holds it.
    Blob(Blob),
    /// Already at this provider.
    Handle(String),
}

/// Bytes that the host holds and plugins never see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Blob {
    pub id: String,
    pub size: u64,
    pub media_type: Option<String>,
    pub sha256: String,
}

/// Words with buttons.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Buttons {
    pub body: String,
    pub header: Option<String>,
    pub footer: Option<String>,
    pub buttons: Vec<Button>,
}

/// One button.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Button {
    pub title: String,
    pub action: ButtonAction,
}

/// What a button does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ButtonAction {
    /// Comes back as the choice's id.
    Choose(String),
    /// Opens a link.
    Open(String),
}

/// Words with a list to choose from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Menu {
    pub body: String,
    pub header: Option<String>,
    pub footer: Option<String>,
    pub label: String,
    pub sections: Vec<Section>,
}

/// A part of a menu.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Section {
    pub title: Option<String>,
    pub rows: Vec<Row>,
}

/// One thing to choose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Row {
    pub id: String,
    pub title: String,
    pub description: Option<String>,
}

/// A message that the provider knows by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Template {
    /// As approved by the provider.
    pub name: String,
    /// A language code.
    pub language: String,
    /// In order; names where the provider has named ones, else empty.
    #[serde(default)]
    pub parameters: Vec<Field>,
    /// The provider's own components, in place of the parameters.
    pub components: Option<String>,
}
