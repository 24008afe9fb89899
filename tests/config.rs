//! `hookhost check`, and what `serve` says about a configuration.

use serde_json::Value;

use crate::support::setup::{Setup, told};
use crate::support::workflow::ECHO;
use crate::support::{bot_api, graph_api};

#[tokio::test]
async fn a_good_configuration_passes_the_check() {
    let setup = Setup::new()
        .telegram(&bot_api::start())
        .whatsapp(&graph_api::start())
        .generic()
        .script("echo", ECHO)
        .route("echo");
    let checked = setup.run(&["check"]).await;
    let said = told(&checked);
    assert_eq!(checked.status.code(), Some(0), "{said}");
    for part in ["generic", "telegram", "whatsapp", "/webhooks/telegram", "echo"] {
        assert!(said.contains(part), "{part} is not in:\n{said}");
    }
    assert!(!said.contains("refused") && !said.contains("missing"), "{said}");
    assert!(!said.contains("hush-"), "{said}");

    let listed = setup.run(&["check", "--json"]).await;
    let findings: Value = serde_json::from_slice(&listed.stdout).unwrap();
    assert!(findings.as_array().unwrap().iter().all(|finding| finding["refused"] == false), "{findings}");
}

#[tokio::test]
async fn a_mistake_is_told_with_its_place_and_what_was_meant() {
    for (toml, expected) in [
        ("[serverr]\nlisten = \"127.0.0.1:0\"", ["hookhost.toml:1:", "[server]"]),
        ("[workflows.echo]\ncomand = [\"true\"]", ["hookhost.toml:2:", "command"]),
        ("[[routes]]\nworkflow = \"nosuch\"", ["hookhost.toml:2:", "nosuch"]),
    ] {
        let setup = Setup::new().generic().config(toml);
        for command in ["check", "serve"] {
            let refused = setup.run(&[command]).await;
            let said = told(&refused);
            assert_eq!(refused.status.code(), Some(1), "{command}: {said}");
            assert!(said.contains("error: ") && said.contains("hint: "), "{command}: {said}");
            assert!(expected.iter().all(|part| said.contains(part)), "{command}: {said}");
        }
    }
}

#[tokio::test]
async fn without_a_provider_there_is_nothing_to_serve() {
    let refused = Setup::new().run(&["serve"]).await;
    let said = told(&refused);
    assert_eq!(refused.status.code(), Some(1), "{said}");
    assert!(said.contains("error: ") && said.contains("hint: ") && said.contains("--demo"), "{said}");
}

#[tokio::test]
async fn two_hosts_cannot_share_a_data_folder() {
    let host = Setup::new().generic().start().await;
    let refused = host.setup.run(&["serve", "--port", "0"]).await;
    let said = told(&refused);
    assert_eq!(refused.status.code(), Some(1), "{said}");
    assert!(said.contains("error: ") && said.contains("hint: ") && said.contains("--data"), "{said}");
    assert_eq!(host.get("/health").await.status, 200);
    host.end().await;
}
