//! Fair shares: what hangs or is down holds up nothing else.

use futures_util::future::join_all;
use serde_json::json;

use crate::support::bot_api::{self, accepted, chats, texts};
use crate::support::graph_api::{self, said};
use crate::support::setup::{PACING_OFF, Setup};
use crate::support::stand_in::{Answer, Reserved, StandIn};
use crate::support::telegram::update;
use crate::support::wait::{QUIET, until};
use crate::support::whatsapp::{single, text};
use crate::support::workflow::{ECHO, ECHO_NOTED, NOTE, echo};

/// More than there are workers.
const CHATS: i64 = 40;
/// The default.
const WORKERS: usize = 32;

#[tokio::test]
async fn a_workflow_that_hangs_in_forty_chats_keeps_no_other_from_answering() {
    let (api, hangs) = (bot_api::start(), StandIn::start(|_, _| Answer::Hang));
    let host = Setup::new().telegram(&api).http("hang", "", &hangs.host()).script("echo", ECHO).start().await;
    let updates: Vec<_> = (1..=CHATS).map(|chat| update(chat, chat, "/hang on")).collect();
    host.telegram_all(&updates).await;
    hangs.received_only(WORKERS).await;
    let others: Vec<_> = (1..=8).map(|n| update(100 + n, 100 + n, "/echo hello")).collect();
    host.telegram_all(&others).await;
    assert_eq!(texts(&api.received_only(8).await), ["hello"; 8]);
    // A question that the host answers itself waits for nobody either.
    host.telegram_all(&[update(200, 200, "/help")]).await;
    api.received_only(9).await;
    hangs.received_only(WORKERS).await;
    host.end().await;
}

#[tokio::test]
async fn a_workflow_alone_has_all_the_workers_and_then_the_rest_get_their_turn() {
    let (api, workflow) = (bot_api::start(), StandIn::start(echo));
    let host = Setup::new()
        .config("[dispatch]\nworkers = 2")
        .telegram(&api)
        .http("echo", "timeout = \"1s\"\nretries = 0", &workflow.host())
        .start()
        .await;
    for _ in 0..2 {
        workflow.answers(Answer::Hang);
    }
    host.telegram_all(&[update(1, 1, "/echo one"), update(2, 2, "/echo two"), update(3, 3, "/echo three")])
        .await;
    workflow.received_only(2).await;
    let mut answered = chats(&api.received_only(3).await);
    answered.sort_unstable();
    assert_eq!(answered, [1, 2, 3], "two excuses and an answer");
    host.end().await;
}

#[tokio::test]
async fn a_provider_that_hangs_in_forty_chats_keeps_no_other_from_being_called() {
    let (hangs, graph) = (StandIn::start(|_, _| Answer::Hang), graph_api::start());
    let host = Setup::new().telegram(&hangs).whatsapp(&graph).script("echo", ECHO).start().await;
    let updates: Vec<_> = (1..=CHATS).map(|chat| update(chat, chat, "/echo hello")).collect();
    host.telegram_all(&updates).await;
    hangs.received_only(WORKERS).await;
    let sent = single(text("wamid.1", "15550142", "/echo hello"));
    assert_eq!(host.whatsapp(&sent).await.status, 200);
    assert_eq!(said(&graph.received_only(1).await), [("15550142".to_owned(), "hello".to_owned())]);
    host.end().await;
}

#[tokio::test]
async fn a_provider_that_is_down_is_tried_by_one_chat_and_not_by_all() {
    let api = Reserved::new();
    let host = Setup::new()
        .telegram_at(&api.host(), PACING_OFF)
        .script("echo", &format!("{NOTE}{ECHO_NOTED}"))
        .start()
        .await;
    host.telegram_all(&[update(1, 1, "/echo hello")]).await;
    host.logged(&["did not answer", "connect"]).await;
    let updates: Vec<_> = (2..=CHATS).map(|chat| update(chat, chat, "/echo hello")).collect();
    join_all(updates.iter().map(|update| host.telegram(update))).await;
    host.ran(CHATS as usize).await;
    tokio::time::sleep(QUIET).await;
    // One after 1 s, after 2 s, 4 s, 8 s, ... on a machine however slow.
    let tries = host.log().lines().filter(|line| line.contains("did not answer")).count();
    assert!(tries < 8, "{tries} tries");
    let api = api.open(accepted);
    let mut answered = chats(&api.received_only(CHATS as usize).await);
    answered.sort_unstable();
    assert_eq!(answered, (1..=CHATS).collect::<Vec<_>>());
    host.end().await;
}

#[tokio::test]
async fn a_workflow_that_is_down_is_tried_again_by_one_chat_and_not_by_all() {
    let (api, workflow) = (bot_api::start(), StandIn::start(|_, _| Answer::Json(503, json!({}))));
    let host = Setup::new().telegram(&api).http("echo", "retries = 0", &workflow.host()).start().await;
    let updates: Vec<_> = (1..=CHATS).map(|chat| update(chat, chat, "/echo hello")).collect();
    host.telegram_all(&updates).await;
    // Each tries once by itself.
    let all = CHATS as usize;
    let first = until("every chat to try", || {
        let calls = workflow.calls();
        let keys: std::collections::HashSet<_> =
            calls.iter().map(|call| call.headers["idempotency-key"].to_str().unwrap().to_owned()).collect();
        (keys.len() == all).then_some(calls.len())
    })
    .await;
    tokio::time::sleep(QUIET * 8).await;
    let more = workflow.calls().len() - first;
    assert!(more < 8, "{more} tries by forty chats");
    for _ in 0..2 {
        workflow.answers(Answer::Json(200, json!({ "reply": "back" })));
    }
    assert_eq!(texts(&api.received(2).await[..2]), ["back", "back"]);
    host.end().await;
}
