//! Why a file is not loaded, as a report: one line for everything that has to change.

use std::fmt;

use super::fault::Fault;
use super::load::LoadError;

/// One reason why a file is not loaded, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Stays the same from version to version: `HP105`.
    pub code: &'static str,
    /// A sentence that names the thing.
    pub what: String,
    /// The next step.
    pub hint: &'static str,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.what)
    }
}

impl LoadError {
    /// Everything that has to change before the file is a plugin; never empty.
    pub fn report(&self) -> Vec<Refusal> {
        match self {
            Self::Misfit(mismatches) => mismatches
                .iter()
                .map(|one| Refusal { code: one.code(), what: one.to_string(), hint: one.hint() })
                .collect(),
            Self::Manifest(wrong) => {
                let one = |what: &String| Refusal {
                    code: self.code(),
                    what: format!("its manifest is wrong: {what}"),
                    hint: self.hint(),
                };
                wrong.iter().map(one).collect()
            }
            _ => vec![Refusal { code: self.code(), what: self.to_string(), hint: self.hint() }],
        }
    }

    /// The report in one line, codes included, for logs and lists.
    pub fn in_a_line(&self) -> String {
        self.report().iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
    }

    /// What to do first.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Empty | Self::NotWasm => "copy the plugin's .wasm file again",
            Self::TooLarge { .. } => "build it for size, without debug information",
            Self::Text => "assemble it, for example with `wasm-tools parse`",
            Self::CoreModule => "build it for the target wasm32-wasip2",
            Self::Precompiled => "use the .wasm file that it was made from",
            Self::Broken(_) => "copy it again, or build it again with a current compiler for wasm32-wasip2",
            Self::Demanding(_) => "declare smaller memories and tables, or fewer of them",
            Self::Misfit(mismatches) => mismatches.first().map_or("", |first| first.hint()),
            Self::Trial(Fault::Host(_) | Fault::Busy | Fault::Timeout) => {
                "try again when the machine is less busy"
            }
            Self::Trial(_) => "make `describe` return its manifest and do nothing else",
            Self::Manifest(_) => "correct `describe` and build it again",
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Empty => "HP001",
            Self::TooLarge { .. } => "HP002",
            Self::Text => "HP003",
            Self::CoreModule => "HP004",
            Self::Precompiled => "HP005",
            Self::NotWasm => "HP006",
            Self::Broken(_) => "HP007",
            Self::Demanding(_) => "HP008",
            Self::Misfit(mismatches) => mismatches.first().map_or("HP100", |first| first.code()),
            Self::Trial(_) => "HP201",
            Self::Manifest(_) => "HP202",
        }
    }
}
