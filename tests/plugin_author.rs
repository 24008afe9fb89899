//! The author's side: a new adapter, its tests, its recorded cases, and a host that serves it.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::process::Command;
use tokio::time::timeout;

use crate::support::bot_api;
use crate::support::cargo::without_the_outer_build;
use crate::support::setup::{Setup, told};
use crate::support::workflow::ECHO;

/// What a cargo may take that compiles everything for the first time on a busy machine.
const PATIENCE: Duration = Duration::from_secs(1_800);

#[tokio::test]
async fn a_new_adapter_builds_passes_its_tests_and_is_served() {
    let setup = Setup::new();
    let made = setup.run(&["plugin", "new", "my-crm"]).await;
    assert_eq!(made.status.code(), Some(0), "{}", told(&made));
    assert!(told(&made).contains("cargo build --release --target wasm32-wasip2"), "{}", told(&made));
    let krate = setup.dir().join("my-crm");

    cargo(&krate, &["test", "--release"]).await;
    cargo(&krate, &["build", "--release", "--target", "wasm32-wasip2"]).await;
    let wasm = target().join("wasm32-wasip2/release/my_crm.wasm");
    let wasm_path = wasm.to_str().unwrap();
    let said = setup.run(&["plugin", "inspect", wasm_path]).await;
    assert!(told(&said).contains("my-crm 0.1.0"), "{}", told(&said));
    the_cases_are_checked(&setup, wasm_path, &krate.join("cases")).await;

    let api = bot_api::start();
    let host = setup
        .file("plugins/my-crm.wasm", std::fs::read(&wasm).unwrap())
        .file("body.json", r#"{"id": "e1", "type": "message", "room": "42", "text": "hello"}"#)
        .config(&format!(
            "[providers.my-crm]\nallow_hosts = [\"{}\"]\nsettings = {{ api_url = \"{}\" }}",
            api.host(),
            api.url()
        ))
        .env("WEBHOOK_SECRET_MY_CRM", "hush-my-crm-webhook-secret")
        .env("MY_CRM_API_TOKEN", "hush-my-crm-api-token")
        .script("echo", ECHO)
        .route("echo")
        .start()
        .await;
    let sent = host.setup.run(&["send", "my-crm", "--body", "body.json", "--url", &host.url("")]).await;
    assert_eq!(sent.status.code(), Some(0), "{}", told(&sent));
    let calls = api.received_only(1).await;
    assert_eq!((calls[0].path.as_str(), &calls[0].body["text"]), ("/rooms/42/messages", &"hello".into()));
    assert_eq!(calls[0].headers["authorization"], "Bearer hush-my-crm-api-token");
    host.post("/webhooks/my-crm", &[], "{}").await.assert_problem(401, "");
    host.end().await;
}

/// That its cases pass, that a difference is shown and accepted, and that a wrong signature is noticed.
async fn the_cases_are_checked(setup: &Setup, wasm: &str, cases: &Path) {
    let test = async |more: &[&str]| {
        let arguments = [&["plugin", "test", wasm, cases.to_str().unwrap()], more].concat();
        let output = setup.run(&arguments).await;
        (output.status.code(), told(&output))
    };
    let (code, said) = test(&[]).await;
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("8 passed") && said.contains("of 32 MiB"), "{said}");

    let verdict = cases.join("message.verdict.json");
    let right = std::fs::read_to_string(&verdict).unwrap();
    std::fs::write(&verdict, right.replace("\"Ada\"", "\"Bob\"")).unwrap();
    let (code, said) = test(&[]).await;
    assert_eq!(code, Some(1), "{said}");
    let shows = |words: &str| said.lines().any(|line| line.split_whitespace().eq(words.split_whitespace()));
    assert!(shows("- \"name\": \"Bob\"") && shows("+ \"name\": \"Ada\""), "{said}");
    assert!(said.contains("7 passed, 1 failed"), "{said}");
    let (code, said) = test(&["--json"]).await;
    let rows: Value = serde_json::from_str(&said).unwrap();
    let failed: Vec<_> = rows.as_array().unwrap().iter().filter(|row| row["result"] == "failed").collect();
    assert_eq!((code, failed.len(), &failed[0]["case"]), (Some(1), 1, &json!("message")), "{said}");
    let (code, said) = test(&["--update"]).await;
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(std::fs::read_to_string(&verdict).unwrap(), right);

    let request = cases.join("message.request.http");
    let text = std::fs::read_to_string(&request).unwrap();
    std::fs::write(&request, text.replace("hello", "hellO")).unwrap();
    let (code, said) = test(&["--update"]).await;
    assert!(code == Some(1) && said.contains("would refuse this request with 401"), "{said}");
    std::fs::write(&request, text).unwrap();
}

#[tokio::test]
async fn nothing_is_overwritten_and_no_other_names_are_taken() {
    let setup = Setup::new().file("mine/notes.txt", "mine").file("file", "mine");
    for (name, expected) in [
        ("mine", "nothing is overwritten"),
        ("file", "nothing is overwritten"),
        ("My_Crm", "is not a name"),
        ("../crm", "is not a name"),
        ("9lives", "cargo takes no crate"),
    ] {
        let refused = setup.run(&["plugin", "new", name]).await;
        let said = told(&refused);
        assert_eq!(refused.status.code(), Some(1), "{said}");
        assert!(said.contains(expected) && said.contains("hint: "), "{said}");
    }
    assert_eq!(std::fs::read_dir(setup.dir().join("mine")).unwrap().count(), 1);
}

#[tokio::test]
async fn what_does_not_fit_is_reported_with_codes() {
    let setup = Setup::new().file("text.wasm", "(component)").file("empty.wasm", "");
    for (file, code) in [("text.wasm", "HP003"), ("empty.wasm", "HP001")] {
        let refused = setup.run(&["plugin", "inspect", file]).await;
        let said = told(&refused);
        assert_eq!(refused.status.code(), Some(1), "{said}");
        assert!(said.contains(file) && said.contains(code) && said.contains("hint: "), "{said}");
        let refused = setup.run(&["plugin", "inspect", file, "--json"]).await;
        let told: Value = serde_json::from_slice(&refused.stdout).unwrap();
        assert_eq!(told["refused"][0]["code"], code);
    }
}

#[tokio::test]
async fn a_folder_without_cases_is_told() {
    let setup = Setup::new().file("cases/message.requst.http", "").file("other/note.txt", "");
    for folder in ["cases", "other", "missing"] {
        let refused = setup.run(&["plugin", "test", "generic", folder]).await;
        assert_eq!(refused.status.code(), Some(1), "{}", told(&refused));
        assert!(told(&refused).contains("hint: "), "{}", told(&refused));
    }
}

#[tokio::test]
async fn a_shipped_plugin_can_be_tested_too() {
    let setup = Setup::new()
        .file("cases/sum.request.http", "POST /webhooks/generic HTTP/1.1\n\n{\"workflow_name\": \"sum\"}")
        .file(
            "cases/sum.verdict.json",
            r#"{"accept": {"events": [{"topic": "invocation", "id": null, "handback": [],
                "content": {"invocation": {"workflow": "sum", "inputs": "{}"}}}]}}"#,
        )
        .file("cases/none.request.http", "POST / HTTP/1.1\n\n[]");
    let run = setup.run(&["plugin", "test", "generic", "cases"]).await;
    let said = told(&run);
    assert_eq!(run.status.code(), Some(1), "{said}");
    assert!(said.contains("1 passed, 1 failed"), "{said}");
    assert!(
        said.contains("there is no none.verdict.json") && said.contains("must be a JSON object"),
        "{said}"
    );
}

/// Where new crates are built, so that their dependencies are compiled once.
fn target() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("new-plugin")
}

/// As an author would, but with nothing from the network: everything that is needed was fetched for this
/// repository.
async fn cargo(krate: &Path, arguments: &[&str]) {
    let mut cargo = std::process::Command::new(env!("CARGO"));
    cargo.args(arguments).args(["--quiet", "--offline"]).current_dir(krate).stdin(Stdio::null());
    without_the_outer_build(&mut cargo);
    cargo.env("CARGO_TARGET_DIR", target());
    let run = Command::from(cargo).kill_on_drop(true).output();
    let output =
        timeout(PATIENCE, run).await.unwrap_or_else(|_| panic!("{arguments:?} does not end")).unwrap();
    assert!(output.status.success(), "cargo {arguments:?}:\n{}", told(&output));
}
