//! What is never logged: secrets, tokens in links, and what people write.

use serde_json::json;

use crate::support::bot_api;
use crate::support::generic::{HEADER, call, call_with_id};
use crate::support::graph_api;
use crate::support::setup::{MARK, PACING_OFF, Setup, TELEGRAM_BOT_TOKEN, TEXT_MARK, told};
use crate::support::stand_in::{Answer, Reserved, StandIn};
use crate::support::telegram::{self, update};
use crate::support::whatsapp::{single, text};
use crate::support::workflow::{ECHO, NOTE, echo};

/// A text as somebody writes it.
fn said(what: &str) -> String {
    format!("{TEXT_MARK}{what}")
}

/// Every host here is ended by `end`, which looks for [`MARK`] and [`TEXT_MARK`] in all that it wrote.
#[tokio::test]
async fn what_is_taken_refused_or_held_is_not_quoted() {
    let api = bot_api::start();
    let host = Setup::new().telegram(&api).generic().script("echo", ECHO).route("echo").start().await;
    host.telegram_all(&[update(1, 7, &format!("/echo {}", said("accepted"))), update(2, 7, &said("routed"))])
        .await;
    api.received(2).await;
    // Refused: unsigned, badly signed, no JSON, another method, another path.
    let body = update(3, 7, &said("refused")).to_string();
    assert_eq!(host.post("/webhooks/telegram", &[], body.as_str()).await.status, 401);
    let wrong = [(telegram::HEADER, "hush-wrong-token")];
    assert_eq!(host.post("/webhooks/telegram", &wrong, body.as_str()).await.status, 401);
    let link = format!("/webhooks/generic?token={MARK}in-the-link&text={}", said("in-the-link"));
    assert_eq!(
        host.post(&link, &[(HEADER, &format!("{MARK}no-signature"))], body.as_str()).await.status,
        401
    );
    assert_eq!(host.post(&format!("/nowhere/{}", said("path")), &[], body.as_str()).await.status, 404);
    assert_eq!(host.generic_body(&format!("{{\"{}", said("no-json")), &[]).await.status, 400);
    assert_eq!(host.generic(&call(&said("no-workflow"), "")).await.status, 404);
    // Held, a duplicate, a conflict.
    assert_eq!(host.telegram_body(&format!("{{{}", said("held"))).await.status, 200);
    host.generic(&call_with_id(&said("id"), "echo", "one")).await;
    host.generic(&call_with_id(&said("id"), "echo", "one")).await;
    assert_eq!(host.generic(&call_with_id(&said("id"), "echo", &said("another"))).await.status, 422);
    host.logged(&["an id came again with other content"]).await;
    host.logged(&["held"]).await;
    // An unknown command, and the list of all of them.
    host.telegram_all(&[update(4, 7, &format!("/{}", said("unknown"))), update(5, 7, "/help")]).await;
    api.received(4).await;
    host.end().await;
}

#[tokio::test]
async fn a_workflow_that_fails_does_not_tell_the_log_what_it_was_asked() {
    let (api, workflow) = (bot_api::start(), StandIn::start(echo));
    let gone = Reserved::new();
    let with_token = |host: &str| format!("{host}/run?token={MARK}in-the-link#");
    let host = Setup::new()
        .telegram(&api)
        .http("http", "retries = 0", &with_token(&workflow.host()))
        .http("gone", "retries = 0", &with_token(&gone.host()))
        .script_with("exits", "retries = 0", "cat > /dev/null; echo no such file >&2; exit 3")
        .script_with("shape", "retries = 0", &format!("echo '{{\"replies\": [{{\"buttons\": \"{}\"}}]}}'", said("text")))
        .script_with(
            "link",
            "retries = 0",
            &format!("echo '{{\"replies\": [{{\"image\": {{\"url\": \"http://x.example/{TEXT_MARK}path?token={TEXT_MARK}query\"}}}}]}}'"),
        )
        .start()
        .await;
    for (id, name) in (1..).zip(["http", "exits", "shape", "link", "gone"]) {
        if name == "http" {
            workflow.answers(Answer::Json(500, json!({ "error": said("answered") })));
        }
        host.telegram_all(&[update(id, id, &format!("/{name} {}", said("asked")))]).await;
        host.logged(&["workflow=", name, "fail"]).await;
    }
    api.received(4).await;
    // The answers to the chats hold what the workflow wanted there; the log and the outputs must not.
    host.end().await;
}

#[tokio::test]
async fn a_reply_that_fails_is_not_quoted_and_neither_is_the_link_with_its_token() {
    let (bots, graph) = (bot_api::start(), graph_api::start());
    // The token of a Telegram bot is a part of every link.
    for code in [500, 401, 400] {
        bots.answers(bot_api::refused(code, &format!("cannot POST /bot{TELEGRAM_BOT_TOKEN}/sendMessage")));
    }
    graph.answers(Answer::Json(
        401,
        json!({ "error": { "code": 190, "message": "Invalid OAuth access token" } }),
    ));
    let host =
        Setup::new().telegram_with(&bots, PACING_OFF).whatsapp(&graph).script("echo", ECHO).start().await;
    for id in 1..=3 {
        host.telegram_all(&[update(id, id, &format!("/echo {}", said("reply")))]).await;
    }
    let message = single(text("wamid.1", "15550142", &format!("/echo {}", said("reply"))));
    assert_eq!(host.whatsapp(&message).await.status, 200);
    host.logged(&["could not be sent"]).await;
    host.logged(&["refuses everything", "whatsapp"]).await;
    host.end().await;

    let nobody = Reserved::new();
    let host = Setup::new().telegram_at(&nobody.host(), PACING_OFF).script("echo", ECHO).start().await;
    host.telegram_all(&[update(1, 7, &format!("/echo {}", said("reply")))]).await;
    host.logged(&["did not answer", "connect"]).await;
    host.end().await;
}

#[tokio::test]
async fn commands_and_a_reload_tell_no_secret() {
    let api = bot_api::start();
    let host = Setup::new().telegram(&api).generic().script("echo", ECHO).start().await;
    host.telegram_all(&[update(1, 7, &format!("/echo {}", said("listed")))]).await;
    api.received(1).await;
    host.hang_up();
    host.logged(&["what is served was exchanged"]).await;
    for arguments in [
        &["check"][..],
        &["events", "list"],
        &["events", "held"],
        &["plugin", "list"],
        &["sign", "generic"],
        &["recipes", "list"],
        &["events", "list", "--json"],
    ] {
        let output = host.setup.run(arguments).await;
        let told = told(&output);
        assert!(output.status.success(), "{arguments:?}: {told}");
        assert!(!told.contains(MARK) && !told.contains(TEXT_MARK), "{arguments:?}: {told}");
    }
    let scrape = host.scrape().await.body;
    assert!(!scrape.contains(MARK) && !scrape.contains(TEXT_MARK), "{scrape}");
    host.end().await;
}

#[tokio::test]
async fn a_file_that_is_not_brought_is_not_named_and_neither_is_the_link_to_it() {
    let api = bot_api::start();
    let host = Setup::new().telegram(&api).script("look", &format!("{NOTE}:")).route("look").start().await;
    let mut sent = update(1, 7, &said("caption"));
    let message = sent["message"].as_object_mut().unwrap();
    let caption = message.remove("text").unwrap();
    message.insert("caption".into(), caption);
    let name = format!("{}.pdf", said("name"));
    message.insert(
        "document".into(),
        json!({ "file_id": said("file"), "file_unique_id": "u", "file_name": name }),
    );
    host.telegram_all(&[sent]).await;
    let document = &host.ran(1).await[0];
    let attachment = &document["event"]["message"]["attachments"][0];
    assert_eq!(attachment["filename"], name, "{document}");
    api.answers(bot_api::refused(400, &format!("no file at /file/bot{TELEGRAM_BOT_TOKEN}/documents")));
    let url = attachment["url"].as_str().unwrap();
    let link = url.strip_prefix(&host.url("")).unwrap();
    assert_eq!(host.get(link).await.status, 502);
    let line = host.logged(&["a file was not brought", "no file at"]).await;
    assert!(!line.contains(link), "{line}");
    assert_eq!(host.get(&format!("/media/{}", said("token"))).await.status, 404);
    host.end().await;
}
