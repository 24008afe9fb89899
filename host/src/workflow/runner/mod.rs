//! Runs a workflow once.

mod command;
mod http;
mod retry_after;
mod signing;
mod stderr;

use std::env;
use std::ffi::OsString;
use std::time::Duration;

use rustls::ClientConfig;

use crate::model::bounds::{WORKFLOW_CONNECT, WORKFLOW_OUTPUT_BYTES};
use crate::model::id::ExecutionId;
use crate::model::time::Time;
use crate::model::trace::TraceParent;

use super::answer::{self, Answer, BadAnswer};
use super::{Runner, Workflow};

pub use signing::{BadSecret, check_secret};

/// What a command inherits without being named in the configuration.
const INHERITED: [&str; 3] = ["PATH", "HOME", "LANG"];

/// What all runs share. Made once; cheap to clone.
#[derive(Debug, Clone)]
pub struct Clients {
    http: reqwest::Client,
    inherited: Vec<(&'static str, OsString)>,
}

impl Clients {
    /// Takes how TLS servers are trusted, and reads `PATH`, `HOME` and `LANG` of this process.
    ///
    /// Redirects are not followed and no proxy of the environment is used, but any address may be called,
    /// private ones too: the operator named it.
    pub fn new(tls: ClientConfig) -> Self {
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .connect_timeout(WORKFLOW_CONNECT)
            .user_agent(concat!("hookhost/", env!("CARGO_PKG_VERSION")))
            .build()
            .expect("a client with this crate's own rustls and no proxy can always be built");
        let inherited =
            INHERITED.into_iter().filter_map(|name| env::var_os(name).map(|value| (name, value))).collect();
        Self { http, inherited }
    }
}

/// One attempt of a run.
#[derive(Debug)]
pub struct Job<'a> {
    /// Given to the workflow with every attempt as its idempotency key.
    pub execution: ExecutionId,
    /// As [`super::input::document`] wrote it.
    pub document: String,
    /// The message that is being answered.
    pub message: Option<&'a str>,
    /// For the signature.
    pub now: Time,
    /// The step that this attempt is in a trace, if its sender began one.
    pub trace: Option<TraceParent>,
}

/// Why a run gave no answer. Every text is for the operator's log: it names no secret and no URL.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RunError {
    /// It may work another time; this attempt is used up.
    #[error("{reason}")]
    TryAgain {
        /// What happened.
        reason: String,
        /// When the workflow asked to be tried again.
        after: Option<Duration>,
    },
    /// It surely did not run, so no attempt is used up: the lane waits until it can be reached.
    #[error("{reason}")]
    Unreachable {
        /// What happened.
        reason: String,
        /// When the workflow asked to be tried again.
        after: Option<Duration>,
    },
    /// It will never work.
    #[error("{0}")]
    Final(String),
    /// It ran, and its answer cannot be used. Running it again would not change that.
    #[error(transparent)]
    BadAnswer(#[from] BadAnswer),
}

/// Runs the workflow once, for at most its timeout. Dropping the future ends it: the connection is
/// closed, a command is killed with everything it started.
///
/// # Errors
/// Each says what to do next.
pub async fn run(clients: &Clients, workflow: &Workflow, job: Job<'_>) -> Result<Answer, RunError> {
    let message = job.message;
    let output = match &workflow.runner {
        Runner::Http(url) => http::post(&clients.http, url, workflow, job).await?,
        Runner::Command { argv, env, dir } => {
            let line = command::Line { argv, inherited: &clients.inherited, env, dir, trace: job.trace };
            command::execute(line, workflow.timeout, job.document).await?
        }
    };
    Ok(answer::read(&output, message)?)
}

fn try_again(reason: impl Into<String>) -> RunError {
    RunError::TryAgain { reason: reason.into(), after: None }
}

fn out_of_time(timeout: Duration) -> RunError {
    try_again(format!("it did not finish within {timeout:?}"))
}

fn too_much() -> RunError {
    RunError::Final(format!("it answered with more than {} KiB", WORKFLOW_OUTPUT_BYTES / 1024))
}
