//! Telegram by its own rules: a server that refuses what Telegram refuses, and a sender that delivers as
//! Telegram does.

use std::collections::{BTreeSet, HashMap};

use serde_json::{Value, json};
use tokio::sync::RwLock;

use crate::support::host::Host;
use crate::support::setup::{PACING_OFF, Setup};
use crate::support::stand_in::{Answer, Call, StandIn};
use crate::support::strict_bot_api::{Rules, StrictBotApi};
use crate::support::telegram::{group_update, update};
use crate::support::telegram_delivery::Delivery;
use crate::support::wait::until;
use crate::support::workflow::echo;

/// A host whose workflow answers what `answers` has for an input.
fn setup(api: &StrictBotApi, answers: &StandIn) -> Setup {
    let settings = format!("{PACING_OFF}\nsettings = {{ bot_username = \"hookbot\" }}");
    Setup::new().telegram_at(&api.host(), &settings).http("answer", "", &answers.host()).route("answer")
}

/// The workflow of these tests: what is written to it names what it answers.
fn answers(call: &Call, _: usize) -> Answer {
    let one = |reply: Value| json!({ "replies": [reply] });
    let answer = match call.body["input"].as_str().unwrap_or_default() {
        "markdown" => {
            let code = "let x = \"😆\";\n".repeat(400);
            one(
                json!({ "text": format!("# All of it\n\n**Bold** words\n```rust\n{code}```\n"), "format": "markdown" }),
            )
        }
        "html" => one(json!({ "text": "<b>a</b> &lt; b", "format": "html" })),
        "broken" => one(json!({ "raw": { "method": "sendMessage", "text": "a < b", "parse_mode": "HTML" } })),
        "caption" => one(json!({ "image": { "handle": "f", "caption": "x".repeat(1025) } })),
        "quote" => one(json!({ "text": "yes", "quote": true, "silent": true })),
        "buttons" => {
            one(json!({ "buttons": { "body": "Sure?", "buttons": [{ "id": "yes", "title": "Yes" }] } }))
        }
        "yes" => json!({ "reply": "You picked yes" }),
        "" => json!({ "ok": true }),
        other => json!({ "reply": other }),
    };
    Answer::Json(200, answer)
}

#[tokio::test]
async fn what_is_long_or_formatted_keeps_to_telegram_s_limits() {
    let (api, workflow) = (StrictBotApi::start(Rules::default()).await, StandIn::start(answers));
    let host = setup(&api, &workflow).start().await;
    host.telegram_all(&[update(1, 7, "markdown")]).await;
    let sent = api.has_sent(2).await;
    let whole: String = sent.iter().map(|message| message.text()).collect();
    assert!(whole.starts_with("All of it\n\nBold words\nlet x"), "{whole}");
    for message in &sent {
        let kinds: Vec<_> =
            message.body["entities"].as_array().unwrap().iter().map(|one| &one["type"]).collect();
        assert!(kinds.contains(&&json!("pre")), "{message:?}");
    }
    host.telegram_all(&[update(2, 7, "html"), update(3, 7, "caption")]).await;
    let sent = api.has_sent(5).await;
    assert_eq!((sent[2].text(), &sent[2].body["entities"][0]["type"]), ("a < b", &json!("bold")));
    assert_eq!((sent[3].method.as_str(), sent[4].text().len()), ("sendPhoto", 1025));
    assert_eq!(api.offences(), Vec::<String>::new());
    host.end().await;
}

#[tokio::test]
async fn formatting_that_cannot_be_read_is_left_out() {
    let (api, workflow) = (StrictBotApi::start(Rules::default()).await, StandIn::start(answers));
    let host = setup(&api, &workflow).start().await;
    host.telegram_all(&[update(1, 7, "broken")]).await;
    let sent = api.has_sent(1).await;
    assert_eq!(sent[0].body, json!({ "chat_id": 7, "text": "a < b" }));
    assert_eq!(api.offences().len(), 1, "it was tried once with its formatting");
    host.end().await;
}

#[tokio::test]
async fn a_button_comes_back_to_the_workflow_and_stops_waiting_at_once() {
    let (api, workflow) = (StrictBotApi::start(Rules::default()).await, StandIn::start(answers));
    let host = setup(&api, &workflow).start().await;
    host.telegram_all(&[update(1, 7, "buttons")]).await;
    let keys = api.has_sent(1).await[0].body["reply_markup"].clone();
    assert_eq!(keys, json!({ "inline_keyboard": [[{ "text": "Yes", "callback_data": "yes" }]] }));
    let message =
        json!({ "message_id": 1, "chat": { "id": 7, "type": "private" }, "date": 1, "reply_markup": keys });
    let press = json!({ "id": "4382", "from": { "id": 42, "is_bot": false, "first_name": "Ada" },
        "chat_instance": "1", "message": message, "data": "yes" });
    let reply = host.telegram(&json!({ "update_id": 2, "callback_query": press })).await;
    assert_eq!(reply.json(), json!({ "method": "answerCallbackQuery", "callback_query_id": "4382" }));
    assert_eq!(reply.header("content-type"), "application/json");
    until("the answer to the press", || {
        api.sent().iter().any(|one| one.text() == "You picked yes").then_some(())
    })
    .await;
    host.end().await;
}

#[tokio::test]
async fn an_answer_goes_to_the_topic_and_quotes_where_asked() {
    let (api, workflow) = (StrictBotApi::start(Rules::default()).await, StandIn::start(answers));
    let host = setup(&api, &workflow).start().await;
    let mut in_topic = group_update(1, "quote");
    in_topic["message"]["is_topic_message"] = json!(true);
    in_topic["message"]["message_thread_id"] = json!(33);
    let mut business = update(2, 8, "hello");
    let mut message = business["message"].take();
    message["from"]["id"] = json!(8);
    message["business_connection_id"] = json!("Conn-1");
    let business = json!({ "update_id": 2, "business_message": message });
    host.telegram_all(&[in_topic, business]).await;
    let sent = api.has_sent(1).await;
    let quote = json!({ "message_id": 1, "allow_sending_without_reply": true });
    let expected = json!({ "chat_id": -100_200, "message_thread_id": 33, "text": "yes",
        "disable_notification": true, "reply_parameters": quote });
    assert_eq!(sent[0].body, expected);
    assert_eq!(sent.len(), 1, "business messages are run where a route takes them");
    host.end().await;
}

#[tokio::test]
async fn a_business_message_is_answered_through_its_connection() {
    let (api, workflow) = (StrictBotApi::start(Rules::default()).await, StandIn::start(answers));
    let route = "[[routes]]\ntopic = \"business_message.*\"\nworkflow = \"answer\"";
    let host = setup(&api, &workflow).config(route).start().await;
    let mut update = update(2, 8, "hello");
    let mut message = update["message"].take();
    message["from"]["id"] = json!(8);
    message["business_connection_id"] = json!("Conn-1");
    host.telegram_all(&[json!({ "update_id": 2, "business_message": message })]).await;
    let sent = api.has_sent(1).await;
    assert_eq!(sent.last().unwrap().body["business_connection_id"], "Conn-1");
    host.end().await;
}

#[tokio::test]
async fn a_payment_is_confirmed_by_the_workflow() {
    let (api, workflow) = (StrictBotApi::start(Rules::default()).await, StandIn::start(answers));
    let route = "[[routes]]\ntopic = \"pre_checkout_query\"\nworkflow = \"answer\"";
    let host = setup(&api, &workflow).config(route).start().await;
    let question = json!({ "id": "77", "from": { "id": 42, "is_bot": false, "first_name": "Ada" },
        "currency": "XTR", "total_amount": 50, "invoice_payload": "order-1" });
    host.telegram_all(&[json!({ "update_id": 1, "pre_checkout_query": question })]).await;
    let sent = api.has_sent(1).await;
    assert_eq!(sent[0].method, "answerPreCheckoutQuery");
    assert_eq!(sent[0].body, json!({ "pre_checkout_query_id": "77", "ok": true }));
    host.end().await;
}

#[tokio::test]
async fn a_group_that_became_another_gets_its_answer_there() {
    let moved = HashMap::from([(-100_200, -100_900)]);
    let api = StrictBotApi::start(Rules { moved, ..Rules::default() }).await;
    let workflow = StandIn::start(answers);
    let host = setup(&api, &workflow).start().await;
    host.telegram_all(&[group_update(1, "hello")]).await;
    assert_eq!(api.has_sent(1).await[0].chat, -100_900);
    host.end().await;
}

/// As many chats as Telegram would hold open at once for a small bot.
const CHATS: i64 = 200;

/// Messages of each chat: a few, or as many as `HOOKHOST_CHAT_MESSAGES` says. 40 take more than a minute.
fn messages() -> i64 {
    let said = std::env::var("HOOKHOST_CHAT_MESSAGES").ok();
    said.map_or(4, |said| said.parse().expect("HOOKHOST_CHAT_MESSAGES is a number"))
}

fn said(chat: i64, number: i64) -> String {
    format!("{chat} says {number}")
}

/// Kills the host in the midst of what it does, and starts it again.
async fn crash(host: &RwLock<Host>) {
    host.read().await.crash();
    let mut host = host.write().await;
    host.kill().await;
    host.restart().await;
}

/// The events of a chat as a whole.
async fn events_of(host: &Host, chat: &str) -> Vec<Value> {
    let listed = host.events(&["list", "--conversation", chat, "--limit", "100000"]).await;
    let mut events = Vec::new();
    for event in listed.as_array().unwrap() {
        events.push(host.admin(&format!("/events/{}", event["id"].as_str().unwrap())).await);
    }
    events
}

/// Calls for an event's answer of which nobody knows what became of them.
fn unknown_calls(event: &Value) -> u64 {
    event["replies"][0]["unknown_calls"].as_u64().unwrap_or_default()
}

#[tokio::test]
async fn every_update_is_answered_once_and_in_order_whatever_fails() {
    let api = StrictBotApi::start(Rules { fails_every: 23, floods_at: 10, ..Rules::default() }).await;
    // The workflow fails at times, too.
    let workflow = StandIn::start(|call, count| match count % 29 {
        0 => Answer::Json(500, Value::Null),
        _ => echo(call, count),
    });
    let host = Setup::new()
        .telegram_at(&api.host(), PACING_OFF)
        .http("echo", "", &workflow.host())
        .route("echo")
        .start()
        .await;
    let host = RwLock::new(host);
    let messages = messages();
    let queues: Vec<Vec<Value>> = (1..=CHATS)
        .map(|chat| {
            let mut queue: Vec<_> = (1..=messages)
                .map(|number| update(chat * 10_000 + number, chat, &said(chat, number)))
                .collect();
            // No update at all: it is held, and must not block the chat.
            queue.insert(1, json!({ "message": { "chat": { "id": chat } } }));
            queue
        })
        .collect();
    let updates: usize = queues.iter().map(Vec::len).sum();
    let expected = usize::try_from(CHATS * messages).unwrap();
    let delivery = Delivery::new(17);
    // Once in the midst of deliveries, and once in the midst of answers.
    let crashes = async {
        reaches("attempts", updates / 3, || delivery.attempts()).await;
        crash(&host).await;
        reaches("answers", expected / 2, || api.sent().len()).await;
        crash(&host).await;
    };
    let (attempts, ()) = tokio::join!(delivery.deliver(&host, &queues), crashes);
    assert!(attempts > updates, "the faults were injected");

    let host = host.into_inner();
    reaches("different answers", expected, || answered_so_far(&api)).await;
    host.replies_ended().await;
    let sent = api.sent();
    for chat in 1..=CHATS {
        let mut told: Vec<(&str, usize)> = Vec::new();
        for one in sent.iter().filter(|one| one.chat == chat) {
            match told.last_mut().filter(|(last, _)| *last == one.text()) {
                Some((_, times)) => *times += 1,
                None => told.push((one.text(), 1)),
            }
        }
        let texts: Vec<&str> = told.iter().map(|(text, _)| *text).collect();
        let expected: Vec<String> = (1..=messages).map(|number| said(chat, number)).collect();
        assert_eq!(texts, expected, "chat {chat}");
        // What came again was on its way when a crash met it.
        if told.iter().any(|(_, times)| *times > 1) {
            let events = events_of(&host, &chat.to_string()).await;
            for (text, times) in told {
                let event = events.iter().find(|event| event["event"]["message"]["text"] == text).unwrap();
                assert!(times as u64 <= 1 + unknown_calls(event), "{chat} was told {times} times: {event:#}");
            }
        }
    }
    // Nor did the host hear that it was too fast where a crash met that answer.
    for offence in api.offences() {
        let chat = offence.strip_suffix(" was written to before its time").expect("no other rule is broken");
        let events = events_of(&host, chat).await;
        assert!(events.iter().any(|event| unknown_calls(event) > 0), "{offence}");
    }
    host.end().await;
}

/// How many different answers were sent.
fn answered_so_far(api: &StrictBotApi) -> usize {
    let sent = api.sent();
    sent.iter().map(|one| (one.chat, one.text())).collect::<BTreeSet<_>>().len()
}

/// Waits until there are so many; however slow the machine is, it goes on.
async fn reaches(what: &str, count: usize, so_far: impl Fn() -> usize) {
    for some in (0..=count).step_by(50).chain([count]) {
        until(&format!("{some} {what}"), || (so_far() >= some).then_some(())).await;
    }
}
