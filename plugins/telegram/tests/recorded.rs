//! Recorded updates of every kind, each with the event that becomes of it: `recorded.txt` has a line for each,
//! in our words. The recordings stand beside the checkout; where they are missing, the test says so.
//!
//! After a change that is meant, `RECORDED=write cargo test -p hookhost-plugin-telegram --test recorded` writes
//! the list anew, and `git diff` shows what changed.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::path::Path;

use hookhost_plugin_telegram::Telegram;
use hookhost_sdk::Provider as _;
use hookhost_sdk::types::{Acceptance, Attachment, Content, Context, Event, Message, Request, Verdict};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/fixtures/telegram");
const EXPECTED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/recorded.txt");

#[test]
fn every_recorded_update_becomes_the_event_that_is_written_down() {
    let Ok(files) = std::fs::read_dir(FOLDER) else {
        eprintln!("SKIPPED: there are no recorded updates in {FOLDER}");
        return;
    };
    let found: BTreeMap<String, String> = files
        .map(|file| file.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .map(|path| (path.file_stem().unwrap().to_str().unwrap().to_owned(), became(&path)))
        .collect();
    let found: String = found.iter().map(|(name, event)| format!("{name}: {event}\n")).collect();
    if std::env::var_os("RECORDED").is_some_and(|wish| wish == "write") {
        std::fs::write(EXPECTED, &found).unwrap();
    }
    let expected = std::fs::read_to_string(EXPECTED).unwrap();
    for (found, expected) in found.lines().zip(expected.lines()) {
        assert_eq!(found, expected);
    }
    assert_eq!(found.lines().count(), expected.lines().count());
}

fn became(path: &Path) -> String {
    let settings = vec![("bot_username".into(), "foo_bot".into())];
    let request = Request {
        method: "POST".into(),
        path: String::new(),
        query: vec![],
        headers: vec![],
        body: std::fs::read(path).unwrap(),
    };
    match Telegram::receive(&Context { now_ms: 0, settings, attempt: 0 }, &request) {
        Verdict::Accept(Acceptance { events, response }) => {
            let [event] = events.try_into().unwrap();
            let answered = if response.is_some() { " answered" } else { "" };
            format!("{}{answered}", shown(&event))
        }
        Verdict::Ignore(reason) => format!("ignored: {reason}"),
        Verdict::Reject(reason) => panic!("{}: {reason}", path.display()),
    }
}

/// What an event is, without what people wrote.
fn shown(event: &Event) -> String {
    let sender = event.sender.as_ref().map(|sender| {
        let kind = sender.attributes.iter().find(|(name, _)| name == "kind").map(|(_, kind)| kind.as_str());
        format!("{} {}", kind.unwrap_or("person"), sender.id)
    });
    let content = match &event.content {
        Content::Message(message) => of_message(message),
        Content::Reaction(reaction) => {
            format!("reaction {} on {}", reaction.emoji.as_deref().unwrap_or("-"), reaction.message)
        }
        Content::Moved(to) => format!("moved to {to}"),
        Content::Other => "recorded".into(),
        other => panic!("{other:?}"),
    };
    let names: Vec<_> = event
        .attributes
        .iter()
        .map(|(name, value)| match name.as_str() {
            "chat" | "deadline-ms" => format!("{name}={value}"),
            _ => name.clone(),
        })
        .collect();
    format!(
        "{} in {} by {}: {content} [{}]",
        event.topic,
        event.conversation.as_deref().unwrap_or("-"),
        sender.as_deref().unwrap_or("-"),
        names.join(" ")
    )
}

fn of_message(message: &Message) -> String {
    let mut parts = vec![format!("message {}", message.id)];
    parts.extend(message.text.as_ref().map(|text| format!("{} characters", text.chars().count())));
    parts.extend(message.command.as_ref().map(|command| format!("command {}", command.name)));
    parts.extend(message.choice.as_ref().map(|_| "a choice".into()));
    parts.extend(message.quoted.as_ref().map(|quoted| format!("answers {}", quoted.message)));
    parts.extend(message.attachments.iter().map(|attachment| match attachment {
        Attachment::Media(media) => {
            format!("{} {}", media.kind, media.media_type.as_deref().unwrap_or("of any type"))
        }
        Attachment::Location(_) => "a place".into(),
        Attachment::Contact(_) => "a contact".into(),
    }));
    parts.join(", ")
}
