//! Sends a reply: one step for each message, in order.

use hookhost_sdk::json;
use hookhost_sdk::types::{Answer, Bucket, Call, Context, Failure, FailureScope, Outgoing, Progress, Task};
use serde_json::{Value, json};

use crate::answer::{Outcome, outcome};
use crate::conversation::{Conversation, message_id};
use crate::describe::{BOT, PACE_BOT, PACE_CHAT};
use crate::wording;

/// Where we are: which message of the reply is on its way, and where to. The place is kept too, since the
/// chat may have moved since the task was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Cursor {
    message: usize,
    conversation: Conversation,
}

/// The first message.
pub(crate) fn begin(_context: &Context, task: &Task) -> Progress {
    let Task::Send(outgoing) = task else { return unknown_task() };
    match outgoing.conversation.parse() {
        Ok(conversation) => step(outgoing, Cursor { message: 0, conversation }),
        Err(_) => {
            Progress::failed(FailureScope::Conversation, "conversation", "this is no chat of Telegram's")
        }
    }
}

/// What the answer to one message means, and the next one.
pub(crate) fn resume(context: &Context, task: &Task, state: &[u8], answer: &Answer) -> Progress {
    let Task::Send(outgoing) = task else { return unknown_task() };
    let Some(cursor) = Cursor::read(state) else {
        return Progress::failed(FailureScope::Message, "state", "another version of the adapter began this");
    };
    match outcome(answer) {
        Outcome::Accepted(messages) => {
            let next = step(outgoing, Cursor { message: cursor.message + 1, ..cursor });
            messages.into_iter().fold(next, |progress, (chat, number)| {
                progress.with_receipt(message_id(chat.unwrap_or(cursor.conversation.chat), number))
            })
        }
        Outcome::Busy(after_ms) => Progress::retry(after_ms, busy(context.attempt, cursor.conversation)),
        Outcome::Down => Progress::retry(None, None),
        Outcome::Moved(chat) if chat != cursor.conversation.chat => {
            let conversation = Conversation { chat, ..cursor.conversation };
            step(outgoing, Cursor { conversation, ..cursor }).with_moved(conversation.to_string())
        }
        Outcome::Moved(_) => {
            Progress::failed(FailureScope::Conversation, "moved", "the chat moved to itself")
        }
        Outcome::Refused(scope, reason) => Progress::failed(scope, code(&reason), reason),
    }
}

/// Telegram does not say which limit was hit. The chat's is the lower one; if waiting for it was not enough,
/// the whole bot waits.
fn busy(attempt: u32, conversation: Conversation) -> Bucket {
    match attempt {
        0 => Bucket::new(PACE_CHAT, conversation.chat.to_string()),
        _ => Bucket::new(PACE_BOT, ""),
    }
}

fn step(outgoing: &Outgoing, cursor: Cursor) -> Progress {
    let methods = match wording::methods(outgoing) {
        Ok(methods) => methods,
        Err(Failure { scope, code, message }) => return Progress::failed(scope, code, message),
    };
    let Some(method) = methods.into_iter().nth(cursor.message) else { return Progress::done() };
    let method = method.addressed(cursor.conversation, outgoing, cursor.message == 0);
    let call = Call::post_json(BOT, format!("/{}", method.name), &Value::Object(method.parameters))
        .counted(Bucket::new(PACE_CHAT, cursor.conversation.chat.to_string()))
        .counted(Bucket::new(PACE_BOT, ""));
    Progress::step(call, cursor.write())
}

fn code(reason: &str) -> String {
    reason.split(':').next().unwrap_or(reason).into()
}

fn unknown_task() -> Progress {
    Progress::failed(FailureScope::Message, "unknown-task", "this adapter only sends")
}

impl Cursor {
    fn write(self) -> Vec<u8> {
        json!({"message": self.message, "to": self.conversation.to_string()}).to_string().into_bytes()
    }

    fn read(state: &[u8]) -> Option<Self> {
        let state = serde_json::from_slice(state).ok()?;
        Some(Self {
            message: json::integer(&state, "/message")?.try_into().ok()?,
            conversation: json::str(&state, "/to")?.parse().ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use hookhost_sdk::testing::{answer, stepped, text_task as task};
    use hookhost_sdk::types::{Media, Next, Response, Unanswered};
    use proptest::prelude::*;

    use super::*;

    fn context(attempt: u32) -> Context {
        Context { now_ms: 0, settings: vec![], attempt }
    }

    fn receipts(progress: &Progress) -> Vec<&str> {
        progress.receipts.iter().map(|receipt| receipt.id.as_str()).collect()
    }

    #[test]
    fn a_long_text_goes_out_piece_by_piece() {
        let task = task("-100/33", &("x".repeat(4096) + "y"));
        let first = begin(&context(0), &task);
        let (path, body, state) = stepped(&first);
        assert_eq!(path, "/sendMessage");
        assert_eq!(body, json!({"chat_id": -100, "message_thread_id": 33, "text": "x".repeat(4096)}));

        let sent = |number: u32| answer(200, &json!({"ok": true, "result": {"message_id": number}}));
        let second = resume(&context(0), &task, &state, &sent(7));
        let (_, body, state) = stepped(&second);
        assert_eq!(receipts(&second), ["-100:7"]);
        assert_eq!(body, json!({"chat_id": -100, "message_thread_id": 33, "text": "y"}));

        let end = resume(&context(0), &task, &state, &sent(8));
        assert_eq!((receipts(&end), &end.next), (vec!["-100:8"], &Next::Done));
    }

    #[test]
    fn a_call_is_counted_for_its_chat_and_for_the_bot() {
        let progress = begin(&context(0), &task("-100/33", "Hello"));
        let Next::Step(step) = progress.next else { panic!("{progress:?}") };
        assert_eq!(step.call.buckets, [Bucket::new("chat", "-100"), Bucket::new("bot", "")]);
        assert_eq!(step.call.endpoint, "bot");
    }

    #[test]
    fn too_many_requests_hold_the_chat_first_and_then_the_bot() {
        let task = task("5", "Hello");
        let (.., state) = stepped(&begin(&context(0), &task));
        let busy = answer(429, &json!({"ok": false, "error_code": 429, "parameters": {"retry_after": 3}}));
        for (attempt, hold) in [(0, Bucket::new("chat", "5")), (1, Bucket::new("bot", ""))] {
            let progress = resume(&context(attempt), &task, &state, &busy);
            assert_eq!(progress, Progress::retry(3_000, hold));
        }
    }

    #[test]
    fn a_chat_that_moved_gets_the_same_message_at_its_new_place() {
        let task = task("-5", &("x".repeat(4096) + "y"));
        let (.., state) = stepped(&begin(&context(0), &task));
        let sent = answer(200, &json!({"ok": true, "result": {"message_id": 7}}));
        let (.., state) = stepped(&resume(&context(0), &task, &state, &sent));
        let migrated = json!({"ok": false, "error_code": 400, "parameters": {"migrate_to_chat_id": -1_005}});

        let moved = resume(&context(0), &task, &state, &answer(400, &migrated));
        let (_, body, state) = stepped(&moved);
        assert_eq!(moved.moved.as_deref(), Some("-1005"));
        assert_eq!(body, json!({"chat_id": -1_005, "text": "y"}));

        let again = resume(&context(0), &task, &state, &answer(400, &migrated));
        assert!(matches!(again.next, Next::Failed(Failure { scope: FailureScope::Conversation, .. })));
        let end = resume(&context(0), &task, &state, &sent);
        assert_eq!((receipts(&end), &end.next), (vec!["-1005:7"], &Next::Done));
    }

    #[test]
    fn what_never_arrived_is_sent_again_and_what_was_refused_is_not() {
        let task = task("5", "Hello");
        let (.., state) = stepped(&begin(&context(0), &task));
        for maybe_done in [true, false] {
            let lost = Answer::Unanswered(Unanswered { maybe_done, reason: "restart".into() });
            assert_eq!(resume(&context(0), &task, &state, &lost), Progress::retry(None, None));
        }
        let blocked = json!({"ok": false, "error_code": 403, "description": "Forbidden: blocked"});
        let expected = Progress::failed(FailureScope::Conversation, "403", "403: Forbidden: blocked");
        assert_eq!(resume(&context(0), &task, &state, &answer(403, &blocked)), expected);
    }

    #[test]
    fn what_cannot_be_begun_says_so() {
        let media = Media {
            kind: "image".into(),
            handle: "f".into(),
            media_type: None,
            filename: None,
            size: None,
            sha256: None,
        };
        for (task, expected) in [
            (task("somewhere", "Hello"), "conversation"),
            (task("5", " "), "empty"),
            (Task::Fetch(media), "unknown-task"),
        ] {
            let progress = begin(&context(0), &task);
            let Next::Failed(failure) = progress.next else { panic!("{progress:?}") };
            assert_eq!(failure.code, expected);
        }
    }

    proptest! {
        #[test]
        fn an_arbitrary_state_or_answer_never_panics(
            state in proptest::collection::vec(any::<u8>(), 0..40),
            status in 100_u16..600,
            body in ".{0,40}",
        ) {
            let task = task("5", "Hello");
            let answer = Answer::Response(Response { status, headers: vec![], body: body.into_bytes() });
            let _ = resume(&context(0), &task, &state, &answer);
            let (.., state) = stepped(&begin(&context(0), &task));
            let _ = resume(&context(0), &task, &state, &answer);
        }
    }
}
