//! What is to be said in a chat.

use super::super::all;
use crate::model::reply::{
    Blob, Button, ButtonAction, Buttons, File, Menu, Reply, Row, Section, Source, Template, Text, TextFormat,
};
use crate::plugin::bindings::hookhost::provider::types as wit;

impl From<&Reply> for wit::Reply {
    fn from(reply: &Reply) -> Self {
        match reply {
            Reply::Text(text) => Self::Text(text.into()),
            Reply::Media(file) => Self::Media(file.into()),
            Reply::Location(location) => Self::Location(location.into()),
            Reply::Contact(contact) => Self::Contact(contact.into()),
            Reply::Buttons(buttons) => Self::Buttons(buttons.into()),
            Reply::Menu(menu) => Self::Menu(menu.into()),
            Reply::Template(template) => Self::Template(template.into()),
            Reply::Reaction(reaction) => Self::Reaction(reaction.into()),
            Reply::Typing => Self::Typing,
            Reply::Seen => Self::Seen,
            Reply::Raw(json) => Self::Raw(json.clone()),
        }
    }
}

impl From<&Text> for wit::Text {
    fn from(text: &Text) -> Self {
        let format = match text.format {
            TextFormat::Plain => wit::TextFormat::Plain,
            TextFormat::Markdown => wit::TextFormat::Markdown,
        };
        Self { body: text.body.clone(), format }
    }
}

impl From<&File> for wit::File {
    fn from(file: &File) -> Self {
        let source = match &file.source {
            Source::Url(url) => wit::Source::Url(url.clone()),
            Source::Blob(blob) => wit::Source::Blob(blob.into()),
            Source::Handle(handle) => wit::Source::Handle(handle.clone()),
        };
        Self {
            kind: file.kind.clone(),
            source,
            caption: file.caption.clone(),
            filename: file.filename.clone(),
            media_type: file.media_type.clone(),
        }
    }
}

impl From<&Blob> for wit::Blob {
    fn from(blob: &Blob) -> Self {
        Self {
            id: blob.id.clone(),
            size: blob.size,
            media_type: blob.media_type.clone(),
            sha256: blob.sha256.clone(),
        }
    }
}

impl From<&Buttons> for wit::Buttons {
    fn from(buttons: &Buttons) -> Self {
        Self {
            body: buttons.body.clone(),
            header: buttons.header.clone(),
            footer: buttons.footer.clone(),
            buttons: all(&buttons.buttons),
        }
    }
}

impl From<&Button> for wit::Button {
    fn from(button: &Button) -> Self {
        let action = match &button.action {
            ButtonAction::Choose(id) => wit::ButtonAction::Choose(id.clone()),
            ButtonAction::Open(url) => wit::ButtonAction::Open(url.clone()),
        };
        Self { title: button.title.clone(), action }
    }
}

impl From<&Menu> for wit::Menu {
    fn from(menu: &Menu) -> Self {
        Self {
            body: menu.body.clone(),
            header: menu.header.clone(),
            footer: menu.footer.clone(),
            label: menu.label.clone(),
            sections: all(&menu.sections),
        }
    }
}

impl From<&Section> for wit::Section {
    fn from(section: &Section) -> Self {
        Self { title: section.title.clone(), rows: all(&section.rows) }
    }
}

impl From<&Row> for wit::Row {
    fn from(row: &Row) -> Self {
        Self { id: row.id.clone(), title: row.title.clone(), description: row.description.clone() }
    }
}

impl From<&Template> for wit::Template {
    fn from(template: &Template) -> Self {
        Self {
            name: template.name.clone(),
            language: template.language.clone(),
            parameters: template.parameters.clone(),
            components: template.components.clone(),
        }
    }
}
