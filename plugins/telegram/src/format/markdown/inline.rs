//! Reads the signs inside of a paragraph: emphasis, code, links.

use std::collections::HashMap;
use std::ops::Range;

use super::super::Formatted;

/// Deeper nesting stands for itself.
const DEPTH_MAX: usize = 6;
/// A link's words and its address are not longer.
const LINK_BYTES_MAX: usize = 2_048;

/// Reads a paragraph and adds it.
pub(super) fn push(read: &mut Formatted, source: &str) {
    let codes = codes(source);
    let mut reader = Reader { source, codes, hopeless: HashMap::new(), read };
    reader.push(0..source.len(), 0);
}

struct Reader<'s, 'r> {
    source: &'s str,
    /// Code in the line: where it begins, and its content.
    codes: Vec<(Range<usize>, Range<usize>)>,
    /// Signs that nothing closes before this place. Without it, a text full of them would be searched again
    /// for each.
    hopeless: HashMap<&'static str, usize>,
    read: &'r mut Formatted,
}

/// Signs, the longest first, and what they mean.
const SIGNS: [(&str, &[&str]); 8] = [
    ("***", &["bold", "italic"]),
    ("___", &["bold", "italic"]),
    ("**", &["bold"]),
    ("__", &["bold"]),
    ("~~", &["strikethrough"]),
    ("||", &["spoiler"]),
    ("*", &["italic"]),
    ("_", &["italic"]),
];

impl Reader<'_, '_> {
    fn push(&mut self, part: Range<usize>, depth: usize) {
        let mut at = part.start;
        while at < part.end {
            at = self.step(at, part.end, depth);
        }
    }

    /// Reads what stands at a place; gives the next one.
    fn step(&mut self, at: usize, end: usize, depth: usize) -> usize {
        let rest = &self.source[at..end];
        let Some(c) = rest.chars().next() else { return end };
        match c {
            '\\' => {
                if let Some(escaped) = rest[1..].chars().next().filter(char::is_ascii_punctuation) {
                    self.read.text.push(escaped);
                    return at + 2;
                }
            }
            '`' => {
                let run = rest.len() - rest.trim_start_matches('`').len();
                if let Some((whole, content)) = self.code_at(at).filter(|(whole, _)| whole.end <= end) {
                    let start = self.read.text.len();
                    self.read.text.push_str(&self.source[content]);
                    self.read.mark(start, "code", None);
                    return whole.end;
                }
                self.read.text.push_str(&rest[..run]);
                return at + run;
            }
            '[' | '!' if depth < DEPTH_MAX => {
                if let Some(next) = self.link(at, end, depth) {
                    return next;
                }
            }
            '<' => {
                if let Some(next) = self.address(at, end) {
                    return next;
                }
            }
            '*' | '_' | '~' | '|' => return self.emphasis(at, end, depth),
            _ => {}
        }
        self.read.text.push(c);
        at + c.len_utf8()
    }

    fn emphasis(&mut self, at: usize, end: usize, depth: usize) -> usize {
        let rest = &self.source[at..end];
        let signs = SIGNS.iter().filter(|(sign, _)| rest.starts_with(sign) && depth < DEPTH_MAX);
        for (sign, kinds) in signs {
            let Some(close) = self.closed(sign, at, end) else { continue };
            let start = self.read.text.len();
            self.push(at + sign.len()..close, depth + 1);
            for kind in *kinds {
                self.read.mark(start, kind, None);
            }
            return close + sign.len();
        }
        // A run that opens nothing stands there as a whole.
        let sign = rest.as_bytes()[0] as char;
        let run = rest.len() - rest.trim_start_matches(sign).len();
        self.read.text.push_str(&rest[..run]);
        at + run
    }

    /// Where a sign that may open at this place is closed.
    fn closed(&mut self, sign: &'static str, at: usize, end: usize) -> Option<usize> {
        let c = sign.as_bytes()[0];
        let inside = at + sign.len();
        let before = self.source[..at].chars().next_back();
        let after = self.source[inside..end].chars().next()?;
        let is_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        let opens = !after.is_whitespace() && after != char::from(c) && (c != b'_' || !is_word(before));
        if !opens || self.hopeless.get(sign).is_some_and(|until| end <= *until) {
            return None;
        }
        let found = self.closing(c, sign.len(), inside, end);
        if found.is_none() {
            self.hopeless.insert(sign, end);
        }
        found
    }

    /// The first run behind `from` that closes so many of these signs.
    fn closing(&self, c: u8, length: usize, from: usize, end: usize) -> Option<usize> {
        let bytes = self.source.as_bytes();
        let mut at = from;
        while at < end {
            if bytes[at] == b'\\' {
                at += 2;
            } else if bytes[at] == b'`'
                && let Some((whole, _)) = self.code_at(at)
            {
                at = whole.end;
            } else if bytes[at] != c {
                at += 1;
            } else {
                let run = bytes[at..end].iter().take_while(|&&byte| byte == c).count();
                let before = self.source[..at].chars().next_back();
                let after = self.source[at + run..].chars().next();
                let ends = before.is_some_and(|before| !before.is_whitespace())
                    && (c != b'_' || !after.is_some_and(char::is_alphanumeric));
                // Three close one and two at a time: the inner ones come first.
                if ends && at > from && (run == length || (run == 3 && length < 3)) {
                    return Some(at + run - length);
                }
                at += run;
            }
        }
        None
    }

    fn code_at(&self, at: usize) -> Option<(Range<usize>, Range<usize>)> {
        let found = self.codes.binary_search_by_key(&at, |(whole, _)| whole.start).ok()?;
        Some(self.codes[found].clone())
    }

    /// `[words](address)` and `![words](address)`.
    fn link(&mut self, at: usize, end: usize, depth: usize) -> Option<usize> {
        let rest = &self.source[at..end];
        let words = rest.strip_prefix("![").or_else(|| rest.strip_prefix('['))?;
        let words_at = end - words.len();
        // Cut where it would be too long, at a character's end.
        let near = &words[..words.floor_char_boundary(LINK_BYTES_MAX)];
        let close = near.find(']').filter(|close| !near[..*close].contains('['))?;
        let address = near[close..].strip_prefix("](").map(|_| &words[close + 2..])?;
        let address = &address[..address.floor_char_boundary(LINK_BYTES_MAX)];
        let mut depth_of = 0_usize;
        let length = address.find(|c: char| match c {
            '(' => {
                depth_of += 1;
                false
            }
            ')' if depth_of > 0 => {
                depth_of -= 1;
                false
            }
            c => c == ')' || c == '\n',
        })?;
        address[length..].strip_prefix(')')?;
        // A title may stand behind the address.
        let url = address[..length].trim().split(' ').next().unwrap_or_default();
        let url = url.trim_start_matches('<').trim_end_matches('>').to_owned();
        let start = self.read.text.len();
        self.push(words_at..words_at + close, depth + 1);
        self.read.mark_link(start, &url);
        Some(words_at + close + 2 + length + 1)
    }

    /// `<https://example.com>`: Telegram finds the address by itself.
    fn address(&mut self, at: usize, end: usize) -> Option<usize> {
        let rest = &self.source[at + 1..end];
        let near = &rest[..rest.floor_char_boundary(LINK_BYTES_MAX)];
        let address = &near[..near.find(|c: char| c == '>' || c.is_whitespace())?];
        let is_address = ["http://", "https://", "mailto:"].iter().any(|known| address.starts_with(known));
        if !is_address || !near[address.len()..].starts_with('>') {
            return None;
        }
        self.read.text.push_str(address);
        Some(at + 1 + address.len() + 1)
    }
}

/// Where code in a line stands: a run of `` ` `` up to the next one of the same length.
fn codes(source: &str) -> Vec<(Range<usize>, Range<usize>)> {
    let bytes = source.as_bytes();
    let mut runs = Vec::new();
    let mut at = 0;
    while let Some(found) = source[at..].find('`') {
        let start = at + found;
        let length = bytes[start..].iter().take_while(|&&byte| byte == b'`').count();
        runs.push((start, length));
        at = start + length;
    }
    // The next run of the same length, for each.
    let mut next = vec![None; runs.len()];
    let mut last: HashMap<usize, usize> = HashMap::new();
    for (index, (_, length)) in runs.iter().enumerate().rev() {
        next[index] = last.insert(*length, index);
    }
    let mut codes = Vec::new();
    let mut index = 0;
    while index < runs.len() {
        let Some(close) = next[index] else {
            index += 1;
            continue;
        };
        let ((start, length), (end, _)) = (runs[index], runs[close]);
        let mut content = start + length..end;
        let text = &source[content.clone()];
        // A space at each end only keeps signs apart.
        if text.len() > 2 && text.starts_with(' ') && text.ends_with(' ') && !text.trim().is_empty() {
            content = content.start + 1..content.end - 1;
        }
        codes.push((start..end + length, content));
        index = close + 1;
    }
    codes
}
