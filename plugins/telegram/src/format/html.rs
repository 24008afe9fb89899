//! Reads what Telegram takes for HTML: a few tags and entities, all closed, nothing else.

use super::Formatted;

/// A tag that is still open.
struct Open<'a> {
    tag: &'a str,
    start: usize,
    mark: Mark,
}

/// What a tag means.
enum Mark {
    Plain(&'static str),
    With(&'static str, &'static str, String),
    Link(String),
    /// `<code>`; in a `<pre>` it only names the language.
    Code(Option<String>),
}

/// The text; `None` where Telegram would refuse it.
pub(super) fn read(source: &str) -> Option<Formatted> {
    let mut read = Formatted::default();
    let mut open: Vec<Open<'_>> = Vec::new();
    let mut rest = source;
    while let Some(at) = rest.find(['<', '&']) {
        read.text.push_str(&rest[..at]);
        rest = &rest[at..];
        if rest.starts_with('&') {
            let (c, length) = character(rest);
            read.text.push(c);
            rest = &rest[length..];
            continue;
        }
        let end = rest.find('>')?;
        let tag = &rest[1..end];
        rest = &rest[end + 1..];
        match tag.strip_prefix('/') {
            Some(name) => {
                let closed = open.pop().filter(|last| last.tag.eq_ignore_ascii_case(name.trim()))?;
                close(&mut read, closed, open.last_mut());
            }
            None => open.push(opened(tag, read.text.len())?),
        }
    }
    read.text.push_str(rest);
    open.is_empty().then(|| read.sorted())
}

fn opened(tag: &str, start: usize) -> Option<Open<'_>> {
    let (name, attributes) = tag.split_once(char::is_whitespace).unwrap_or((tag, ""));
    let mark = match name.to_ascii_lowercase().as_str() {
        "b" | "strong" => Mark::Plain("bold"),
        "i" | "em" => Mark::Plain("italic"),
        "u" | "ins" => Mark::Plain("underline"),
        "s" | "strike" | "del" => Mark::Plain("strikethrough"),
        "tg-spoiler" => Mark::Plain("spoiler"),
        "span" if attribute(attributes, "class").as_deref() == Some("tg-spoiler") => Mark::Plain("spoiler"),
        "pre" => Mark::Plain("pre"),
        "blockquote" if attributes.trim().starts_with("expandable") => Mark::Plain("expandable_blockquote"),
        "blockquote" => Mark::Plain("blockquote"),
        "a" => Mark::Link(attribute(attributes, "href").unwrap_or_default()),
        "tg-emoji" => Mark::With("custom_emoji", "custom_emoji_id", attribute(attributes, "emoji-id")?),
        "code" => {
            let class = attribute(attributes, "class").unwrap_or_default();
            Mark::Code(class.strip_prefix("language-").map(str::to_owned))
        }
        _ => return None,
    };
    Some(Open { tag: name, start, mark })
}

fn close(read: &mut Formatted, closed: Open<'_>, around: Option<&mut Open<'_>>) {
    match closed.mark {
        Mark::Plain(kind) => read.mark(closed.start, kind, None),
        Mark::With(kind, name, value) => read.mark(closed.start, kind, Some((name, value.into()))),
        Mark::Link(url) if url.is_empty() => {
            // As Telegram reads it: the words are the address.
            let url = read.text[closed.start..].to_owned();
            read.mark_link(closed.start, &url);
        }
        Mark::Link(url) => read.mark_link(closed.start, &url),
        Mark::Code(language) => match around {
            Some(pre) if pre.start == closed.start && pre.tag.eq_ignore_ascii_case("pre") => {
                if let Some(language) = language {
                    pre.mark = Mark::With("pre", "language", language);
                }
            }
            _ => read.mark(closed.start, "code", None),
        },
    }
}

/// The value of an attribute, with or without quotes.
fn attribute(attributes: &str, name: &str) -> Option<String> {
    let mut rest = attributes;
    loop {
        let (key, value) = rest.split_once('=')?;
        let value = value.trim_start();
        let (value, after) = match value.chars().next().filter(|quote| matches!(quote, '"' | '\'')) {
            Some(quote) => value[1..].split_once(quote)?,
            None => value.split_once(char::is_whitespace).unwrap_or((value, "")),
        };
        if key.trim().eq_ignore_ascii_case(name) {
            return Some(unescaped(value));
        }
        rest = after;
    }
}

fn unescaped(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        plain.push_str(&rest[..at]);
        let (c, length) = character(&rest[at..]);
        plain.push(c);
        rest = &rest[at + length..];
    }
    plain + rest
}

/// What an entity stands for and how long it is; an unknown one is its `&`.
fn character(text: &str) -> (char, usize) {
    for (name, c) in [("&lt;", '<'), ("&gt;", '>'), ("&amp;", '&'), ("&quot;", '"')] {
        if text.starts_with(name) {
            return (c, name.len());
        }
    }
    numbered(text).unwrap_or(('&', 1))
}

fn numbered(text: &str) -> Option<(char, usize)> {
    let digits = text.strip_prefix("&#")?;
    let end = digits.find(';').filter(|end| *end <= 8)?;
    let number = match digits[..end].strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16).ok()?,
        None => digits[..end].parse().ok()?,
    };
    Some((char::from_u32(number).filter(|c| *c != '\0')?, end + 3))
}
