//! Reads `/name arguments` and `/name@bot arguments`.

use crate::types::Command;

/// What a text is, read as a command.
#[derive(Debug, Clone, PartialEq)]
pub enum Reading {
    /// No command.
    Text,
    /// A command for us.
    Ours(Command),
    /// A command that names another bot; not for us, neither as a command nor as a text.
    Others,
}

impl Reading {
    /// The command, if it is for us.
    pub fn ours(self) -> Option<Command> {
        match self {
            Self::Ours(command) => Some(command),
            Self::Text | Self::Others => None,
        }
    }
}

/// Reads a text whose provider does not mark commands: one that begins with `/` and a name of letters,
/// digits, `_` and `-`.
///
/// A command that names a bot is ours if that is `own_name`, compared without case. Without an `own_name`
/// none that names a bot is.
pub fn leading(text: &str, own_name: Option<&str>) -> Reading {
    let head = text.split(char::is_whitespace).next().unwrap_or(text);
    read(text, head.len(), own_name)
}

/// Reads a text whose provider marked a command at its very beginning, so many UTF-16 units long.
///
/// Telegram's marks end at a `-`, which our workflows may have in their names; such a name is read to its
/// end. A mark that ends inside a character or behind the text makes it no command.
pub fn marked(text: &str, utf16_units: usize, own_name: Option<&str>) -> Reading {
    let Some(marked) = utf16_prefix(text, utf16_units) else { return Reading::Text };
    let rest = &text[marked..];
    if rest.starts_with('-') {
        let longer = rest.find(|c| !is_name_char(c) && c != '@').unwrap_or(rest.len());
        return read(text, marked + longer, own_name);
    }
    read(text, marked, own_name)
}

fn read(text: &str, head_bytes: usize, own_name: Option<&str>) -> Reading {
    let (head, rest) = text.split_at(head_bytes);
    let Some(head) = head.strip_prefix('/') else { return Reading::Text };
    let (name, bot) = match head.split_once('@') {
        Some((name, bot)) => (name, Some(bot)),
        None => (head, None),
    };
    if name.is_empty() || !name.chars().all(is_name_char) {
        return Reading::Text;
    }
    match (bot, own_name) {
        (Some(bot), Some(own)) if bot.eq_ignore_ascii_case(own.trim_start_matches('@')) => {}
        (Some(_), _) => return Reading::Others,
        (None, _) => {}
    }
    Reading::Ours(Command { name: name.into(), arguments: rest.trim().into() })
}

fn is_name_char(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '-'
}

/// How many bytes the first UTF-16 units of a text take; `None` when they end inside a character or there
/// are fewer.
fn utf16_prefix(text: &str, utf16_units: usize) -> Option<usize> {
    let mut units = 0;
    for (at, c) in text.char_indices() {
        if units >= utf16_units {
            return (units == utf16_units).then_some(at);
        }
        units += c.len_utf16();
    }
    (units == utf16_units).then_some(text.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ours(name: &str, arguments: &str) -> Reading {
        Reading::Ours(Command { name: name.into(), arguments: arguments.into() })
    }

    #[test]
    fn a_leading_slash_and_a_name_make_a_command() {
        for (text, expected) in [
            ("/sum", ours("sum", "")),
            ("/sum a  b ", ours("sum", "a  b")),
            ("/sum\nline\nline", ours("sum", "line\nline")),
            ("/Sum-up_2 \u{a0}x", ours("Sum-up_2", "x")),
            ("/größe 😆", ours("größe", "😆")),
            ("", Reading::Text),
            ("/", Reading::Text),
            ("/ sum", Reading::Text),
            ("//sum", Reading::Text),
            ("/etc/passwd", Reading::Text),
            (" /sum", Reading::Text),
            ("sum /up", Reading::Text),
            ("/@bot", Reading::Text),
        ] {
            assert_eq!(leading(text, None), expected, "{text:?}");
        }
    }

    #[test]
    fn a_command_that_names_a_bot_is_for_that_bot() {
        for (text, own_name, expected) in [
            ("/sum@HookBot x", Some("hookbot"), ours("sum", "x")),
            ("/sum@HookBot x", Some("@HOOKBOT"), ours("sum", "x")),
            ("/sum@HookBot x", Some("other"), Reading::Others),
            ("/sum@HookBot x", None, Reading::Others),
            ("/sum@ x", Some("hookbot"), Reading::Others),
            ("/sum x@HookBot", Some("other"), ours("sum", "x@HookBot")),
        ] {
            assert_eq!(leading(text, own_name), expected, "{text:?} {own_name:?}");
        }
    }

    #[test]
    fn a_mark_is_counted_in_utf_16_units() {
        for (text, units, expected) in [
            ("/sum 😆", 4, ours("sum", "😆")),
            ("/sum,a", 4, ours("sum", ",a")),
            ("/sum@bot😆", 8, ours("sum", "😆")),
            ("/sum-up-all x", 4, ours("sum-up-all", "x")),
            ("/sum-up@bot x", 4, ours("sum-up", "x")),
            ("/😆", 2, Reading::Text),
            ("/sum", 9, Reading::Text),
            ("/sum", 0, Reading::Text),
            ("/sum", usize::MAX, Reading::Text),
            ("sum", 3, Reading::Text),
        ] {
            assert_eq!(marked(text, units, Some("bot")), expected, "{text:?} {units}");
        }
    }

    proptest! {
        #[test]
        fn nothing_panics(text in "(?s)/?.{0,20}", units in 0_usize..25, own_name in proptest::option::of(".{0,3}")) {
            let _ = (leading(&text, own_name.as_deref()), marked(&text, units, own_name.as_deref()));
        }
    }
}
