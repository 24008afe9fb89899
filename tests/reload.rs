//! Plugins and configuration that change while the host runs.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};

use crate::support::bot_api;
use crate::support::generic::{self, call};
use crate::support::host::Host;
use crate::support::setup::{Setup, now_s, told};
use crate::support::stand_in::StandIn;
use crate::support::wait::{LOOK_AGAIN, PATIENCE, until};
use crate::support::workflow::ECHO;

fn plugin(host: &Host) -> PathBuf {
    host.dir().join("plugins/rogue.wasm")
}

/// The same adapter as other bytes: with one more custom section at its end.
fn another_version(of: &[u8]) -> Vec<u8> {
    [of, &[0, 3, 2, b'v', b'2']].concat()
}

/// Puts a file in place as a whole.
fn put(path: &Path, bytes: &[u8]) {
    let beside = path.with_extension("new");
    std::fs::write(&beside, bytes).unwrap();
    std::fs::rename(beside, path).unwrap();
}

async fn with_rogue(granted: &StandIn, ungranted: &StandIn) -> (Host, Vec<u8>) {
    let setup = Setup::new().rogue(granted, ungranted).generic().script("echo", ECHO).route("echo");
    let host = setup.start().await;
    let bytes = std::fs::read(plugin(&host)).unwrap();
    (host, bytes)
}

#[tokio::test]
async fn a_plugin_that_is_dropped_in_is_served_without_a_restart() {
    let (granted, ungranted) = (bot_api::start(), bot_api::start());
    let setup = Setup::new().rogue(&granted, &ungranted).script("echo", ECHO).route("echo");
    let file = setup.dir().join("plugins/rogue.wasm");
    let bytes = std::fs::read(&file).unwrap();
    std::fs::remove_file(&file).unwrap();
    let host = setup.start().await;
    assert_eq!(host.rogue("too early").await.status, 503, "nobody knows yet how it verifies");

    // As `cp` writes it: in pieces, with rests between them.
    let mut file = std::fs::File::create(plugin(&host)).unwrap();
    for piece in bytes.chunks(bytes.len() / 4) {
        file.write_all(piece).unwrap();
        tokio::time::sleep(std::time::Duration::from_millis(150)).await;
    }
    drop(file);
    host.logged(&["serves", "rogue", "is_loaded=true"]).await;
    assert_eq!(host.rogue("hello").await.status, 200);
    assert_eq!(bot_api::texts(&granted.received_only(1).await), ["hello"]);
    assert_eq!(host.get("/ready").await.status, 200);
    host.end().await;
}

#[tokio::test]
async fn a_plugin_is_replaced_without_a_failed_request_and_stays_if_the_new_one_is_no_good() {
    let (granted, ungranted) = (bot_api::start(), bot_api::start());
    let (host, bytes) = with_rogue(&granted, &ungranted).await;
    let host = Arc::new(host);
    let enough = Arc::new(AtomicBool::new(false));
    let sending = tokio::spawn({
        let (host, enough) = (Arc::clone(&host), Arc::clone(&enough));
        async move {
            let mut sent = 0;
            while !enough.load(Ordering::SeqCst) {
                assert_eq!(host.rogue("hello").await.status, 200);
                sent += 1;
            }
            sent
        }
    });
    put(&plugin(&host), &another_version(&bytes));
    host.logged(&["serves", "rogue", "is_loaded=true"]).await;
    put(&plugin(&host), b"no component");
    host.logged(&["plugin rogue cannot be loaded", "version 0.1.0 goes on"]).await;
    assert_eq!(host.rogue("still there").await.status, 200);
    assert_eq!(host.get("/ready").await.status, 200);
    enough.store(true, Ordering::SeqCst);
    let sent = sending.await.unwrap();
    granted.received_only(sent + 1).await;
    let other = host.generic(&call("echo", "hello")).await;
    assert_eq!(other.json()["result"], "hello", "{other:?}");
    Arc::into_inner(host).expect("the sender has ended").end().await;
}

/// What the host says of the rogue, as soon as it is so.
async fn listed(host: &Host, what: &str, is_so: impl Fn(&Value) -> bool) -> Value {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    loop {
        let plugins = host.admin("/plugins").await;
        let rogue = plugins.as_array().unwrap().iter().find(|one| one["name"] == "rogue").unwrap();
        if is_so(rogue) {
            return rogue.clone();
        }
        assert!(tokio::time::Instant::now() < deadline, "waited in vain for {what}: {rogue:#}");
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_file_is_listed_until_it_is_mended() {
    let (granted, ungranted) = (bot_api::start(), bot_api::start());
    let setup = Setup::new().rogue(&granted, &ungranted).script("echo", ECHO).route("echo");
    let bytes = std::fs::read(setup.dir().join("plugins/rogue.wasm")).unwrap();
    let setup = setup.file("plugins/rogue.wasm", "no component");
    let host = setup.start().await;
    // First of one that never served anything, then of one whose last good version goes on.
    for (file, state, version) in
        [(&b"no component"[..], "failed", Value::Null), (b"", "active", json!(env!("CARGO_PKG_VERSION")))]
    {
        let begun = now_s();
        put(&plugin(&host), file);
        let rogue = listed(&host, "an error", |one| one["load_error"] != Value::Null).await;
        assert_eq!((&rogue["state"], &rogue["version"]), (&json!(state), &version), "{rogue:#}");
        let (code, what) = match file {
            b"" => ("HP001", "the file is empty"),
            _ => ("HP006", "the file is not WebAssembly"),
        };
        let error = &rogue["load_error"];
        assert_eq!((&error["codes"], &error["what"]), (&json!([code]), &json!(what)), "{rogue:#}");
        let at = error["at_ms"].as_u64().unwrap() / 1_000;
        assert!(at + 30 >= begun && at <= now_s(), "{at} is not about now, {begun}");
        let list = told(&host.setup.run(&["plugin", "list"]).await);
        assert!(list.contains(&format!("{state}: {code}: {what} (20")), "{list}");

        put(&plugin(&host), if file.is_empty() { bytes.clone() } else { another_version(&bytes) }.as_slice());
        // An earlier version may have been active all the time.
        listed(&host, "it loaded", |one| one["state"] == "active" && one["load_error"].is_null()).await;
        host.logged(&["serves", "rogue", "is_loaded=true"]).await;
    }
    assert_eq!(host.rogue("hello").await.status, 200);
    granted.received_only(1).await;
    host.end().await;
}

#[tokio::test]
async fn what_comes_while_a_plugin_is_taken_away_is_answered_when_it_is_put_back() {
    let (granted, ungranted) = (bot_api::start(), bot_api::start());
    let (host, bytes) = with_rogue(&granted, &ungranted).await;
    std::fs::remove_file(plugin(&host)).unwrap();
    host.logged(&["serves", "rogue", "is_loaded=false"]).await;
    assert_eq!(host.get("/ready").await.status, 503);
    for body in ["first", "second"] {
        assert_eq!(host.rogue(body).await.status, 200, "{body}");
    }
    put(&plugin(&host), &bytes);
    host.logged(&["serves", "rogue", "is_loaded=true"]).await;
    host.logged(&["nothing waits", "rogue"]).await;
    assert_eq!(host.rogue("third").await.status, 200);
    let mut texts = bot_api::texts(&granted.received_only(3).await);
    texts.sort();
    assert_eq!(texts, ["first", "second", "third"]);
    host.end().await;
}

#[tokio::test]
async fn a_hangup_exchanges_the_configuration_as_a_whole_or_not_at_all() {
    let host = Setup::new().generic().script("echo", ECHO).start().await;
    let file = host.dir().join("hookhost.toml");
    let before = std::fs::read_to_string(&file).unwrap();
    assert_eq!(host.generic(&call("shout", "hello")).await.status, 404);

    std::fs::write(host.dir().join("shout.sh"), "echo '\"HELLO\"'").unwrap();
    let more = "\n[workflows.shout]\ncommand = [\"/bin/sh\", \"shout.sh\"]\n";
    std::fs::write(&file, format!("{before}{more}")).unwrap();
    host.hang_up();
    host.logged(&["exchanged"]).await;
    assert_eq!(host.generic(&call("shout", "hello")).await.json()["result"], "HELLO");

    std::fs::write(&file, format!("{before}\n[workflow.shout]\n")).unwrap();
    host.hang_up();
    host.logged(&["the configuration stays as it was", "workflow"]).await;
    assert_eq!(host.generic(&call("shout", "hello")).await.json()["result"], "HELLO");

    std::fs::write(&file, format!("{before}\n[dispatch]\nworkers = 3\n")).unwrap();
    host.hang_up();
    host.logged(&["[dispatch]", "next start"]).await;
    assert_eq!(host.generic(&call("shout", "hello")).await.status, 404);
    host.end().await;
}

#[tokio::test]
async fn a_hangup_takes_over_a_secret_whose_file_was_replaced_or_leaves_all_as_it_was() {
    let setup = Setup::new().script("echo", ECHO).file("secret", "hush-the-first-secret\n");
    let host = setup.env("WEBHOOK_SECRET_GENERIC_FILE", "secret").start().await;
    let file = host.dir().join("secret");
    let signed_with = async |secret: &str| {
        let body = call("echo", "hello").to_string();
        let headers = [(generic::HEADER, &*generic::hmac_hex(secret, &body))];
        host.post("/webhooks/generic", &headers, body.as_str()).await.status
    };
    assert_eq!(signed_with("hush-the-first-secret").await, 200);

    put(&file, b"hush-the-second-secret\n");
    assert_eq!(signed_with("hush-the-first-secret").await, 200, "nobody has said that it is to be read");
    host.hang_up();
    host.logged(&["exchanged"]).await;
    assert_eq!(signed_with("hush-the-second-secret").await, 200);
    assert_eq!(signed_with("hush-the-first-secret").await, 401);

    // What a program leaves that is about to write it, and a file that went: its sender must not be locked out.
    for (times, break_it) in [(1, "empty"), (2, "gone")] {
        if break_it == "empty" {
            put(&file, b"");
        } else {
            std::fs::remove_file(&file).unwrap();
        }
        host.hang_up();
        let refused = || host.log().matches("something would be refused").count();
        until("a hangup to be refused", || (refused() == times).then_some(())).await;
        assert_eq!(signed_with("hush-the-second-secret").await, 200, "{break_it}");
    }
    put(&file, b"hush-the-third-secret\n");
    host.hang_up();
    until("the second exchange", || (host.log().matches("was exchanged").count() == 2).then_some(())).await;
    assert_eq!(signed_with("hush-the-third-secret").await, 200);
    host.end().await;
}
