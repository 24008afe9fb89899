//! Workflows: which one an event runs, how it is run, and what its answer means.

pub mod access;
pub mod answer;
pub mod backoff;
pub mod degrade;
pub mod input;
pub mod route;
pub mod runner;
pub mod say;

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use url::Url;

use crate::model::name::WorkflowName;
use crate::model::secret::Secret;

/// A workflow as the operator configured it.
#[derive(Debug, Clone)]
pub struct Workflow {
    /// What it is called by.
    pub name: WorkflowName,
    /// What it is.
    pub runner: Runner,
    /// How long one attempt may take, from connecting or starting to the last byte of the answer.
    pub timeout: Duration,
    /// Attempts after the first, where one is of use.
    pub retries: u32,
    /// What the requests to an HTTP workflow are signed with; commands do not see it.
    pub secret: Option<Secret>,
}

/// What runs a workflow. `Debug` shows neither credentials in a URL nor the values of variables.
#[derive(Clone)]
pub enum Runner {
    /// The document is posted here.
    Http(Url),
    /// A program, which reads the document on its standard input.
    Command {
        /// The program and its arguments; no shell is involved. A program with a `/` in it is relative
        /// to `dir`, another one is looked up in `PATH`.
        argv: Vec<String>,
        /// What it inherits besides `PATH`, `HOME` and `LANG`. The values may well be credentials.
        env: Vec<(String, Secret)>,
        /// Where it runs.
        dir: PathBuf,
    },
}

impl fmt::Debug for Runner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Http(url) => f.debug_tuple("Http").field(&url.origin().ascii_serialization()).finish(),
            Self::Command { argv, dir, .. } => {
                f.debug_struct("Command").field("argv", argv).field("dir", dir).finish_non_exhaustive()
            }
        }
    }
}

/// All configured workflows, by name.
#[derive(Debug, Clone, Default)]
pub struct Workflows(BTreeMap<WorkflowName, Workflow>);

impl Workflows {
    /// The workflow of exactly this name.
    pub fn get(&self, name: &WorkflowName) -> Option<&Workflow> {
        self.0.get(name)
    }

    /// Their names, in alphabetical order.
    pub fn names(&self) -> impl Iterator<Item = &WorkflowName> {
        self.0.keys()
    }
}

impl FromIterator<Workflow> for Workflows {
    /// Of two with the same name the later one stays.
    fn from_iter<I: IntoIterator<Item = Workflow>>(workflows: I) -> Self {
        Self(workflows.into_iter().map(|workflow| (workflow.name.clone(), workflow)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_of_a_runner_holds_no_credentials() {
        let http = Runner::Http("https://user:hunter22@flows.example/x?key=hunter22".parse().unwrap());
        let command = Runner::Command {
            argv: vec!["./run".into()],
            env: vec![("API_KEY".into(), Secret::new("hunter22"))],
            dir: "/srv".into(),
        };
        assert_eq!(format!("{http:?}"), r#"Http("https://flows.example")"#);
        assert_eq!(format!("{command:?}"), r#"Command { argv: ["./run"], dir: "/srv", .. }"#);
    }
}
