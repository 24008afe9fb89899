//! An error as a person sees it: what failed and why, then the next step.

use std::fmt;

use crate::app::AssembleError;
use crate::app::host::StartError;
use crate::config::error::ConfigError;
use crate::store::StoreError;
use crate::store::backup::BackupError;
use crate::store::open::OpenError;

/// Why a command did not do what was asked.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) what: String,
    pub(super) hint: String,
}

impl Failure {
    pub(super) fn new(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { what: what.into(), hint: hint.into() }
    }

    /// With this next step where none is named.
    pub(super) fn or_hint(self, hint: &str) -> Self {
        if self.hint.is_empty() { Self { hint: hint.into(), ..self } } else { self }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}", self.what)?;
        if !self.hint.is_empty() {
            write!(f, "\nhint: {}", self.hint)?;
        }
        Ok(())
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::new(error.to_string(), error.hint())
    }
}

impl From<BackupError> for Failure {
    fn from(error: BackupError) -> Self {
        let hint = match &error {
            BackupError::NotEmpty(_) => "name a folder that is not there yet",
            BackupError::Folder(..) => "name a folder that this user may make, on a disk with room for it",
            BackupError::Busy => "wait until it is made, and try again",
            BackupError::InMemory => "",
            BackupError::Store(_) => "try again when the store works",
        };
        Self::new(error.to_string(), hint)
    }
}

impl From<OpenError> for Failure {
    fn from(error: OpenError) -> Self {
        Self::new(error.to_string(), error.hint())
    }
}

impl From<AssembleError> for Failure {
    fn from(error: AssembleError) -> Self {
        match error {
            AssembleError::NothingToServe => Self::new(
                error.to_string(),
                "write a hookhost.toml, or set a secret such as WEBHOOK_SECRET_GENERIC, or try: hookhost serve --demo",
            ),
            AssembleError::Config(error) => error.into(),
            AssembleError::Store(error) => error.into(),
            AssembleError::Engine(_) => {
                Self::new(error.to_string(), "give the process more memory and address space")
            }
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let hint = match &error {
            StoreError::Unreadable(_) => {
                "use the hookhost that wrote it, or restore the data folder from a backup"
            }
            _ => "look at the data folder and its disk, or choose another folder with --data",
        };
        Self::new(error.to_string(), hint)
    }
}

impl From<StartError> for Failure {
    fn from(error: StartError) -> Self {
        let hint = match &error {
            StartError::Listen { .. } => {
                "stop what uses the address, or choose another with --host and --port"
            }
            StartError::ListenAdmin { .. } => {
                "stop what uses the address, or choose another: `listen` in [admin], port 0 for a free one"
            }
            StartError::Store(_) | StartError::Publish(_) | StartError::Media(_) => {
                "look at the data folder and its disk, or choose another folder with --data"
            }
            StartError::Tls(_) => "check the certificates of this machine",
            StartError::PartEnded => "start it again; the log says what happened before",
        };
        Self::new(error.to_string(), hint)
    }
}
