//! Decides what an attempt means for its event: the end, or another attempt and when. Pure.

use crate::model::bounds;
use crate::model::name::WorkflowName;
use crate::model::outcome::Outcome;
use crate::model::reply::Reply;
use crate::model::time::Time;
use crate::store::execution::{Execution, Postponed, Settled, State};
use crate::workflow::Workflow;
use crate::workflow::answer::Answer;
use crate::workflow::backoff::next_delay;
use crate::workflow::runner::RunError;
use crate::workflow::say;

/// What becomes of an event after an attempt.
#[derive(Debug, Clone, PartialEq)]
pub enum Ended {
    /// It is over.
    Settled(Settled),
    /// There will be another attempt.
    Postponed(Postponed),
}

/// What `ran` means for the event. `jitter` is in `0.0..1.0`.
pub fn judge(
    execution: &Execution,
    workflow: &Workflow,
    ran: Result<Answer, RunError>,
    now: Time,
    jitter: f64,
) -> Ended {
    let name = &workflow.name;
    match ran {
        Ok(answer) => Ended::Settled(Settled {
            state: State::Done,
            workflow: Some(name.clone()),
            outcome: Some(Outcome::Succeeded(answer.result)),
            replies: answer.replies.into_iter().map(Into::into).collect(),
        }),
        Err(RunError::TryAgain { after, .. }) if execution.attempts <= workflow.retries => {
            let until = now.plus(next_delay(execution.attempts, after, jitter));
            Ended::Postponed(Postponed { until, unreachable_since: None })
        }
        Err(RunError::Unreachable { after, .. })
            if execution.unreachable_for(now) < bounds::UNREACHABLE_FOR =>
        {
            // Attempts are not counted, so the time it has lasted tells how long to wait.
            let lasted = execution.unreachable_for(now).as_secs();
            let tried = lasted.max(1).ilog2() + 1;
            let until = now.plus(next_delay(tried, after, jitter));
            Ended::Postponed(Postponed {
                until,
                unreachable_since: execution.unreachable_since.or(Some(now)),
            })
        }
        Err(RunError::BadAnswer(cause)) => {
            Ended::Settled(dead(name, say::failure(name, execution.id, Some(&cause))))
        }
        Err(RunError::TryAgain { .. } | RunError::Unreachable { .. } | RunError::Final(_)) => {
            Ended::Settled(dead(name, say::failure(name, execution.id, None)))
        }
    }
}

/// The end of an event whose workflow never answered; the sentence goes to the chat and to callers.
pub fn dead(workflow: &WorkflowName, sentence: String) -> Settled {
    Settled {
        state: State::Dead,
        workflow: Some(workflow.clone()),
        outcome: Some(Outcome::Failed(sentence.clone())),
        replies: vec![Reply::text(sentence).into()],
    }
}
