//! What is measured of each workflow.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use super::series::{Counters, Durations, Labels, durations, kinds};
use crate::model::name::WorkflowName;

kinds! {
    /// How one attempt of a run ended.
    Attempt {
        /// With an answer.
        Answered = "answered",
        /// It failed, and may work another time.
        Failed = "failed",
        /// It was not reached, and so used up no attempt.
        Unreachable = "unreachable",
        /// It said that it will never work, such as with 404.
        Refused = "refused",
        /// With an answer that cannot be used.
        BadAnswer = "bad_answer",
        /// Its deadline came first.
        TooLate = "too_late",
        /// The host stopped first; it is put back.
        CutOff = "cut_off",
    }

    /// How a run ended, after all of its attempts.
    RunEnd {
        /// With an answer.
        Done = "done",
        /// It was given up.
        Dead = "dead",
        /// Its deadline came first.
        Expired = "expired",
    }
}

/// The metrics of one workflow.
#[derive(Debug)]
pub struct WorkflowMetrics {
    /// Its attempts.
    pub attempts: Durations<Attempt>,
    /// Its runs.
    pub runs: Counters<RunEnd>,
}

/// The families of what is measured of each workflow.
#[derive(Debug)]
pub(super) struct Families {
    attempts: Family<Labels, Histogram>,
    runs: Family<Labels, Counter>,
}

impl Families {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let families = Self { attempts: durations(), runs: Family::default() };
        let help = "Attempts to run a workflow by how they ended";
        registry.register("workflow_attempt_duration_seconds", help, families.attempts.clone());
        let help = "Runs of a workflow by how they ended, after all of their attempts";
        registry.register("workflow_runs", help, families.runs.clone());
        families
    }

    pub(super) fn of(&self, workflow: &WorkflowName) -> WorkflowMetrics {
        let common = || vec![("workflow", workflow.as_str().to_owned())];
        WorkflowMetrics {
            attempts: Durations::new(&self.attempts, common(), "outcome"),
            runs: Counters::from_zero(&self.runs, common(), "outcome"),
        }
    }
}
