//! Misbehaves on deliveries; what is no order is a message.

use std::hint::black_box;

use hookhost_sdk::log;
use hookhost_sdk::types::{Event, Message, Verdict};

const MIB: usize = 1024 * 1024;

/// Does what the body says.
pub(crate) fn verdict(body: &[u8]) -> Verdict {
    let text = String::from_utf8_lossy(body).into_owned();
    match text.as_str() {
        "spin" => spin(),
        "allocate" => allocate(),
        "recurse" => Verdict::Ignore(recurse(0).to_string()),
        "panic" => panic!("as I was told"),
        "flood" => Verdict::Ignore("x".repeat(20 * MIB)),
        "chatter" => chatter(),
        _ => message(text),
    }
}

fn spin() -> Verdict {
    loop {
        black_box(());
    }
}

fn allocate() -> Verdict {
    let mut all = Vec::new();
    loop {
        all.push(black_box(vec![1_u8; MIB]));
    }
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

/// Each in a conversation of its own, so that no answer waits for another.
fn message(text: String) -> Verdict {
    let event = Event::message("message.text", Message::text("1", text.as_str()));
    Verdict::events(vec![Event { conversation: Some(text), ..event }])
}
