//! Rows of events and what is decided about them.

use std::time::Duration;

use super::*;
use crate::model::event::{Choice, Party, Reaction};
use crate::model::testing;
use crate::workflow::{Runner, Workflow};

fn workflows(names: &[&str]) -> Workflows {
    let configured = |name: &&str| Workflow {
        name: name.parse().unwrap(),
        runner: Runner::Http("http://127.0.0.1:9/".parse().unwrap()),
        timeout: Duration::from_secs(1),
        retries: 0,
        secret: None,
    };
    names.iter().map(configured).collect()
}

fn route(provider: &str, topic: &str, workflow: &str) -> Route {
    Route {
        provider: (provider != "*").then(|| provider.parse().unwrap()),
        topic: topic.parse().unwrap(),
        workflow: workflow.parse().unwrap(),
    }
}

fn event(topic: &str, content: Content) -> Event {
    Event {
        conversation: Some("chat-1".into()),
        sender: Some(Party { id: "u-1".into(), name: None, attributes: vec![] }),
        ..testing::event(topic, content)
    }
}

fn message() -> Message {
    Message { id: "m-1".into(), text: None, command: None, choice: None, attachments: vec![], quoted: None }
}

fn text(text: &str) -> Event {
    event("message.text", Content::Message(Message { text: Some(text.into()), ..message() }))
}

fn command(name: &str, arguments: &str) -> Event {
    let command = Command { name: name.into(), arguments: arguments.into() };
    event("message.text", Content::Message(Message { command: Some(command), ..message() }))
}

fn choice(id: &str) -> Event {
    let choice = Choice { id: id.into(), title: "Yes".into() };
    event(
        "message.choice",
        Content::Message(Message { text: Some("Yes".into()), choice: Some(choice), ..message() }),
    )
}

fn invocation(workflow: &str, inputs: &str) -> Event {
    event("invocation", Content::Invocation(Invocation { workflow: workflow.into(), inputs: inputs.into() }))
}

fn reaction() -> Event {
    event("reaction.added", Content::Reaction(Reaction { message: "m-1".into(), emoji: Some("👍".into()) }))
}

fn in_group(mut event: Event) -> Event {
    event.attributes.push(("chat".into(), "group".into()));
    event
}

fn on_topic(mut event: Event, topic: &str) -> Event {
    event.topic = topic.into();
    event
}

fn without_conversation(mut event: Event) -> Event {
    event.conversation = None;
    event
}

fn runs(workflow: &str, input: &str) -> Decision {
    Decision::Run(Run {
        workflow: workflow.parse().unwrap(),
        input: input.into(),
        inputs: json!({ "input": input }),
    })
}

fn says(sentence: &str) -> Decision {
    Decision::Say(sentence.into())
}

const QUIET: Decision = Decision::Record(Reason::NoRoute);

/// What telegram's `event` leads to with the workflows `assistant`, `daily-report` and `hidden`, of
/// which the last is not allowed there.
fn check(routes: &[Route], event: &Event, expected: &Decision) {
    let access = Access {
        workflows: Some(vec!["assistant".parse().unwrap(), "daily-report".parse().unwrap()]),
        senders: None,
    };
    let workflows = workflows(&["assistant", "daily-report", "hidden"]);
    let decided = decide(event, &"telegram".parse().unwrap(), &access, routes, &workflows);
    assert_eq!(&decided, expected, "{event:?}");
}

#[test]
fn a_command_runs_the_workflow_of_that_name_in_any_chat() {
    for (event, expected) in [
        (command("assistant", "hello you"), runs("assistant", "hello you")),
        (command("Daily_Report", ""), runs("daily-report", "")),
        (in_group(command("assistant", "x")), runs("assistant", "x")),
        (without_conversation(command("assistant", "x")), runs("assistant", "x")),
    ] {
        check(&[], &event, &expected);
    }
}

#[test]
fn start_and_help_list_the_workflows_that_may_be_run() {
    let list = "Here is what I can do:\n/assistant\n/daily_report";
    for (event, expected) in [
        (command("start", ""), says(list)),
        (command("HELP", "me"), says(list)),
        (in_group(command("help", "")), says(list)),
        (without_conversation(command("help", "")), QUIET),
    ] {
        check(&[], &event, &expected);
    }
}

#[test]
fn an_unknown_command_gets_a_hint_except_in_groups() {
    let no_such = |name: &str| says(&format!("There is no /{name} here. Try: /assistant, /daily_report"));
    for (event, expected) in [
        (command("nosuch", "x"), no_such("nosuch")),
        (command("hidden", "x"), no_such("hidden")),
        (in_group(command("nosuch", "")), QUIET),
        (on_topic(command("nosuch", ""), "edited.text"), QUIET),
    ] {
        // A command is never taken by a route: it was meant for somebody else.
        check(&[route("*", "*", "assistant")], &event, &expected);
    }
}

#[test]
fn other_messages_go_where_the_first_usable_route_sends_them() {
    let routes = [
        route("whatsapp", "message.*", "daily-report"),
        route("*", "message.text", "hidden"),
        route("*", "message.text", "nosuch"),
        route("telegram", "message.*", "assistant"),
        route("*", "*", "daily-report"),
    ];
    for (event, expected) in [
        (text("good morning"), runs("assistant", "good morning")),
        (choice("yes"), runs("assistant", "yes")),
        (on_topic(choice("yes"), "callback_query"), runs("assistant", "yes")),
        (on_topic(event("", Content::Message(message())), "message.image"), runs("assistant", "")),
        (in_group(text("good morning")), runs("assistant", "good morning")),
        (on_topic(text("fixed"), "edited.text"), runs("daily-report", "fixed")),
        (reaction(), runs("daily-report", "")),
        (event("push", Content::Other), runs("daily-report", "")),
    ] {
        check(&routes, &event, &expected);
    }
}

#[test]
fn without_a_route_a_message_gets_a_hint_except_in_groups() {
    let hint = "I only understand commands. Try: /assistant, /daily_report";
    for (event, expected) in [
        (text("good morning"), says(hint)),
        (choice("yes"), says(hint)),
        (on_topic(choice("yes"), "callback_query"), QUIET),
        (in_group(text("good morning")), QUIET),
        (on_topic(text("good morning"), "edited.text"), QUIET),
        (without_conversation(text("good morning")), QUIET),
        (reaction(), QUIET),
        (event("push", Content::Other), QUIET),
        (event("message.moved", Content::Moved("chat-2".into())), QUIET),
    ] {
        check(&[route("whatsapp", "*", "assistant")], &event, &expected);
    }
}

#[test]
fn a_direct_call_runs_exactly_the_workflow_it_names() {
    let run = |input: &str, inputs: Value| {
        Decision::Run(Run { workflow: "assistant".parse().unwrap(), input: input.into(), inputs })
    };
    let unknown = Decision::Refuse(Refusal::UnknownWorkflow);
    for (event, expected) in [
        (invocation("assistant", r#"{"input":"hi","n":2}"#), run("hi", json!({ "input": "hi", "n": 2 }))),
        (invocation("assistant", r#"{"input":5}"#), run("", json!({ "input": 5 }))),
        (invocation("assistant", "{}"), run("", json!({}))),
        (invocation("assistant", "[]"), Decision::Refuse(Refusal::InputsNotAnObject)),
        (invocation("assistant", "{"), Decision::Refuse(Refusal::InputsNotAnObject)),
        (invocation("Assistant", "{}"), unknown.clone()),
        (invocation("daily_report", "{}"), unknown.clone()),
        (invocation("hidden", "{}"), unknown.clone()),
        (invocation("nosuch", "{}"), unknown.clone()),
        (invocation("../x", "{}"), unknown),
    ] {
        check(&[route("*", "*", "daily-report")], &event, &expected);
    }
}

#[test]
fn a_stranger_runs_nothing_and_hears_nothing() {
    let access = Access { senders: Some(vec!["u-2".into()]), ..Access::default() };
    let workflows = workflows(&["assistant"]);
    let routes = [route("*", "*", "assistant")];
    for event in
        [text("hi"), command("assistant", ""), command("help", ""), reaction(), invocation("assistant", "{}")]
    {
        let decided = decide(&event, &"telegram".parse().unwrap(), &access, &routes, &workflows);
        assert_eq!(decided, Decision::Record(Reason::SenderNotAllowed), "{event:?}");
    }
}

#[test]
fn where_nothing_is_configured_the_host_says_so() {
    for (event, expected) in [
        (text("hi"), "There is nothing that I can do here yet."),
        (command("start", ""), "There is nothing that I can do here yet."),
        (command("echo", "x"), "There is no /echo here. There is nothing that I can do here yet."),
    ] {
        let decided =
            decide(&event, &"telegram".parse().unwrap(), &Access::default(), &[], &Workflows::default());
        assert_eq!(decided, says(expected));
    }
}

#[test]
fn of_two_names_that_differ_in_a_dash_the_typed_one_is_run() {
    let workflows = workflows(&["a-b", "a_b"]);
    for (typed, expected) in [("a-b", "a-b"), ("a_b", "a_b"), ("A_B", "a-b")] {
        let decided =
            decide(&command(typed, ""), &"telegram".parse().unwrap(), &Access::default(), &[], &workflows);
        assert_eq!(decided, runs(expected, ""), "{typed}");
    }
}
