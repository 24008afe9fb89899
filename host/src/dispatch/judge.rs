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
        Err(RunError::TryAgain { after, .. }) if execution.attempts_of_its_own() <= workflow.retries => {
            let until = now.plus(next_delay(execution.attempts_of_its_own(), after, jitter));
            again(execution, name, Postponed { until, is_counted: true, unreachable_since: None })
        }
        Err(RunError::Unreachable { after, .. })
            if execution.unreachable_for(now) < bounds::UNREACHABLE_FOR =>
        {
            // Attempts are not counted, so the time it has lasted tells how long to wait.
            let lasted = execution.unreachable_for(now).as_secs();
            let tried = lasted.max(1).ilog2() + 1;
            let until = now.plus(next_delay(tried, after, jitter));
            let unreachable_since = execution.unreachable_since.or(Some(now));
            again(execution, name, Postponed { until, is_counted: false, unreachable_since })
        }
        Err(RunError::BadAnswer(cause)) => {
            Ended::Settled(dead(name, say::failure(name, execution.id, Some(&cause))))
        }
        Err(RunError::TryAgain { .. } | RunError::Unreachable { .. } | RunError::Final(_)) => {
            Ended::Settled(dead(name, say::failure(name, execution.id, None)))
        }
    }
}

/// Another attempt, unless nobody would wait for it any more: then better the bad news in time.
fn again(execution: &Execution, workflow: &WorkflowName, postponed: Postponed) -> Ended {
    if execution.deadline.is_some_and(|deadline| deadline <= postponed.until) {
        return Ended::Settled(dead(workflow, say::failure(workflow, execution.id, None)));
    }
    Ended::Postponed(postponed)
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::model::event::Content;
    use crate::model::id::{DeliveryId, ExecutionId};
    use crate::model::testing;
    use crate::store::key::Lane;
    use crate::workflow::Runner;
    use crate::workflow::answer::BadAnswer;

    const NOW: Time = Time(1_790_000_000_000);

    fn workflow() -> Workflow {
        let runner = Runner::Command { argv: vec!["true".into()], env: vec![], dir: "/".into() };
        let timeout = Duration::from_secs(1);
        Workflow { name: "echo".parse().unwrap(), runner, timeout, retries: 2, secret: None }
    }

    fn execution(attempts: u32, unreachable_since: Option<Time>) -> Execution {
        let id = ExecutionId::new();
        Execution {
            id,
            delivery: DeliveryId::new(),
            provider: "telegram".parse().unwrap(),
            lane: Lane::alone(id),
            seq: 1,
            received_at: NOW,
            event: testing::event("message.text", Content::Other),
            state: State::Running,
            attempts,
            interrupted: 0,
            fence: 1,
            lease: None,
            deadline: None,
            not_before: None,
            unreachable_since,
            token: None,
            workflow: None,
            outcome: None,
            finished_at: None,
            replies: 0,
            replay_of: None,
            replays: vec![],
            trace: None,
        }
    }

    fn ended(execution: &Execution, error: RunError) -> Ended {
        judge(execution, &workflow(), Err(error), NOW, 0.5)
    }

    fn try_again() -> RunError {
        RunError::TryAgain { reason: "exit 1".into(), after: None }
    }

    fn unreachable() -> RunError {
        RunError::Unreachable { reason: "refused".into(), after: None }
    }

    #[test]
    fn a_failed_attempt_is_repeated_as_often_as_configured() {
        for (attempts, again) in [(1, true), (2, true), (3, false)] {
            let is_again = matches!(ended(&execution(attempts, None), try_again()), Ended::Postponed(_));
            assert_eq!(is_again, again, "after attempt {attempts}");
        }
    }

    #[test]
    fn attempts_that_a_crash_interrupted_use_up_no_retry() {
        for (attempts, interrupted, again) in [(3, 0, false), (4, 1, false), (4, 2, true), (5, 2, false)] {
            let execution = Execution { interrupted, ..execution(attempts, None) };
            let is_again = matches!(ended(&execution, try_again()), Ended::Postponed(_));
            assert_eq!(is_again, again, "{interrupted} of {attempts}");
        }
    }

    #[test]
    fn nothing_is_tried_again_after_its_deadline() {
        // With these dice the next attempt would be made half a second later.
        for (left_ms, again) in [(500, false), (501, true)] {
            let deadline = Some(NOW.plus(Duration::from_millis(left_ms)));
            for error in [try_again(), unreachable()] {
                let execution = Execution { deadline, ..execution(1, None) };
                assert_eq!(matches!(ended(&execution, error), Ended::Postponed(_)), again, "{left_ms} ms");
            }
        }
    }

    #[test]
    fn what_a_workflow_asks_for_is_waited() {
        let after = Some(Duration::from_secs(90));
        let error = RunError::TryAgain { reason: "429".into(), after };
        let Ended::Postponed(postponed) = ended(&execution(1, None), error) else {
            panic!("it was given up")
        };
        assert!(postponed.until >= NOW.plus(Duration::from_secs(90)));
    }

    #[test]
    fn an_unreachable_workflow_is_waited_for_up_to_an_hour() {
        let before = |duration: Duration| Time(NOW.millis() - u64::try_from(duration.as_millis()).unwrap());
        for (lasted, again) in
            [(Duration::ZERO, true), (Duration::from_secs(3599), true), (bounds::UNREACHABLE_FOR, false)]
        {
            let since = before(lasted);
            match ended(&execution(1, Some(since)), unreachable()) {
                Ended::Postponed(postponed) => {
                    assert_eq!((again, postponed.unreachable_since), (true, Some(since)));
                }
                Ended::Settled(settled) => assert_eq!((again, settled.state), (false, State::Dead)),
            }
        }
    }

    #[test]
    fn what_can_never_work_is_told_in_one_sentence_with_the_execution() {
        let link = BadAnswer::Link { position: 1, link: "http://x.example/y".into() };
        for (error, says) in [
            (RunError::Final("404 from http://internal".into()), None),
            (RunError::BadAnswer(link), Some("http://x.example/y")),
        ] {
            let execution = execution(1, None);
            let Ended::Settled(settled) = ended(&execution, error) else { panic!("it is repeated") };
            let Some(Outcome::Failed(sentence)) = settled.outcome else { panic!("it did not fail") };
            assert_eq!(settled.replies, vec![Reply::text(&sentence).into()]);
            assert!(sentence.contains(&execution.id.to_string()), "{sentence}");
            assert!(
                says.is_none_or(|says| sentence.contains(says)) && !sentence.contains("internal"),
                "{sentence}"
            );
        }
    }
}
