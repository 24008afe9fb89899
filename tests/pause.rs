//! A plugin that fails at most things is left alone for a while, and nothing is lost meanwhile.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::support::bot_api;
use crate::support::generic::call;
use crate::support::host::Host;
use crate::support::setup::Setup;
use crate::support::wait::until;
use crate::support::workflow::ECHO;

/// What differs in words; ids and numbers alone do not make a difference.
const WORDS: [&str; 10] =
    ["ants", "bees", "cats", "dogs", "eels", "foxes", "gnats", "hens", "ibises", "jays"];

/// Breaks the rogue until it is paused.
async fn provoke(host: &Host, order: &str) {
    for word in WORDS {
        assert_eq!(host.rogue(&format!("{order} about {word}")).await.status, 200);
    }
    host.logged(&["the plugin is paused", "rogue"]).await;
}

#[tokio::test]
async fn who_fails_at_everything_is_paused_and_what_comes_meanwhile_is_taken_up_in_order() {
    let (granted, ungranted) = (bot_api::start(), bot_api::start());
    let host =
        Setup::new().rogue(&granted, &ungranted).generic().script("echo", ECHO).route("echo").start().await;
    provoke(&host, "panic").await;
    let ready = host.get("/ready").await;
    assert_eq!((ready.status, &ready.json()["paused"]), (200, &serde_json::json!(["rogue"])));
    let paused = ["rogue", "generic"].map(|name| [("provider", name)]);
    let metrics = host.metrics().await;
    assert_eq!(paused.map(|of| metrics.find("hookhost_provider_is_paused", &of)), [Some(1.0), Some(0.0)]);
    let other = host.generic(&call("echo", "hello")).await;
    assert_eq!(other.json()["result"], "hello", "{other:?}");

    for number in ["one", "two", "three", "four", "five"] {
        let reply = host.rogue(&format!("in the room: {number}")).await;
        assert_eq!(reply.status, 200, "{reply:?}");
    }
    host.logged(&["held", "rogue", "wait for the plugin"]).await;
    let said = bot_api::texts(&granted.received_only(5).await);
    assert_eq!(said, ["one", "two", "three", "four", "five"].map(|number| format!("in the room: {number}")));
    host.logged(&["works again", "rogue"]).await;
    assert_eq!(host.get("/ready").await.json()["paused"], serde_json::Value::Null);
    host.counted("hookhost_provider_is_paused", &paused[0], 0.0).await;
    host.end().await;
}

#[tokio::test]
async fn one_bad_message_that_comes_again_and_again_stops_nobody() {
    let (granted, ungranted) = (bot_api::start(), bot_api::start());
    let host = Setup::new().rogue(&granted, &ungranted).script("echo", ECHO).route("echo").start().await;
    for n in 0..40 {
        assert_eq!(host.rogue(&format!("panic about {n}")).await.status, 200);
    }
    assert_eq!(host.rogue("a good one").await.status, 200);
    assert_eq!(bot_api::texts(&granted.received_only(1).await), ["a good one"]);
    assert!(!host.log().contains("the plugin is paused"), "{}", host.log());
    host.end().await;
}

#[tokio::test]
async fn a_bad_message_in_front_does_not_keep_those_behind_it_waiting_for_ever() {
    let (granted, ungranted) = (bot_api::start(), bot_api::start());
    let host = Setup::new().rogue(&granted, &ungranted).script("echo", ECHO).route("echo").start().await;
    provoke(&host, "panic").await;
    for word in WORDS {
        assert_eq!(host.rogue(&format!("panic about more {word}")).await.status, 200);
    }
    // Whoever comes when it is time for a trial is tried, although others come before.
    let trying =
        until("a good message to end the pause", || host.log().contains("works again").then_some(()));
    let sending = async {
        loop {
            assert_eq!(host.rogue("a good one").await.status, 200);
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    };
    tokio::select! { () = trying => {}, () = sending => {} }
    granted.received(1).await;
    host.end().await;
}

#[tokio::test]
async fn a_plugin_that_is_mended_takes_up_what_waits_at_once() {
    let (granted, ungranted) = (bot_api::start(), bot_api::start());
    let host = Setup::new().rogue(&granted, &ungranted).script("echo", ECHO).route("echo").start().await;
    provoke(&host, "panic").await;
    assert_eq!(host.rogue("in the room: hello").await.status, 200);
    host.replace_rogue();
    assert_eq!(bot_api::texts(&granted.received_only(1).await), ["in the room: hello"]);
    host.end().await;
}

#[tokio::test]
async fn replies_wait_for_a_plugin_that_breaks_while_it_sends() {
    let (granted, ungranted) = (bot_api::start(), bot_api::start());
    let host = Setup::new().rogue(&granted, &ungranted).script("echo", ECHO).route("echo").start().await;
    for word in WORDS {
        assert_eq!(host.rogue(&format!("panic while sending {word}")).await.status, 200);
    }
    host.logged(&["the plugin is paused", "rogue"]).await;
    // Receiving goes on by itself.
    assert_eq!(host.rogue("a good one").await.status, 200);
    assert_eq!(bot_api::texts(&granted.received_only(1).await), ["a good one"]);
    let listed = host.setup.run(&["plugin", "list", "--json"]).await;
    let rows: serde_json::Value = serde_json::from_slice(&listed.stdout).unwrap();
    let rogue = rows.as_array().unwrap().iter().find(|row| row["name"] == "rogue").unwrap();
    assert!(rogue["failures"].as_u64() >= Some(8) && rogue["p50_us"].as_u64() > Some(0), "{rogue}");
    assert!(rogue["calls"].as_u64() >= Some(20), "as many deliveries and replies: {rogue}");
    host.end().await;
}

#[tokio::test]
async fn the_list_of_plugins_says_what_the_running_host_knows() {
    let (granted, ungranted) = (bot_api::start(), bot_api::start());
    let setup = Setup::new().rogue(&granted, &ungranted).script("echo", ECHO).route("echo");
    let mut host = setup.start().await;
    assert_eq!(host.rogue("hello").await.status, 200);
    granted.received(1).await;
    let row = async |host: &Host, name: &str| {
        let listed = host.setup.run(&["plugin", "list", "--json"]).await;
        let rows: Vec<serde_json::Value> = serde_json::from_slice(&listed.stdout).unwrap();
        rows.into_iter().find(|row| row["name"] == name).unwrap()
    };
    let rogue = row(&host, "rogue").await;
    assert_eq!((&rogue["state"], &rogue["failures"]), (&"active".into(), &0.into()), "{rogue}");
    assert!(rogue["calls"].as_u64() >= Some(2) && rogue["bytes"].as_u64() > Some(0), "{rogue}");
    assert_eq!(rogue["contract"], "0.1.0", "{rogue}");
    assert_eq!(row(&host, "telegram").await["state"], "unused");
    provoke(&host, "panic").await;
    let rogue = row(&host, "rogue").await;
    assert!(rogue["state"] == "paused" && rogue["failures"].as_u64() >= Some(8), "{rogue}");
    host.kill().await;
    let rogue = row(&host, "rogue").await;
    assert_eq!((&rogue["state"], &rogue["calls"]), (&"ok".into(), &serde_json::Value::Null), "{rogue}");
    host.end().await;
}

/// Others wait hardly longer beside a plugin that fails than beside one that behaves: measured on two hosts in
/// turns, so that whatever else the machine does meets both, and by the middle of all rounds.
#[tokio::test]
async fn others_are_served_as_fast_beside_a_plugin_that_fails_constantly() {
    let (granted, ungranted) = (bot_api::start(), bot_api::start());
    let start = || Setup::new().rogue(&granted, &ungranted).generic().script("echo", ECHO).start();
    let (failing, behaving) = (start().await, start().await);
    provoke(&failing, "spin").await;
    let (mut beside_failing, mut beside_behaving) = (Vec::new(), Vec::new());
    for _ in 0..7 {
        beside_failing.push(p99_beside(&failing, "spin about").await);
        beside_behaving.push(p99_beside(&behaving, "hello from").await);
    }
    beside_failing.sort();
    beside_behaving.sort();
    assert!(beside_failing[3] <= 2 * beside_behaving[3], "{beside_failing:?} against {beside_behaving:?}");
    failing.end().await;
    behaving.end().await;
}

/// What the slowest hundredth of requests to another provider took, while the rogue is told something all the
/// time.
async fn p99_beside(host: &Host, order: &str) -> Duration {
    let enough = AtomicBool::new(false);
    let telling = async {
        for word in WORDS.iter().cycle() {
            if enough.load(Ordering::SeqCst) {
                return;
            }
            assert_eq!(host.rogue(&format!("{order} {word}")).await.status, 200);
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let others = async {
        // Verified and understood in a sandbox as any other, and then no workflow's time is in it.
        let nobody = serde_json::json!({ "workflow_name": "nobody", "inputs": {} });
        let mut waits = Vec::new();
        for _ in 0..200 {
            let begun = Instant::now();
            let reply = host.generic(&nobody).await;
            waits.push(begun.elapsed());
            assert_eq!(reply.status, 404, "{reply:?}");
        }
        enough.store(true, Ordering::SeqCst);
        waits
    };
    let (mut waits, ()) = tokio::join!(others, telling);
    waits.sort();
    waits[waits.len() * 99 / 100]
}
