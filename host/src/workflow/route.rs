//! Decides which workflow an event runs.

use serde_json::{Value, json};

use crate::model::event::{Command, Content, Event, Invocation, Message};
use crate::model::name::{ProviderName, WorkflowName};
use crate::model::topic::TopicPattern;

use super::access::Access;
use super::{Workflows, say};

/// A rule of the operator: what of which provider runs which workflow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// `None`: any.
    pub provider: Option<ProviderName>,
    /// Which topics.
    pub topic: TopicPattern,
    /// What is run.
    pub workflow: WorkflowName,
}

/// What is done about an event.
#[derive(Debug, Clone, PartialEq)]
pub enum Decision {
    /// Run a workflow.
    Run(Run),
    /// Answer in the chat with this sentence of the host's own.
    Say(String),
    /// Tell the caller why its call cannot be run.
    Refuse(Refusal),
    /// Keep it, and do nothing more.
    Record(Reason),
}

/// A workflow and what it is given.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// Which one.
    pub workflow: WorkflowName,
    /// What a person wrote to it; of a direct call, its input named `input` when that is a text.
    pub input: String,
    /// A JSON object; `{"input": ...}` unless it is a direct call.
    pub inputs: Value,
}

/// Why a direct call cannot be run; each text is a sentence for the caller.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The caller asks for something that is not there, or not for it.
    #[error("there is no such workflow")]
    UnknownWorkflow,
    /// The caller's inputs have another form.
    #[error("inputs must be a JSON object")]
    InputsNotAnObject,
}

/// Why nothing is done about an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// Its sender is not among those who may run workflows. Nothing is said to strangers.
    SenderNotAllowed,
    /// No route takes it, and it does not ask for an answer.
    NoRoute,
}

impl Reason {
    /// For records and lists.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SenderNotAllowed => "sender not allowed",
            Self::NoRoute => "no route",
        }
    }
}

/// Decides what is done about an event of this provider; the first route that matches wins.
pub fn decide(
    event: &Event,
    provider: &ProviderName,
    access: &Access,
    routes: &[Route],
    workflows: &Workflows,
) -> Decision {
    if !access.admits(event.sender.as_ref()) {
        return Decision::Record(Reason::SenderNotAllowed);
    }
    let usable = usable(access, workflows);
    let routed = routes
        .iter()
        .filter(|route| route.provider.as_ref().is_none_or(|wanted| wanted == provider))
        .filter(|route| takes(&route.topic, event))
        .map(|route| &route.workflow)
        .find(|name| usable.contains(name));

    match &event.content {
        Content::Invocation(invocation) => match invocable(invocation, access, workflows) {
            Ok(run) => Decision::Run(run),
            Err(refusal) => Decision::Refuse(refusal),
        },
        Content::Message(Message { command: Some(command), .. }) => decide_command(event, command, &usable),
        Content::Message(message) => match routed {
            Some(workflow) => Decision::Run(Run::on(workflow, words(message))),
            None if is_spoken_to(event) => Decision::Say(say::usage(&usable)),
            None => Decision::Record(Reason::NoRoute),
        },
        Content::Reaction(_)
        | Content::Status(_)
        | Content::Connection { .. }
        | Content::Moved(_)
        | Content::Notice
        | Content::Other => match routed {
            Some(workflow) => Decision::Run(Run::on(workflow, "")),
            None => Decision::Record(Reason::NoRoute),
        },
    }
}

/// Whether a route is about this event. What a person picked from buttons is an answer to the workflow like any
/// message, though its provider may call it something else.
fn takes(topics: &TopicPattern, event: &Event) -> bool {
    let is_choice = matches!(&event.content, Content::Message(Message { choice: Some(_), .. }));
    topics.matches(&event.topic) || (is_choice && *topics == TopicPattern::default())
}

/// What a direct call runs.
///
/// # Errors
/// `UnknownWorkflow` also where it exists but may not be run from there, so that nobody learns of it.
pub fn invocable(invocation: &Invocation, access: &Access, workflows: &Workflows) -> Result<Run, Refusal> {
    let workflow: WorkflowName = invocation.workflow.parse().map_err(|_| Refusal::UnknownWorkflow)?;
    if workflows.get(&workflow).is_none() || !access.allows(&workflow) {
        return Err(Refusal::UnknownWorkflow);
    }
    let inputs: Value = serde_json::from_str(&invocation.inputs).map_err(|_| Refusal::InputsNotAnObject)?;
    if !inputs.is_object() {
        return Err(Refusal::InputsNotAnObject);
    }
    let input = inputs.get("input").and_then(Value::as_str).unwrap_or_default().to_owned();
    Ok(Run { workflow, input, inputs })
}

impl Run {
    fn on(workflow: &WorkflowName, input: &str) -> Self {
        Self { workflow: workflow.clone(), input: input.into(), inputs: json!({ "input": input }) }
    }
}

fn decide_command(event: &Event, command: &Command, usable: &[&WorkflowName]) -> Decision {
    // Where `a-b` and `a_b` both exist, the one that was typed exactly is meant.
    let called = usable
        .iter()
        .filter(|name| name.is_called(&command.name))
        .min_by_key(|name| name.as_str() != command.name);
    if let Some(workflow) = called {
        return Decision::Run(Run::on(workflow, &command.arguments));
    }
    let asks_for_help = ["start", "help"].iter().any(|known| command.name.eq_ignore_ascii_case(known));
    if asks_for_help && event.conversation.is_some() {
        Decision::Say(say::help(usable))
    } else if is_spoken_to(event) {
        Decision::Say(say::unknown_command(&command.name, usable))
    } else {
        Decision::Record(Reason::NoRoute)
    }
}

/// What a person gave the workflow to work on: words, or the choice they made.
fn words(message: &Message) -> &str {
    match (&message.choice, &message.text) {
        (Some(choice), _) => &choice.id,
        (None, Some(text)) => text,
        (None, None) => "",
    }
}

/// Whether the host may give a hint: to a new message in a one-to-one chat. An edited message has
/// another topic, and in a group people talk to each other.
fn is_spoken_to(event: &Event) -> bool {
    event.conversation.is_some() && !event.is_in_group() && TopicPattern::default().matches(&event.topic)
}

fn usable<'a>(access: &Access, workflows: &'a Workflows) -> Vec<&'a WorkflowName> {
    workflows.names().filter(|name| access.allows(name)).collect()
}

#[cfg(test)]
mod tests;
