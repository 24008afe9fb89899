//! Why a file is no plugin, as a person or a program is told.

use std::fmt::{self, Write as _};

use serde_json::{Value, json};

use super::origin;
use crate::cli::failure::Failure;
use crate::plugin::LoadError;
use crate::plugin::source::{Found, ReadError};

/// Why a file is no plugin.
#[derive(Debug)]
pub(super) enum Unloaded {
    /// Nothing of it is known.
    Unread(ReadError),
    /// It was read.
    Refused(LoadError),
}

/// One line.
impl fmt::Display for Unloaded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unread(error) => error.fmt(f),
            Self::Refused(error) => f.write_str(&error.in_a_line()),
        }
    }
}

impl Unloaded {
    /// Everything that has to change, each with its next step.
    pub(super) fn failure(&self, found: &Found) -> Failure {
        let file = origin(&found.origin);
        match self {
            Self::Unread(error) => Failure::new(
                format!("{file} is no plugin: {error}"),
                "name a .wasm file, or a plugin that `hookhost plugin list` shows",
            ),
            Self::Refused(error) => {
                let report = error.report();
                if let [only] = report.as_slice() {
                    return Failure::new(format!("{file} cannot be loaded: {only}"), only.hint);
                }
                let mut what = format!("{file} cannot be loaded, for {} reasons", report.len());
                for one in &report {
                    write!(what, "\n  {one}\n    hint: {}", one.hint).expect("writing to a text never fails");
                }
                Failure::new(what, "")
            }
        }
    }

    /// The same for programs: one object with what `plugin inspect --json` lacks.
    pub(super) fn as_json(&self) -> Value {
        let Self::Refused(error) = self else { return json!({ "refused": [] }) };
        let report = error.report();
        let rows = report.iter().map(|one| json!({ "code": one.code, "what": one.what, "hint": one.hint }));
        json!({ "refused": rows.collect::<Value>() })
    }
}
