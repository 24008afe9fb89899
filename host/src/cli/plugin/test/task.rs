//! `NAME.task.json`: a task and what the provider answers, walked through as a host does.

use serde::Deserialize;
use serde_json::Value;

use super::spelling;
use super::usage::Most;
use crate::model::bounds;
use crate::model::task::{Answer, Next, Progress, Step, Task};
use crate::plugin::{Context, Plugin};

/// A task and the answers to its calls, in order.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Script {
    task: Task,
    answers: Vec<Answer>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    task: Value,
    #[serde(default)]
    answers: Vec<Value>,
}

/// Reads a task and its answers.
///
/// # Errors
/// A sentence about what is wrong with them.
pub(super) fn read(bytes: &[u8]) -> Result<Script, String> {
    let written: Written = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    let task = spelling::read(written.task).map_err(|error| format!("`task`: {error}"))?;
    let answer = |(number, answer)| {
        spelling::read(answer).map_err(|error| format!("answer {number} of `answers`: {error}"))
    };
    let answers = (1..).zip(written.answers).map(answer).collect::<Result<Vec<Answer>, String>>()?;
    Ok(Script { task, answers })
}

/// Everything that the plugin says: to `begin`, then to each answer.
///
/// # Errors
/// A sentence about the call that failed, or about an answer that nobody asked for.
pub(super) async fn walk(
    plugin: &Plugin,
    context: &Context,
    script: &Script,
    most: &mut Most,
) -> Result<Vec<Progress>, String> {
    let mut task = script.task.clone();
    let mut answers = script.answers.iter();
    let mut said: Vec<Progress> = Vec::new();
    let mut at: Option<Step> = None;
    let mut context = context.clone();
    let first_attempt = context.attempt;
    loop {
        let measured = match &at {
            None => plugin.measure_begin(context.clone(), &task).await,
            Some(step) => match answers.next() {
                Some(answer) => plugin.measure_resume(context.clone(), &task, &step.state, answer).await,
                None => return Ok(said),
            },
        };
        let what = if said.is_empty() { "`begin`".to_owned() } else { format!("call {}", said.len() + 1) };
        let progress =
            measured.answer.map_err(|fault| format!("{what} failed ({}): {fault}", fault.kind()))?;
        most.count(measured.usage, spelling::write(&progress).to_string().len());
        if let (Task::Send(outgoing), Some(moved)) = (&mut task, &progress.moved) {
            outgoing.conversation.clone_from(moved);
        }
        match &progress.next {
            Next::Step(step) => (at, context.attempt) = (Some(step.clone()), first_attempt),
            Next::Retry { .. } => context.attempt += 1,
            _ => {
                said.push(progress);
                return match answers.len() {
                    0 => Ok(said),
                    left => Err(format!("{left} of the answers are left over: the task ended before them")),
                };
            }
        }
        said.push(progress);
        if said.len() > bounds::STEPS_PER_TASK as usize {
            return Err(format!("it takes more than {} calls", bounds::STEPS_PER_TASK));
        }
        if at.is_none() && answers.len() == 0 {
            return Ok(said);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_a_task_is_told() {
        for (text, expected) in [
            ("", "EOF"),
            ("{}", "missing field `task`"),
            (r#"{"task": {"sent": {}}}"#, "`task`: unknown variant `sent`"),
            (r#"{"task": "send"}"#, "`task`: "),
            (
                r#"{"task": {"subscribe": {"url": "x", "active": true}}, "answer": []}"#,
                "unknown field `answer`",
            ),
            (
                r#"{"task": {"subscribe": {"url": "x", "active": true}}, "answers": [{"response": {}}]}"#,
                "answer 1 of `answers`: missing field `status`",
            ),
        ] {
            let error = read(text.as_bytes()).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
    }
}
