//! What a guest logs: bounded, printable lines under the plugin's name.

use std::fmt::{self, Write as _};
use std::sync::Arc;

use tracing::{debug, error, info, warn};

use super::bindings::hookhost::provider::log::{Host, Level};
use super::guest::Guest;
use super::stdio::Output;
use crate::model::bounds;
use crate::model::http::Field;

/// The lines of one call. What the guest printed, and how much was dropped, is logged when the call is
/// over, however it ended.
pub(super) struct Lines {
    plugin: Arc<str>,
    output: Output,
    written: usize,
    dropped: usize,
    is_hushed: bool,
}

impl Lines {
    pub(super) fn new(plugin: Arc<str>, output: Output) -> Self {
        Self { plugin, output, written: 0, dropped: 0, is_hushed: false }
    }

    /// From now on nothing is written above `debug`: strangers make it talk, as often as they like.
    pub(super) fn hush(&mut self) {
        self.is_hushed = true;
    }

    /// The message of a panic, if the guest printed one, in one line.
    pub(super) fn panic(&self) -> Option<String> {
        let tail = self.output.tail();
        let told = &tail[tail.rfind("panicked at")?..];
        let lines = told.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("note:"));
        Some(printable(&lines.collect::<Vec<_>>().join(" ")))
    }

    pub(super) fn plugin(&self) -> &str {
        &self.plugin
    }

    fn write(&mut self, level: Level, message: &str, fields: &[Field]) {
        if self.written == bounds::PLUGIN_LOG_LINES {
            self.dropped += 1;
            return;
        }
        self.written += 1;
        let (plugin, message) = (&*self.plugin, printable(message));
        let fields = (!fields.is_empty()).then(|| listed(fields));
        match if self.is_hushed { Level::Debug } else { level } {
            Level::Debug => debug!(plugin, fields, "{message}"),
            Level::Info => info!(plugin, fields, "{message}"),
            Level::Warn => warn!(plugin, fields, "{message}"),
            Level::Error => error!(plugin, fields, "{message}"),
        }
    }
}

impl Host for Guest {
    fn write(&mut self, level: Level, message: String, fields: Vec<Field>) {
        self.lines.write(level, &message, &fields);
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        let plugin = &*self.plugin;
        for line in self.output.tail().lines().filter(|line| !line.trim().is_empty()) {
            debug!(plugin, "{}", printable(line));
        }
        const TOO_MUCH: &str = "it logged too much in one call; the rest was dropped";
        match self.dropped {
            0 => {}
            dropped if self.is_hushed => debug!(plugin, dropped, "{TOO_MUCH}"),
            dropped => warn!(plugin, dropped, "{TOO_MUCH}"),
        }
    }
}

/// One line without control characters, nor characters that turn the direction of writing, of at most
/// [`bounds::PLUGIN_LOG_LINE_BYTES`].
pub(super) fn printable(text: &str) -> String {
    let mut line = Bounded::default();
    for c in text.chars() {
        let written = if is_harmful(c) { write!(line, "{}", c.escape_default()) } else { line.write_char(c) };
        if written.is_err() {
            break;
        }
    }
    line.0
}

/// Whether a character could forge a line or hide a part of it.
pub(super) fn is_harmful(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn listed(fields: &[Field]) -> String {
    let mut line = Bounded::default();
    // The only error is that the line is full.
    let _full = write!(line, "{fields:?}");
    line.0
}

/// A text that ends with `…` where it became too long; what comes after that is not even formatted.
#[derive(Default)]
struct Bounded(String);

impl fmt::Write for Bounded {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        const MORE: &str = "…";
        let room = bounds::PLUGIN_LOG_LINE_BYTES - MORE.len();
        let free = room.checked_sub(self.0.len()).ok_or(fmt::Error)?;
        if text.len() <= free {
            self.0.push_str(text);
            return Ok(());
        }
        self.0.push_str(&text[..text.floor_char_boundary(free)]);
        self.0.push_str(MORE);
        Err(fmt::Error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_line_cannot_forge_another() {
        for (text, expected) in [
            ("plain, also umlauts: ü", "plain, also umlauts: ü"),
            ("one\r\ntwo", "one\\r\\ntwo"),
            ("\u{1b}[31mred", "\\u{1b}[31mred"),
            ("nul\0", "nul\\u{0}"),
            ("turned \u{202e}dnuora", "turned \\u{202e}dnuora"),
        ] {
            assert_eq!(printable(text), expected);
        }
    }

    #[test]
    fn fields_are_data() {
        assert_eq!(listed(&[("a".into(), "b\n".into())]), r#"[("a", "b\n")]"#);
    }

    #[test]
    fn lines_beyond_the_limit_are_counted() {
        let mut lines = Lines::new("x".into(), Output::default());
        for _ in 0..bounds::PLUGIN_LOG_LINES + 3 {
            lines.write(Level::Debug, "again", &[]);
        }
        assert_eq!((lines.written, lines.dropped), (bounds::PLUGIN_LOG_LINES, 3));
    }

    /// What is written to the log while this is done.
    fn logged(act: impl FnOnce()) -> String {
        let file = tempfile::NamedTempFile::new().unwrap();
        let log = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::DEBUG)
            .with_ansi(false)
            .with_writer(Arc::new(file.reopen().unwrap()))
            .finish();
        tracing::subscriber::with_default(log, act);
        std::fs::read_to_string(file.path()).unwrap()
    }

    #[test]
    fn lines_carry_their_level_the_plugin_and_their_fields() {
        for (level, expected) in
            [(Level::Debug, "DEBUG"), (Level::Info, "INFO"), (Level::Warn, "WARN"), (Level::Error, "ERROR")]
        {
            let mut lines = Lines::new("telegram".into(), Output::default());
            let fields = [("chat".to_owned(), "1\n2".to_owned())];
            let log = logged(|| lines.write(level, "a\nb", &fields));
            assert!(log.contains(&format!(" {expected} ")), "{log}");
            assert!(log.contains(r#"a\nb plugin="telegram""#), "{log}");
            assert!(log.contains("chat") && log.lines().count() == 1, "{log}");
        }
    }

    #[test]
    fn who_is_hushed_says_everything_at_the_lowest_level() {
        let mut lines = Lines::new("telegram".into(), Output::default());
        lines.hush();
        let log = logged(|| {
            for _ in 0..=bounds::PLUGIN_LOG_LINES {
                lines.write(Level::Error, "again", &[]);
            }
            drop(lines);
        });
        assert_eq!(log.lines().count(), bounds::PLUGIN_LOG_LINES + 1, "{log}");
        assert!(log.contains("dropped=1") && log.lines().all(|line| line.contains(" DEBUG ")), "{log}");
    }

    #[test]
    fn what_was_printed_and_how_much_was_dropped_is_told_at_the_end() {
        let output = Output::default();
        output.push(b"one\n\ntwo \x1b[0m\n");
        let mut lines = Lines::new("x".into(), output);
        lines.dropped = 7;
        let log = logged(|| drop(lines));
        assert!(log.contains("DEBUG") && log.contains("one") && log.contains(r"two \u{1b}[0m"), "{log}");
        assert!(log.contains("WARN") && log.contains("dropped=7"), "{log}");
        assert_eq!(log.lines().count(), 3, "{log}");
    }

    #[test]
    fn a_panic_is_found_in_what_was_printed() {
        let printed = "noise\n\nthread '<unnamed>' (1) panicked at src/lib.rs:7:5:\nindex out of bounds\n\
                       note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace\n";
        for (printed, expected) in [
            (printed, Some("panicked at src/lib.rs:7:5: index out of bounds")),
            ("noise\n", None),
            ("", None),
        ] {
            let output = Output::default();
            output.push(printed.as_bytes());
            assert_eq!(Lines::new("x".into(), output).panic().as_deref(), expected);
        }
    }

    proptest! {
        #[test]
        fn any_text_becomes_one_bounded_line(text in ".{0,600}\\PC{0,600}[\u{0}-\u{1f}]{0,300}") {
            let line = printable(&text);
            prop_assert!(line.len() <= bounds::PLUGIN_LOG_LINE_BYTES);
            prop_assert!(!line.contains(is_harmful));
            let fields = listed(&[(text.clone(), text)]);
            prop_assert!(fields.len() <= bounds::PLUGIN_LOG_LINE_BYTES);
            prop_assert!(!fields.contains(char::is_control));
        }
    }
}
