//! The commands beside `serve`, and the demo.

use std::process::Stdio;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

use crate::support::bot_api::{self, texts};
use crate::support::generic::call;
use crate::support::setup::{Setup, told};
use crate::support::telegram::update;
use crate::support::wait::PATIENCE;
use crate::support::workflow::ECHO;

#[tokio::test]
async fn what_sign_prints_is_accepted() {
    let body = call("echo", "hello").to_string();
    let host = Setup::new().generic().script("echo", ECHO).file("body.json", &body).start().await;
    let signed = host.setup.run(&["sign", "generic", "--body", "body.json"]).await;
    assert_eq!(signed.status.code(), Some(0), "{}", told(&signed));
    let printed = String::from_utf8(signed.stdout).unwrap();
    let headers: Vec<_> = printed.lines().map(|line| line.split_once(": ").unwrap()).collect();
    let reply = host.post("/webhooks/generic", &headers, body).await;
    assert_eq!((reply.status, &reply.json()["result"]), (200, &"hello".into()), "{reply:?}");
    host.end().await;
}

#[tokio::test]
async fn what_send_sends_is_accepted() {
    let api = bot_api::start();
    let body = update(1, 7, "/echo hello").to_string();
    let host = Setup::new().telegram(&api).script("echo", ECHO).file("body.json", body).start().await;
    let sent = host.setup.run(&["send", "telegram", "--body", "body.json", "--url", &host.url("")]).await;
    assert_eq!(sent.status.code(), Some(0), "{}", told(&sent));
    assert!(told(&sent).contains("200"), "{}", told(&sent));
    assert_eq!(texts(&api.received_only(1).await), ["hello"]);

    let refused = host.setup.run(&["send", "telegrm", "--body", "body.json"]).await;
    let said = told(&refused);
    assert_eq!(refused.status.code(), Some(1), "{said}");
    assert!(said.contains("error: ") && said.contains("hint: ") && said.contains("telegram"), "{said}");
    host.end().await;
}

#[tokio::test]
async fn a_command_that_does_not_exist_is_a_mistake_of_use() {
    for arguments in [&["srve"][..], &["serve", "--prt", "1"], &[]] {
        let refused = Setup::new().run(arguments).await;
        assert_eq!(refused.status.code(), Some(2), "{arguments:?}: {}", told(&refused));
    }
}

#[tokio::test]
async fn the_demo_prints_commands_that_work() {
    if !Command::new("curl").arg("--version").output().await.is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: there is no curl on this machine");
        return;
    }
    let setup = Setup::new();
    let (mut demo, mut lines) = serve(&setup, &["--demo"]);
    let mut printed = String::new();
    while !printed.contains("listening on ") {
        printed.push_str(&next_line(&mut lines).await);
        printed.push('\n');
    }
    let command = |provider: &str| {
        let is_meant =
            |part: &&str| part.starts_with("curl ") && part.contains(&format!("/webhooks/{provider}"));
        printed
            .split("\n\n")
            .find(is_meant)
            .unwrap_or_else(|| panic!("no curl for {provider} in:\n{printed}"))
    };
    for (provider, expected) in [("generic", r#""status":"succeeded""#), ("telegram", ""), ("whatsapp", "")] {
        let pasted = format!("{} --silent --show-error --fail-with-body", command(provider));
        let ran = Command::new("sh").args(["-c", &pasted]).output().await.unwrap();
        assert_eq!(ran.status.code(), Some(0), "{pasted}\n{}", told(&ran));
        assert!(told(&ran).contains(expected), "{pasted}\n{}", told(&ran));
    }
    // What the chats are told is printed.
    let (mut telegram, mut whatsapp) = (false, false);
    while !(telegram && whatsapp) {
        let line = next_line(&mut lines).await;
        telegram |= line.contains("telegram") && line.contains("hello");
        whatsapp |= line.contains("whatsapp") && line.contains("hello");
    }
    demo.kill().await.unwrap();
}

#[tokio::test]
async fn programs_can_read_where_the_host_listens() {
    let setup = Setup::new().generic();
    let (mut host, mut lines) = serve(&setup, &["--log", "json"]);
    for listener in ["listening", "admin"] {
        let line: Value = serde_json::from_str(&next_line(&mut lines).await).unwrap();
        let address = line[listener].as_str().unwrap().strip_prefix("http://").unwrap();
        tokio::net::TcpStream::connect(address).await.unwrap();
    }
    host.kill().await.unwrap();
}

fn serve(setup: &Setup, arguments: &[&str]) -> (Child, Lines<BufReader<ChildStdout>>) {
    let mut host = setup
        .command(&[&["serve", "--port", "0"], arguments].concat())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let lines = BufReader::new(host.stdout.take().unwrap()).lines();
    (host, lines)
}

async fn next_line(lines: &mut Lines<BufReader<ChildStdout>>) -> String {
    timeout(PATIENCE, lines.next_line()).await.expect("it prints").unwrap().expect("it serves")
}

#[tokio::test]
async fn the_shipped_plugins_are_listed_and_described() {
    let setup = Setup::new();
    let listed = setup.run(&["plugin", "list", "--json"]).await;
    let plugins: Value = serde_json::from_slice(&listed.stdout).unwrap();
    let names: Vec<_> = plugins.as_array().unwrap().iter().map(|plugin| plugin["name"].clone()).collect();
    assert_eq!(json!(names), json!(["generic", "telegram", "whatsapp", "whatsapp-bridge"]));
    for (name, words) in [
        ("telegram", "bot_token"),
        ("whatsapp", "graph.facebook.com"),
        ("whatsapp-bridge", "api_url"),
        ("generic", "webhook_secret"),
    ] {
        let described = setup.run(&["plugin", "inspect", name]).await;
        let said = told(&described);
        assert_eq!(described.status.code(), Some(0), "{said}");
        assert!(said.contains(words), "{name}: {said}");
    }
}

#[tokio::test]
async fn completions_need_no_configuration_and_a_shell_that_is_known() {
    let setup = Setup::new();
    for (shell, code, words) in [
        ("bash", 0, "complete -F _hookhost"),
        ("zsh", 0, "#compdef hookhost"),
        ("fish", 0, "complete -c hookhost"),
        ("csh", 2, "possible values: bash, zsh, fish"),
    ] {
        let printed = setup.run(&["completions", shell]).await;
        assert_eq!(printed.status.code(), Some(code), "{shell}: {}", told(&printed));
        assert!(told(&printed).contains(words), "{shell}: {}", told(&printed));
    }
}
