//! Reads Markdown as people and language models write it. Nothing is refused: a sign that means nothing
//! stands for itself.

mod inline;

use super::Formatted;

/// The text with what Telegram can show of it: headings become bold, bullets dots, tables stay as they are.
pub(super) fn read(source: &str) -> Formatted {
    let mut read = Formatted::default();
    let mut lines = source.split_inclusive('\n').peekable();
    while let Some(line) = lines.next() {
        match Block::of(line) {
            Block::Fence { sign, length, language } => {
                let code: Vec<&str> = take_while(&mut lines, |line| !ends_fence(line, sign, length));
                // The closing line, where there is one.
                let last = lines.next();
                push_code(&mut read, &code.concat(), language, last.is_none_or(|line| line.ends_with('\n')));
            }
            Block::Quote => {
                let more = take_while(&mut lines, |line| matches!(Block::of(line), Block::Quote));
                let words: String = [line].into_iter().chain(more).map(unquoted).collect();
                push_with_break(&mut read, &words, Some("blockquote"));
            }
            Block::Heading(words) => push_with_break(&mut read, words, Some("bold")),
            Block::Item { indent, words } => {
                read.text.push_str(indent);
                read.text.push_str("• ");
                push_with_break(&mut read, words, None);
            }
            Block::Words => {
                // Signs may be closed on a later line of the same paragraph.
                let more = take_while(&mut lines, |line| {
                    matches!(Block::of(line), Block::Words) && !line.trim().is_empty()
                });
                let words: String = [line].into_iter().chain(more).collect();
                inline::push(&mut read, &words);
            }
        }
    }
    read.sorted()
}

/// What a line is, or begins.
enum Block<'a> {
    Fence { sign: char, length: usize, language: &'a str },
    Quote,
    Heading(&'a str),
    Item { indent: &'a str, words: &'a str },
    Words,
}

impl<'a> Block<'a> {
    fn of(line: &'a str) -> Self {
        let trimmed = line.trim_start_matches(' ');
        let indent = &line[..line.len() - trimmed.len()];
        if let Some((sign, length)) = fence(trimmed) {
            let language = trimmed[length..].trim();
            // One with a sign of its own behind it is code in a line.
            if !language.contains(sign) {
                return Self::Fence { sign, length, language };
            }
        }
        if trimmed.starts_with('>') {
            return Self::Quote;
        }
        let hashes = trimmed.len() - trimmed.trim_start_matches('#').len();
        if (1..=6).contains(&hashes) && trimmed[hashes..].starts_with(' ') {
            return Self::Heading(trimmed[hashes..].trim_start_matches(' '));
        }
        match ["- ", "* ", "+ "].into_iter().find_map(|bullet| trimmed.strip_prefix(bullet)) {
            Some(words) => Self::Item { indent, words },
            None => Self::Words,
        }
    }
}

/// Three or more of the signs that begin a block of code.
fn fence(line: &str) -> Option<(char, usize)> {
    let sign = line.chars().next().filter(|sign| matches!(sign, '`' | '~'))?;
    let length = line.len() - line.trim_start_matches(sign).len();
    (length >= 3).then_some((sign, length))
}

fn ends_fence(line: &str, sign: char, length: usize) -> bool {
    let line = line.trim();
    line.len() >= length && line.chars().all(|c| c == sign)
}

fn unquoted(line: &str) -> &str {
    let words = line.trim_start_matches(' ').strip_prefix('>').unwrap_or(line);
    words.strip_prefix(' ').unwrap_or(words)
}

fn push_code(read: &mut Formatted, code: &str, language: &str, breaks: bool) {
    let start = read.text.len();
    read.text.push_str(code.strip_suffix('\n').unwrap_or(code));
    // Telegram shows the first word as the language.
    let language = language.split_whitespace().next().map(|language| ("language", language.into()));
    read.mark(start, "pre", language);
    if breaks {
        read.text.push('\n');
    }
}

/// Words that are shown in one way, but for the line break at their end.
fn push_with_break(read: &mut Formatted, words: &str, kind: Option<&'static str>) {
    let start = read.text.len();
    let bare = words.strip_suffix('\n').unwrap_or(words);
    inline::push(read, bare);
    if let Some(kind) = kind {
        read.mark(start, kind, None);
    }
    read.text.push_str(&words[bare.len()..]);
}

fn take_while<'a>(
    lines: &mut std::iter::Peekable<impl Iterator<Item = &'a str>>,
    wanted: impl Fn(&str) -> bool,
) -> Vec<&'a str> {
    std::iter::from_fn(|| lines.next_if(|line| wanted(line))).collect()
}
