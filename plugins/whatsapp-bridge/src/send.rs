//! Sends a reply: one call for each message, in order.

use hookhost_sdk::json;
use hookhost_sdk::split;
use hookhost_sdk::types::{Answer, Call, FailureScope, Outgoing, Progress, Reply};
use serde_json::{Map, Value, json};

use crate::answer::{Outcome, outcome};
use crate::describe::BRIDGE;
use crate::id;

/// WhatsApp itself takes more, but folds what is longer.
const TEXT_UNITS: usize = 4096;
/// What the host allows for one task.
const MESSAGES_MAX: usize = 64;

/// The first message.
pub(crate) fn begin(outgoing: &Outgoing) -> Progress {
    step(outgoing, 0)
}

/// What the answer to one message means, and the next one.
pub(crate) fn resume(outgoing: &Outgoing, state: &[u8], answer: &Answer) -> Progress {
    let Some(message) = std::str::from_utf8(state).ok().and_then(|state| state.parse::<usize>().ok()) else {
        return unsendable("state", "another version of the adapter began this");
    };
    match outcome(answer) {
        Outcome::Accepted(body) => {
            let next = step(outgoing, message.saturating_add(1));
            receipt(&body).into_iter().fold(next, Progress::with_receipt)
        }
        outcome => outcome.progress(),
    }
}

fn step(outgoing: &Outgoing, message: usize) -> Progress {
    let mut bodies = match bodies(&outgoing.reply) {
        Ok(bodies) => bodies,
        Err((code, reason)) => return unsendable(code, &reason),
    };
    if message >= bodies.len() {
        return Progress::done();
    }
    let mut body = bodies.swap_remove(message);
    body.insert("to_number".into(), outgoing.conversation.as_str().into());
    Progress::step(Call::post_json(BRIDGE, "/messages", &Value::Object(body)), message.to_string())
}

/// The bodies of the messages that a reply takes, still without whom they go to.
fn bodies(reply: &Reply) -> Result<Vec<Map<String, Value>>, (&'static str, String)> {
    let bodies: Vec<_> = match reply {
        Reply::Text(text) => {
            let pieces = split::sendable(&text.body, TEXT_UNITS).into_iter();
            pieces.map(|piece| Map::from_iter([("text".into(), json!(piece))])).collect()
        }
        Reply::Raw(json) => match serde_json::from_str(json) {
            Ok(Value::Object(body)) => vec![body],
            _ => return Err(("raw", "a raw reply must be a JSON object".into())),
        },
        _ => return Err(("unknown-reply", "a bridge sends text and raw only".into())),
    };
    match bodies.len() {
        0 => Err(("empty", "there is nothing to see in this reply".into())),
        1..=MESSAGES_MAX => Ok(bodies),
        many => Err(("too-long", format!("this reply would take {many} messages"))),
    }
}

/// The id that the message has from now on, in the form that its statuses name it by.
fn receipt(body: &Value) -> Option<String> {
    let pointers = ["/message_id", "/id", "/data/message_id", "/data/id"];
    let found =
        pointers.into_iter().find_map(|pointer| json::text(body, pointer).filter(|id| !id.is_empty()));
    found.map(|id| id::inner(&id).to_owned())
}

fn unsendable(code: &str, message: &str) -> Progress {
    Progress::failed(FailureScope::Message, code, message)
}

#[cfg(test)]
mod tests {
    use hookhost_sdk::testing::{answer, stepped, task, text_task};
    use hookhost_sdk::types::{Next, Response, Task, Unanswered};
    use proptest::prelude::*;

    use super::*;

    fn outgoing(task: Task) -> Outgoing {
        match task {
            Task::Send(outgoing) => outgoing,
            _ => panic!("{task:?}"),
        }
    }

    fn text(body: &str) -> Outgoing {
        outgoing(text_task("+4917", body))
    }

    #[test]
    fn a_text_goes_out_piece_by_piece_to_whoever_wrote() {
        let long = text(&("x".repeat(4096) + "y"));
        let (path, body, state) = stepped(&begin(&long));
        let expected = |text: &str| json!({"to_number": "+4917", "text": text});
        assert_eq!((path.as_str(), body), ("/messages", expected(&"x".repeat(4096))));
        let second = resume(&long, &state, &answer(201, &json!({"message_id": "true_4917@c.us_3EB0"})));
        let (_, body, state) = stepped(&second);
        assert_eq!((second.receipts[0].id.as_str(), body), ("3EB0", expected("y")));
        let end = resume(&long, &state, &answer(200, &json!({"id": "3EB1"})));
        assert_eq!(end, Progress::done().with_receipt("3EB1"));
    }

    #[test]
    fn raw_goes_as_it_is_but_to_nobody_else() {
        let reply = |json: &str| outgoing(task("+4917", Reply::Raw(json.into())));
        let (_, body, _) = stepped(&begin(&reply(r#"{"to_number": "1", "sticker": "s"}"#)));
        assert_eq!(body, json!({"to_number": "+4917", "sticker": "s"}));
        assert_eq!(begin(&reply("[]")), unsendable("raw", "a raw reply must be a JSON object"));
    }

    #[test]
    fn what_cannot_be_sent_says_so() {
        for (sent, code) in [
            (text(" "), "empty"),
            (text(&"x".repeat(64 * 4096 + 1)), "too-long"),
            (outgoing(task("+4917", Reply::Typing)), "unknown-reply"),
        ] {
            let Next::Failed(failure) = begin(&sent).next else { panic!("{code}") };
            assert_eq!(failure.code, code);
        }
    }

    #[test]
    fn the_status_says_what_to_do() {
        let sent = text("Hello");
        let (.., state) = stepped(&begin(&sent));
        let said = json!({"error": "why"});
        let later = |seconds: &str| {
            let headers = vec![("retry-after".into(), seconds.into())];
            Answer::Response(Response { status: 429, headers, body: vec![] })
        };
        let lost = |maybe_done| Answer::Unanswered(Unanswered { maybe_done, reason: "restart".into() });
        for (answer, expected) in [
            (answer(503, &said), Progress::retry(None, None)),
            (answer(500, &said), Progress::retry(None, None)),
            (later("7"), Progress::retry(7_000, None)),
            (answer(401, &said), Progress::failed(FailureScope::Provider, "401", "why")),
            (answer(404, &said), Progress::failed(FailureScope::Provider, "404", "why")),
            (answer(422, &said), Progress::failed(FailureScope::Message, "422", "why")),
            (lost(false), Progress::retry(None, None)),
            (lost(true), Progress::unsure("restart")),
        ] {
            assert_eq!(resume(&sent, &state, &answer), expected);
        }
    }

    proptest! {
        #[test]
        fn an_arbitrary_state_or_answer_never_panics(
            state in proptest::collection::vec(any::<u8>(), 0..30), status in 100_u16..600, body in ".{0,40}",
        ) {
            let answer = Answer::Response(Response { status, headers: vec![], body: body.into_bytes() });
            let _ = (resume(&text("a"), &state, &answer), resume(&text("a"), b"0", &answer));
            let _ = resume(&text("a"), b"18446744073709551615", &answer);
        }
    }
}
