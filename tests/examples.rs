//! The examples do what their READMEs say. Each folder has a configuration, a workflow, a recorded request
//! and what is expected of it.

use std::io::{ErrorKind, Write as _};
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Instant;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::support::host::Host;
use crate::support::setup::{
    Setup, TELEGRAM_BOT_TOKEN, WHATSAPP_ACCESS_TOKEN, WHATSAPP_APP_SECRET, WHATSAPP_VERIFY_TOKEN, told,
};
use crate::support::stand_in::StandIn;
use crate::support::wait::PATIENCE;
use crate::support::{bot_api, graph_api};

const EXAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples");
/// What known senders sign with.
const SENDER_SECRET: &str = "hush-whsec_of-a-known-sender";
/// Where the assistants listen unless they are told otherwise.
const ASSISTANT: &str = "127.0.0.1:9000";

#[tokio::test]
async fn the_quickstart_gives_its_caller_the_result() {
    let example = Example("quickstart");
    let host = example.setup(&[]).generic().start().await;
    example.check(&host, "generic", None).await;
    host.end().await;
}

#[tokio::test]
async fn the_telegram_assistant_answers_in_the_chat() {
    let (example, api) = (Example("telegram-assistant"), bot_api::start());
    let Some(assistant) = example.assistant().await else { return };
    let host = example
        .setup(&[
            (ASSISTANT, &assistant.address),
            ("\"api.telegram.org\"", &granted("api.telegram.org", &api)),
        ])
        .telegram_secrets()
        .env("TELEGRAM_API_URL", &api.url())
        .start()
        .await;
    example.check(&host, "telegram", Some(&api)).await;
    host.end().await;
}

#[tokio::test]
async fn the_whatsapp_assistant_answers_the_person() {
    let (example, api) = (Example("whatsapp-assistant"), graph_api::start());
    let Some(assistant) = example.assistant().await else { return };
    let host = example
        .setup(&[
            (ASSISTANT, &assistant.address),
            ("\"graph.facebook.com\"", &granted("graph.facebook.com", &api)),
        ])
        .env("WHATSAPP_APP_SECRET", WHATSAPP_APP_SECRET)
        .env("WHATSAPP_VERIFY_TOKEN", WHATSAPP_VERIFY_TOKEN)
        .env("WHATSAPP_ACCESS_TOKEN", WHATSAPP_ACCESS_TOKEN)
        .env("WHATSAPP_API_URL", &format!("{}/v25.0", api.url()))
        .start()
        .await;
    example.check(&host, "whatsapp", Some(&api)).await;
    host.end().await;
}

#[tokio::test]
async fn pushes_to_github_run_a_program() {
    let host =
        Example("github-to-command").setup(&[]).env("WEBHOOK_SECRET_GITHUB", SENDER_SECRET).start().await;
    Example("github-to-command").check(&host, "github", None).await;
    host.end().await;
}

#[tokio::test]
async fn charges_of_stripe_go_to_an_endpoint() {
    let example = Example("stripe-to-http");
    let Some(bookkeeper) = example.serve("bookkeeper.py").await else { return };
    let host = example
        .setup(&[(ASSISTANT, &bookkeeper.address)])
        .env("WEBHOOK_SECRET_STRIPE", SENDER_SECRET)
        .start()
        .await;
    example.check(&host, "stripe", None).await;
    host.end().await;
}

#[test]
fn every_example_is_run_here() {
    let folders = std::fs::read_dir(EXAMPLES).unwrap().map(|entry| entry.unwrap());
    let mut names: Vec<_> = folders
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    names.sort();
    // The template is built and served by a test of its own, and so is what is deployed looked at.
    assert_eq!(
        names,
        [
            "deploy",
            "github-to-command",
            "plugin-template",
            "quickstart",
            "stripe-to-http",
            "telegram-assistant",
            "whatsapp-assistant"
        ]
    );
}

/// A folder of `examples/`.
struct Example(&'static str);

impl Example {
    /// A copy of the folder, with these texts of its configuration replaced.
    fn setup(&self, replaced: &[(&str, &str)]) -> Setup {
        let mut setup = Setup::new();
        for entry in std::fs::read_dir(self.path("")).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            if name != "hookhost.toml" {
                setup = setup.file(&name, self.text(&name));
            }
        }
        let mut config = self.text("hookhost.toml");
        for (from, to) in replaced {
            assert!(config.contains(from), "{from} is not in the configuration of {}", self.0);
            config = config.replace(from, to);
        }
        setup.config(&config)
    }

    async fn assistant(&self) -> Option<Assistant> {
        self.serve("assistant.py").await
    }

    /// Starts the workflow of the folder; `None`, said out loud, where there is no Python.
    async fn serve(&self, program: &str) -> Option<Assistant> {
        let started = Command::new("python3")
            .args([program, "0"])
            .current_dir(self.path(""))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn();
        let mut child = match started {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                // Not with `eprintln!`, which is only seen when a test fails.
                let _ =
                    writeln!(std::io::stderr(), "SKIPPED: there is no python3 to run examples/{}", self.0);
                return None;
            }
            started => started.unwrap(),
        };
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).await.unwrap();
        let address = line.trim().strip_prefix("listening on http://").unwrap().to_owned();
        Some(Assistant { address, _child: child })
    }

    /// Sends the recorded request and compares what came of it.
    async fn check(&self, host: &Host, provider: &str, api: Option<&StandIn>) {
        let expected: Value = serde_json::from_str(&self.text("expected.json")).unwrap();
        let url = host.url("");
        let mut send = vec!["send", provider, "--body", "request.json", "--url", &url];
        for header in expected["headers"].as_array().into_iter().flatten() {
            send.extend(["--header", header.as_str().unwrap()]);
        }
        let sent = host.setup.run(&send).await;
        let told = told(&sent);
        let (status, answer) = told.split_once('\n').unwrap();
        assert_eq!(status.split(' ').next(), Some(&*expected["status"].to_string()), "{told}");
        holds(&serde_json::from_str(answer).unwrap_or_default(), &expected["answer"]);
        if !expected["event"].is_null() {
            holds(&ended(host).await, &expected["event"]);
        }

        let Some(api) = api else { return };
        let wanted = expected["sent"].as_array().unwrap();
        for (call, wanted) in api.received_only(wanted.len()).await.iter().zip(wanted) {
            let path = call.path.replace(TELEGRAM_BOT_TOKEN, "TELEGRAM_BOT_TOKEN");
            holds(&json!({ "method": call.method, "path": path, "body": call.body }), wanted);
        }
    }

    fn text(&self, name: &str) -> String {
        let path = self.path(name);
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    fn path(&self, name: &str) -> PathBuf {
        PathBuf::from_iter([EXAMPLES, self.0, name])
    }
}

/// A running workflow; it ends when this is dropped.
struct Assistant {
    address: String,
    _child: Child,
}

/// The only event of a host, once it has ended.
async fn ended(host: &Host) -> Value {
    let json = async |arguments: &[&str]| -> Value {
        let output = host.setup.run(&[&["events"], arguments, &["--json"]].concat()).await;
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", told(&output)))
    };
    let patience = Instant::now() + PATIENCE;
    loop {
        let listed = json(&["list"]).await;
        let id = listed[0]["id"].as_str().unwrap();
        let shown = json(&["show", id]).await;
        let shown = shown.get(0).unwrap_or(&shown).clone();
        if !shown["outcome"].is_null() {
            return shown;
        }
        assert!(Instant::now() < patience, "it does not end: {shown}");
    }
}

/// The host of the real API with the stand-in beside it, as `allow_hosts` lists them.
fn granted(real: &str, api: &StandIn) -> String {
    format!("\"{real}\", \"{}\"", api.host())
}

/// Whether everything that is expected is there; ids and times that differ each time are left out of it.
#[track_caller]
fn holds(found: &Value, expected: &Value) {
    if let (Value::Object(found), Value::Object(expected)) = (found, expected) {
        for (key, expected) in expected {
            holds(found.get(key).unwrap_or_else(|| panic!("no {key} in {found:?}")), expected);
        }
    } else {
        assert_eq!(found, expected);
    }
}
