//! Names that operators and plugins choose: of providers, plugins and workflows.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The name of a provider or a plugin: `[a-z0-9][a-z0-9-]{0,31}`.
///
/// It is a URL segment, a file name and, in upper case, the prefix of environment variables.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ProviderName(String);

/// The name of a workflow: `[a-z0-9][a-z0-9_-]{0,31}`, so that it can be typed as `/name` in a chat.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct WorkflowName(String);

/// Why a text is not a name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name:?} is not a name: use 1 to 32 of a-z, 0-9 and '-'{also}, beginning with a letter or a digit")]
pub struct NameError {
    name: String,
    also: &'static str,
}

impl ProviderName {
    /// The prefix of this provider's environment variables, without the last `_`: `SUPPORT_BOT`.
    pub fn variable_prefix(&self) -> String {
        self.0.to_uppercase().replace('-', "_")
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl WorkflowName {
    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether somebody who types `typed` in a chat means this workflow. Telegram's commands know
    /// neither `-` nor upper case, so both are forgiven.
    pub fn is_called(&self, typed: &str) -> bool {
        self.0.replace('-', "_") == typed.to_lowercase().replace('-', "_")
    }
}

fn is_name(text: &str, extra: &[char]) -> bool {
    let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    (1..=32).contains(&text.len())
        && text.starts_with(good)
        && text.chars().all(|c| good(c) || extra.contains(&c))
}

impl FromStr for ProviderName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        if is_name(text, &['-']) {
            Ok(Self(text.into()))
        } else {
            Err(NameError { name: text.into(), also: "" })
        }
    }
}

impl FromStr for WorkflowName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        if is_name(text, &['-', '_']) {
            Ok(Self(text.into()))
        } else {
            Err(NameError { name: text.into(), also: " and '_'" })
        }
    }
}

macro_rules! text_form {
    ($name:ident) => {
        impl TryFrom<String> for $name {
            type Error = NameError;

            fn try_from(text: String) -> Result<Self, NameError> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_form!(ProviderName);
text_form!(WorkflowName);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_short_lower_case_and_begin_with_a_letter_or_digit() {
        let long = "a".repeat(33);
        for (text, good) in [
            ("whatsapp", true),
            ("support-bot", true),
            ("0", true),
            ("", false),
            ("-x", false),
            ("X", false),
            ("../x", false),
            ("a_b", false),
            ("bücher", false),
            (long.as_str(), false),
        ] {
            assert_eq!(text.parse::<ProviderName>().is_ok(), good, "{text:?}");
        }
        assert!("a_b".parse::<WorkflowName>().is_ok());
    }

    #[test]
    fn a_workflow_answers_to_its_name_in_any_case_and_with_underscores() {
        let name: WorkflowName = "daily-report".parse().unwrap();
        for (typed, meant) in [("daily-report", true), ("Daily_Report", true), ("daily", false)] {
            assert_eq!(name.is_called(typed), meant, "{typed}");
        }
    }
}
