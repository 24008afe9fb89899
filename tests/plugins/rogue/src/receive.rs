//! Misbehaves on deliveries; what is no order is a message.

use std::hint::black_box;

use hookhost_sdk::log;
use hookhost_sdk::types::{Attachment, Event, Media, Message, Verdict};
use serde_json::Value;

const MIB: usize = 1024 * 1024;

/// Does what the body says, whatever it says it is about.
pub(crate) fn verdict(body: &[u8]) -> Verdict {
    let text = String::from_utf8_lossy(body).into_owned();
    let order = text.split(" about ").next().unwrap_or_default();
    match order {
        "spin" => spin(),
        "allocate" => allocate(usize::MAX),
        "allocate 20 MiB" => allocate(20),
        "allocate 40 MiB" => allocate(40),
        "recurse" => Verdict::Ignore(recurse(0).to_string()),
        "panic" => panic!("as I was told"),
        "panic at length" => panic!("at length: {}", "x\u{1b}[31m\r\n".repeat(MIB / 8)),
        "flood" => Verdict::Ignore("x".repeat(20 * MIB)),
        "chatter" => chatter(),
        toil if toil.starts_with("toil ") => {
            work(toil["toil ".len()..].parse().unwrap_or_default());
            message(text)
        }
        _ => match serde_json::from_str(&text) {
            Ok(file) => with_file(&file),
            Err(_) => message(text),
        },
    }
}

fn spin() -> Verdict {
    loop {
        black_box(());
    }
}

/// Computes something, so many million times.
fn work(millions: u64) {
    let mut all = 1_u64;
    for number in 0..millions * 1_000_000 {
        all = black_box(all.wrapping_mul(31).wrapping_add(number));
    }
}

/// Holds so much at once.
fn allocate(mib: usize) -> Verdict {
    let mut all = Vec::new();
    while all.len() < mib {
        all.push(black_box(vec![1_u8; MIB]));
    }
    Verdict::Ignore(format!("{} MiB were to be had", all.len()))
}

#[allow(unconditional_recursion, reason = "that is its purpose")]
fn recurse(depth: u64) -> u64 {
    let frame = black_box([depth; 64]);
    recurse(depth + 1) + frame[0]
}

/// Much more than anybody wants to read; then a message like any other.
fn chatter() -> Verdict {
    for _ in 0..10_000 {
        log::warn("chatter", &[("more", "chatter")]);
        println!("chatter on standard output");
    }
    message("chatter".into())
}

/// A message with a file that is described so.
fn with_file(file: &Value) -> Verdict {
    let text = |name: &str| file[name].as_str().map(String::from);
    let media = Media {
        kind: "image".into(),
        handle: text("handle").unwrap_or_default(),
        media_type: text("media_type"),
        filename: text("filename"),
        size: file["size"].as_u64(),
        sha256: text("sha256"),
    };
    let message = Message { attachments: vec![Attachment::Media(media)], ..Message::text("1", "look") };
    let event = Event::message("message.image", message);
    Verdict::events(vec![Event { conversation: Some("files".into()), ..event }])
}

/// Each in a conversation of its own, so that no answer waits for another; but "in the room: words" and
/// "within 800 ms: words" all in one, and the latter with a deadline.
fn message(text: String) -> Verdict {
    let event = Event::message("message.text", Message::text("1", text.as_str()));
    let order = text.split_once(": ").map(|(order, _)| order.to_owned());
    let deadline = order.as_deref().and_then(|order| order.strip_prefix("within ")?.strip_suffix(" ms"));
    let event = match deadline.and_then(|millis| millis.parse().ok()) {
        Some(millis) => event.answered_within(millis),
        None => event,
    };
    let is_in_the_room = deadline.is_some() || order.as_deref() == Some("in the room");
    let conversation = Some(if is_in_the_room { "the room".into() } else { text });
    Verdict::events(vec![Event { conversation, ..event }])
}
