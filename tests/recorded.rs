//! Requests that other implementations signed, judged by `hookhost verify`: published ones where they are at
//! hand, and those of the senders' own libraries where these are installed.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::Value;
use tokio::process::Command;

use crate::support::setup::{Setup, told};

const URL: &str = "https://hooks.example.com/webhooks/sender";

/// A library on PyPI, as it is imported; the preset, and a secret of its form.
const LIBRARIES: [(&str, &str, &str); 5] = [
    ("stripe", "stripe", "whsec_hush_stripe_secret"),
    ("slack_sdk", "slack", "hush-slack-signing-secret"),
    ("twilio", "twilio-form", "hush-twilio-auth-token"),
    ("standardwebhooks", "standard-webhooks", "whsec_aHVzaC1zdGFuZGFyZC13ZWJob29rcy1rZXk="),
    ("svix", "svix", "whsec_aHVzaC1zdml4LXdlYmhvb2tzLWtleS0x"),
];

fn skipped(what: &str) {
    // Not with `eprintln!`, which is only seen when a test fails.
    let _ = writeln!(std::io::stderr(), "SKIPPED: {what}");
}

#[tokio::test]
async fn published_requests_get_their_verdict() {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared"));
    let Ok(vectors) = std::fs::read_to_string(folder.join("signatures/vectors.json")) else {
        return skipped(&format!("there are no published requests in {}", folder.display()));
    };
    let vectors: Value = serde_json::from_str(&vectors).unwrap();
    for vector in vectors["vectors"].as_array().unwrap() {
        let text = |key: &str| vector[key].as_str().unwrap();
        let body = match vector["body_file"].as_str() {
            Some(file) => std::fs::read(folder.join("fixtures/other").join(file)).unwrap(),
            None => text("body").as_bytes().to_vec(),
        };
        let mut request = format!("{} {} HTTP/1.1\n", text("method"), text("url"));
        for (name, value) in vector["headers"].as_object().unwrap() {
            request.push_str(&format!("{name}: {}\n", value.as_str().unwrap()));
        }
        let request = [format!("{request}\n").into_bytes(), body].concat();
        let mut setup = Setup::new().file("request.http", request);
        let mut arguments = vec![
            "verify".to_owned(),
            "--recipe".into(),
            text("spec").into(),
            "--url".into(),
            text("url").into(),
        ];
        if let Some(now) = vector["now"].as_u64() {
            arguments.extend(["--now".into(), now.to_string()]);
        }
        for (index, secret) in vector["secrets"].as_array().unwrap().iter().enumerate() {
            let file = format!("secret-{index}");
            setup = setup.file(&file, secret.as_str().unwrap());
            arguments.extend(["--secret-file".into(), file]);
        }
        arguments.push("request.http".into());
        let judged = setup.run(&arguments.iter().map(String::as_str).collect::<Vec<_>>()).await;
        let expected = i32::from(!vector["valid"].as_bool().unwrap());
        let case = format!("{} {}: {}", text("spec"), vector["name"], told(&judged));
        assert_eq!(judged.status.code(), Some(expected), "{case}");
    }
}

#[tokio::test]
async fn the_senders_own_libraries_sign_what_is_accepted_and_accept_what_is_signed() {
    let Some(python) = python().await else { return skipped("there is no python3") };
    for (library, preset, secret) in LIBRARIES {
        if !runs(&python, &["-c", &format!("import {library}")]).await {
            skipped(&format!("python has no {library} (python3 -m pip install {library})"));
            continue;
        }
        let body = match preset {
            "twilio-form" => "MessageStatus=delivered&To=%2B15550142&Body=Gr%C3%BC%C3%9Fe",
            _ => r#"{"type":"test","text":"Grüße"}"#,
        };
        let setup = Setup::new()
            .config("[server]\npublic_url = \"https://hooks.example.com\"")
            .config(&format!("[providers.sender]\nverification = {preset:?}"))
            .env("WEBHOOK_SECRET_SENDER", secret)
            .file("library.py", include_str!("support/library.py"))
            .file("secret", secret)
            .file("body", body);

        let theirs = script(&python, setup.dir(), &["sign", library, secret, URL, "body"]).await;
        let request = [format!("POST {URL} HTTP/1.1\n{theirs}\n").as_bytes(), body.as_bytes()].concat();
        let setup = setup.file("theirs.http", request);
        let judged =
            setup.run(&["verify", "--recipe", preset, "--secret-file", "secret", "theirs.http"]).await;
        assert_eq!(judged.status.code(), Some(0), "{library} signed {theirs}: {}", told(&judged));

        let ours = setup.run(&["sign", "sender", "--body", "body"]).await;
        let setup = setup.file("ours", &ours.stdout);
        let accepted = script(&python, setup.dir(), &["check", library, secret, URL, "body", "ours"]).await;
        assert_eq!(accepted.trim(), "genuine", "{library} of {}", told(&ours));
    }
}

/// The python of the environment that `.ci/run` makes, else the system's.
async fn python() -> Option<String> {
    let candidates = [std::env::var("HOOKHOST_TEST_PYTHON").ok(), Some("python3".into())];
    for python in candidates.into_iter().flatten() {
        if runs(&python, &["--version"]).await {
            return Some(python);
        }
    }
    None
}

async fn runs(program: &str, arguments: &[&str]) -> bool {
    let run = Command::new(program).args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).status();
    run.await.is_ok_and(|status| status.success())
}

async fn script(python: &str, folder: &Path, arguments: &[&str]) -> String {
    let run = Command::new(python).arg("library.py").args(arguments).current_dir(folder).output();
    let run = run.await.unwrap();
    assert!(run.status.success(), "{arguments:?}: {}", told(&run));
    String::from_utf8(run.stdout).unwrap()
}
