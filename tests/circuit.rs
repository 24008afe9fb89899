//! Providers that refuse our credentials: nobody hammers them, everybody is told, and what was to be said waits.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::graph_api::{Rules as MetaRules, Strict};
use crate::support::setup::{PACING_OFF, Setup, TELEGRAM_BOT_TOKEN};
use crate::support::stand_in::StandIn;
use crate::support::strict_bot_api::{Rules, StrictBotApi};
use crate::support::telegram::update;
use crate::support::wait::{QUIET, until};
use crate::support::whatsapp::{single, text};
use crate::support::workflow::echo;

const NEW_TOKEN: &str = "70001:hush-the-token-after-it";
const CHATS: i64 = 10;
const MESSAGES: i64 = 3;

fn said(chat: i64, number: i64) -> String {
    format!("{chat} says {number}")
}

/// What each chat was answered, in order.
fn answers(api: &StrictBotApi) -> Vec<Vec<String>> {
    let sent = api.sent();
    let of =
        |chat| sent.iter().filter(move |one| one.chat == chat).map(|one| one.text().to_owned()).collect();
    (1..=CHATS).map(of).collect()
}

#[tokio::test]
async fn answers_wait_while_a_token_is_refused_and_go_out_in_order_once_it_is_replaced() {
    let (api, workflow) = (StrictBotApi::start(Rules::default()).await, StandIn::start(echo));
    let host = Setup::new()
        .telegram_at(&api.host(), PACING_OFF)
        .without("TELEGRAM_BOT_TOKEN")
        .file("token", TELEGRAM_BOT_TOKEN)
        .env("TELEGRAM_BOT_TOKEN_FILE", "token")
        .http("echo", "", &workflow.host())
        .route("echo")
        .start()
        .await;
    host.telegram_all(&[update(1, 99, "before")]).await;
    api.has_sent(1).await;
    assert_eq!(host.get("/ready").await.json(), json!({ "status": "ready" }));

    api.takes_only(NEW_TOKEN);
    let updates = (1..=MESSAGES).flat_map(|number| {
        (1..=CHATS).map(move |chat| update(chat * 100 + number, chat, &said(chat, number)))
    });
    host.telegram_all(&updates.collect::<Vec<_>>()).await;
    let opened = host.logged(&["refuses everything", "telegram", "check its credentials"]).await;
    assert!(opened.contains("401"), "{opened}");

    // It is shown wherever somebody may look, and deliveries are taken in all the same.
    let ready = host.get("/ready").await;
    let (status, named) = (ready.status, ready.json()["refused_by"][0]["provider"].clone());
    assert_eq!((status, named), (200, json!("telegram")), "{ready:?}");
    let provider = host.admin("/providers").await[0].clone();
    assert_eq!((&provider["name"], &provider["is_loaded"]), (&json!("telegram"), &json!(true)));
    assert!(provider["refuses"]["reason"].as_str().unwrap().contains("Unauthorized"), "{provider}");
    let refuses = [("provider", "telegram")];
    assert_eq!(host.metrics().await.value("hookhost_provider_refuses", &refuses), 1.0);
    let checked = host.check().await;
    assert!(checked.contains("provider telegram: it refuses every reply since"), "{checked}");
    let event = host.newest_event_when("its run to end", |event| event["state"] == "done").await;
    assert_eq!(event["replies"][0]["state"], "owed", "{event:#}");

    // One call of each chat may have been on its way; then there were only probes, of which one may be on its way.
    let calls = api.unauthorized();
    let probes = host.admin("/providers").await[0]["refuses"]["probes"].as_u64().unwrap();
    assert!(calls as u64 <= CHATS as u64 + probes + 1, "{calls} calls, {probes} probes");
    assert_eq!(api.sent().len(), 1);

    std::fs::write(host.dir().join("token"), NEW_TOKEN).unwrap();
    host.hang_up();
    api.has_sent(1 + usize::try_from(CHATS * MESSAGES).unwrap()).await;
    tokio::time::sleep(QUIET).await;
    let expected: Vec<Vec<String>> =
        (1..=CHATS).map(|chat| (1..=MESSAGES).map(|number| said(chat, number)).collect()).collect();
    assert_eq!(answers(&api), expected, "each once and in order");
    assert_eq!(host.get("/ready").await.json(), json!({ "status": "ready" }));
    assert_eq!(host.admin("/providers").await[0]["refuses"], Value::Null);
    assert!(!host.check().await.contains("it refuses every reply"));
    assert_eq!(host.metrics().await.find("hookhost_provider_refuses", &refuses), Some(0.0));
    assert_eq!(host.log().matches("refuses everything").count(), 1, "told once for each change");
    assert_eq!(host.log().matches("replies are sent again").count(), 1, "told once for each change");
    host.end().await;
}

#[tokio::test]
async fn one_answer_at_a_time_finds_out_that_a_token_is_taken_again() {
    let (graph, workflow) = (Strict::start(MetaRules::lenient()), StandIn::start(echo));
    let host =
        Setup::new().whatsapp(&graph.api).http("echo", "", &workflow.host()).route("echo").start().await;
    graph.revoke(true);
    let people: Vec<String> = (0..CHATS).map(|person| format!("1555000{person:04}")).collect();
    for number in 1..=MESSAGES {
        let messages = people.iter().map(|person| {
            single(text(&format!("wamid.{person}.{number}"), person, &format!("{person} says {number}")))
        });
        let messages: Vec<_> = messages.collect();
        for reply in join_all(messages.iter().map(|message| host.whatsapp(message))).await {
            assert_eq!(reply.status, 200, "{reply:?}");
        }
    }
    host.logged(&["refuses everything", "whatsapp", "190"]).await;
    let ready = host.get("/ready").await;
    assert_eq!(ready.json()["refused_by"], json!([{ "provider": "whatsapp", "code": "190" }]), "{ready:?}");

    // A probe that finds it still refused opens nothing anew.
    tokio::time::sleep(QUIET).await;
    let refused = graph.refused().len();
    until("a probe", || (graph.refused().len() > refused).then_some(())).await;
    graph.revoke(false);
    host.logged(&["whatsapp", "takes replies again"]).await;
    until("all answers", || (graph.accepted().len() >= people.len() * 3).then_some(())).await;
    tokio::time::sleep(QUIET).await;
    let accepted = graph.accepted();
    for person in &people {
        let of_this = accepted.iter().filter(|body| body["to"] == **person);
        let texts: Vec<&str> = of_this.map(|body| body["text"]["body"].as_str().unwrap()).collect();
        let expected: Vec<String> = (1..=MESSAGES).map(|number| format!("{person} says {number}")).collect();
        assert_eq!(texts, expected, "{person}");
    }
    assert_eq!(host.log().matches("refuses everything").count(), 1, "told once for each change");
    assert_eq!(host.get("/ready").await.json(), json!({ "status": "ready" }));
    host.end().await;
}
