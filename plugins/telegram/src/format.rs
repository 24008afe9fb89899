//! Text with its formatting, as Telegram's entities: what was written as Markdown, HTML or MarkdownV2 is read
//! here, so that it can be cut anywhere and no piece is refused for half a tag.

use std::ops::Range;

use hookhost_sdk::split;
use serde_json::{Value, json};

mod html;
mod markdown;
mod markdown_v2;

/// A text without its signs, and what they meant.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Formatted {
    pub(crate) text: String,
    pub(crate) spans: Vec<Span>,
}

/// A part of the text that is shown in its own way.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Span {
    /// In bytes of the text.
    pub(crate) part: Range<usize>,
    /// `bold`, `text_link`, ... as Telegram calls it.
    pub(crate) kind: &'static str,
    /// What belongs to it: `url`, `language`, ...
    pub(crate) detail: Option<(&'static str, Value)>,
}

/// A part of a text that fits into a message, with its entities.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Piece {
    pub(crate) text: String,
    pub(crate) entities: Vec<Value>,
}

/// How a text is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    Plain,
    /// Of any kind, read leniently: what is not balanced stands for itself.
    Markdown,
    /// Telegram's, read strictly.
    Html,
    /// Telegram's, read strictly.
    MarkdownV2,
}

impl Style {
    /// As a workflow calls it.
    pub(crate) fn named(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().replace('_', "").as_str() {
            "plain" => Some(Self::Plain),
            "markdown" => Some(Self::Markdown),
            "html" => Some(Self::Html),
            "markdownv2" => Some(Self::MarkdownV2),
            _ => None,
        }
    }
}

/// Reads a text. What cannot be read strictly is shown as it was written.
pub(crate) fn read(text: &str, style: Style) -> Formatted {
    let plain = || Formatted { text: text.into(), spans: Vec::new() };
    match style {
        Style::Plain => plain(),
        Style::Markdown => markdown::read(text),
        Style::Html => html::read(text).unwrap_or_else(plain),
        Style::MarkdownV2 => markdown_v2::read(text).unwrap_or_else(plain),
    }
}

impl Formatted {
    /// The pieces of at most `limit` UTF-16 units that have something to see. What is formatted is cut only
    /// where it alone is longer than that; both halves keep the format.
    pub(crate) fn pieces(&self, limit: usize) -> Vec<Piece> {
        let whole: Vec<_> = self.spans.iter().map(|span| span.part.clone()).collect();
        let mut pieces = Vec::new();
        let mut start = 0;
        for text in split::pieces_around(&self.text, limit, &whole) {
            let part = start..start + text.len();
            start = part.end;
            if !split::is_blank(text) {
                pieces.push(Piece { text: text.into(), entities: self.entities(&part) });
            }
        }
        pieces
    }

    /// Adds words, shown in one way.
    pub(crate) fn push(&mut self, words: &str, kind: Option<&'static str>) {
        let start = self.text.len();
        self.text.push_str(words);
        if let Some(kind) = kind {
            self.mark(start, kind, None);
        }
    }

    /// How long it is for Telegram.
    pub(crate) fn units(&self) -> usize {
        split::utf16_units(&self.text)
    }

    fn entities(&self, part: &Range<usize>) -> Vec<Value> {
        self.spans.iter().filter_map(|span| self.entity(span, part)).collect()
    }

    /// What of a span lies in this part.
    fn entity(&self, span: &Span, part: &Range<usize>) -> Option<Value> {
        let (start, end) = (span.part.start.max(part.start), span.part.end.min(part.end));
        if start >= end {
            return None;
        }
        let mut entity = json!({
            "type": span.kind,
            "offset": split::utf16_units(&self.text[part.start..start]),
            "length": split::utf16_units(&self.text[start..end]),
        });
        if let Some((name, value)) = &span.detail {
            entity[*name] = value.clone();
        }
        Some(entity)
    }

    /// Notes that everything since `start` is shown in this way; nothing is noted of nothing.
    fn mark(&mut self, start: usize, kind: &'static str, detail: Option<(&'static str, Value)>) {
        if start < self.text.len() {
            self.spans.push(Span { part: start..self.text.len(), kind, detail });
        }
    }

    /// Notes a link. Telegram shows only some kinds; another address stands behind the words.
    fn mark_link(&mut self, start: usize, url: &str) {
        if start == self.text.len() {
            self.text.push_str(url);
        }
        let number = |prefix: &str| url.strip_prefix(prefix)?.parse::<u64>().ok();
        if let Some(user) = number("tg://user?id=") {
            let user = json!({"id": user, "is_bot": false, "first_name": &self.text[start..]});
            self.mark(start, "text_mention", Some(("user", user)));
        } else if ["http://", "https://", "tg://", "mailto:", "tel:"]
            .iter()
            .any(|known| url.starts_with(known))
        {
            self.mark(start, "text_link", Some(("url", url.into())));
        } else if self.text[start..] != *url {
            self.text.push_str(" (");
            self.text.push_str(url);
            self.text.push(')');
        }
    }

    /// In the order in which they begin, the longer one first.
    fn sorted(mut self) -> Self {
        self.spans.sort_by_key(|span| (span.part.start, std::cmp::Reverse(span.part.end)));
        self
    }
}

#[cfg(test)]
mod tests;
