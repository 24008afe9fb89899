//! The sentences that the host itself says in a chat, or to a caller who waits for a result.

use crate::model::id::ExecutionId;
use crate::model::name::WorkflowName;

use super::answer::BadAnswer;

/// How many workflows a hint names; the whole list is one `/help` away.
const SUGGESTED: usize = 5;
/// What is quoted from a chat is cut to this many characters.
const QUOTED_CHARS: usize = 200;

/// The answer to `/start` and `/help`.
pub fn help(workflows: &[&WorkflowName]) -> String {
    if workflows.is_empty() {
        return nothing_here();
    }
    let mut text = String::from("Here is what I can do:");
    for name in workflows {
        text.push('\n');
        text.push_str(&command(name));
    }
    text
}

/// The answer to a command that is none.
pub fn unknown_command(typed: &str, workflows: &[&WorkflowName]) -> String {
    let typed = quoted(typed);
    format!("There is no /{typed} here. {}", suggestion(workflows))
}

/// The answer to a text that no route takes.
pub fn usage(workflows: &[&WorkflowName]) -> String {
    if workflows.is_empty() {
        return nothing_here();
    }
    format!("I only understand commands. {}", suggestion(workflows))
}

/// What is said when a run failed for good: friendly, with the id under which the operator finds the
/// details. A link that a workflow wanted in the chat is the only detail that is told there.
pub fn failure(workflow: &WorkflowName, execution: ExecutionId, cause: Option<&BadAnswer>) -> String {
    let why = match cause {
        Some(BadAnswer::Link { link, .. }) => {
            format!(", because it answered with the link {} and links must be https", quoted(link))
        }
        Some(BadAnswer::Shape(_)) | None => String::new(),
    };
    format!("Sorry, {workflow} did not work{why}. If you ask about it, mention {execution}.")
}

fn nothing_here() -> String {
    "There is nothing that I can do here yet.".into()
}

fn suggestion(workflows: &[&WorkflowName]) -> String {
    if workflows.is_empty() {
        return nothing_here();
    }
    let commands: Vec<String> = workflows.iter().take(SUGGESTED).map(|name| command(name)).collect();
    let more = if workflows.len() > SUGGESTED { ", or /help for all" } else { "" };
    format!("Try: {}{more}", commands.join(", "))
}

/// As it is typed: Telegram makes `/daily_report` something to tap, of `/daily-report` only `/daily`.
fn command(workflow: &WorkflowName) -> String {
    format!("/{}", workflow.as_str().replace('-', "_"))
}

fn quoted(text: &str) -> String {
    let mut shown: String = text.chars().take(QUOTED_CHARS).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(count: usize) -> Vec<WorkflowName> {
        (1..=count).map(|n| format!("flow-{n}").parse().unwrap()).collect()
    }

    #[test]
    fn the_host_says_what_can_be_done() {
        let owned = names(6);
        let all: Vec<_> = owned.iter().collect();
        for (said, expected) in [
            (help(&all[..2]), "Here is what I can do:\n/flow_1\n/flow_2"),
            (help(&[]), "There is nothing that I can do here yet."),
            (usage(&all[..1]), "I only understand commands. Try: /flow_1"),
            (usage(&[]), "There is nothing that I can do here yet."),
            (unknown_command("nosuch", &all[..2]), "There is no /nosuch here. Try: /flow_1, /flow_2"),
            (
                unknown_command("nosuch", &all),
                "There is no /nosuch here. Try: /flow_1, /flow_2, /flow_3, /flow_4, /flow_5, or /help for all",
            ),
            (
                unknown_command("nosuch", &[]),
                "There is no /nosuch here. There is nothing that I can do here yet.",
            ),
        ] {
            assert_eq!(said, expected);
        }
    }

    #[test]
    fn a_failure_names_the_workflow_and_the_id_and_of_the_details_only_a_link() {
        let execution: ExecutionId = "0192a3b4c5d67e8f9aabbccddeeff001".parse().unwrap();
        let name = "summarize".parse().unwrap();
        let link = BadAnswer::Link { position: 1, link: "http://x/y.png".into() };
        let shape = BadAnswer::Shape("reply 2: unknown field `internal`".into());
        for (cause, why) in [
            (None, ""),
            (Some(&shape), ""),
            (Some(&link), ", because it answered with the link http://x/y.png and links must be https"),
        ] {
            assert_eq!(
                failure(&name, execution, cause),
                format!(
                    "Sorry, summarize did not work{why}. If you ask about it, mention \
                     0192a3b4c5d67e8f9aabbccddeeff001."
                )
            );
        }
    }

    #[test]
    fn what_is_quoted_is_cut() {
        let said = unknown_command(&"ä".repeat(1_000), &[]);
        assert_eq!(said.matches('ä').count(), QUOTED_CHARS);
        assert!(said.contains('…'));
    }
}
