//! What became of an answer at the provider, as people see it.

use std::time::Instant;

use serde_json::{Value, json};

use crate::support::graph_api;
use crate::support::host::Host;
use crate::support::setup::{Setup, now_s, told};
use crate::support::stand_in::Answer;
use crate::support::wait::PATIENCE;
use crate::support::whatsapp::{single, single_status, text};
use crate::support::workflow::ECHO;

fn status(message: &str, state: &str) -> Value {
    json!({ "id": message, "status": state, "timestamp": now_s().to_string(), "recipient_id": "15550142" })
}

/// The only reply of the event with this topic, as `hookhost events show` has it.
async fn reply(host: &Host) -> Value {
    let listed = host.setup.run(&["events", "list", "--topic", "message.*", "--json"]).await;
    let listed: Value =
        serde_json::from_slice(&listed.stdout).unwrap_or_else(|_| panic!("{}", told(&listed)));
    let id = listed[0]["id"].as_str().unwrap();
    let shown = host.setup.run(&["events", "show", id, "--json"]).await;
    let shown: Value = serde_json::from_slice(&shown.stdout).unwrap_or_else(|_| panic!("{}", told(&shown)));
    assert_eq!(shown["replies"].as_array().unwrap().len(), 1, "{shown}");
    shown["replies"][0].clone()
}

async fn stands(host: &Host, state: &str) -> Value {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let reply = reply(host).await;
        if reply["state"] == state {
            return reply;
        }
        assert!(Instant::now() < deadline, "waited in vain for a reply that is {state}: {reply}");
    }
}

#[tokio::test]
async fn an_answer_moves_from_sent_to_read_and_never_back() {
    let api = graph_api::start();
    let host = Setup::new().whatsapp(&api).script("echo", ECHO).start().await;
    assert_eq!(host.whatsapp(&single(text("wamid.1", "15550142", "/echo hello"))).await.status, 200);
    api.received_only(1).await;
    let sent = stands(&host, "sent").await;
    assert_eq!(sent["receipts"], json!(["wamid.out1"]));
    for (state, expected) in
        [("delivered", "delivered"), ("read", "read"), ("delivered", "read"), ("sent", "read")]
    {
        assert_eq!(host.whatsapp(&single_status(&status("wamid.out1", state))).await.status, 200);
        assert_eq!(reply(&host).await["state"], expected, "after {state}");
    }
    let mut failed = status("wamid.out1", "failed");
    failed["errors"] = json!([{ "code": 131_026, "title": "Message undeliverable" }]);
    assert_eq!(host.whatsapp(&single_status(&failed)).await.status, 200);
    let failed = reply(&host).await;
    assert_eq!(
        (&failed["state"], &failed["reason"]),
        (&json!("failed"), &json!("131026: Message undeliverable"))
    );
    host.end().await;
}

#[tokio::test]
async fn a_status_that_overtakes_the_answer_of_the_call_is_not_lost() {
    let api = graph_api::start();
    let host = Setup::new().whatsapp(&api).script("echo", ECHO).start().await;
    assert_eq!(host.whatsapp(&single_status(&status("wamid.out1", "delivered"))).await.status, 200);
    assert_eq!(host.whatsapp(&single(text("wamid.1", "15550142", "/echo hello"))).await.status, 200);
    stands(&host, "delivered").await;
    host.end().await;
}

#[tokio::test]
async fn a_later_status_settles_what_nobody_knew() {
    let api = graph_api::start();
    api.answers(Answer::Hang);
    let mut host = Setup::new().whatsapp(&api).script("echo", ECHO).start().await;
    assert_eq!(host.whatsapp(&single(text("wamid.1", "15550142", "/echo hello"))).await.status, 200);
    let call = api.received(1).await.pop().unwrap();
    host.kill().await;
    host.restart().await;
    stands(&host, "unsure").await;
    let mut sent = status("wamid.x", "sent");
    sent["biz_opaque_callback_data"] = call.body["biz_opaque_callback_data"].clone();
    assert_eq!(host.whatsapp(&single_status(&sent)).await.status, 200);
    stands(&host, "sent").await;
    assert_eq!(host.whatsapp(&single_status(&status("wamid.x", "read"))).await.status, 200);
    stands(&host, "read").await;
    assert_eq!(api.calls().len(), 1, "it is not sent again");
    host.end().await;
}
