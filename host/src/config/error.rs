//! What is wrong with a configuration, where, and what to do about it.

use std::fmt;
use std::io;
use std::path::PathBuf;

use super::nearest::nearest;

/// Why there is no configuration. `Display` says what, where and why; [`Self::hint`] the next step.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// There is no such file: name another one, or none.
    #[error("there is no file {}", .path.display())]
    NotFound {
        /// As the operator gave it.
        path: PathBuf,
    },
    /// The file is there and cannot be read: change its rights or its encoding.
    #[error("{} cannot be read: {source}", .path.display())]
    Unreadable {
        /// As the operator gave it.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file can be read and says something wrong: correct it.
    #[error("{}", Listing { path, faults })]
    Invalid {
        /// As the operator gave it.
        path: PathBuf,
        /// All that was found, in the order of the file; never empty.
        faults: Vec<Fault>,
    },
    /// Two providers would answer on one path: give one of them another.
    #[error("providers {first} and {second} have the same path {path}")]
    PathTaken {
        /// The path.
        path: String,
        /// The provider that has it.
        first: String,
        /// The provider that wants it too.
        second: String,
    },
}

/// One mistake and its place in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// The mistake.
    pub wrong: Wrong,
}

/// What is wrong with a value, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct Wrong {
    /// What is wrong and why.
    pub what: String,
    /// The next step.
    pub hint: String,
}

impl Wrong {
    /// Both texts, without a full stop at the end.
    pub fn new(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { what: what.into(), hint: hint.into() }
    }
}

impl ConfigError {
    /// The next step, to be shown after `hint:`.
    pub fn hint(&self) -> String {
        match self {
            Self::NotFound { .. } => "check --config; without a file, hookhost runs on its defaults".into(),
            Self::Unreadable { .. } => "the file must be UTF-8 text that this user may read".into(),
            Self::Invalid { faults, .. } => match &faults[..] {
                [fault] => fault.wrong.hint.clone(),
                _ => "correct these, then run hookhost check".into(),
            },
            Self::PathTaken { second, .. } => format!("set another path in [providers.{second}]"),
        }
    }
}

/// One mistake on one line; several below each other, each with its own hint.
struct Listing<'e> {
    path: &'e PathBuf,
    faults: &'e [Fault],
}

impl fmt::Display for Listing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        let place = |fault: &Fault| format!("{path}:{}:{}: {}", fault.line, fault.column, fault.wrong);
        if let [fault] = self.faults {
            return f.write_str(&place(fault));
        }
        write!(f, "{path} has {} mistakes", self.faults.len())?;
        for fault in self.faults {
            write!(f, "\n{}\n  hint: {}", place(fault), fault.wrong.hint)?;
        }
        Ok(())
    }
}

/// Collects the mistakes of one text.
pub(super) struct Faults<'t> {
    text: &'t str,
    found: Vec<(usize, Wrong)>,
}

impl<'t> Faults<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, found: Vec::new() }
    }

    /// Adds a mistake that stands `at` so many bytes into the text.
    pub(super) fn add(&mut self, at: usize, wrong: Wrong) {
        self.found.push((at, wrong));
    }

    /// All mistakes in the order of the text.
    pub(super) fn into_sorted(mut self) -> Vec<Fault> {
        self.found.sort_by_key(|(at, _)| *at);
        let text = self.text;
        let place = |(at, wrong)| {
            let before = text.get(..at).unwrap_or(text);
            let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
            let line = before.matches('\n').count() + 1;
            Fault { line, column: before[line_start..].chars().count() + 1, wrong }
        };
        self.found.into_iter().map(place).collect()
    }
}

/// The hint for a word that is not one of the known ones, which are shown as `show` writes them.
pub(super) fn did_you_mean(word: &str, known: &[&str], show: impl Fn(&str) -> String) -> String {
    if let Some(near) = nearest(word, known) {
        return format!("did you mean {}?", show(near));
    }
    let all: Vec<String> = known.iter().map(|known| show(known)).collect();
    if all.is_empty() { "there are none".into() } else { format!("known are {}", all.join(", ")) }
}
