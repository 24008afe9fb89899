//! Sends a reply: one step for each message, in order.

use hookhost_sdk::json;
use hookhost_sdk::types::{Answer, Bucket, Context, Failure, FailureScope, Outgoing, Progress};
use serde_json::json;

use crate::answer::{Outcome, outcome};
use crate::conversation::{Chat, Conversation, message_id};
use crate::describe::{PACE_BOT, PACE_CHAT};
use crate::wording;

/// Where we are: which message of the reply is on its way, and where to. The place is kept too, since the
/// chat may have moved since the task was made.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Cursor {
    message: usize,
    to: Conversation,
    /// This message goes without its formatting, which Telegram did not take.
    is_plain: bool,
    /// The chat moved while we were at it.
    has_moved: bool,
}

/// The first message.
pub(crate) fn begin(outgoing: &Outgoing) -> Progress {
    match outgoing.conversation.parse() {
        Ok(to) => step(outgoing, &Cursor { message: 0, to, is_plain: false, has_moved: false }),
        Err(_) => {
            Progress::failed(FailureScope::Conversation, "conversation", "this is no chat of Telegram's")
        }
    }
}

/// What the answer to one message means, and the next one.
pub(crate) fn resume(context: &Context, outgoing: &Outgoing, state: &[u8], answer: &Answer) -> Progress {
    let Some(cursor) = Cursor::read(state) else {
        return Progress::failed(FailureScope::Message, "state", "another version of the adapter began this");
    };
    match outcome(answer) {
        Outcome::Accepted(messages) => {
            let own_chat = cursor.chat().map(|chat| chat.id);
            let next = step(outgoing, &Cursor { message: cursor.message + 1, is_plain: false, ..cursor });
            messages.into_iter().fold(next, |progress, (chat, number)| match chat.or(own_chat) {
                Some(chat) => progress.with_receipt(message_id(chat, number)),
                None => progress,
            })
        }
        Outcome::Busy(after_ms) => Progress::retry(after_ms, busy(context.attempt, &cursor.to)),
        Outcome::Down => Progress::retry(None, None),
        Outcome::Moved(id) => match cursor.chat() {
            Some(chat) if !cursor.has_moved && id != chat.id => {
                let to = Conversation::from(Chat { id, ..chat.clone() });
                let moved = to.to_string();
                step(outgoing, &Cursor { to, has_moved: true, ..cursor }).with_moved(moved)
            }
            _ => Progress::failed(FailureScope::Conversation, "moved", "the chat moves again and again"),
        },
        Outcome::Unreadable(reason) if cursor.is_plain => {
            Progress::failed(FailureScope::Message, code(&reason), reason)
        }
        Outcome::Unreadable(reason) => plain_step(outgoing, cursor)
            .unwrap_or_else(|| Progress::failed(FailureScope::Message, code(&reason), reason)),
        Outcome::Refused(scope, reason) => Progress::failed(scope, code(&reason), reason),
    }
}

/// Telegram does not say which limit was hit. The chat's is the lower one; if waiting for it was not enough,
/// the whole bot waits.
fn busy(attempt: u32, to: &Conversation) -> Bucket {
    match (attempt, to) {
        (0, Conversation::Chat(chat)) => Bucket::new(PACE_CHAT, chat.id.to_string()),
        _ => Bucket::new(PACE_BOT, ""),
    }
}

fn step(outgoing: &Outgoing, cursor: &Cursor) -> Progress {
    let methods = match wording::methods(outgoing, &cursor.to) {
        Ok(methods) => methods,
        Err(Failure { scope, code, message }) => return Progress::failed(scope, code, message),
    };
    let Some(method) = methods.into_iter().nth(cursor.message) else { return Progress::done() };
    let method = if cursor.is_plain { method.clone().plain().unwrap_or(method) } else { method };
    let call = method.addressed(&cursor.to, outgoing, cursor.message == 0).call(&cursor.to);
    Progress::step(call, cursor.write())
}

/// The same message without formatting; `None` when it has none.
fn plain_step(outgoing: &Outgoing, cursor: Cursor) -> Option<Progress> {
    let methods = wording::methods(outgoing, &cursor.to).ok()?;
    methods.into_iter().nth(cursor.message)?.plain()?;
    Some(step(outgoing, &Cursor { is_plain: true, ..cursor }))
}

fn code(reason: &str) -> String {
    reason.split(':').next().unwrap_or(reason).into()
}

impl Cursor {
    fn chat(&self) -> Option<&Chat> {
        match &self.to {
            Conversation::Chat(chat) => Some(chat),
            Conversation::Query(_) => None,
        }
    }

    fn write(&self) -> Vec<u8> {
        let (message, to) = (self.message, self.to.to_string());
        json!({"message": message, "to": to, "plain": self.is_plain, "moved": self.has_moved})
            .to_string()
            .into_bytes()
    }

    fn read(state: &[u8]) -> Option<Self> {
        let state = serde_json::from_slice(state).ok()?;
        Some(Self {
            message: json::integer(&state, "/message")?.try_into().ok()?,
            to: json::str(&state, "/to")?.parse().ok()?,
            is_plain: json::is_true(&state, "/plain"),
            has_moved: json::is_true(&state, "/moved"),
        })
    }
}

#[cfg(test)]
mod tests {
    use hookhost_sdk::testing::{answer, stepped, text_task};
    use hookhost_sdk::types::{Next, Reply, Response, Task, Text, TextFormat, Unanswered};
    use proptest::prelude::*;

    use super::*;

    fn context(attempt: u32) -> Context {
        Context { now_ms: 0, settings: vec![], attempt }
    }

    fn task(conversation: &str, body: &str) -> Outgoing {
        let Task::Send(outgoing) = text_task(conversation, body) else { panic!() };
        outgoing
    }

    fn receipts(progress: &Progress) -> Vec<&str> {
        progress.receipts.iter().map(|receipt| receipt.id.as_str()).collect()
    }

    #[test]
    fn a_long_text_goes_out_piece_by_piece() {
        let task = task("-100/33", &("x".repeat(4096) + "y"));
        let first = begin(&task);
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
        let progress = begin(&task("-100/33", "Hello"));
        let Next::Step(step) = progress.next else { panic!("{progress:?}") };
        let (chat, group) = (Bucket::new("chat", "-100"), Bucket::new("group", "-100"));
        assert_eq!(step.call.buckets, [chat, group, Bucket::new("bot", "")]);
        assert_eq!(step.call.endpoint, "bot");
    }

    #[test]
    fn too_many_requests_hold_the_chat_first_and_then_the_bot() {
        let task = task("5", "Hello");
        let (.., state) = stepped(&begin(&task));
        let busy = answer(429, &json!({"ok": false, "error_code": 429, "parameters": {"retry_after": 3}}));
        for (attempt, hold) in [(0, Bucket::new("chat", "5")), (1, Bucket::new("bot", ""))] {
            let progress = resume(&context(attempt), &task, &state, &busy);
            assert_eq!(progress, Progress::retry(3_000, hold));
        }
    }

    #[test]
    fn a_chat_that_moved_gets_the_same_message_at_its_new_place() {
        let task = task("-5", &("x".repeat(4096) + "y"));
        let (.., state) = stepped(&begin(&task));
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
        let (.., state) = stepped(&begin(&task));
        for maybe_done in [true, false] {
            let lost = Answer::Unanswered(Unanswered { maybe_done, reason: "restart".into() });
            assert_eq!(resume(&context(0), &task, &state, &lost), Progress::retry(None, None));
        }
        let blocked = json!({"ok": false, "error_code": 403, "description": "Forbidden: blocked"});
        let expected = Progress::failed(FailureScope::Conversation, "403", "403: Forbidden: blocked");
        assert_eq!(resume(&context(0), &task, &state, &answer(403, &blocked)), expected);
    }

    #[test]
    fn formatting_that_telegram_refuses_is_left_out_once() {
        let markdown = Reply::Text(Text { body: "**x** ".repeat(3000), format: TextFormat::Markdown });
        let task = Outgoing { reply: markdown, ..task("5", "") };
        let refused =
            json!({"ok": false, "error_code": 400, "description": "Bad Request: can't parse entities: x"});
        let (_, body, state) = stepped(&begin(&task));
        let mut expected = body.clone();
        expected.as_object_mut().unwrap().remove("entities").unwrap();
        let second = resume(&context(0), &task, &state, &answer(400, &refused));
        let (_, body, state) = stepped(&second);
        assert_eq!(body, expected);
        let sent = answer(200, &json!({"ok": true, "result": {"message_id": 7}}));
        let (_, body, _) = stepped(&resume(&context(0), &task, &state, &sent));
        assert!(body["entities"].is_array(), "the next message is formatted again: {body}");
        let end = resume(&context(0), &task, &state, &answer(400, &refused));
        assert!(matches!(end.next, Next::Failed(Failure { scope: FailureScope::Message, .. })), "{end:?}");
    }

    #[test]
    fn a_question_is_answered_outside_of_all_chats() {
        let task = task("pre_checkout_query/7", "true");
        let Next::Step(step) = begin(&task).next else { panic!() };
        assert_eq!(step.call.buckets, [Bucket::new("bot", "")]);
        let (path, body, state) = stepped(&begin(&task));
        assert_eq!(
            (path.as_str(), body),
            ("/answerPreCheckoutQuery", json!({"ok": true, "pre_checkout_query_id": "7"}))
        );
        let end = resume(&context(0), &task, &state, &answer(200, &json!({"ok": true, "result": true})));
        assert_eq!(end, Progress::done());
    }

    #[test]
    fn what_cannot_be_begun_says_so() {
        for (task, expected) in [(task("somewhere", "Hello"), "conversation"), (task("5", " "), "empty")] {
            let progress = begin(&task);
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
            let (.., state) = stepped(&begin(&task));
            let _ = resume(&context(0), &task, &state, &answer);
        }
    }
}
