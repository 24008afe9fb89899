//! What the file says of workflows: how each is run, and by which events.

use std::time::Duration;

use url::Url;

use crate::model::name::{ProviderName, WorkflowName};

/// One workflow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkflowConfig {
    /// What runs it.
    pub runner: Runner,
    /// How long one run may take.
    pub timeout: Duration,
    /// How often a failed run is tried again.
    pub retries: u32,
    /// The variables that a command inherits besides `PATH`, `HOME` and `LANG`; empty for others.
    pub env: Vec<String>,
}

/// What runs a workflow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Runner {
    /// A POST to this http or https URL, which names no user.
    Http(Url),
    /// A program and its arguments; never empty. The program is an absolute path, or a bare name that is
    /// looked up in `PATH`.
    Command(Vec<String>),
}

/// Which events run which workflow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// Of this provider; `None`: of any.
    pub provider: Option<ProviderName>,
    /// With such a topic; `*` stands for any characters.
    pub topic: String,
    /// The workflow, which exists.
    pub workflow: WorkflowName,
}
