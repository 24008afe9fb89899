//! Puts Markdown into WhatsApp's own signs: `*bold*`, `_italic_`, `~struck~`. Code, lists and quotes are written
//! alike in both. What has no sign, or none that is closed in its line, stays as it was written.

/// The same text with WhatsApp's signs.
pub(crate) fn shown(markdown: &str) -> String {
    let mut is_code = false;
    let lines = markdown.split('\n').map(|line| {
        let is_fence = line.trim_start().starts_with("```");
        is_code ^= is_fence;
        if is_fence || is_code { line.to_owned() } else { outside_of_code(line) }
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// A heading is a line in bold.
fn outside_of_code(line: &str) -> String {
    let heading = line.trim_start_matches('#');
    match (line.len() - heading.len(), heading.strip_prefix(' ')) {
        (1..=6, Some(heading)) if !heading.trim().is_empty() => {
            format!("*{}*", inline(heading.trim()).replace('*', ""))
        }
        _ => inline(line),
    }
}

fn inline(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        let (piece, end) = sign(text, at).unwrap_or_else(|| (first.to_string(), at + first.len_utf8()));
        shown.push_str(&piece);
        at = end;
    }
    shown
}

/// What stands for the sign that begins here, and where it ends.
fn sign(text: &str, at: usize) -> Option<(String, usize)> {
    let rest = &text[at..];
    if let Some(escaped) = rest.strip_prefix('\\') {
        let sign = escaped.chars().next().filter(char::is_ascii_punctuation)?;
        return Some((sign.to_string(), at + 2));
    }
    if let Some(code) = rest.strip_prefix('`') {
        let end = at + 2 + code.find('`').filter(|length| *length > 0)?;
        return Some((text[at..end].into(), end));
    }
    for (open, ours) in [("**", '*'), ("__", '*'), ("~~", '~'), ("*", '_'), ("_", '_')] {
        if rest.starts_with(open) {
            let (inside, end) = enclosed(text, at, open)?;
            return Some((format!("{ours}{}{ours}", inline(inside)), end));
        }
    }
    link(rest).map(|(shown, length)| (shown, at + length))
}

/// What stands between this sign and its next occurrence. There are words on its inner sides, and none on the
/// outer sides of a `_`, which is part of many names.
fn enclosed<'a>(text: &'a str, at: usize, sign: &str) -> Option<(&'a str, usize)> {
    let start = at + sign.len();
    let is_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let is_name = |before: &str, after: &str| {
        sign.starts_with('_') && (is_word(before.chars().next_back()) || is_word(after.chars().next()))
    };
    let closes = |(length, _): &(usize, &str)| {
        let (inside, after) = (&text[start..start + length], &text[start + length + sign.len()..]);
        let is_tight = !inside.is_empty() && inside.trim() == inside;
        // One of a pair closes nothing.
        let is_half = sign.len() == 1 && (inside.ends_with(sign) || after.starts_with(sign));
        is_tight && !is_half && !is_name(&text[..at], after)
    };
    let (length, _) = text[start..].match_indices(sign).find(closes)?;
    Some((&text[start..start + length], start + length + sign.len()))
}

/// `[words](https://...)`, and the same of a picture: WhatsApp shows links only as they are.
fn link(rest: &str) -> Option<(String, usize)> {
    let words = rest.strip_prefix('!').unwrap_or(rest).strip_prefix('[')?;
    let (words, url) = words.split_once("](")?;
    let (url, _) = url.split_once(')')?;
    if words.contains(['[', ']']) || url.is_empty() || url.contains(char::is_whitespace) {
        return None;
    }
    let length = rest.len() - rest.strip_prefix('!').unwrap_or(rest).len() + words.len() + url.len() + 4;
    let shown =
        if words.is_empty() || words == url { url.into() } else { format!("{} ({url})", inline(words)) };
    Some((shown, length))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn markdown_becomes_whatsapps_signs() {
        for (markdown, expected) in [
            ("plain, 2 * 3 * 4", "plain, 2 * 3 * 4"),
            ("**bold** and __bold__", "*bold* and *bold*"),
            ("*italic* and _italic_", "_italic_ and _italic_"),
            ("~~gone~~", "~gone~"),
            ("**bold *both* bold**", "*bold _both_ bold*"),
            ("# A **big** thing\ntext", "*A big thing*\ntext"),
            ("#hashtag and # no", "#hashtag and # no"),
            ("[here](https://x.example/a_b_c)", "here (https://x.example/a_b_c)"),
            ("![](https://x.example) [https://y](https://y)", "https://x.example https://y"),
            ("[no](a link)", "[no](a link)"),
            ("a `**b**` c", "a `**b**` c"),
            ("```\n**b**\n```\n**b**", "```\n**b**\n```\n*b*"),
            ("snake_case_name and 2**3**4", "snake_case_name and 2*3*4"),
            (r"\*not\* \_this\_ c:\dir", r"*not* _this_ c:\dir"),
            ("**open and * open", "**open and * open"),
            ("- one\n- *two*\n> said", "- one\n- _two_\n> said"),
            ("****", "****"),
            ("", ""),
        ] {
            assert_eq!(shown(markdown), expected, "{markdown}");
        }
    }

    proptest! {
        #[test]
        fn nothing_panics_and_no_word_is_lost(markdown in "[a-c*_~`#\\\\\\[\\]()! \n😆]{0,40}") {
            let words = |text: &str| text.chars().filter(|c| c.is_alphabetic()).collect::<String>();
            prop_assert_eq!(words(&shown(&markdown)), words(&markdown));
        }
    }
}
