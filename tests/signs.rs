//! What is shown in a chat while a workflow works: that the message was seen, and that somebody is typing.

use std::time::Duration;

use crate::support::bot_api;
use crate::support::setup::Setup;
use crate::support::stand_in::{Answer, Call};
use crate::support::workflow::ECHO;

const SLOW: &str = "sleep 4; echo fine";

/// Longer than typing is repeated after.
const LATER: Duration = Duration::from_millis(1_500);

fn paths(calls: &[Call]) -> Vec<&str> {
    calls.iter().map(|call| call.path.as_str()).collect()
}

#[tokio::test]
async fn a_chat_sees_that_it_was_heard_and_that_somebody_works_until_the_answer_is_there() {
    let (granted, ungranted) = (bot_api::start(), bot_api::start());
    let host = Setup::new().rogue(&granted, &ungranted).script("slow", SLOW).route("slow").start().await;
    assert_eq!(host.rogue("signs").await.status, 200);
    let calls = granted.received(3).await;
    assert_eq!(paths(&calls), ["/v1/seen", "/v1/typing", "/v1/typing"]);
    assert_eq!(calls[0].body["message"], "1");
    assert!(calls[2].at - calls[1].at >= Duration::from_secs(1), "it is repeated shortly before it fades");

    host.logged(&["rogue", "replied"]).await;
    let calls = granted.calls();
    assert_eq!(calls.last().unwrap().path, "/v1/say");
    assert_eq!(paths(&calls).iter().filter(|path| **path == "/v1/seen").count(), 1);
    tokio::time::sleep(LATER).await;
    assert_eq!(granted.calls().len(), calls.len(), "nobody types after the answer");
    host.end().await;
}

#[tokio::test]
async fn an_answer_that_comes_at_once_needs_no_typing() {
    let (granted, ungranted) = (bot_api::start(), bot_api::start());
    let host = Setup::new().rogue(&granted, &ungranted).script("echo", ECHO).start().await;
    assert_eq!(host.rogue("signs").await.status, 200);
    host.logged(&["rogue", "replied"]).await;
    tokio::time::sleep(LATER).await;
    let calls = granted.calls();
    let mut paths = paths(&calls);
    paths.sort_unstable();
    assert_eq!(paths, ["/v1/say", "/v1/seen"]);
    host.end().await;
}

#[tokio::test]
async fn no_sign_ever_delays_or_fails_an_answer() {
    let (granted, ungranted) = (bot_api::start(), bot_api::start());
    let host = Setup::new().rogue(&granted, &ungranted).script("slow", SLOW).route("slow").start().await;
    assert_eq!(host.rogue("panic over signs").await.status, 200);
    let said = granted.received(1).await.pop().unwrap();
    assert_eq!(said.path, "/v1/say");

    granted.answers(Answer::Hang);
    assert_eq!(host.rogue("signs").await.status, 200);
    let calls = granted.received(3).await;
    assert_eq!(paths(&calls[1..]), ["/v1/seen", "/v1/say"]);
    host.end().await;
}
