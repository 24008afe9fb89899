//! What every request meets before anybody looks into it.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::support::generic::{self, call, hmac_hex};
use crate::support::host::Host;
use crate::support::setup::{
    GENERIC_SECRET, PHONE_NUMBER_ID, Setup, TELEGRAM_SECRET_TOKEN, WHATSAPP_APP_SECRET, now_s,
};
use crate::support::wait::PATIENCE;
use crate::support::workflow::{ECHO, ECHO_NOTED, NOTE};
use crate::support::{bot_api, graph_api, telegram, whatsapp};

#[tokio::test]
async fn an_address_answers_for_what_it_is() {
    let api = bot_api::start();
    let host = Setup::new().telegram(&api).start().await;
    assert_eq!(host.get("/health").await.status, 200);
    assert_eq!(host.get("/ready").await.status, 200);
    for path in ["/webhooks/nosuch", "/webhooks/telegrams", "/webhooks", "/", "/nosuch"] {
        host.post(path, &[], "{}").await.assert_problem(404, "");
    }
    // A shipped provider that nobody set up has no secret, so nobody can be proven.
    host.post("/webhooks/generic", &[], "{}").await.assert_problem(401, "");
    host.logged(&["generic", "WEBHOOK_SECRET_GENERIC"]).await;
    let get = host.get("/webhooks/telegram").await;
    get.assert_problem(405, "POST");
    assert_eq!(get.header("allow"), "POST");
    for path in
        ["/executions", "/executions/nosuch", "/executions/nosuch?token=00112233445566778899aabbccddeeff"]
    {
        host.get(path).await.assert_problem(404, "");
    }
    host.end().await;
}

#[tokio::test]
async fn nobody_gets_in_without_proof() {
    let (bots, graph) = (bot_api::start(), graph_api::start());
    let mut host = Setup::new()
        .telegram(&bots)
        .whatsapp(&graph)
        .generic()
        .script("echo", &format!("{NOTE}{ECHO_NOTED}"))
        .start()
        .await;
    let update = |text: &str| telegram::update(1, 7, text).to_string();
    let delivery = |text: &str| whatsapp::single(whatsapp::text("wamid.1", "15550142", text)).to_string();
    let (forged_update, forged_delivery) = (update("/echo forged"), delivery("/echo forged"));
    let forged_call = generic::call_with_id("order-1", "echo", "forged").to_string();
    let of_another_body = hmac_hex(GENERIC_SECRET, "{}");
    let of_another_key = hmac_hex("another key", &forged_call);
    let prefixed = |hex: &str| format!("sha256={hex}");
    let meta_of_another_body = prefixed(&hmac_hex(WHATSAPP_APP_SECRET, "{}"));
    let meta_of_another_key = prefixed(&hmac_hex("another key", &forged_delivery));
    let meta_without_prefix = hmac_hex(WHATSAPP_APP_SECRET, &forged_delivery);
    let longer_token = format!("{TELEGRAM_SECRET_TOKEN}x");

    for (provider, header, body, wrong) in [
        (
            "telegram",
            telegram::HEADER,
            &forged_update,
            ["", "wrong-token", &TELEGRAM_SECRET_TOKEN[1..], &longer_token],
        ),
        (
            "whatsapp",
            whatsapp::HEADER,
            &forged_delivery,
            ["sha256=", &meta_of_another_body, &meta_of_another_key, &meta_without_prefix],
        ),
        ("generic", generic::HEADER, &forged_call, ["", "sha256=", &of_another_body, &of_another_key]),
    ] {
        let path = format!("/webhooks/{provider}");
        host.post(&path, &[], body.as_str()).await.assert_problem(401, "signature");
        for value in wrong {
            let reply = host.post(&path, &[(header, value)], body.as_str()).await;
            reply.assert_problem(401, "signature");
        }
    }

    // What is proven has the same ids; that nothing ran under them before shows that nothing was kept.
    assert_eq!(host.telegram_body(&update("/echo proven")).await.status, 200);
    assert_eq!(host.whatsapp_body(&delivery("/echo proven")).await.status, 200);
    let proven = host.generic(&generic::call_with_id("order-1", "echo", "proven")).await;
    assert_eq!(proven.json()["result"], "proven", "{proven:?}");
    assert_eq!(bot_api::texts(&bots.received_only(1).await), ["proven"]);
    assert_eq!(graph_api::said(&graph.received_only(1).await)[0].1, "proven");
    assert_eq!(host.documents().len(), 3);
    host.kill().await;
    assert!(host.stored_with("forged").is_empty(), "what is not proven is not stored");
    assert!(!host.stored_with("/echo proven").is_empty(), "what is proven is, or this search finds nothing");
    host.end().await;
}

#[tokio::test]
async fn whoever_waives_proof_is_reminded_of_it() {
    let api = bot_api::start();
    let host = Setup::new()
        .telegram_with(&api, "verification = \"none\"")
        .without("TELEGRAM_SECRET_TOKEN")
        .script("echo", ECHO)
        .start()
        .await;
    host.logged(&["telegram", "verification is off"]).await;
    let update = telegram::update(1, 7, "/echo hello").to_string();
    assert_eq!(host.post("/webhooks/telegram", &[], update).await.status, 200);
    assert_eq!(bot_api::texts(&api.received_only(1).await), ["hello"]);
    host.end().await;
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused_before_it_is_read() {
    let host = Setup::new().generic().script("echo", ECHO).start().await;
    let head = "POST /webhooks/generic HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n";
    let announced = format!("{head}content-length: 4194304\r\n\r\n");
    // Nothing is announced here, and the end never comes.
    let chunk = format!("{:x}\r\n{}\r\n", 1024 * 1024, " ".repeat(1024 * 1024));
    let endless = format!("{head}transfer-encoding: chunked\r\n\r\n{}", chunk.repeat(4));
    for request in [announced, endless] {
        let answer = answer_to_half(&host, &request).await;
        assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
        assert!(answer.contains("application/problem+json"), "{answer}");
    }

    // Whoever sends it all the same sees the answer too.
    let large = call("echo", &"x".repeat(4 * 1024 * 1024)).to_string();
    host.generic_body(&large, &[]).await.assert_problem(413, "3145728");
    let fits = call("echo", &"x".repeat(1024)).to_string();
    assert_eq!(host.generic_body(&fits, &[]).await.status, 200);
    host.end().await;
}

/// What is answered to a request whose body never ends.
async fn answer_to_half(host: &Host, request: &str) -> String {
    let mut stream = TcpStream::connect(host.address()).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"}") {
        let read = timeout(PATIENCE, stream.read_buf(&mut answer)).await.expect("it answers").unwrap();
        assert!(read > 0, "it answers before it closes");
    }
    String::from_utf8(answer).unwrap()
}

#[tokio::test]
async fn a_full_batch_of_meta_is_taken_as_a_whole() {
    let graph = graph_api::start();
    let host = Setup::new().whatsapp(&graph).start().await;
    let padding = "x".repeat(2_400);
    let statuses: Vec<_> = (0..1_000)
        .map(|n| {
            serde_json::json!({
                "id": format!("wamid.{n}"), "status": "delivered", "recipient_id": "15550142",
                "timestamp": now_s().to_string(), "padding": padding,
            })
        })
        .collect();
    let mut change = whatsapp::change(PHONE_NUMBER_ID, &[]);
    change["value"]["statuses"] = statuses.into();
    let reply = host.whatsapp(&whatsapp::delivery(&[&[change]])).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    host.logged(&["admitted", "new=1000"]).await;
    host.end().await;
}

#[tokio::test]
async fn a_packed_body_is_taken_as_it_is_and_never_unpacked() {
    let host = Setup::new().generic().script("echo", ECHO).start().await;
    // What comes out of gzip may be a thousand times as much; what is signed is what came.
    let packed = "not gzip, and nobody tries";
    let reply = host.generic_body(packed, &[("content-encoding", "gzip")]).await;
    reply.assert_problem(400, "");
    let call = crate::support::generic::call("echo", "hello").to_string();
    let reply = host.generic_body(&call, &[("content-encoding", "gzip")]).await;
    assert_eq!(reply.json()["result"], "hello", "{reply:?}");
    host.end().await;
}

#[tokio::test]
async fn a_body_that_is_nested_deeply_harms_nobody() {
    let host = Setup::new().generic().script("echo", ECHO).start().await;
    let (open, close) = ("[".repeat(100_000), "]".repeat(100_000));
    for inputs in [format!("{{\"input\": {open}{close}}}"), format!("{open}{close}"), open] {
        let reply =
            host.generic_body(&format!("{{\"workflow_name\": \"echo\", \"inputs\": {inputs}}}"), &[]).await;
        assert!(matches!(reply.status, 200 | 202 | 400), "{reply:?}");
        let next = host.generic(&crate::support::generic::call("echo", "hello")).await;
        assert_eq!(next.json()["result"], "hello", "{next:?}");
    }
    host.end().await;
}
