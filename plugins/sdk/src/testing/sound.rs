//! Whether the host would take what an adapter answers: the contract's bounds, as the host checks them.

use crate::json;
use crate::types::{Content, Event, Next, Progress, Verdict};

const EVENTS: usize = 1_000;
const ID_BYTES: usize = 512;
const TOPIC_BYTES: usize = 128;
const STATE_BYTES: usize = 16 * 1024;

/// Checks a verdict.
///
/// # Panics
/// When the host would hold the delivery for it.
pub fn assert_sound_verdict(verdict: &Verdict) {
    let Verdict::Accept(acceptance) = verdict else { return };
    assert!(acceptance.events.len() <= EVENTS, "{} events", acceptance.events.len());
    for event in &acceptance.events {
        assert_sound_event(event);
    }
    if let Some(response) = &acceptance.response {
        assert!((200..=599).contains(&response.status), "{response:?}");
    }
}

/// Checks what comes next in a task.
///
/// # Panics
/// When the host would give the task up for it.
pub fn assert_sound_progress(progress: &Progress) {
    for receipt in &progress.receipts {
        assert_bounded("a receipt", &receipt.id, ID_BYTES);
    }
    if let Next::Step(step) = &progress.next {
        assert!(step.state.len() <= STATE_BYTES, "a state of {} bytes", step.state.len());
    }
}

fn assert_sound_event(event: &Event) {
    for (what, text) in [("the id", &event.id), ("the conversation", &event.conversation)] {
        if let Some(text) = text {
            assert_bounded(what, text, ID_BYTES);
        }
    }
    assert_bounded("the topic", &event.topic, TOPIC_BYTES);
    assert!(!event.topic.contains(char::is_control), "{event:?}");
    if let Content::Moved(to) = &event.content {
        assert_bounded("the new conversation", to, ID_BYTES);
    }
    if let Some(raw) = &event.raw {
        assert!(json::check(raw.as_bytes()).is_ok(), "raw is no JSON: {event:?}");
    }
}

fn assert_bounded(what: &str, text: &str, max: usize) {
    assert!((1..=max).contains(&text.len()), "{what} has {} bytes: {text:?}", text.len());
}
