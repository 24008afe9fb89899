//! What a failing command said on its standard error, made fit for the log.

use crate::model::bounds::{SECRET_BYTES_MIN, WORKFLOW_STDERR_BYTES};
use crate::model::secret::Secret;

/// The end of what a command said; what came before is forgotten.
#[derive(Debug, Default)]
pub(super) struct Tail {
    kept: Vec<u8>,
    is_cut: bool,
}

impl Tail {
    /// Takes the next bytes.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.kept.extend_from_slice(bytes);
        if let Some(excess) = self.kept.len().checked_sub(WORKFLOW_STDERR_BYTES).filter(|&excess| excess > 0)
        {
            self.kept.drain(..excess);
            self.is_cut = true;
        }
    }

    /// One line without control characters and without the values of the command's variables.
    pub(super) fn for_log(&self, env: &[(String, Secret)]) -> String {
        let text = String::from_utf8_lossy(&self.kept);
        // A line that lost its beginning goes as a whole: half a credential would not be recognised.
        let whole = match (self.is_cut, text.split_once('\n')) {
            (false, _) => &*text,
            (true, Some((_, rest))) => rest,
            (true, None) => "",
        };
        let mut shown = whole.to_owned();
        for line in env.iter().flat_map(|(_, value)| value.expose().lines()) {
            // Shorter values, such as `1`, are no credentials and stand in every text.
            if line.len() >= SECRET_BYTES_MIN {
                shown = shown.replace(line, "***");
            }
        }
        let lines: Vec<&str> = shown.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        lines.join(" | ").replace(char::is_control, " ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(said: &[&str], expected: &str) {
        let env = [
            ("API_KEY".into(), Secret::new("hunter22-hunter22")),
            ("PEM".into(), Secret::new("--begin--\nQUJDREVGR0g=\n--end--")),
            ("DEBUG".into(), Secret::new("1")),
        ];
        let mut tail = Tail::default();
        for part in said {
            tail.push(part.as_bytes());
        }
        assert_eq!(tail.for_log(&env), expected);
    }

    #[test]
    fn what_a_command_said_becomes_one_line_without_its_credentials() {
        for (said, expected) in [
            ("", ""),
            ("boom\n", "boom"),
            ("Traceback:\n\n  line 1\r\nboom", "Traceback: | line 1 | boom"),
            ("red \u{1b}[31m", "red  [31m"),
            ("401 for hunter22-hunter22.", "401 for ***."),
            ("cannot read QUJDREVGR0g=", "cannot read ***"),
        ] {
            check(&[said], expected);
        }
    }

    #[test]
    fn only_whole_lines_of_the_end_are_kept() {
        let long = "x".repeat(WORKFLOW_STDERR_BYTES);
        check(&[&long, "\nlast line\n"], "last line");
        check(&[&long, "hunter22-hunter22"], "");
        // The cut goes through the credential: `hunter22` is what is left of it.
        let short = &long[14..];
        check(&["hunter22-", "hunter22\n", short, "\nend\n"], &format!("{short} | end"));
    }
}
