//! Events and held deliveries: found, shown and replayed, while the host runs and while it does not.

use std::os::unix::fs::PermissionsExt as _;
use std::process::{Output, Stdio};

use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::support::bot_api::{self, texts};
use crate::support::generic::call;
use crate::support::host::Host;
use crate::support::setup::{MARK, Setup, told};
use crate::support::telegram::{HEADER, update};
use crate::support::wait::PATIENCE;
use crate::support::workflow::ECHO;

/// Works as soon as the file `mended` is there.
const MENDED: &str = "[ -e mended ] && echo fine";

/// Runs `hookhost events`, and checks that it tells no secret.
async fn events(host: &Host, arguments: &[&str]) -> Output {
    let output = host.setup.run(&[&["events"], arguments].concat()).await;
    assert!(!told(&output).contains(MARK), "a secret was told: {}", told(&output));
    output
}

/// What it says where it succeeds.
async fn said(host: &Host, arguments: &[&str]) -> String {
    let output = events(host, arguments).await;
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", told(&output));
    String::from_utf8(output.stdout).unwrap()
}

/// The array that it prints.
async fn rows(host: &Host, arguments: &[&str]) -> Vec<Value> {
    serde_json::from_str(&said(host, &[arguments, &["--json"]].concat()).await).unwrap()
}

/// Why it refuses.
async fn refused(host: &Host, arguments: &[&str]) -> String {
    let output = events(host, arguments).await;
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {}", told(&output));
    told(&output)
}

fn id(row: &Value) -> &str {
    row["id"].as_str().unwrap()
}

async fn stop(host: &mut Host) {
    host.terminate();
    assert_eq!(host.ended().await.code(), Some(0));
}

#[tokio::test]
async fn a_delivery_that_nobody_understands_is_held_for_people_to_see() {
    let api = bot_api::start();
    let mut host = Setup::new().telegram(&api).script("echo", ECHO).start().await;
    assert_eq!(host.telegram_body("{not json").await.status, 200);
    for running in [true, false] {
        let held = rows(&host, &["held", "--provider", "telegram"]).await;
        assert_eq!((held.len(), &held[0]["provider"]), (1, &"telegram".into()), "{held:?}");
        assert!(held[0]["reason"].as_str().unwrap().contains("not JSON"), "{held:?}");
        assert!(rows(&host, &["held", "--provider", "generic"]).await.is_empty());
        assert!(rows(&host, &["held", "--since", "0s"]).await.is_empty());

        let held = id(&held[0]);
        let shown = said(&host, &["show", held]).await;
        assert!(shown.contains("content-type: application/json") && shown.contains("9 bytes"), "{shown}");
        assert!(!shown.contains("{not json") && !shown.contains(HEADER), "{shown}");
        assert!(said(&host, &["show", held, "--body"]).await.contains("{not json"));
        assert!(refused(&host, &["replay", held]).await.contains("still held"));
        assert!(said(&host, &["list"]).await.starts_with("TAKEN IN"));
        if running {
            stop(&mut host).await;
        }
    }
    host.end().await;
}

#[tokio::test]
async fn what_was_held_without_a_plugin_is_answered_when_it_is_back_or_replayed() {
    let api = bot_api::start();
    let mut host = Setup::new().telegram(&api).script("echo", ECHO).start().await;
    stop(&mut host).await;
    let plugin = host.dir().join("plugins/telegram.wasm");
    std::fs::create_dir_all(plugin.parent().unwrap()).unwrap();
    std::fs::write(&plugin, "no component").unwrap();
    host.restart().await;
    let updates = [update(1, 7, "/echo first"), update(2, 8, "/echo second")];
    host.telegram_all(&updates).await;
    let held = rows(&host, &["held"]).await;
    assert_eq!(held.len(), 2, "{held:?}");
    let what = refused(&host, &["replay", "--held", "--yes"]).await;
    assert!(what.contains("the plugin cannot be loaded"), "{what}");
    stop(&mut host).await;
    std::fs::remove_file(&plugin).unwrap();

    // The host is stopped: the event waits for its start.
    let replayed = rows(&host, &["replay", id(&held[1])]).await;
    assert_eq!(replayed[0]["result"], "accepted", "{replayed:?}");
    let listed = rows(&host, &["list", "--state", "queued", "--conversation", "7"]).await;
    assert_eq!(id(&listed[0]), replayed[0]["executions"][0].as_str().unwrap());
    host.restart().await;

    // The other is taken up by itself, and what comes now queues behind it.
    host.telegram_all(&[update(3, 8, "/echo third")]).await;
    let answers = api.received_only(3).await;
    for (chat, expected) in [(7, &["first"][..]), (8, &["second", "third"])] {
        let of_chat: Vec<_> = answers.iter().filter(|call| call.body["chat_id"] == chat).cloned().collect();
        assert_eq!(texts(&of_chat), expected);
    }
    assert!(rows(&host, &["held"]).await.is_empty());
    let listed = rows(&host, &["list", "--topic", "message.*", "--conversation", "8"]).await;
    let shown = said(&host, &["show", id(&listed[1])]).await;
    assert!(shown.contains("done") && !shown.contains("late"), "{shown}");
    assert!(refused(&host, &["replay", id(&held[0])]).await.contains("is not held"));

    // Telegram repeats what it was told already.
    host.telegram_all(&updates).await;
    api.received_only(3).await;
    host.end().await;
}

#[tokio::test]
async fn a_dead_event_is_answered_once_after_its_workflow_was_mended() {
    let api = bot_api::start();
    let setup = Setup::new().telegram(&api).script_with("fix", "retries = 0", MENDED);
    let mut host = setup.start().await;
    host.telegram_all(&[update(1, 7, "/fix")]).await;
    api.received_only(1).await;
    let dead = rows(&host, &["dead"]).await;
    assert_eq!((dead.len(), &dead[0]["state"], &dead[0]["workflow"]), (1, &"dead".into(), &"fix".into()));
    std::fs::write(host.dir().join("mended"), "").unwrap();

    let replayed = rows(&host, &["replay", "--state", "dead", "--provider", "telegram"]).await;
    let again = replayed[0]["execution"].as_str().unwrap();
    assert_eq!(texts(&api.received_only(2).await)[1], "fine");
    assert!(rows(&host, &["dead"]).await.is_empty());
    assert!(said(&host, &["replay", "--state", "dead"]).await.contains("nothing to replay"));
    for running in [true, false] {
        let first = said(&host, &["show", id(&dead[0])]).await;
        assert!(first.contains(&format!("replayed as   {again}")), "{first}");
        assert!(first.contains("reply 1       sent, accepted as 7:1: "), "{first}");
        let second = said(&host, &["show", again]).await;
        assert!(second.contains(&format!("replay of     {}", id(&dead[0]))), "{second}");
        assert!(second.contains("reply 1       sent, accepted as 7:2: fine"), "{second}");
        if running {
            stop(&mut host).await;
        }
    }

    // The host is stopped: what is replayed now runs at its start.
    said(&host, &["replay", again]).await;
    host.restart().await;
    assert_eq!(texts(&api.received_only(3).await)[2], "fine");
    host.end().await;
}

#[tokio::test]
async fn many_events_are_replayed_in_their_order_and_only_when_that_is_meant() {
    let api = bot_api::start();
    let script = format!("[ -e mended ] && {ECHO}");
    let host = Setup::new().telegram(&api).script_with("fix", "retries = 0", &script).start().await;
    host.telegram_all(&[update(1, 7, "/fix one"), update(2, 7, "/fix two"), update(3, 9, "/fix three")])
        .await;
    api.received_only(3).await;
    std::fs::write(host.dir().join("mended"), "").unwrap();
    let asked = refused(&host, &["replay", "--state", "dead", "--conversation", "7"]).await;
    assert!(asked.contains("2 events would be replayed") && asked.contains("--yes"), "{asked}");
    api.received_only(3).await;
    said(&host, &["replay", "--state", "dead", "--conversation", "7", "--yes"]).await;
    assert_eq!(texts(&api.received_only(5).await)[3..], ["one", "two"]);
    assert_eq!(rows(&host, &["dead"]).await.len(), 1);
    let all = events(&host, &["replay"]).await;
    assert_eq!(all.status.code(), Some(2), "{}", told(&all));
    host.end().await;
}

#[tokio::test]
async fn events_are_listed_by_what_they_are() {
    let api = bot_api::start();
    let host = Setup::new().telegram(&api).generic().script("echo", ECHO).start().await;
    host.telegram_all(&[update(1, 7, "/echo a"), update(2, 8, "/echo b")]).await;
    host.generic(&call("echo", "c")).await;
    api.received_only(2).await;
    for (filter, count) in [
        (&[][..], 3),
        (&["--provider", "telegram"], 2),
        (&["--topic", "message.*"], 2),
        (&["--conversation", "8"], 1),
        (&["--state", "done"], 3),
        (&["--state", "dead"], 0),
        (&["--since", "1h"], 3),
        (&["--until", "1h"], 0),
        (&["--since", "2020-01-01T00:00:00Z"], 3),
        (&["--limit", "1"], 1),
    ] {
        let listed = rows(&host, &[&["list"], filter].concat()).await;
        assert_eq!(listed.len(), count, "{filter:?}: {listed:?}");
        assert!(listed.is_sorted_by(|newer, older| id(newer) > id(older)), "newest first: {listed:?}");
    }
    // The token with which a caller asks for its outcome is the caller's.
    let called = &rows(&host, &["list", "--provider", "generic"]).await[0];
    let shown = said(&host, &["show", id(called), "--json"]).await;
    assert!(!shown.contains("token") && shown.contains(r#""workflow":"echo""#), "{shown}");
    assert!(refused(&host, &["show", "0192a3b4c5d67e8f9aabbccddeeff001"]).await.contains("no event"));
    assert!(refused(&host, &["show", "x"]).await.contains("not an id"));
    host.end().await;
}

#[tokio::test]
async fn a_tail_tells_of_events_as_they_come_and_change() {
    let api = bot_api::start();
    let host = Setup::new().telegram(&api).script("echo", ECHO).start().await;
    let mut tail = host
        .setup
        .command(&["events", "tail", "--json"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    host.telegram_all(&[update(1, 7, "/echo hello")]).await;
    let mut lines = BufReader::new(tail.stdout.take().unwrap()).lines();
    let done = async {
        loop {
            let line = lines.next_line().await.unwrap().expect("it goes on");
            let event: Value = serde_json::from_str(&line).unwrap();
            assert_eq!((&event["provider"], &event["conversation"]), (&"telegram".into(), &"7".into()));
            if event["state"] == "done" {
                return;
            }
        }
    };
    timeout(PATIENCE, done).await.expect("the event is told to be done");
    tail.kill().await.unwrap();
    host.end().await;
}

#[tokio::test]
async fn the_admin_listener_is_for_the_user_of_the_host_alone() {
    let mut host = Setup::new().generic().script("echo", ECHO).start().await;
    let file = host.dir().join("data/admin.json");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let admin: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    let (address, token) = (admin["address"].as_str().unwrap(), admin["token"].as_str().unwrap());
    assert_eq!(token.len(), 32, "128 bits in hexadecimal");
    let good = format!("Bearer {token}");
    for (name, authorization, status) in [
        (address, good.as_str(), 200),
        (address, "Bearer 00000000000000000000000000000000", 401),
        (address, "", 401),
        ("evil.example", &good, 403),
        (host.address(), &good, 403),
    ] {
        assert_eq!(ask(address, name, authorization).await, status, "{name} {authorization}");
    }
    // The public listener knows nothing of it.
    assert_eq!(host.get("/api/events").await.status, 404);
    assert!(!host.log().contains(token));

    stop(&mut host).await;
    assert!(!file.exists(), "nothing is left of a host that was stopped");
    host.end().await;
}

#[tokio::test]
async fn two_hosts_of_one_machine_are_both_found_by_their_commands() {
    let (one, other) = (
        Setup::new().generic().script("echo", ECHO).start().await,
        Setup::new().generic().script("echo", ECHO).start().await,
    );
    one.generic(&call("echo", "hello")).await;
    assert_eq!((rows(&one, &["list"]).await.len(), rows(&other, &["list"]).await.len()), (1, 0));
    one.end().await;
    other.end().await;
}

/// The status of `GET /api/events`.
async fn ask(address: &str, host: &str, authorization: &str) -> u16 {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!(
        "GET /api/events HTTP/1.1\r\nHost: {host}\r\nAuthorization: {authorization}\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    timeout(PATIENCE, stream.read_to_string(&mut answer)).await.expect("it answers").unwrap();
    answer.split(' ').nth(1).unwrap().parse().unwrap()
}

#[tokio::test]
async fn what_a_killed_host_left_behind_misleads_nobody() {
    let mut host = Setup::new().generic().script("echo", ECHO).start().await;
    host.generic(&call("echo", "hello")).await;
    host.kill().await;
    assert!(host.dir().join("data/admin.json").exists());
    assert_eq!(rows(&host, &["list"]).await.len(), 1);
    let what = refused(&host, &["tail"]).await;
    assert!(what.contains("no host runs") && what.contains("hookhost serve"), "{what}");

    host.restart().await;
    std::fs::remove_file(host.dir().join("data/admin.json")).unwrap();
    let what = refused(&host, &["list"]).await;
    assert!(what.contains("in use by another process") && what.contains("hint: "), "{what}");
    let what = refused(&host, &["list", "--data", "elsewhere"]).await;
    assert!(what.contains("no store") && !host.dir().join("elsewhere").exists(), "{what}");

    host.end().await;
}
