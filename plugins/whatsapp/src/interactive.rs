//! Buttons and lists. What does not fit becomes the next simpler thing: buttons a list, a list a numbered
//! text. Nothing of what was said is lost on the way, only how it is shown.

use hookhost_sdk::split;
use hookhost_sdk::types::{ButtonAction, Buttons, Menu, Section};
use serde_json::{Value, json};

use crate::limits::{self, INTERACTIVE_BODY_UNITS};
use crate::wording::{Body, texts, typed};

const HEADER_UNITS: usize = 60;
const FOOTER_UNITS: usize = 60;
const LABEL_UNITS: usize = 20;
const ROW_TITLE_UNITS: usize = 24;
/// What stands on a list that was to be buttons.
const LABEL: &str = "Options";

/// Up to three buttons to choose from; a list for more of them or longer titles; one link as a button. Links
/// beside choices stand below the words.
pub(crate) fn buttons(asked: &Buttons) -> Vec<Body> {
    let mut words = Words::new(asked.header.as_deref(), &asked.body, asked.footer.as_deref());
    let (mut choices, mut links) = (Vec::new(), Vec::new());
    for button in &asked.buttons {
        match &button.action {
            ButtonAction::Choose(id) => choices.push((id.as_str(), button.title.as_str())),
            ButtonAction::Open(url) => links.push((button.title.as_str(), url.as_str())),
        }
    }
    let shown = match (&choices[..], &links[..]) {
        ([], [(title, url)]) => {
            let action = json!({"name": "cta_url", "parameters": {"display_text": title, "url": url}});
            words.with("cta_url", &action)
        }
        ([], _) => None,
        (choices, links) => {
            for (title, url) in links {
                words.body.push_str(&format!("\n{title}: {url}"));
            }
            words.with("button", &as_buttons(choices)).or_else(|| words.with("list", &as_list(choices)))
        }
    };
    shown.unwrap_or_else(|| {
        let lines = asked.buttons.iter().zip(1..).map(|(button, number)| match &button.action {
            ButtonAction::Choose(_) => format!("{number}. {}", button.title),
            ButtonAction::Open(url) => format!("{number}. {}: {url}", button.title),
        });
        numbered(asked.header.as_ref(), &asked.body, lines, asked.footer.as_ref())
    })
}

/// A list to choose from.
pub(crate) fn menu(asked: &Menu) -> Vec<Body> {
    let section = |section: &Section| {
        let rows = section.rows.iter().map(|one| row(&one.id, &one.title, one.description.as_deref()));
        let mut shown = json!({"rows": rows.collect::<Vec<_>>()});
        if let Some(title) = &section.title {
            shown["title"] = cut(title, ROW_TITLE_UNITS).into();
        }
        shown
    };
    let sections: Vec<_> = asked.sections.iter().map(section).collect();
    let action = json!({"button": cut(&asked.label, LABEL_UNITS), "sections": sections});
    let words = Words::new(asked.header.as_deref(), &asked.body, asked.footer.as_deref());
    words.with("list", &action).unwrap_or_else(|| {
        let mut number = 0;
        let mut lines = Vec::new();
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
        numbered(asked.header.as_ref(), &asked.body, lines, asked.footer.as_ref())
    })
}

/// What stands around the thing to press.
struct Words<'a> {
    header: Option<&'a str>,
    body: String,
    footer: Option<&'a str>,
}

impl<'a> Words<'a> {
    /// A header or a footer that is too long becomes the first or the last line.
    fn new(header: Option<&'a str>, body: &str, footer: Option<&'a str>) -> Self {
        let fits = |text: &&str, max| (1..=max).contains(&split::utf16_units(text));
        let shown = |text: Option<&'a str>, max| text.filter(|text| fits(text, max));
        let line = |text: Option<&'a str>, max| text.filter(|text| !fits(text, max) && !text.is_empty());
        let lines = [line(header, HEADER_UNITS), Some(body), line(footer, FOOTER_UNITS)];
        Self {
            header: shown(header, HEADER_UNITS),
            body: lines.into_iter().flatten().collect::<Vec<_>>().join("\n"),
            footer: shown(footer, FOOTER_UNITS),
        }
    }

    /// The messages, if what there is to press is within the limits. Words that are too long go ahead as text.
    fn with(&self, kind: &str, action: &Value) -> Option<Vec<Body>> {
        let mut pieces = split::sendable(&self.body, INTERACTIVE_BODY_UNITS);
        let last = pieces.pop()?;
        let mut interactive = json!({"type": kind, "body": {"text": last}, "action": action});
        let mut ahead = pieces.concat();
        match self.header {
            Some(header) if ahead.is_empty() => {
                interactive["header"] = json!({"type": "text", "text": header});
            }
            Some(header) => ahead = format!("{header}\n{ahead}"),
            None => {}
        }
        if let Some(footer) = self.footer {
            interactive["footer"] = json!({"text": footer});
        }
        let shown = typed("interactive", interactive);
        limits::check(&shown).ok()?;
        Some(texts(&ahead, false).into_iter().chain([shown]).collect())
    }
}

fn as_buttons(choices: &[(&str, &str)]) -> Value {
    let button = |(id, title): &(&str, &str)| json!({"type": "reply", "reply": {"id": id, "title": title}});
    json!({"buttons": choices.iter().map(button).collect::<Vec<_>>()})
}

fn as_list(choices: &[(&str, &str)]) -> Value {
    let rows: Vec<_> = choices.iter().map(|(id, title)| row(id, title, None)).collect();
    json!({"button": LABEL, "sections": [{"rows": rows}]})
}

/// A title that is too long is cut, and stands in full in the description.
fn row(id: &str, title: &str, description: Option<&str>) -> Value {
    let shown = cut(title, ROW_TITLE_UNITS);
    let description = match description {
        Some(description) if shown != title => Some(format!("{title}: {description}")),
        None if shown != title => Some(title.into()),
        description => description.map(String::from),
    };
    match description.filter(|description| !description.is_empty()) {
        Some(description) => json!({"id": id, "title": shown, "description": description}),
        None => json!({"id": id, "title": shown}),
    }
}

fn cut(text: &str, units: usize) -> String {
    if split::utf16_units(text) <= units {
        return text.into();
    }
    let kept = split::pieces(text, units - 1).first().map_or("", |piece| piece.trim_end());
    format!("{kept}…")
}

fn numbered(
    header: Option<&String>,
    body: &String,
    lines: impl IntoIterator<Item = String>,
    footer: Option<&String>,
) -> Vec<Body> {
    let lines = header.into_iter().chain([body]).cloned().chain(lines).chain(footer.cloned());
    let lines: Vec<_> = lines.filter(|line| !line.trim().is_empty()).collect();
    texts(&lines.join("\n"), false)
}

#[cfg(test)]
mod tests;
