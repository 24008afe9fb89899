//! Keeping the store: what it holds, whether it agrees, and a copy of it that is made while deliveries keep coming.

use std::os::unix::fs::PermissionsExt as _;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::support::generic::call;
use crate::support::setup::{PACING_OFF, Setup, told};
use crate::support::stand_in::StandIn;
use crate::support::strict_bot_api::{Rules, StrictBotApi};
use crate::support::telegram::update;
use crate::support::workflow::{ECHO, echo};

/// What a command about the store prints as JSON.
async fn store(setup: &Setup, arguments: &[&str]) -> Value {
    let output = setup.run(&[&["store"], arguments, &["--json"]].concat()).await;
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", told(&output));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The number in a table of the statistics.
fn entries(stats: &Value, table: &str) -> u64 {
    let row = stats["tables"].as_array().unwrap().iter().find(|row| row["table"] == table);
    let entries = &row.unwrap()["entries"];
    assert_eq!(entries["is_all"], true, "{stats}");
    entries["number"].as_u64().unwrap()
}

#[tokio::test]
async fn a_backup_under_load_has_everything_that_was_acknowledged_before_it() {
    const SENDERS: usize = 8;
    let api = StrictBotApi::start(Rules::default()).await;
    let workflow = StandIn::start(echo);
    let host = Setup::new()
        .telegram_at(&api.host(), PACING_OFF)
        .http("echo", "", &workflow.host())
        .route("echo")
        .start()
        .await;
    let host = Arc::new(host);
    let (enough, next) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicI64::new(1)));
    let acknowledged = Arc::<Mutex<Vec<Value>>>::default();
    let senders: Vec<_> = (0..SENDERS)
        .map(|_| {
            let (host, enough, next) = (Arc::clone(&host), Arc::clone(&enough), Arc::clone(&next));
            let acknowledged = Arc::clone(&acknowledged);
            tokio::spawn(async move {
                while !enough.load(Ordering::SeqCst) {
                    let number = next.fetch_add(1, Ordering::SeqCst);
                    // Every tenth is so long that it takes several pieces.
                    let text = "x".repeat(if number % 10 == 0 { 20_000 } else { 20 });
                    let update = update(number, number % 50 + 1, &text);
                    let reply = host.telegram(&update).await;
                    assert_eq!(reply.status, 200, "{reply:?}");
                    acknowledged.lock().unwrap().push(update);
                }
            })
        })
        .collect();
    while acknowledged.lock().unwrap().len() < 400 {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }

    let before = acknowledged.lock().unwrap().clone();
    let copied = store(&host.setup, &["backup", "copy"]).await;
    let during = acknowledged.lock().unwrap().len();
    assert!(during > before.len(), "deliveries went on: {during} of {}", before.len());
    assert!(copied["entries"].as_u64().unwrap() > 1_000, "{copied}");
    // What is written to meanwhile agrees at every moment.
    let verified = store(&host.setup, &["verify"]).await;
    assert_eq!(verified["wrong"], json!([]), "{verified}");
    enough.store(true, Ordering::SeqCst);
    for sender in senders {
        sender.await.unwrap();
    }
    let sent = next.load(Ordering::SeqCst) - 1;

    let folder = host.dir().join("copy");
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&folder), mode(&folder.join("db"))), (0o700, 0o600));
    assert!(!folder.join("admin.json").exists() && !folder.join("media.key").exists());
    let verified = store(&host.setup, &["verify", "--data", "copy"]).await;
    assert_eq!(verified["wrong"], json!([]), "{verified}");
    let stats = store(&host.setup, &["stats", "--data", "copy"]).await;
    let admitted = stats["admitted"].as_u64().unwrap();
    assert!((before.len() as u64..=sent as u64).contains(&admitted), "{admitted} of {}", before.len());
    for table in ["executions", "deliveries", "bodies"] {
        assert_eq!(entries(&stats, table), admitted, "nothing is half there: {table}");
    }
    assert_eq!(stats["ids"], admitted, "{stats}");

    let listed = host.setup.run(&["events", "list", "--data", "copy", "--limit", "1000000", "--json"]).await;
    let listed: Vec<Value> = serde_json::from_slice(&listed.stdout).unwrap();
    assert_eq!(listed.len() as u64, admitted);

    // A host on the copy knows all of them.
    let mut host = Arc::into_inner(host).expect("all senders have ended");
    host.kill().await;
    std::fs::rename(host.setup.data(), host.dir().join("before")).unwrap();
    std::fs::rename(&folder, host.setup.data()).unwrap();
    host.restart().await;
    host.telegram_all(&before).await;
    assert_eq!(store(&host.setup, &["stats"]).await["admitted"], admitted);
    host.end().await;
}

#[tokio::test]
async fn a_backup_is_refused_where_something_is_already_and_made_while_no_host_runs() {
    let mut host = Setup::new().generic().script("echo", ECHO).start().await;
    assert_eq!(host.generic(&call("echo", "hello")).await.status, 200);
    for runs in [true, false] {
        if !runs {
            host.kill().await;
        }
        let refused = host.setup.run(&["store", "backup", "data"]).await;
        assert_eq!(refused.status.code(), Some(1));
        assert!(
            told(&refused).contains("is not empty") && told(&refused).contains("hint:"),
            "{}",
            told(&refused)
        );
        let nowhere = host.setup.run(&["store", "backup", "nothing/there"]).await;
        assert_eq!(nowhere.status.code(), Some(1), "{}", told(&nowhere));
        let folder = if runs { "running" } else { "stopped" };
        let made = host.setup.run(&["store", "backup", folder]).await;
        assert_eq!(made.status.code(), Some(0), "{}", told(&made));
        let stats = store(&host.setup, &["stats", "--data", folder]).await;
        assert_eq!(
            (&stats["admitted"], &stats["events"]["by"]),
            (&json!(1), &json!({ "done": 1 })),
            "{stats}"
        );
        let left = std::fs::read_dir(host.dir()).unwrap().map(|entry| entry.unwrap().file_name());
        assert!(left.into_iter().all(|name| !name.to_string_lossy().contains("partial")), "nothing is left");
    }
    host.end().await;
}

#[tokio::test]
async fn what_does_not_agree_is_named_and_the_exit_code_says_so() {
    let mut host = Setup::new().generic().script("echo", ECHO).start().await;
    assert_eq!(host.generic(&call("echo", "hello")).await.status, 200);
    let text = told(&host.setup.run(&["store", "verify"]).await);
    assert!(text.contains("records can be read, and agree"), "{text}");
    let text = told(&host.setup.run(&["store", "stats"]).await);
    assert!(text.contains("1 events were ever admitted") && text.contains("events: 1 done"), "{text}");
    host.kill().await;
    {
        let db = sled::open(host.setup.data()).unwrap();
        db.open_tree("bodies").unwrap().clear().unwrap();
        db.flush().unwrap();
    }
    let verified = host.setup.run(&["store", "verify"]).await;
    assert_eq!(verified.status.code(), Some(1), "{}", told(&verified));
    let text = told(&verified);
    assert!(text.contains("deliveries 0") && text.contains("in bodies, which is not there"), "{text}");
    assert!(text.contains("1 of ") && text.contains("hint:"), "{text}");
    host.end().await;
}
