//! Text from strangers on a terminal: nothing in it may move the cursor, change colours or hide something.

/// The text on one line, with control characters and invisible marks of direction spelled out.
pub(super) fn plain(text: &str) -> String {
    text.chars()
        .map(|c| if is_harmless(c) { c.to_string() } else { c.escape_unicode().to_string() })
        .collect()
}

/// The same for text of several lines.
pub(super) fn plain_lines(text: &str) -> String {
    text.split('\n').map(plain).collect::<Vec<_>>().join("\n")
}

fn is_harmless(c: char) -> bool {
    let turns_direction =
        matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    !c.is_control() && !turns_direction
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_cannot_speak_to_the_terminal() {
        for (text, shown) in [
            ("hello, 你好 👋", "hello, 你好 👋"),
            ("\u{1b}[2Jgone", r"\u{1b}[2Jgone"),
            ("a\nb\tc", r"a\u{a}b\u{9}c"),
            ("\u{9b}31m", r"\u{9b}31m"),
            ("\u{202e}txt", r"\u{202e}txt"),
        ] {
            assert_eq!(plain(text), shown);
        }
        assert_eq!(plain_lines("a\nb\r"), "a\nb\\u{d}");
    }
}
