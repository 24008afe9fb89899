//! Sandboxes from outside: what was compiled before, and what an operator allows a plugin.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::support::bot_api;
use crate::support::generic::call;
use crate::support::host::Host;
use crate::support::setup::{Setup, told};
use crate::support::workflow::ECHO;

fn entries(host: &Host) -> Vec<PathBuf> {
    let folder = host.dir().join("data/compiled");
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
}

/// How often this start has loaded a plugin that was compiled before, and how often one that was not.
fn loaded(log: &str) -> (usize, usize) {
    let of =
        |kept: &str| log.lines().filter(|line| line.contains("it is loaded") && line.contains(kept)).count();
    (of("was_kept=true"), of("was_kept=false"))
}

#[tokio::test]
async fn a_start_takes_plugins_from_the_one_before_and_trusts_nothing_else() {
    let setup =
        Setup::new().generic().script("echo", ECHO).route("echo").env("HOOKHOST_LOG", "hookhost=debug");
    let mut host = setup.start().await;
    assert_eq!(loaded(&host.log()), (0, 1));
    let [entry] = entries(&host).try_into().unwrap();
    let whole = fs::read(&entry).unwrap();

    host.kill().await;
    host.restart().await;
    assert_eq!(loaded(&host.log()), (1, 1), "once anew, once from before");
    assert_eq!(host.generic(&call("echo", "hello")).await.json()["result"], "hello");

    host.kill().await;
    let middle = whole.len() / 2;
    let mut changed = whole.clone();
    changed[middle] ^= 1;
    fs::write(&entry, changed).unwrap();
    host.restart().await;
    host.logged(&["will be compiled again", "has not written it"]).await;
    assert_eq!(loaded(&host.log()), (1, 2));
    assert_eq!(host.generic(&call("echo", "again")).await.json()["result"], "again");
    assert_eq!(fs::read(&entry).unwrap().len(), whole.len());
    host.end().await;
}

#[tokio::test]
async fn commands_that_look_keep_nothing_where_no_host_has() {
    let setup = Setup::new().generic().script("echo", ECHO).route("echo");
    for command in [&["check"][..], &["plugin", "list"], &["plugin", "inspect", "generic"]] {
        let output = setup.run(command).await;
        assert_eq!(output.status.code(), Some(0), "{}", told(&output));
        assert!(!setup.data().exists(), "{command:?}");
    }
}

#[tokio::test]
async fn the_check_says_how_sandboxes_are_made_clean() {
    let setup = Setup::new().generic().script("echo", ECHO).route("echo");
    let said = told(&setup.run(&["check"]).await);
    let way = said.lines().find_map(|line| line.strip_prefix("between two calls of plugins, ")).unwrap();
    let has_swap = fs::read_to_string("/proc/swaps").unwrap().lines().count() > 1;
    assert!(!has_swap || !way.contains("only written pages"), "{way}");
    assert!(way.contains("pages") || way.contains("mapped"), "{way}");
}

#[tokio::test]
async fn two_providers_run_one_plugin_within_different_limits() {
    let (granted, ungranted) = (bot_api::start(), bot_api::start());
    let host = Setup::new()
        .rogue(&granted, &ungranted)
        .config(
            "[providers.roomy]\nplugin = \"rogue\"\nverification = \"none\"\n\
             limits = { memory = \"64MiB\", call_time = \"2s\" }",
        )
        .script("echo", ECHO)
        .route("echo")
        .start()
        .await;
    assert_eq!(host.post("/webhooks/roomy", &[], "allocate 40 MiB").await.status, 200);
    assert_eq!(host.rogue("allocate 40 MiB").await.status, 200);
    host.logged(&["held", "provider=rogue", "memory"]).await;
    assert_eq!(host.rogue("allocate 20 MiB").await.status, 200);
    let log = host.log();
    assert!(!log.lines().any(|line| line.contains("held") && line.contains("provider=roomy")), "{log}");
    host.end().await;
}

#[tokio::test]
async fn limits_on_the_command_line_are_those_of_the_file() {
    let setup = Setup::new();
    let inspect =
        async |flags: &[&str]| setup.run(&[&["plugin", "inspect", "generic"], flags].concat()).await;
    let good = inspect(&["--memory", "64MiB", "--call-time", "1s", "--output", "1MiB", "--compat"]).await;
    assert_eq!(good.status.code(), Some(0), "{}", told(&good));
    let bad = inspect(&["--memory", "1GiB"]).await;
    assert_eq!(bad.status.code(), Some(2));
    assert!(told(&bad).contains("write 2MiB to 512MiB"), "{}", told(&bad));
    let tight = inspect(&["--memory", "2MiB", "--json"]).await;
    let said: Value = serde_json::from_slice(&tight.stdout).unwrap();
    assert_eq!(said["bytes"].is_u64(), tight.status.code() == Some(0), "{said}");
}
