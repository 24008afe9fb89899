//! WhatsApp at its limits: a stand-in that enforces Meta's rules, and what we do about them.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::sync::RwLock;

use crate::support::graph_api::{self, Rules, Strict};
use crate::support::host::Host;
use crate::support::setup::{PHONE_NUMBER_ID, Setup, WHATSAPP_ACCESS_TOKEN, now_s, told};
use crate::support::stand_in::{Answer, StandIn};
use crate::support::wait::until;
use crate::support::whatsapp::{HEADER, change, delivery, signed, single, text};
use crate::support::workflow::{ECHO, NOTE, echo};

/// An HTTP workflow that answers with this, whatever it is asked.
fn answering(answer: Value) -> StandIn {
    StandIn::start(move |_, _| Answer::Json(200, answer.clone()))
}

#[tokio::test]
async fn two_hundred_people_at_once_lose_nothing_get_nothing_twice_and_keep_their_order() {
    const PEOPLE: usize = 200;
    const EACH: usize = 3;
    // Everybody's third message is one too many, until the second that Meta asks for is over.
    let rules = Rules { pair_burst: 2, pair_pause: Duration::from_secs(1), ..Rules::lenient() };
    let (graph, workflow) = (Strict::start(rules), StandIn::start(echo));
    let host = Setup::new().whatsapp(&graph.api).http("echo", "", &workflow.host()).start().await;

    let from = |person: usize| format!("1555{person:04}");
    let message =
        |person: usize, n: usize| text(&format!("wamid.{person}.{n}"), &from(person), &format!("/echo {n}"));
    for n in 0..EACH {
        let batches = (0..PEOPLE).collect::<Vec<_>>();
        let batches = batches.chunks(50).map(|people| {
            let messages: Vec<_> = people.iter().map(|&person| message(person, n)).collect();
            delivery(&[&[change(PHONE_NUMBER_ID, &messages)]])
        });
        let batches: Vec<_> = batches.collect();
        for reply in join_all(batches.iter().map(|batch| host.whatsapp(batch))).await {
            assert_eq!(reply.status, 200, "{reply:?}");
        }
    }

    // However slow the machine is, it goes on.
    for answers in (50..=PEOPLE * EACH).step_by(50) {
        until(&format!("{answers} answers"), || (graph.accepted().len() >= answers).then_some(())).await;
    }
    let accepted = graph.api.received_only(PEOPLE * (EACH + 1)).await.len();
    assert_eq!(accepted, PEOPLE * EACH + graph.refused().len());
    let mut said = BTreeMap::<String, Vec<String>>::new();
    for body in graph.accepted() {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        said.entry(text(&body["to"])).or_default().push(text(&body["text"]["body"]));
    }
    let expected: Vec<String> = (0..EACH).map(|n| n.to_string()).collect();
    for person in 0..PEOPLE {
        assert_eq!(said.get(&from(person)), Some(&expected), "{person}");
    }
    assert_eq!(graph.refused(), [131_056; PEOPLE], "once for everybody: nobody asks again too soon");
    host.end().await;
}

/// As Meta does: what is not acknowledged comes again.
async fn until_acknowledged(host: &RwLock<Host>, batch: &Value) {
    let (body, signature) = signed(batch);
    loop {
        let reply = {
            let host = host.read().await;
            host.try_post("/webhooks/whatsapp", &[(HEADER, &signature)], body.clone()).await
        };
        match reply.map(|reply| reply.status) {
            Some(200) => return,
            _ => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}

#[tokio::test]
async fn crashes_among_two_hundred_people_lose_nothing_and_say_nothing_twice() {
    const PEOPLE: usize = 200;
    const EACH: usize = 4;
    let (graph, workflow) = (Strict::start(Rules::lenient()), StandIn::start(echo));
    let host = Setup::new().whatsapp(&graph.api).http("echo", "", &workflow.host()).start().await;
    let host = RwLock::new(host);
    let from = |person: usize| format!("1555{person:04}");
    let delivering = async {
        for n in 0..EACH {
            let people: Vec<usize> = (0..PEOPLE).collect();
            let batches = people.chunks(10).map(|people| {
                let message = |&person: &usize| {
                    text(&format!("wamid.{person}.{n}"), &from(person), &format!("/echo {n}"))
                };
                delivery(&[&[change(PHONE_NUMBER_ID, &people.iter().map(message).collect::<Vec<_>>())]])
            });
            let batches: Vec<_> = batches.collect();
            join_all(batches.iter().map(|batch| until_acknowledged(&host, batch))).await;
        }
    };
    let crashes = async {
        for answers in [PEOPLE / 2, PEOPLE * 2] {
            until(&format!("{answers} answers"), || (graph.accepted().len() >= answers).then_some(())).await;
            host.read().await.crash();
            let mut host = host.write().await;
            host.kill().await;
            host.restart().await;
        }
    };
    tokio::join!(delivering, crashes);
    let host = host.into_inner();

    // Whatever a crash met in the middle of its call is not said again: nobody knows whether it was.
    let ended = host.replies_ended().await;
    let by = |state: &str| ended[state].as_u64().unwrap_or_default();
    assert_eq!(by("sent") + by("unsure"), (PEOPLE * EACH) as u64, "{ended}");
    let accepted = graph.accepted();
    let mut unsure = 0;
    for person in 0..PEOPLE {
        let of_this = accepted.iter().filter(|body| body["to"] == *from(person));
        let said: Vec<usize> =
            of_this.map(|body| body["text"]["body"].as_str().unwrap().parse().unwrap()).collect();
        assert!(said.is_sorted_by(|one, next| one < next), "{person} was told {said:?}");
        unsure += EACH - said.len();
    }
    assert!(unsure as u64 <= by("unsure"), "{unsure} were not said, of which nobody knows: {ended}");
    host.end().await;
}

#[tokio::test]
async fn after_24_hours_the_fallback_template_is_sent_in_place_of_the_answer() {
    let graph = Strict::start(Rules { silent: "15550142", ..Rules::lenient() });
    let settings = ", fallback_template = \"come_back\", fallback_template_language = \"de\"";
    let host = Setup::new().whatsapp_with(&graph.api, settings).script("echo", ECHO).start().await;
    host.whatsapp(&single(text("wamid.1", "15550142", "/echo hello"))).await;
    graph.api.received_only(2).await;
    assert_eq!(graph.refused(), [131_047]);
    let template = &graph.accepted()[0];
    assert_eq!(template["template"], json!({ "name": "come_back", "language": { "code": "de" } }));
    assert_eq!(template["to"], "15550142");
    host.end().await;
}

#[tokio::test]
async fn without_a_fallback_an_answer_after_24_hours_is_given_up_and_the_log_says_why() {
    let graph = Strict::start(Rules { silent: "15550142", ..Rules::lenient() });
    let host = Setup::new().whatsapp(&graph.api).script("echo", ECHO).start().await;
    host.whatsapp(&single(text("wamid.1", "15550142", "/echo hello"))).await;
    host.logged(&["131047", "fallback_template"]).await;
    assert_eq!((graph.api.received_only(1).await.len(), graph.accepted().len()), (1, 0));
    host.end().await;
}

#[tokio::test]
async fn what_does_not_fit_is_shown_in_a_simpler_way_and_taken() {
    let buttons = |count: usize| {
        let buttons: Vec<_> =
            (1..=count).map(|n| json!({ "title": format!("Choice {n}"), "id": n.to_string() })).collect();
        json!({ "buttons": { "body": "Which?", "buttons": buttons } })
    };
    let long = json!({ "buttons": { "body": "x".repeat(1500), "buttons": [{ "title": "Go", "id": "go" }] } });
    let row = |n: usize| json!({ "id": n.to_string(), "title": format!("Row {n}") });
    let menu = json!({ "menu": { "body": "Which?", "label": "Choose", "sections": [{ "rows": [row(1), row(2)] }] } });
    let workflow = answering(json!({ "replies": [buttons(3), buttons(4), buttons(11), long, menu] }));
    let graph = Strict::start(Rules::lenient());
    let host = Setup::new().whatsapp(&graph.api).http("ask", "", &workflow.host()).start().await;
    host.whatsapp(&single(text("wamid.1", "15550142", "/ask"))).await;
    graph.api.received_only(6).await;
    let kinds: Vec<_> = graph
        .accepted()
        .iter()
        .map(|body| body["interactive"]["type"].as_str().unwrap_or("text").to_owned())
        .collect();
    assert_eq!(kinds, ["button", "list", "text", "text", "button", "list"]);
    assert_eq!(graph.refused(), [0_u32; 0]);
    host.end().await;
}

#[tokio::test]
async fn what_meta_would_refuse_is_not_sent_and_the_field_is_in_the_log() {
    let header = json!({ "type": "text", "text": "x".repeat(61) });
    let interactive = json!({ "type": "flow", "header": header, "body": { "text": "a" }, "action": {} });
    let raw = json!({ "raw": { "type": "interactive", "interactive": interactive } });
    let workflow = answering(json!({ "replies": [raw, { "text": "and more" }] }));
    let graph = Strict::start(Rules::lenient());
    let host = Setup::new().whatsapp(&graph.api).http("ask", "", &workflow.host()).start().await;
    host.whatsapp(&single(text("wamid.1", "15550142", "/ask"))).await;
    host.logged(&["interactive.header.text", "60 are the most"]).await;
    assert_eq!(graph.api.received_only(1).await[0].body["text"]["body"], "and more");
    host.end().await;
}

#[tokio::test]
async fn a_file_that_somebody_sent_is_brought_though_its_first_link_has_expired() {
    let graph = graph_api::with_file(b"a cat");
    let host = Setup::new().whatsapp(&graph).script("look", &format!("{NOTE}:")).route("look").start().await;
    let image = json!({ "id": "77", "mime_type": "image/png" });
    let message = json!({
        "from": "15550142", "id": "wamid.1", "timestamp": now_s().to_string(), "type": "image", "image": image,
    });
    host.whatsapp(&single(message)).await;
    let attachment = host.ran(1).await[0]["event"]["message"]["attachments"][0].clone();
    let link = attachment["url"].as_str().unwrap().strip_prefix(&host.url("")).unwrap();
    let reply = host.get(link).await;
    assert_eq!((reply.status, reply.bytes.as_slice()), (200, &b"a cat"[..]), "{reply:?}");

    let calls = graph.received_only(4).await;
    let paths: Vec<_> = calls.iter().map(|call| call.path.as_str()).collect();
    let file = "/files?mid=77&hash=a%2Fb";
    assert_eq!(paths, ["/v99.0/77", file, "/v99.0/77", file]);
    let token = format!("Bearer {WHATSAPP_ACCESS_TOKEN}");
    assert!(calls.iter().all(|call| call.headers["authorization"] == token), "{calls:?}");
    host.end().await;
}

#[tokio::test]
async fn a_message_that_comes_too_late_is_recorded_and_not_run() {
    let graph = Strict::start(Rules::lenient());
    let host =
        Setup::new().whatsapp_with(&graph.api, ", max_age = \"1h\"").script("echo", ECHO).start().await;
    let mut old = text("wamid.old", "15550142", "/echo old");
    old["timestamp"] = json!((now_s() - 3_660).to_string());
    host.whatsapp(&single(old)).await;
    host.whatsapp(&single(text("wamid.new", "15550142", "/echo new"))).await;
    assert_eq!(graph.api.received_only(1).await[0].body["text"]["body"], "new");
    let listed = host.setup.run(&["events", "list", "--json", "--state", "stale"]).await;
    assert!(told(&listed).contains("message.text"), "{listed:?}");
    host.end().await;
}

#[tokio::test]
async fn a_delivery_of_a_thousand_messages_is_understood_as_a_whole() {
    let graph = Strict::start(Rules::lenient());
    let host = Setup::new().whatsapp(&graph.api).script("echo", ECHO).start().await;
    // In a group nobody is answered who asks for nothing.
    let words = "x".repeat(2_800);
    let message = |n: usize| {
        let mut message = text(&format!("wamid.{n}"), "15550142", &words);
        message["group_id"] = "G1".into();
        message
    };
    let messages: Vec<_> = (0..1_000).map(message).collect();
    let reply = host.whatsapp(&delivery(&[&[change(PHONE_NUMBER_ID, &messages)]])).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    let held = host.setup.run(&["events", "held", "--json"]).await;
    assert_eq!(told(&held).trim(), "[]");
    host.end().await;
}
