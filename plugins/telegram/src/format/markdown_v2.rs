//! Reads Telegram's MarkdownV2, in which every sign that means nothing must be escaped.

use super::Formatted;

/// Signs that must stand behind a `\` where they mean nothing.
const RESERVED: &str = "_*[]()~`>#+-=|{}.!";

/// A sign that is still open: how it is written, and where it began.
struct Open {
    sign: &'static str,
    start: usize,
}

/// The text; `None` where Telegram would refuse it.
pub(super) fn read(source: &str) -> Option<Formatted> {
    let mut reader = Reader { read: Formatted::default(), open: Vec::new(), quote: None };
    let mut rest = source;
    let mut is_line_start = true;
    while !rest.is_empty() {
        if is_line_start && let Some(after) = reader.begin_line(rest) {
            rest = after;
            is_line_start = false;
            continue;
        }
        let c = rest.chars().next()?;
        is_line_start = c == '\n';
        rest = reader.take(c, rest)?;
    }
    reader.end_quote();
    reader.open.is_empty().then(|| reader.read.sorted())
}

struct Reader {
    read: Formatted,
    open: Vec<Open>,
    /// Where a quote began, and whether it can be expanded.
    quote: Option<(usize, bool)>,
}

impl Reader {
    /// The rest of a line that goes on with a quote, or begins one; ends the quote before another line.
    fn begin_line<'s>(&mut self, line: &'s str) -> Option<&'s str> {
        if let Some(after) = line.strip_prefix("**>") {
            self.end_quote();
            self.quote = Some((self.read.text.len(), true));
            return Some(after);
        }
        match line.strip_prefix('>') {
            Some(after) => {
                self.quote.get_or_insert((self.read.text.len(), false));
                Some(after)
            }
            None => {
                self.end_quote();
                None
            }
        }
    }

    fn end_quote(&mut self) {
        if let Some((start, is_expandable)) = self.quote.take() {
            let kind = if is_expandable { "expandable_blockquote" } else { "blockquote" };
            self.read.mark(start, kind, None);
        }
    }

    /// Reads one character or sign; gives what comes after it.
    fn take<'s>(&mut self, c: char, rest: &'s str) -> Option<&'s str> {
        match c {
            '\\' => {
                let escaped = rest[1..].chars().next().filter(char::is_ascii)?;
                self.read.text.push(escaped);
                Some(&rest[1 + escaped.len_utf8()..])
            }
            '`' => self.code(rest),
            '[' | '!' => self.link_start(rest),
            ']' => self.link_end(rest),
            '|' if self.ends_expandable(rest) => {
                if let Some((_, is_expandable)) = &mut self.quote {
                    *is_expandable = true;
                }
                Some(&rest[2..])
            }
            '*' => self.sign("*", "bold", rest),
            '_' if rest.starts_with("__") => self.sign("__", "underline", rest),
            '_' => self.sign("_", "italic", rest),
            '~' => self.sign("~", "strikethrough", rest),
            '|' if rest.starts_with("||") => self.sign("||", "spoiler", rest),
            c if RESERVED.contains(c) => None,
            c => {
                self.read.text.push(c);
                Some(&rest[c.len_utf8()..])
            }
        }
    }

    /// `||` at the end of a quote's last line hides most of the quote, where no spoiler is open.
    fn ends_expandable(&self, rest: &str) -> bool {
        let is_end = rest.strip_prefix("||").is_some_and(|after| after.is_empty() || after.starts_with('\n'));
        is_end && self.quote.is_some() && !self.open.iter().any(|open| open.sign == "||")
    }

    fn sign<'s>(&mut self, sign: &'static str, kind: &'static str, rest: &'s str) -> Option<&'s str> {
        match self.open.iter().rposition(|open| open.sign == sign) {
            Some(last) if last + 1 == self.open.len() => {
                let open = self.open.pop()?;
                self.read.mark(open.start, kind, None);
            }
            // It would end what is not the innermost.
            Some(_) => return None,
            None => self.open.push(Open { sign, start: self.read.text.len() }),
        }
        Some(&rest[sign.len()..])
    }

    fn code<'s>(&mut self, rest: &'s str) -> Option<&'s str> {
        let start = self.read.text.len();
        if let Some(block) = rest.strip_prefix("```") {
            let end = unescaped(block, "```")?;
            let (language, code) = match block[..end].split_once('\n') {
                Some((first, code)) if !first.contains(char::is_whitespace) => (first, code),
                _ => ("", &block[..end]),
            };
            self.push_code(code);
            let language = (!language.is_empty()).then(|| ("language", language.into()));
            self.read.mark(start, "pre", language);
            return Some(&block[end + 3..]);
        }
        let code = &rest[1..];
        let end = unescaped(code, "`")?;
        self.push_code(&code[..end]);
        self.read.mark(start, "code", None);
        Some(&code[end + 1..])
    }

    /// Inside of code only `\` and `` ` `` are escaped.
    fn push_code(&mut self, code: &str) {
        let mut is_escaped = false;
        for c in code.chars() {
            if c == '\\' && !is_escaped {
                is_escaped = true;
            } else {
                is_escaped = false;
                self.read.text.push(c);
            }
        }
    }

    fn link_start<'s>(&mut self, rest: &'s str) -> Option<&'s str> {
        let sign = if rest.starts_with("![") { "![" } else { "[" };
        let after = rest.strip_prefix(sign)?;
        if self.open.iter().any(|open| open.sign.ends_with('[')) {
            return None;
        }
        self.open.push(Open { sign, start: self.read.text.len() });
        Some(after)
    }

    fn link_end<'s>(&mut self, rest: &'s str) -> Option<&'s str> {
        let open = self.open.pop().filter(|open| open.sign.ends_with('['))?;
        let address = rest.strip_prefix("](")?;
        let mut url = String::new();
        let mut chars = address.char_indices();
        let end = loop {
            match chars.next()? {
                (at, ')') => break at,
                (_, '\\') => url.push(chars.next()?.1),
                (_, c) => url.push(c),
            }
        };
        match (open.sign, url.strip_prefix("tg://emoji?id=")) {
            ("![", Some(id)) => {
                self.read.mark(open.start, "custom_emoji", Some(("custom_emoji_id", id.into())));
            }
            ("![", None) => return None,
            _ => self.read.mark_link(open.start, &url),
        }
        Some(&address[end + 1..])
    }
}

/// Where this sign first stands without a `\` before it.
fn unescaped(text: &str, sign: &str) -> Option<usize> {
    let mut is_escaped = false;
    text.char_indices().find_map(|(at, c)| {
        let is_sign = !is_escaped && text[at..].starts_with(sign);
        is_escaped = !is_escaped && c == '\\';
        is_sign.then_some(at)
    })
}
