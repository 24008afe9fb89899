//! A store that an earlier program wrote.

use std::path::Path;

use serde_json::{Value, json};

use crate::support::bot_api::{self, chats, texts};
use crate::support::setup::{Setup, now_s};
use crate::support::wait::until;
use crate::support::workflow::{ECHO, ECHO_NOTED, NOTE};

const FIRST: &str = include_str!("stores/format-1.txt");

/// Puts a dump into a data folder, with its times moved to now.
fn load(dump: &str, folder: &Path) {
    let database = sled::open(folder).unwrap();
    for line in dump.lines().filter(|line| !line.starts_with('#')) {
        let mut parts = line.splitn(4, ' ');
        let mut part = || parts.next().unwrap_or_default();
        let (table, key, layout, value) = (part(), part(), part(), part());
        let (now_ms, today) = (now_s() * 1000, now_s() / 86_400);
        let table = database.open_tree(table.replace("{today}", &today.to_string())).unwrap();
        let key = key.replace("{now}", &hex::encode(now_ms.to_be_bytes()));
        let key = hex::decode(&key).unwrap_or_else(|_| key.into_bytes());
        let value = match layout {
            "1.0" => [&[1, 0][..], value.replace("{now}", &now_ms.to_string()).as_bytes()].concat(),
            _ => hex::decode(value).unwrap(),
        };
        table.insert(key, value).unwrap();
    }
    database.flush().unwrap();
}

/// The bytes of a delivery in the dump.
fn body(dump: &str, with: &str) -> String {
    let is_meant = |line: &&str| line.starts_with("bodies ") && line.contains(with);
    dump.lines().find(is_meant).unwrap().splitn(4, ' ').nth(3).unwrap().to_owned()
}

#[tokio::test]
async fn a_store_of_the_first_format_is_understood_and_its_work_goes_on() {
    let api = bot_api::start();
    let setup = Setup::new().telegram(&api).generic().script("echo", ECHO);
    let setup = setup.script("slow", &format!("{NOTE}{ECHO_NOTED}"));
    load(FIRST, &setup.data());
    let mut host = setup.start().await;
    let found = host.logged(&["the store is open"]).await;
    for number in
        ["queued=2", "interrupted=1", "replies_owed=1", "held=1", "days_of_ids=1", "admitted_ever=4"]
    {
        assert!(found.contains(number), "{found}");
    }
    until("what was owed and queued", || (api.calls().len() == 3).then_some(())).await;
    let calls = api.calls();
    let said: Vec<_> = chats(&calls).into_iter().zip(texts(&calls)).collect();
    let of = |chat| said.iter().filter(|(to, _)| *to == chat).map(|(_, text)| &**text).collect::<Vec<_>>();
    assert_eq!((of(7), of(8)), (vec!["first"], vec!["down", "behind it"]));
    assert_eq!(host.documents()[0]["attempt"], 2, "the earlier program had begun it");

    // What it remembered is a duplicate, and has its outcome.
    assert_eq!(host.telegram_body(&body(FIRST, "/echo first")).await.status, 200);
    let again = host.generic_body(&body(FIRST, "order-1"), &[]).await;
    assert_eq!((again.status, again.header("idempotent-replayed")), (200, "true"), "{again:?}");
    assert_eq!(again.json()["result"], json!("hello"));
    api.received_only(3).await;

    for (list, count) in [("list", 4), ("held", 1)] {
        let listed = host.setup.run(&["events", list, "--json"]).await;
        let rows: Vec<Value> = serde_json::from_slice(&listed.stdout).unwrap();
        assert_eq!(rows.len(), count, "{rows:?}");
    }
    // It says its format from now on, and opens again.
    host.kill().await;
    let format = sled::open(host.setup.data()).unwrap().open_tree("meta").unwrap().get("format").unwrap();
    assert_eq!(format.unwrap(), 2_u64.to_be_bytes());
    host.restart().await;
    host.end().await;
}
