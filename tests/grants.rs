//! What a new version of a plugin may have: what was granted before, until the operator agrees to more.

use std::path::Path;

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::support::bot_api;
use crate::support::host::Host;
use crate::support::rogue::{asking_for_more, built_wasm, rebuilt_wasm};
use crate::support::setup::{Setup, told};
use crate::support::stand_in::StandIn;
use crate::support::wait::until;
use crate::support::workflow::ECHO;

/// Puts a file in the place of the rogue, as a whole.
fn put(folder: &Path, bytes: &[u8]) {
    let place = folder.join("plugins/rogue.wasm");
    let beside = place.with_extension("new");
    std::fs::write(&beside, bytes).unwrap();
    std::fs::rename(beside, place).unwrap();
}

/// The state of the rogue in the list.
async fn listed(setup: &Setup) -> Value {
    let output = setup.run(&["plugin", "list", "--json"]).await;
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    let rows: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    rows.into_iter().find(|row| row["name"] == "rogue").unwrap()
}

/// Runs a command that is expected to end so, and gives what it said.
async fn said(setup: &Setup, arguments: &[&str], code: i32) -> String {
    let output = setup.run(arguments).await;
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", told(&output));
    told(&output)
}

/// One more message, and what was said to the provider about it and with which key.
async fn sends(host: &Host, granted: &StandIn, text: &str) -> String {
    assert_eq!(host.rogue(text).await.status, 200);
    until("what was said", || {
        let calls = granted.calls();
        let call = calls.iter().find(|call| call.body["text"] == *text)?;
        Some(call.headers["authorization"].to_str().unwrap().to_owned())
    })
    .await
}

#[tokio::test]
async fn a_version_that_asks_for_more_goes_on_as_before_until_the_operator_agrees() {
    let (granted, ungranted) = (bot_api::start(), bot_api::start());
    let setup = Setup::new().rogue(&granted, &ungranted).script("echo", ECHO).route("echo");
    let host = setup.env("ROGUE_NEW_KEY", "hush-the-new-key").start().await;
    host.logged(&["seen for the first time", "rogue", "to use the secret api_key"]).await;
    assert_eq!(sends(&host, &granted, "one").await, "Bearer hush-rogue-api-key");
    assert_eq!(listed(&host.setup).await["state"], "active");
    let nothing = said(&host.setup, &["plugin", "grant", "rogue"], 0).await;
    assert!(nothing.contains("asks for nothing"), "{nothing}");

    put(host.dir(), &asking_for_more());
    host.logged(&["needs a grant", "to use the secret new_key"]).await;
    assert_eq!(host.rogue("two").await.status, 200, "it verifies as before");
    host.logged(&["may not use its endpoint granted", "hookhost plugin grant rogue"]).await;
    assert_eq!(listed(&host.setup).await["state"], "needs-grant");
    let checked = said(&host.setup, &["check"], 0).await;
    assert!(checked.contains("provider rogue needs a grant"), "{checked}");

    let asked = said(&host.setup, &["plugin", "grant", "rogue"], 1).await;
    for words in ["to use the secret new_key", "to send the secret new_key to", "add --yes", "digest sha256:"]
    {
        assert!(asked.contains(words), "{words}: {asked}");
    }
    assert_eq!(listed(&host.setup).await["state"], "needs-grant", "nobody has agreed");
    said(&host.setup, &["plugin", "grant", "rogue", "--yes"], 0).await;
    host.logged(&["the operator grants"]).await;
    until("the new grant", || host.log().matches("what is served was exchanged").nth(1).map(|_| ())).await;
    assert_eq!(listed(&host.setup).await["state"], "active");
    assert_eq!(sends(&host, &granted, "three").await, "Bearer hush-the-new-key");
    host.end().await;
}

#[tokio::test]
async fn what_is_granted_while_no_host_runs_holds_at_the_next_start() {
    let (granted, ungranted) = (bot_api::start(), bot_api::start());
    let setup = Setup::new().rogue(&granted, &ungranted).script("echo", ECHO).route("echo");
    let mut host = setup.env("ROGUE_NEW_KEY", "hush-the-new-key").start().await;
    host.kill().await;
    put(host.dir(), &asking_for_more());
    let checked = said(&host.setup, &["check"], 0).await;
    assert!(checked.contains("provider rogue needs a grant"), "{checked}");
    host.restart().await;
    host.logged(&["needs a grant", "new_key"]).await;
    host.kill().await;
    said(&host.setup, &["plugin", "grant", "rogue", "--yes"], 0).await;
    let checked = said(&host.setup, &["check"], 0).await;
    assert!(!checked.contains("needs a grant"), "{checked}");
    host.restart().await;
    assert_eq!(sends(&host, &granted, "one").await, "Bearer hush-the-new-key");
    host.end().await;
}

#[tokio::test]
async fn a_provider_that_is_pinned_has_that_file_and_no_other() {
    let (granted, ungranted) = (bot_api::start(), bot_api::start());
    let (pinned, other) = (built_wasm(), rebuilt_wasm());
    let digest = |bytes: &[u8]| hex::encode(Sha256::digest(bytes));
    let pin = format!("digest = \"sha256:{}\"", digest(&pinned));
    let setup = Setup::new().rogue_with(&granted, &ungranted, &pin).script("echo", ECHO).route("echo");
    let mut host = setup.start().await;
    sends(&host, &granted, "one").await;
    put(host.dir(), &other);
    host.logged(&["is pinned to", &digest(&pinned), &digest(&other), "goes on"]).await;
    sends(&host, &granted, "two").await;

    host.kill().await;
    let checked = said(&host.setup, &["check"], 1).await;
    assert!(checked.contains(&format!("set digest = \"sha256:{}\"", digest(&other))), "{checked}");
    host.restart().await;
    assert_eq!(host.rogue("three").await.status, 200, "it is kept");
    host.logged(&["held", "rogue", "cannot be loaded"]).await;
    put(host.dir(), &pinned);
    let calls = granted.received_only(3).await;
    assert_eq!(bot_api::texts(&calls), ["one", "two", "three"]);
    host.end().await;
}

#[tokio::test]
async fn a_recipe_that_does_not_cover_the_body_has_to_stand_in_the_configuration() {
    // Without a section, the plugin's own recipe is meant: a token.
    let setup = Setup::new().rogue_by_itself().script("echo", ECHO);
    let checked = said(&setup, &["check"], 1).await;
    assert!(checked.contains("does not cover the body"), "{checked}");
    let host = setup.start().await;
    host.rogue("hello").await.assert_problem(401, "");
    host.logged(&["does not cover the body", "[providers.rogue.verification]"]).await;
    host.end().await;
}

#[tokio::test]
async fn what_is_asked_given_and_got_stands_side_by_side() {
    let (granted, ungranted) = (bot_api::start(), bot_api::start());
    let setup = Setup::new().rogue(&granted, &ungranted).script("echo", ECHO);
    for arguments in [&["check"][..], &["plugin", "inspect", "plugins/rogue.wasm"]] {
        let said = said(&setup, arguments, 0).await;
        let row = |words: &[&str]| said.lines().any(|line| words.iter().all(|word| line.contains(word)));
        for words in [
            [granted.host().as_str(), "allows it", "may be called"],
            [ungranted.host().as_str(), "does not allow it", "nothing is sent there"],
            ["the secret api_key", "has it", "uses it"],
            ["to verify by token over not the body", "says otherwise", "the body is not"],
        ] {
            assert!(row(&words), "{words:?}: {said}");
        }
    }
}
