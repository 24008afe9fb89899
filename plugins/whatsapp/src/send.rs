//! Sends a reply: one step for each message, in order.

use hookhost_sdk::json;
use hookhost_sdk::types::{Answer, Bucket, Call, Context, Failure, FailureScope, Outgoing, Progress, Task};
use serde_json::json;

use crate::answer::{Limit, Outcome, outcome};
use crate::conversation::{Conversation, is_number_id};
use crate::describe::{GRAPH, PACE_NUMBER, PACE_PAIR};
use crate::wording;

/// The longest wait for a pair of numbers: 4^5 seconds, about 17 minutes.
const PAIR_DOUBLINGS_MAX: u32 = 5;

/// The first message.
pub(crate) fn begin(context: &Context, task: &Task) -> Progress {
    match Sending::of(context, task) {
        Ok(sending) => sending.step(0),
        Err(failure) => failed(failure),
    }
}

/// What the answer to one message means, and the next one.
pub(crate) fn resume(context: &Context, task: &Task, state: &[u8], answer: &Answer) -> Progress {
    let sending = match Sending::of(context, task) {
        Ok(sending) => sending,
        Err(failure) => return failed(failure),
    };
    let Some(message) = read_state(state) else {
        return failed(failure(FailureScope::Message, "state", "another version of the adapter began this"));
    };
    match outcome(answer) {
        Outcome::Accepted(ids) => ids.into_iter().fold(sending.step(message + 1), Progress::with_receipt),
        Outcome::Busy(Limit::Pair, after_ms) => {
            // Meta's own advice: 4^X seconds, X from 0.
            let advised_ms = 1_000 * 4_u64.pow(context.attempt.min(PAIR_DOUBLINGS_MAX));
            Progress::retry(after_ms.unwrap_or(advised_ms), sending.pair())
        }
        Outcome::Busy(Limit::Number, after_ms) => Progress::retry(after_ms, sending.number()),
        Outcome::Down => Progress::retry(None, None),
        Outcome::Unknown(reason) => Progress::unsure(reason),
        Outcome::Refused(scope, code, reason) => Progress::failed(scope, code.to_string(), reason),
    }
}

/// What is sent, from which number, to whom.
struct Sending<'a> {
    outgoing: &'a Outgoing,
    conversation: Conversation,
    number: String,
}

impl<'a> Sending<'a> {
    fn of(context: &Context, task: &'a Task) -> Result<Self, Failure> {
        let Task::Send(outgoing) = task else {
            return Err(failure(FailureScope::Message, "unknown-task", "this adapter only sends"));
        };
        let conversation: Conversation = outgoing.conversation.parse().map_err(|_| {
            failure(FailureScope::Conversation, "conversation", "this is no conversation of WhatsApp's")
        })?;
        let ours = conversation.number.as_deref().or_else(|| context.setting("phone_number_id"));
        let Some(number) = ours.filter(|number| is_number_id(number)).map(String::from) else {
            let message = "no number to send from: set `phone_number_id`";
            return Err(failure(FailureScope::Conversation, "no-number", message));
        };
        Ok(Self { outgoing, conversation, number })
    }

    fn step(&self, message: usize) -> Progress {
        let bodies = match wording::bodies(self.outgoing) {
            Ok(bodies) => bodies,
            Err(failure) => return failed(failure),
        };
        let Some(body) = bodies.into_iter().nth(message) else { return Progress::done() };
        let body = wording::addressed(body, &self.conversation.recipient, self.outgoing, message == 0);
        let call = Call::post_json(GRAPH, format!("/{}/messages", self.number), &body)
            .counted(self.pair())
            .counted(self.number());
        Progress::step(call, json!({"message": message}).to_string())
    }

    fn pair(&self) -> Bucket {
        Bucket::new(PACE_PAIR, self.conversation.to_string())
    }

    fn number(&self) -> Bucket {
        Bucket::new(PACE_NUMBER, self.number.as_str())
    }
}

fn read_state(state: &[u8]) -> Option<usize> {
    json::integer(&serde_json::from_slice(state).ok()?, "/message")?.try_into().ok()
}

fn failure(scope: FailureScope, code: &str, message: &str) -> Failure {
    Failure { scope, code: code.into(), message: message.into() }
}

fn failed(failure: Failure) -> Progress {
    Progress::failed(failure.scope, failure.code, failure.message)
}

#[cfg(test)]
mod tests {
    use hookhost_sdk::testing::{answer, stepped, text_task as task};
    use hookhost_sdk::types::{Next, Response, Subscription, Unanswered};
    use proptest::prelude::*;

    use super::*;

    fn context(attempt: u32) -> Context {
        Context { now_ms: 0, settings: vec![("phone_number_id".into(), "900".into())], attempt }
    }

    fn refused(code: i64) -> Answer {
        answer(400, &json!({"error": {"code": code, "message": "m"}}))
    }

    #[test]
    fn a_long_text_goes_out_piece_by_piece() {
        let task = task("106/491700000001", &("x".repeat(4096) + "y"));
        let body = |text: &str| {
            json!({
                "messaging_product": "whatsapp", "recipient_type": "individual", "to": "491700000001",
                "type": "text", "text": {"body": text, "preview_url": false}, "biz_opaque_callback_data": "r1",
            })
        };
        let (path, sent, state) = stepped(&begin(&context(0), &task));
        assert_eq!((path.as_str(), sent), ("/106/messages", body(&"x".repeat(4096))));

        let accepted = |id: &str| answer(200, &json!({"messages": [{"id": id}]}));
        let second = resume(&context(0), &task, &state, &accepted("wamid.a"));
        let (_, sent, state) = stepped(&second);
        assert_eq!((second.receipts[0].id.as_str(), sent), ("wamid.a", body("y")));

        let end = resume(&context(0), &task, &state, &accepted("wamid.b"));
        assert_eq!(end, Progress::done().with_receipt("wamid.b"));
    }

    #[test]
    fn an_answer_comes_from_the_number_that_was_written_to() {
        for (conversation, path) in [("106/4917", "/106/messages"), ("/4917", "/900/messages")] {
            assert_eq!(stepped(&begin(&context(0), &task(conversation, "a"))).0, path);
        }
    }

    #[test]
    fn what_is_too_fast_waits_with_its_kind() {
        let task = task("106/4917", "a");
        let (.., state) = stepped(&begin(&context(0), &task));
        let pair = || Bucket::new("pair", "106/4917");
        let number = || Bucket::new("number", "106");
        for (code, attempt, expected) in [
            (131_056, 0, Progress::retry(1_000, pair())),
            (131_056, 1, Progress::retry(4_000, pair())),
            (131_056, 5, Progress::retry(1_024_000, pair())),
            (131_056, u32::MAX, Progress::retry(1_024_000, pair())),
            (130_429, 0, Progress::retry(None, number())),
            (131_057, 0, Progress::retry(60_000, number())),
            (131_000, 0, Progress::retry(None, None)),
        ] {
            assert_eq!(
                resume(&context(attempt), &task, &state, &refused(code)),
                expected,
                "{code} {attempt}"
            );
        }
    }

    #[test]
    fn what_may_have_been_sent_is_not_sent_again() {
        let task = task("106/4917", "a");
        let (.., state) = stepped(&begin(&context(0), &task));
        for (maybe_done, expected) in
            [(false, Progress::retry(None, None)), (true, Progress::unsure("restart"))]
        {
            let lost = Answer::Unanswered(Unanswered { maybe_done, reason: "restart".into() });
            assert_eq!(resume(&context(0), &task, &state, &lost), expected);
        }
    }

    #[test]
    fn what_cannot_be_begun_says_so() {
        let bare = Context { now_ms: 0, settings: vec![], attempt: 0 };
        let subscription = Subscription { url: "https://example.com".into(), active: true };
        for (context, task, expected) in [
            (context(0), task("somewhere", "a"), "conversation"),
            (bare, task("/4917", "a"), "no-number"),
            (context(0), task("106/4917", " "), "empty"),
            (context(0), Task::Subscribe(subscription), "unknown-task"),
        ] {
            let progress = begin(&context, &task);
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
            code: i64,
        ) {
            let task = task("106/4917", "a");
            let answer = Answer::Response(Response { status, headers: vec![], body: body.into_bytes() });
            let _ = resume(&context(0), &task, &state, &answer);
            let (.., state) = stepped(&begin(&context(0), &task));
            let _ = (resume(&context(0), &task, &state, &answer), resume(&context(0), &task, &state, &refused(code)));
        }
    }
}
