//! What we send, read back by the two large Python libraries for the Bot API: every method and every parameter
//! is one that they know, with a value of the type that they expect. Where Python or the libraries are missing
//! (`pip install aiogram python-telegram-bot`; `HOOKHOST_TEST_PYTHON` names the Python), the test says so.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::Write as _;
use std::process::{Command, Stdio};

use hookhost_plugin_telegram::Telegram;
use hookhost_sdk::Provider as _;
use hookhost_sdk::testing::{stepped, task};
use hookhost_sdk::types::{
    Button, ButtonAction, Buttons, Contact, Context, File, Location, Media, Menu, Next, Origin, Outgoing,
    Progress, Reaction, Reply, Row, Section, Source, Task, Text, TextFormat,
};
use serde_json::{Value, json};

/// Ends with 3 where a library is missing, else with 1 where one of them does not understand a call.
const READ_BACK: &str = include_str!("read_back.py");
const MISSING: i32 = 3;

#[test]
fn python_libraries_read_back_what_we_send() {
    let calls = Value::from(calls());
    let python = std::env::var_os("HOOKHOST_TEST_PYTHON").unwrap_or_else(|| "python3".into());
    let started = Command::new(python)
        .args(["-c", READ_BACK])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut python) = started else {
        // Not with `eprintln!`, which is only seen when a test fails.
        let _ = writeln!(std::io::stderr(), "SKIPPED: there is no python3");
        return;
    };
    python.stdin.take().unwrap().write_all(calls.to_string().as_bytes()).unwrap();
    let output = python.wait_with_output().unwrap();
    let told =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    match output.status.code() {
        Some(0) => eprintln!("{told}"),
        Some(MISSING) => _ = writeln!(std::io::stderr(), "SKIPPED: {told}"),
        _ => panic!("{told}"),
    }
}

/// A call for each way in which we call Telegram: its method and its parameters.
fn calls() -> Vec<Value> {
    let mut calls = Vec::new();
    for (place, reply, wishes) in replies() {
        let Task::Send(outgoing) = task(place, reply) else { panic!() };
        let origin = Origin {
            message: Some("-100:41".into()),
            occurred_ms: None,
            handback: vec![("callback_query_id".into(), "4382".into())],
        };
        let attributes =
            wishes.iter().map(|&(name, value): &(&str, &str)| (name.into(), value.into())).collect();
        calls.push(call(&Telegram::begin(
            &context(),
            &Task::Send(Outgoing { origin: Some(origin), attributes, ..outgoing }),
        )));
    }
    let media = Media {
        kind: "image".into(),
        handle: "AgAC".into(),
        media_type: None,
        filename: None,
        size: None,
        sha256: None,
    };
    calls.push(call(&Telegram::begin(&context(), &Task::Fetch(media))));
    calls
}

fn context() -> Context {
    Context { now_ms: 0, settings: vec![], attempt: 0 }
}

fn call(progress: &Progress) -> Value {
    assert!(matches!(progress.next, Next::Step(_)), "{progress:?}");
    let (path, body, _) = stepped(progress);
    json!({"method": path.trim_start_matches('/'), "parameters": body})
}

type Wishes = &'static [(&'static str, &'static str)];

fn replies() -> Vec<(&'static str, Reply, Wishes)> {
    const CHAT: &str = "-100/33";
    let text = |body: &str, format| Reply::Text(Text { body: body.into(), format });
    let raw = |call: Value| Reply::Raw(call.to_string());
    let keys = json!([[{"text": "Yes"}, {"text": "No"}]]);
    let album = json!([
        {"type": "photo", "media": "AgAC", "caption": "<b>a</b>", "parse_mode": "HTML"},
        {"type": "photo", "media": "https://x.example/b.jpg"},
    ]);
    let formatted = "**a** _b_ `c` [d](https://x.example) [e](tg://user?id=7)\n> f\n\n```rust\ng\n```";
    let mut replies = vec![
        (CHAT, text("Hello", TextFormat::Plain), &[("quote", "true"), ("silent", "true")] as Wishes),
        (CHAT, text(formatted, TextFormat::Markdown), &[]),
        (
            CHAT,
            text("<tg-emoji emoji-id=\"53\">👍</tg-emoji><tg-spoiler>x</tg-spoiler>", TextFormat::Plain),
            &[("format", "html")],
        ),
        ("7@Conn-1", text("Hello", TextFormat::Plain), &[]),
        ("-100/direct/5", text("Hello", TextFormat::Plain), &[]),
        (CHAT, Reply::Location(place(None)), &[]),
        (CHAT, Reply::Location(place(Some("Home"))), &[]),
        (CHAT, Reply::Contact(person()), &[]),
        (CHAT, Reply::Buttons(buttons()), &[]),
        (CHAT, Reply::Menu(menu()), &[]),
        ("-100", Reply::Reaction(Reaction { message: "-100:41".into(), emoji: Some("👍".into()) }), &[]),
        ("-100", Reply::Reaction(Reaction { message: "-100:41".into(), emoji: Some("53".into()) }), &[]),
        (CHAT, Reply::Typing, &[]),
        ("inline_query/7", Reply::Seen, &[]),
        ("inline_query/7", text("Hello", TextFormat::Plain), &[]),
        ("guest_query/7", text("Hello", TextFormat::Plain), &[]),
        ("pre_checkout_query/7", text("true", TextFormat::Plain), &[]),
        ("shipping_query/7", text("Not there.", TextFormat::Plain), &[]),
        ("inline_message/AB", text("Hello", TextFormat::Plain), &[]),
        (
            CHAT,
            raw(
                json!({"method": "sendPoll", "question": "Which?", "options": [{"text": "a"}, {"text": "b"}]}),
            ),
            &[],
        ),
        (CHAT, raw(json!({"method": "sendMediaGroup", "media": album})), &[]),
        (
            CHAT,
            raw(
                json!({"method": "sendMessage", "text": "Sure?", "reply_markup": {"keyboard": keys, "one_time_keyboard": true}}),
            ),
            &[],
        ),
    ];
    for kind in ["image", "audio", "voice", "video", "animation", "document", "sticker", "video_note"] {
        let source = Source::Handle("AgAC".into());
        let file = File {
            kind: kind.into(),
            source,
            caption: Some("**x**".into()),
            filename: None,
            media_type: None,
        };
        replies.push((CHAT, Reply::Media(file), &[("format", "markdown")]));
    }
    replies
}

fn place(name: Option<&str>) -> Location {
    Location { latitude: 1.5, longitude: -2.5, name: name.map(String::from), address: None }
}

fn person() -> Contact {
    let phones = vec!["+15550100".into(), "+15550101".into()];
    Contact { name: "Grace".into(), phones, emails: vec![], vcard: None }
}

fn buttons() -> Buttons {
    let button = |title: &str, action| Button { title: title.into(), action };
    Buttons {
        body: "Sure?".into(),
        header: Some("Order".into()),
        footer: None,
        buttons: vec![
            button("Yes", ButtonAction::Choose("yes".into())),
            button("Read", ButtonAction::Open("https://x.example/".into())),
        ],
    }
}

fn menu() -> Menu {
    let row = Row { id: "soup".into(), title: "Soup".into(), description: Some("of today".into()) };
    let sections = vec![Section { title: Some("Warm".into()), rows: vec![row] }];
    Menu { body: "Which?".into(), header: None, footer: None, label: "Choose".into(), sections }
}
