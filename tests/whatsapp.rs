//! WhatsApp: the handshake, batches, and whom an answer goes to.

use serde_json::{Value, json};

use crate::support::generic::hmac_hex;
use crate::support::graph_api::{self, said};
use crate::support::setup::{
    PHONE_NUMBER_ID, Setup, WHATSAPP_ACCESS_TOKEN, WHATSAPP_APP_SECRET, WHATSAPP_VERIFY_TOKEN, now_s,
};
use crate::support::whatsapp::{HEADER, change, change_with, delivery, single, text};
use crate::support::workflow::{ECHO, ECHO_NOTED, NOTE};

#[tokio::test]
async fn a_handshake_gives_the_challenge_back_to_who_knows_the_token() {
    let host = Setup::new().whatsapp(&graph_api::start()).start().await;
    let challenge = "00421158201444";
    let path = |mode: &str, token: &str| {
        format!("/webhooks/whatsapp?hub.mode={mode}&hub.challenge={challenge}&hub.verify_token={token}")
    };
    let reply = host.get(&path("subscribe", WHATSAPP_VERIFY_TOKEN)).await;
    assert_eq!((reply.status, reply.body.as_str()), (200, challenge));
    assert!(reply.header("content-type").starts_with("text/plain"), "{reply:?}");
    for wrong in ["", "another-token", &WHATSAPP_VERIFY_TOKEN[1..]] {
        let reply = host.get(&path("subscribe", wrong)).await;
        assert_eq!(reply.status, 403, "{reply:?}");
        assert!(!reply.body.contains(challenge), "{reply:?}");
    }
    assert_eq!(host.get(&path("unsubscribe", WHATSAPP_VERIFY_TOKEN)).await.status, 405);
    assert_eq!(host.get("/webhooks/whatsapp").await.status, 405);
    host.end().await;
}

#[tokio::test]
async fn a_message_is_answered_from_the_number_it_came_to() {
    let api = graph_api::start();
    let host = Setup::new().whatsapp(&api).script("echo", ECHO).start().await;
    // Meta escapes and does not escape, in one body; the signature is over what it wrote.
    let body = single(text("wamid.1", "15550142", "/echo Gr@e mit 😀"));
    let body = body.to_string().replace("Gr@e", "Gr\\u00fc\\u00dfe");
    let reply = host.whatsapp_body(&body).await;
    assert_eq!((reply.status, reply.body.as_str()), (200, ""));

    let call = &api.received_only(1).await[0];
    assert_eq!(call.method, "POST");
    assert_eq!(call.path, format!("/v99.0/{PHONE_NUMBER_ID}/messages"));
    assert_eq!(call.headers["authorization"], format!("Bearer {WHATSAPP_ACCESS_TOKEN}"));
    assert_eq!(call.body["messaging_product"], "whatsapp");
    assert_eq!(call.body["to"], "15550142");
    assert_eq!(call.body["text"]["body"], "Grüße mit 😀");
    assert_eq!(call.body.get("recipient"), None);
    host.end().await;
}

#[tokio::test]
async fn a_signature_over_the_escaped_form_of_a_body_holds_too() {
    let api = graph_api::start();
    let host = Setup::new().whatsapp(&api).script("echo", ECHO).start().await;
    let body = single(text("wamid.1", "15550142", "/echo ä😀")).to_string();
    let escaped = body.replace('ä', "\\u00e4").replace('😀', "\\ud83d\\ude00");
    let signature = format!("sha256={}", hmac_hex(WHATSAPP_APP_SECRET, &escaped));
    let reply = host.post("/webhooks/whatsapp", &[(HEADER, &signature)], body).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    assert_eq!(said(&api.received_only(1).await), [("15550142".to_owned(), "ä😀".to_owned())]);
    host.end().await;
}

#[tokio::test]
async fn every_message_of_a_batch_is_answered_once() {
    let api = graph_api::start();
    let host = Setup::new().whatsapp(&api).script("echo", &format!("{NOTE}{ECHO_NOTED}")).start().await;
    let message = |n: u8| text(&format!("wamid.{n}"), &format!("1555010{n}"), &format!("/echo number {n}"));
    let changed = |messages: &[Value]| change(PHONE_NUMBER_ID, messages);
    let batch = delivery(&[
        &[changed(&[message(1), message(2)]), changed(&[message(3), message(4)])],
        &[changed(&[message(5), message(2)]), changed(&[message(6)])],
    ]);
    assert_eq!(host.whatsapp(&batch).await.status, 200);
    let expected: Vec<_> = (1..=6).map(|n| (format!("1555010{n}"), format!("number {n}"))).collect();
    assert_eq!(said(&api.received_only(6).await), expected);
    assert_eq!(host.documents().len(), 6);

    assert_eq!(host.whatsapp(&batch).await.status, 200, "Meta may send it again for a week");
    api.received_only(6).await;
    host.end().await;
}

#[tokio::test]
async fn somebody_without_a_phone_number_is_answered_all_the_same() {
    let api = graph_api::start();
    let host = Setup::new().whatsapp(&api).script("echo", ECHO).start().await;
    let user = "US.13491208655302741918";
    let contacts = json!([{ "profile": { "name": "Ada", "username": "ada" }, "user_id": user }]);
    let message = json!({
        "from_user_id": user, "id": "wamid.1", "timestamp": now_s().to_string(),
        "type": "text", "text": { "body": "/echo hello" },
    });
    let delivery = delivery(&[&[change_with(PHONE_NUMBER_ID, &contacts, &[message])]]);
    assert_eq!(host.whatsapp(&delivery).await.status, 200);
    let call = &api.received_only(1).await[0];
    assert_eq!((&call.body["recipient"], call.body.get("to")), (&json!(user), None));
    assert_eq!(call.body["text"]["body"], "hello");
    host.end().await;
}

#[tokio::test]
async fn a_message_is_marked_as_read_and_we_as_typing_while_its_workflow_runs() {
    let api = graph_api::start();
    let host = Setup::new().whatsapp(&api).script("echo", &format!("sleep 2\n{ECHO}")).start().await;
    assert_eq!(host.whatsapp(&single(text("wamid.1", "15550142", "/echo hello"))).await.status, 200);
    api.received_only(1).await;
    let marks: Vec<_> = api.asides().into_iter().map(|call| call.body).collect();
    let read = json!({ "messaging_product": "whatsapp", "status": "read", "message_id": "wamid.1" });
    let mut typing = read.clone();
    typing["typing_indicator"] = json!({ "type": "text" });
    assert_eq!(marks[..2], [read, typing]);
    host.end().await;
}

#[tokio::test]
async fn each_of_our_numbers_answers_for_itself() {
    let api = graph_api::start();
    let host = Setup::new().whatsapp(&api).script("echo", ECHO).start().await;
    let delivery = delivery(&[&[change("209990000000002", &[text("wamid.1", "15550142", "/echo hello")])]]);
    assert_eq!(host.whatsapp(&delivery).await.status, 200);
    assert_eq!(api.received_only(1).await[0].path, "/v99.0/209990000000002/messages");
    host.end().await;
}

#[tokio::test]
async fn a_signed_body_that_is_no_delivery_is_held_and_acknowledged() {
    let api = graph_api::start();
    let host = Setup::new().whatsapp(&api).script("echo", ECHO).start().await;
    for (body, reason) in [("{not json", "not JSON"), ("{}", "`object` is missing")] {
        let reply = host.whatsapp_body(body).await;
        assert_eq!(reply.status, 200, "{body}: {reply:?}");
        host.logged(&["held", "whatsapp", reason]).await;
    }
    assert_eq!(host.whatsapp(&single(text("wamid.1", "15550142", "/echo hello"))).await.status, 200);
    api.received_only(1).await;
    host.end().await;
}
