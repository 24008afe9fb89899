//! Deliveries that were recorded elsewhere become the events that `recorded.txt` describes, in words of our
//! own. They are no part of this repository; where they are not beside it, this is skipped, out loud.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;

use hookhost_plugin_whatsapp::WhatsApp;
use hookhost_sdk::Provider;
use hookhost_sdk::types::{Attachment, Content, Context, Event, Request, Verdict};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/fixtures/whatsapp");
const EXPECTED: &str = include_str!("recorded.txt");

#[test]
fn every_recorded_delivery_becomes_the_events_that_are_written_down() {
    let Ok(files) = std::fs::read_dir(FOLDER) else {
        // Not with `eprintln!`, which is only seen when a test fails.
        let _ = writeln!(std::io::stderr(), "SKIPPED: there are no recorded deliveries in {FOLDER}");
        return;
    };
    let mut actual = BTreeMap::new();
    for file in files {
        let path = file.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        actual.insert(name, described(&std::fs::read(&path).unwrap()));
    }
    let mut text = String::new();
    for (name, events) in &actual {
        writeln!(text, "{name}").unwrap();
        for event in events {
            writeln!(text, "    {event}").unwrap();
        }
    }
    for (actual, expected) in text.lines().zip(EXPECTED.lines()) {
        assert_eq!(actual, expected, "\n{text}");
    }
    assert_eq!(text, EXPECTED);
}

fn described(body: &[u8]) -> Vec<String> {
    let request = Request {
        method: "POST".into(),
        path: String::new(),
        query: vec![],
        headers: vec![],
        body: body.into(),
    };
    let context = Context { now_ms: 1_790_000_000_000, settings: vec![], attempt: 0 };
    match WhatsApp::receive(&context, &request) {
        Verdict::Accept(acceptance) => acceptance.events.iter().map(event).collect(),
        verdict => vec![format!("{verdict:?}")],
    }
}

/// One line: the topic, what it is, who did it where, what it is known by, and what else is told.
fn event(event: &Event) -> String {
    let mut line = format!("{}: {}", event.topic, content(&event.content));
    if let Some(sender) = &event.sender {
        let known: Vec<_> = sender.attributes.iter().map(|(name, _)| name.as_str()).collect();
        write!(line, "; from a {}", known.join(" and a ")).unwrap();
        if sender.name.is_some() {
            line.push_str(" with a name");
        }
    }
    line.push_str(match &event.conversation {
        Some(conversation) if conversation.contains("/g:") => "; in a group",
        Some(conversation) if conversation.contains("/u:") => "; in a chat by user id",
        Some(_) => "; in a chat",
        None => "",
    });
    line.push_str(match &event.id {
        Some(id) if id.matches(':').count() > 2 => "; known by when and what",
        Some(id) if id.contains(':') => "; known by id and state",
        Some(_) => "; known by id",
        None => "; known by nothing",
    });
    if event.occurred_ms.is_none() {
        line.push_str("; no time");
    }
    let told: Vec<_> =
        event.attributes.iter().map(|(name, _)| name.as_str()).filter(|&name| name != "chat").collect();
    if !told.is_empty() {
        write!(line, "; tells {}", told.join(", ")).unwrap();
    }
    assert!(event.account.is_some(), "{line}");
    line
}

fn content(content: &Content) -> String {
    match content {
        Content::Message(message) => {
            let mut parts: Vec<String> = message.attachments.iter().map(attachment).collect();
            parts.extend(message.text.is_some().then(|| "text".into()));
            parts.extend(message.command.is_some().then(|| "a command".into()));
            parts.extend(message.choice.is_some().then(|| "a choice".into()));
            parts.extend(message.quoted.is_some().then(|| "an answer".into()));
            format!("message ({})", parts.join(", "))
        }
        Content::Reaction(reaction) if reaction.emoji.is_some() => "reaction".into(),
        Content::Reaction(_) => "reaction taken back".into(),
        Content::Status(status) => {
            let mut line = format!("status {}", status.state);
            if let Some(failure) = &status.failure {
                write!(line, " for {} ({:?})", failure.code, failure.scope).unwrap();
            }
            line.push_str(if status.recipient.is_some() { " of a participant" } else { "" });
            line.push_str(if status.correlation.is_some() { " with our id" } else { "" });
            line
        }
        Content::Moved(_) => "moved".into(),
        Content::Other => "recorded".into(),
        content => format!("{content:?}"),
    }
}

fn attachment(attachment: &Attachment) -> String {
    match attachment {
        Attachment::Media(media) => {
            let named = if media.filename.is_some() { "named " } else { "" };
            let typed = if media.media_type.is_some() { "" } else { " of no type" };
            format!("{named}{}{typed}", media.kind)
        }
        Attachment::Location(place) => match (&place.name, &place.address) {
            (Some(_), Some(_)) => "place with name and address".into(),
            _ => "place".into(),
        },
        Attachment::Contact(contact) => format!("card with {} phones", contact.phones.len()),
    }
}
