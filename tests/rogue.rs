//! A plugin that does its worst.

use futures_util::future::join_all;

use crate::support::bot_api;
use crate::support::generic::call;
use crate::support::setup::Setup;
use crate::support::workflow::ECHO;

#[tokio::test]
async fn a_plugin_that_breaks_costs_one_delivery() {
    let (granted, ungranted) = (bot_api::start(), bot_api::start());
    let host =
        Setup::new().rogue(&granted, &ungranted).generic().script("echo", ECHO).route("echo").start().await;
    for (n, (order, kind)) in (1..).zip([
        ("spin", "cpu"),
        ("allocate", "memory"),
        ("recurse", "stack"),
        ("panic", "trap"),
        ("flood", "output"),
    ]) {
        let reply = host.rogue(order).await;
        assert_eq!(reply.status, 200, "{order}: {reply:?}");
        host.logged(&["held", "rogue", kind]).await;
        let next = host.rogue(&format!("after {order}")).await;
        assert_eq!(next.status, 200, "after {order}: {next:?}");
        let said = granted.received_only(n).await.pop().unwrap();
        assert_eq!((said.path.as_str(), &said.body["text"]), ("/v1/say", &format!("after {order}").into()));
        let other = host.generic(&call("echo", "hello")).await;
        assert_eq!(other.json()["result"], "hello", "{other:?}");
    }
    host.end().await;
}

#[tokio::test]
async fn a_plugin_that_is_busy_with_nothing_holds_up_no_other() {
    let (granted, ungranted) = (bot_api::start(), bot_api::start());
    let host = Setup::new().rogue(&granted, &ungranted).generic().script("echo", ECHO).start().await;
    let spinning = join_all((0..16).map(|_| host.rogue("spin")));
    let others = async {
        for _ in 0..5 {
            let other = host.generic(&call("echo", "hello")).await;
            assert_eq!(other.json()["result"], "hello", "{other:?}");
        }
    };
    let (spun, ()) = tokio::join!(spinning, others);
    for reply in spun {
        assert_eq!(reply.status, 200, "{reply:?}");
    }
    host.end().await;
}

#[tokio::test]
async fn a_plugin_that_talks_without_end_is_cut_short() {
    let (granted, ungranted) = (bot_api::start(), bot_api::start());
    let host = Setup::new().rogue(&granted, &ungranted).script("echo", ECHO).route("echo").start().await;
    assert_eq!(host.rogue("chatter").await.status, 200);
    host.logged(&["rogue", "chatter"]).await;
    let lines = host.log().lines().filter(|line| line.contains("chatter")).count();
    assert!(lines <= 1_000, "{lines} lines of chatter");
    host.end().await;
}

#[tokio::test]
async fn a_plugin_that_panics_at_length_says_it_in_one_line() {
    let (granted, ungranted) = (bot_api::start(), bot_api::start());
    let host = Setup::new().rogue(&granted, &ungranted).script("echo", ECHO).route("echo").start().await;
    assert_eq!(host.rogue("panic at length").await.status, 200);
    host.logged(&["held", "rogue", "trap"]).await;
    let log = host.log();
    assert!(log.len() < 100_000, "{} bytes of log", log.len());
    assert!(log.lines().all(|line| line.len() < 8_192), "a line of more than 8 KiB");
    assert!(!log.contains("\u{1b}[31m"), "a colour of the plugin's");
    assert_eq!(host.rogue("after it").await.status, 200);
    host.end().await;
}

#[tokio::test]
async fn a_plugin_cannot_call_what_it_was_not_granted() {
    let (granted, ungranted) = (bot_api::start(), bot_api::start());
    let host = Setup::new().rogue(&granted, &ungranted).script("echo", ECHO).route("echo").start().await;
    for (order, why) in [
        ("another host", "is not granted"),
        ("no endpoint", "no endpoint"),
        ("above the prefix", "path"),
        ("an absolute address", "127.0.0.1"),
        ("a header of the host", "authorization"),
        ("panic while sending", "broke while sending"),
    ] {
        let reply = host.rogue(order).await;
        assert_eq!(reply.status, 200, "{order}: {reply:?}");
        host.logged(&["rogue", why]).await;
    }
    assert_eq!(host.rogue("a good one").await.status, 200);
    let calls = granted.received_only(1).await;
    assert_eq!(calls[0].path, "/v1/say");
    assert_eq!(calls[0].headers["authorization"], "Bearer hush-rogue-api-key");
    ungranted.received_only(0).await;
    host.end().await;
}

#[tokio::test]
async fn what_comes_while_a_plugin_is_broken_is_kept_until_it_is_mended() {
    let (granted, ungranted) = (bot_api::start(), bot_api::start());
    let setup = Setup::new().rogue(&granted, &ungranted).script("echo", ECHO).route("echo");
    let mut host = setup.start().await;
    assert_eq!(host.rogue("before").await.status, 200);
    granted.received(1).await;

    let plugin = host.dir().join("plugins/rogue.wasm");
    let whole = std::fs::read(&plugin).unwrap();
    std::fs::write(&plugin, &whole[..whole.len() / 2]).unwrap();
    host.kill().await;
    host.restart().await;
    assert_eq!(host.get("/ready").await.status, 503);
    assert_eq!(host.rogue("first").await.status, 200);
    assert_eq!(host.rogue("second").await.status, 200);
    host.logged(&["held", "rogue"]).await;
    host.post("/webhooks/rogue", &[], "unsigned").await.assert_problem(401, "");

    std::fs::write(&plugin, &whole).unwrap();
    host.kill().await;
    host.restart().await;
    assert_eq!(host.rogue("after").await.status, 200);
    let mut said = bot_api::texts(&granted.received_only(4).await);
    said.sort();
    assert_eq!(said, ["after", "before", "first", "second"]);
    host.end().await;
}

#[tokio::test]
async fn a_file_that_is_no_plugin_disturbs_no_other() {
    let host = Setup::new()
        .generic()
        .script("echo", ECHO)
        .file("plugins/broken.wasm", "this is not WebAssembly")
        .env("WEBHOOK_SECRET_BROKEN", "hush-secret-of-the-broken")
        .start()
        .await;
    host.logged(&["broken"]).await;
    host.post("/webhooks/broken", &[], "{}").await.assert_problem(503, "");
    assert_eq!(host.get("/ready").await.status, 503);
    assert_eq!(host.generic(&call("echo", "hello")).await.json()["result"], "hello");
    host.end().await;
}
