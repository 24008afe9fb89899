//! Turns what a provider cannot show into text that says the same.

use crate::model::event::{Contact, Location};
use crate::model::reply::{Button, ButtonAction, Buttons, File, Menu, Reply, Source, Template};

/// A reply that has no form in words, or a provider that knows none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this provider cannot send a reply of the kind {kind:?}")]
pub struct Unsayable {
    kind: String,
}

/// The reply itself where its kind is among `supported` (a manifest's `replies`), else the same as text.
///
/// # Errors
/// Where there are no words for it, or the provider cannot send text either, the reply is dropped.
pub fn as_supported(reply: Reply, supported: &[String]) -> Result<Reply, Unsayable> {
    let is_supported = |kind: &str| supported.iter().any(|known| known == kind);
    if is_supported(reply.kind()) {
        return Ok(reply);
    }
    match in_words(&reply) {
        Some(words) if is_supported("text") => Ok(Reply::text(words)),
        _ => Err(Unsayable { kind: reply.kind().into() }),
    }
}

fn in_words(reply: &Reply) -> Option<String> {
    let words = match reply {
        Reply::Media(file) => media(file),
        Reply::Location(place) => location(place),
        Reply::Contact(person) => contact(person),
        Reply::Buttons(asked) => buttons(asked),
        Reply::Menu(asked) => menu(asked),
        Reply::Template(named) => template(named),
        Reply::Reaction(reaction) => reaction.emoji.iter().cloned().collect(),
        Reply::Text(_) | Reply::Typing | Reply::Seen | Reply::Raw(_) => return None,
    };
    let lines: Vec<String> = words.into_iter().filter(|line| !line.trim().is_empty()).collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

fn media(file: &File) -> Vec<String> {
    let place = match (&file.source, &file.filename) {
        (Source::Url(url), _) => url.clone(),
        (Source::Blob(_) | Source::Handle(_), Some(filename)) => format!("[{}: {filename}]", file.kind),
        (Source::Blob(_) | Source::Handle(_), None) => format!("[{}]", file.kind),
    };
    file.caption.iter().cloned().chain([place]).collect()
}

fn location(place: &Location) -> Vec<String> {
    let coordinates = format!("{}, {}", place.latitude, place.longitude);
    place.name.iter().chain(&place.address).cloned().chain([coordinates]).collect()
}

fn contact(person: &Contact) -> Vec<String> {
    [&person.name].into_iter().chain(&person.phones).chain(&person.emails).cloned().collect()
}

fn buttons(asked: &Buttons) -> Vec<String> {
    let numbered = asked.buttons.iter().zip(1..).map(|(Button { title, action }, number)| match action {
        ButtonAction::Choose(_) => format!("{number}. {title}"),
        ButtonAction::Open(url) => format!("{number}. {title}: {url}"),
    });
    framed(asked.header.as_ref(), &asked.body, numbered, asked.footer.as_ref())
}

fn menu(asked: &Menu) -> Vec<String> {
    let mut lines = Vec::new();
    let mut number = 0;
    for section in &asked.sections {
        lines.extend(section.title.clone());
        for row in &section.rows {
            number += 1;
            lines.push(match &row.description {
                Some(description) => format!("{number}. {} ({description})", row.title),
                None => format!("{number}. {}", row.title),
            });
        }
    }
    framed(asked.header.as_ref(), &asked.body, lines, asked.footer.as_ref())
}

fn template(named: &Template) -> Vec<String> {
    let parameters = named.parameters.iter().map(|(name, value)| match name.as_str() {
        "" => value.clone(),
        name => format!("{name}: {value}"),
    });
    [named.name.clone()].into_iter().chain(parameters).collect()
}

fn framed(
    header: Option<&String>,
    body: &String,
    choices: impl IntoIterator<Item = String>,
    footer: Option<&String>,
) -> Vec<String> {
    header.into_iter().chain([body]).cloned().chain(choices).chain(footer.cloned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::event::Reaction;
    use crate::model::reply::{Row, Section};

    fn photo(source: Source, caption: Option<&str>, filename: Option<&str>) -> Reply {
        Reply::Media(File {
            kind: "image".into(),
            source,
            caption: caption.map(Into::into),
            filename: filename.map(Into::into),
            media_type: None,
        })
    }

    fn reaction(emoji: Option<&str>) -> Reply {
        Reply::Reaction(Reaction { message: "m-1".into(), emoji: emoji.map(Into::into) })
    }

    fn asked() -> Reply {
        let button = |title: &str, action| Button { title: title.into(), action };
        Reply::Buttons(Buttons {
            body: "Sure?".into(),
            header: Some("Order".into()),
            footer: Some("Answer soon".into()),
            buttons: vec![
                button("Yes", ButtonAction::Choose("yes".into())),
                button("Read", ButtonAction::Open("https://x.example/".into())),
            ],
        })
    }

    fn listed() -> Reply {
        let row = |title: &str, description: Option<&str>| Row {
            id: title.into(),
            title: title.into(),
            description: description.map(Into::into),
        };
        Reply::Menu(Menu {
            body: "Which?".into(),
            header: None,
            footer: None,
            label: "Choose".into(),
            sections: vec![
                Section { title: Some("Warm".into()), rows: vec![row("Soup", Some("of today"))] },
                Section { title: None, rows: vec![row("Cake", None)] },
            ],
        })
    }

    fn order() -> Reply {
        Reply::Template(Template {
            name: "order_update".into(),
            language: "en".into(),
            parameters: vec![(String::new(), "Ada".into()), ("day".into(), "Monday".into())],
            components: None,
        })
    }

    fn place(name: Option<&str>, address: Option<&str>) -> Reply {
        Reply::Location(Location {
            latitude: 52.52,
            longitude: -13.4,
            name: name.map(Into::into),
            address: address.map(Into::into),
        })
    }

    fn person() -> Reply {
        Reply::Contact(Contact {
            name: "Grace".into(),
            phones: vec!["+1650".into()],
            emails: vec!["grace@example.com".into()],
            vcard: Some("BEGIN:VCARD".into()),
        })
    }

    #[test]
    fn what_a_provider_cannot_show_is_said_in_words() {
        let link = || Source::Url("https://x.example/cat.png".into());
        for (reply, expected) in [
            (photo(link(), Some("A cat"), Some("cat.png")), "A cat\nhttps://x.example/cat.png"),
            (photo(link(), None, None), "https://x.example/cat.png"),
            (photo(Source::Handle("h".into()), Some("A cat"), None), "A cat\n[image]"),
            (photo(Source::Handle("h".into()), None, Some("cat.png")), "[image: cat.png]"),
            (asked(), "Order\nSure?\n1. Yes\n2. Read: https://x.example/\nAnswer soon"),
            (listed(), "Which?\nWarm\n1. Soup (of today)\n2. Cake"),
            (order(), "order_update\nAda\nday: Monday"),
            (place(Some("Home"), Some("1 Street")), "Home\n1 Street\n52.52, -13.4"),
            (place(None, None), "52.52, -13.4"),
            (person(), "Grace\n+1650\ngrace@example.com"),
            (reaction(Some("👍")), "👍"),
        ] {
            assert_eq!(as_supported(reply, &["text".into()]), Ok(Reply::text(expected)));
        }
    }

    #[test]
    fn what_a_provider_can_show_stays_as_it_is() {
        let link = Source::Url("https://x.example/cat.png".into());
        for reply in [
            Reply::text("hi"),
            photo(link, None, None),
            asked(),
            listed(),
            order(),
            person(),
            reaction(None),
            Reply::Raw("{}".into()),
            Reply::Typing,
        ] {
            let supported = [reply.kind().to_owned()];
            assert_eq!(as_supported(reply.clone(), &supported), Ok(reply));
        }
    }

    #[test]
    fn what_has_no_words_is_dropped_with_a_reason() {
        for (reply, supported) in [
            (Reply::Raw("{}".into()), "text"),
            (Reply::Typing, "text"),
            (Reply::Seen, "text"),
            (reaction(None), "text"),
            (Reply::text("hi"), "image"),
            (person(), "image"),
        ] {
            let dropped = as_supported(reply.clone(), &[supported.into()]).unwrap_err();
            let kind = reply.kind();
            assert_eq!(
                dropped.to_string(),
                format!("this provider cannot send a reply of the kind {kind:?}")
            );
        }
    }
}
