//! Files that came with a message: a link for the workflow, behind which the host brings them.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::bot_api;
use crate::support::host::Host;
use crate::support::setup::{Setup, TELEGRAM_BOT_TOKEN};
use crate::support::stand_in::{Answer, Call, StandIn};
use crate::support::telegram::update;
use crate::support::workflow::NOTE;

const CAT: &[u8] = b"\x89PNG a cat";
/// In base64, as WhatsApp writes it.
const CAT_SHA256: &str = "MIp/yEi/nLAtS4HIpOP7fRU4h3IGWVoAtW+qcb3A+XI=";

/// A provider that gives out links to its files; they may lead anywhere.
fn files() -> StandIn {
    StandIn::start(|call: &Call, count| match call.path.as_str() {
        "/v1/files/gone" => Answer::Json(410, json!("gone")),
        "/v1/files/nowhere" => Answer::Bytes(b"/bytes/nowhere".to_vec()),
        "/v1/bytes/nowhere" => Answer::Elsewhere("http://127.0.0.1:1/".into()),
        "/v1/files/expired" => Answer::Bytes(b"/bytes/expired".to_vec()),
        "/v1/bytes/expired" if count == 2 => Answer::Json(404, json!("expired")),
        path if path.starts_with("/v1/files/") => Answer::Bytes(b"/bytes/cat".to_vec()),
        path if path.starts_with("/v1/bytes/") => Answer::Bytes(CAT.to_vec()),
        _ => bot_api::accepted(call, count),
    })
}

async fn host(files: &StandIn) -> Host {
    let ungranted = bot_api::start();
    let look = format!("{NOTE}echo fine");
    Setup::new().rogue(files, &ungranted).script("look", &look).route("look").start().await
}

/// Delivers a message with a file, and gives the attachment that the workflow is given.
async fn attachment(host: &Host, file: Value) -> Value {
    let before = host.documents().len();
    assert_eq!(host.rogue(&file.to_string()).await.status, 200);
    let documents = host.ran(before + 1).await;
    documents[before]["event"]["message"]["attachments"][0].clone()
}

/// Where the link leads on the host.
fn path<'a>(host: &Host, attachment: &'a Value) -> &'a str {
    let url = attachment["url"].as_str().unwrap_or_else(|| panic!("it has a link: {attachment}"));
    url.strip_prefix(&host.url("")).unwrap_or_else(|| panic!("{url} leads to the host"))
}

fn paths(calls: &[Call]) -> Vec<&str> {
    calls.iter().map(|call| call.path.as_str()).filter(|path| *path != "/v1/say").collect()
}

#[tokio::test]
async fn a_workflow_fetches_a_file_through_the_host_and_never_sees_a_credential() {
    let files = files();
    let host = host(&files).await;
    let file = json!({
        "handle": "cat", "media_type": "image/png", "filename": "../my cat.png", "size": CAT.len(),
        "sha256": CAT_SHA256,
    });
    let attachment = attachment(&host, file).await;
    assert_eq!((&attachment["kind"], &attachment["size"]), (&json!("image"), &json!(CAT.len())));
    assert_eq!(paths(&files.calls()), [""; 0], "nothing is fetched before somebody asks");

    let link = path(&host, &attachment);
    let both = join_all([host.get(link), host.get(link)]).await;
    for reply in &both {
        assert_eq!((reply.status, reply.bytes.as_slice()), (200, CAT), "{reply:?}");
        assert_eq!(reply.header("content-type"), "image/png");
        assert_eq!(reply.header("x-content-type-options"), "nosniff");
        assert!(
            reply.header("content-disposition").starts_with("attachment; filename=\"my cat.png\""),
            "{reply:?}"
        );
        assert_eq!(reply.header("content-length"), CAT.len().to_string());
    }
    let calls = files.calls();
    assert_eq!(paths(&calls), ["/v1/files/cat", "/v1/bytes/cat"], "both were given the same");
    assert!(calls.iter().all(|call| call.headers["authorization"] == "Bearer hush-rogue-api-key"));
    host.end().await;
}

#[tokio::test]
async fn a_link_of_the_provider_that_has_expired_is_fetched_again() {
    let files = files();
    // The workflow says nothing, so that the count of the calls is that of the files.
    let host = Setup::new()
        .rogue(&files, &bot_api::start())
        .script("look", &format!("{NOTE}:"))
        .route("look")
        .start()
        .await;
    let attachment = attachment(&host, json!({ "handle": "expired" })).await;
    let reply = host.get(path(&host, &attachment)).await;
    assert_eq!((reply.status, reply.bytes.as_slice()), (200, CAT), "{reply:?}");
    assert_eq!(reply.header("content-type"), "application/octet-stream");
    let expected = ["/v1/files/expired", "/v1/bytes/expired"].repeat(2);
    assert_eq!(paths(&files.calls()), expected);
    host.end().await;
}

#[tokio::test]
async fn what_is_not_the_announced_file_is_not_given_out() {
    let files = files();
    let host = host(&files).await;
    for (file, says) in [
        (json!({ "handle": "gone" }), "410"),
        (json!({ "handle": "nowhere" }), "307"),
        (json!({ "handle": "cat", "sha256": "0".repeat(64) }), "SHA-256 differs"),
        (json!({ "handle": "cat", "size": 200_000_000 }), "larger than"),
        (json!({ "handle": "another host" }), "the log says why"),
        (json!({ "handle": "never mind" }), "brought no file"),
        (json!({ "handle": "of my own making" }), "brought no file"),
    ] {
        let attachment = attachment(&host, file).await;
        host.get(path(&host, &attachment)).await.assert_problem(502, says);
    }
    let left = std::fs::read_dir(host.dir().join("data/media")).unwrap().count();
    assert_eq!(left, 0, "nothing of them stays on the disk");
    host.end().await;
}

#[tokio::test]
async fn only_a_link_of_the_hosts_own_opens_a_file_and_it_does_so_after_a_start() {
    let files = files();
    let mut host = host(&files).await;
    let attachment = attachment(&host, json!({ "handle": "cat" })).await;
    let link = path(&host, &attachment).to_owned();
    for wrong in [
        "/media/",
        "/media/x",
        &link[..link.len() - 1],
        &format!("{link}A"),
        &link.replace("/media/", "/media/A"),
    ] {
        assert_eq!(host.get(wrong).await.status, 404, "{wrong}");
    }
    assert_eq!(paths(&files.calls()), [""; 0]);
    host.kill().await;
    host.restart().await;
    assert_eq!(host.get(&link).await.bytes, CAT);
    host.end().await;
}

#[tokio::test]
async fn a_photo_from_telegram_is_found_by_the_token_that_nobody_else_sees() {
    let api = StandIn::start(|call: &Call, _| match call.path.as_str() {
        path if path.ends_with("/getFile") => {
            let result = json!({ "file_id": call.body["file_id"], "file_path": "photos/file 1.jpg" });
            Answer::Json(200, json!({ "ok": true, "result": result }))
        }
        _ => Answer::Bytes(CAT.to_vec()),
    });
    let look = format!("{NOTE}:");
    let host = Setup::new().telegram(&api).script("look", &look).route("look").start().await;
    let mut update = update(1, 7, "");
    let size = |id: &str, size: u32| json!({ "file_id": id, "file_unique_id": id, "width": size, "height": size, "file_size": size });
    update["message"]["photo"] = json!([size("small", 90), size("large", 900)]);
    update["message"].as_object_mut().unwrap().remove("text");
    assert_eq!(host.telegram(&update).await.status, 200);
    let document = &host.ran(1).await[0];
    let reply = host.get(path(&host, &document["event"]["message"]["attachments"][0])).await;
    assert_eq!((reply.status, reply.bytes.as_slice()), (200, CAT), "{reply:?}");
    let calls = api.received_only(2).await;
    assert_eq!(calls[0].body["file_id"], "large");
    assert_eq!(calls[1].path, format!("/file/bot{TELEGRAM_BOT_TOKEN}/photos/file%201.jpg"));
    host.end().await;
}
