//! What can be wrong with a secret, told without ever telling its value.

use std::io;
use std::path::PathBuf;

use crate::model::bounds;

/// A secret that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{of}: {fault}")]
pub struct SecretProblem {
    /// `provider whatsapp`, `workflow summarize`.
    pub of: String,
    /// Whether its owner is of no use without it.
    pub required: bool,
    /// What is wrong.
    pub fault: SecretFault,
}

/// What is wrong with a secret.
#[derive(Debug, thiserror::Error)]
pub enum SecretFault {
    /// Nothing is set: set one of these.
    #[error("{secret} is not set")]
    Missing {
        /// The secret's name in the manifest.
        secret: String,
        /// Each of them would do, and each with `_FILE` too.
        variables: Vec<String>,
        /// Where an operator finds the value.
        about: String,
    },
    /// Set twice: remove one.
    #[error("{variable} and {file_variable} are both set")]
    Both {
        /// The variable with the value.
        variable: String,
        /// The variable with the path.
        file_variable: String,
    },
    /// Set to nothing: fill it or remove it.
    #[error("{variable} is empty")]
    Empty {
        /// The variable.
        variable: String,
    },
    /// Guessable: make a longer one.
    #[error("{variable} holds less than {} bytes", bounds::SECRET_BYTES_MIN)]
    TooShort {
        /// The variable, or the one that names the file.
        variable: String,
    },
    /// Not text: write it as text, in hex or base64 for example.
    #[error("{variable} is not UTF-8 text")]
    NotText {
        /// The variable, or the one that names the file.
        variable: String,
    },
    /// The file cannot be read: correct the path or the rights.
    #[error("{variable} names {}, which cannot be read: {source}", .path.display())]
    Unreadable {
        /// The variable that names the file.
        variable: String,
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Nobody knows when the previous value ends: correct it. Until then it holds no longer.
    #[error("{variable} is no date and no time")]
    NotTime {
        /// The variable.
        variable: String,
    },
    /// The plugin's name for a secret to send out is a variable of the inbound secret's: only another
    /// version of the plugin helps.
    #[error("{variable} is kept for the inbound secret")]
    Reserved {
        /// The variable.
        variable: String,
    },
}

impl SecretProblem {
    /// The next step, to be shown after `hint:`.
    pub fn hint(&self) -> String {
        match &self.fault {
            SecretFault::Missing { variables, .. } if variables.is_empty() => {
                "its variable belongs to a provider with a longer name; rename one of the two".into()
            }
            SecretFault::Missing { variables, about, .. } => {
                let about = if about.is_empty() { String::new() } else { format!(": {about}") };
                format!("set {}, or name a file in the same with _FILE{about}", variables.join(" or "))
            }
            SecretFault::Both { .. } => "remove one of them".into(),
            SecretFault::Empty { variable } => format!("give {variable} a value, or remove it"),
            SecretFault::TooShort { .. } => {
                "make one that nobody can guess, for example with: openssl rand -hex 32".into()
            }
            SecretFault::NotTime { .. } => "write it like 2027-01-31 or 2027-01-31T12:00:00Z".into(),
            SecretFault::NotText { .. } => "write the secret as text, in hex or base64 for example".into(),
            SecretFault::Unreadable { variable, .. } => {
                format!("correct the path in {variable}, or let this user read the file")
            }
            SecretFault::Reserved { .. } => {
                "use a version of the plugin that calls this secret by another name".into()
            }
        }
    }
}
