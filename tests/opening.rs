//! A data folder that cannot be used is told in one sentence with the next step, and is never emptied.

use std::fs::{self, OpenOptions};
use std::path::Path;
use std::process::Command;

use crate::support::bot_api;
use crate::support::generic::call;
use crate::support::mount::Mount;
use crate::support::setup::{Setup, told};
use crate::support::telegram::update;
use crate::support::workflow::{ECHO, NOTE, WAIT};

/// What happened to a folder, and what the start says.
type Row = (&'static str, fn(&Path), &'static [&'static str]);

const GONE: &str = "groups of changes were made durable";
const UNREADABLE: &str = "holds no readable store";

/// The database as a crash leaves it, all of it in sled's log.
const AFTER_A_CRASH: [Row; 10] = [
    ("the database is cut in half", |data| cut(data, 2), &[GONE, "backup", "store.json"]),
    ("the database is empty", |data| cut(data, usize::MAX), &[GONE, "backup"]),
    ("the database is noise", |data| noise(&data.join("db"), 0), &[GONE, "backup"]),
    ("the second half of the database is noise", |data| noise(&data.join("db"), 2), &[GONE, "backup"]),
    ("the database is missing", |data| fs::remove_file(data.join("db")).unwrap(), &["file db is missing"]),
    ("sled's own settings are noise", |data| noise(&data.join("conf"), 0), &[UNREADABLE, "backup"]),
    ("the folder is a file", as_a_file, &["is no folder", "--data"]),
    ("the database is a folder", db_as_a_folder, &["cannot be used"]),
    ("a newer program wrote it", newer_format, &["has format 3", "up to format 2", "newer hookhost"]),
    ("a newer program wrote a record", newer_record, &["has version 9", "the hookhost that wrote it"]),
];

/// The database as an orderly opening leaves it, most of it described by sled's snapshot.
const AFTER_A_SNAPSHOT: [Row; 4] = [
    ("the database is cut to a tenth", |data| cut(data, 400), &[UNREADABLE, "backup"]),
    ("the database is empty", |data| cut(data, usize::MAX), &[UNREADABLE, "backup"]),
    ("the database is noise", |data| noise(&data.join("db"), 0), &[UNREADABLE, "backup"]),
    ("the snapshot is noise", snapshot_noise, &[UNREADABLE, "backup"]),
];

#[tokio::test]
async fn a_folder_that_cannot_be_used_is_told_with_the_next_step_and_left_as_it_is() {
    let setup = filled().await;
    check(&setup, &AFTER_A_CRASH).await;
    // Once more, so that sled writes its snapshot.
    let mut host = setup.start().await;
    host.kill().await;
    check(&host.setup, &AFTER_A_SNAPSHOT).await;
    host.end().await;
}

async fn check(setup: &Setup, rows: &[Row]) {
    let (data, kept) = (setup.data(), setup.dir().join("kept"));
    let _ = fs::remove_dir_all(&kept);
    copy(&data, &kept);
    for (what, damage, says) in rows {
        eprintln!("{what}");
        damage(&data);
        // Twice: the first refusal must not make a new store of it.
        for _ in 0..2 {
            refuses(setup, what, says).await;
        }
        let _ = fs::remove_dir_all(&data).or_else(|_| fs::remove_file(&data));
        copy(&kept, &data);
    }
}

async fn refuses(setup: &Setup, what: &str, says: &[&str]) {
    let refused = setup.run(&["serve", "--port", "0"]).await;
    let said = told(&refused);
    assert_eq!(refused.status.code(), Some(1), "{what}: {said}");
    for words in [&["error: ", "hint: "], says].concat() {
        assert!(said.contains(words), "{what}: {words} is not in: {said}");
    }
    assert!(!said.contains("panicked at"), "{what}: {said}");
    assert!(!said.contains("listening on"), "{what}: {said}");
}

#[tokio::test]
async fn what_sled_can_do_without_is_no_damage() {
    let setup = filled().await;
    for (what, damage) in [
        ("its settings are missing", (|data| fs::remove_file(data.join("conf")).unwrap()) as fn(&Path)),
        // A crash or a full disk leaves it so, and sled would take it for its newest snapshot.
        ("a snapshot is half written", |data| fs::write(data.join("snap.7F.generating"), "half").unwrap()),
        ("a power cut halved the mark", |data| fs::write(data.join("store.json"), "{\"for").unwrap()),
    ] {
        damage(&setup.data());
        let listed = setup.run(&["events", "list", "--json"]).await;
        let said = told(&listed);
        assert_eq!(listed.status.code(), Some(0), "{what}: {said}");
        assert!(said.contains("\"queued\"") || said.contains("\"running\""), "{what}: {said}");
    }
}

#[tokio::test]
async fn a_folder_that_another_process_uses_is_left_to_it() {
    let host = Setup::new().generic().script("echo", ECHO).start().await;
    refuses(&host.setup, "locked", &["is in use by another process", "--data"]).await;
    assert_eq!(host.generic(&call("echo", "hello")).await.status, 200);
    host.end().await;
}

#[tokio::test]
async fn a_disk_that_is_read_only_or_full_at_the_start_is_told() {
    for (what, says) in [("read-only", "cannot be used"), ("full", "is full")] {
        let setup = filled().await;
        let (data, kept) = (setup.data(), setup.dir().join("kept"));
        fs::rename(&data, &kept).unwrap();
        let Some(mount) = Mount::over(&data, 8) else { return };
        Command::new("cp").arg("-a").arg(kept.join(".")).arg(&data).status().unwrap();
        let filler = if what == "full" { Some(mount.fill(0)) } else { None };
        if what == "read-only" {
            mount.make_read_only();
        }
        refuses(&setup, what, &[says]).await;
        if let Some(filler) = filler {
            fs::remove_file(filler).unwrap();
            let mut host = setup.start().await;
            host.logged(&["the store is open", "queued=2"]).await;
            host.kill().await;
            host.end().await;
        }
        drop(mount);
    }
}

/// A configuration whose data folder has an event that runs and one that waits, as a crash left them.
async fn filled() -> Setup {
    let api = bot_api::start();
    let mut host = Setup::new().telegram(&api).script("slow", &format!("{NOTE}{WAIT}")).start().await;
    host.telegram_all(&[update(1, 7, "/slow one"), update(2, 7, "/slow two")]).await;
    host.ran(1).await;
    host.kill().await;
    host.go();
    host.into_setup()
}

fn copy(from: &Path, to: &Path) {
    assert!(Command::new("cp").arg("-a").arg(from).arg(to).status().unwrap().success());
}

fn cut(data: &Path, to_one_of: usize) {
    let database = OpenOptions::new().write(true).open(data.join("db")).unwrap();
    let length = database.metadata().unwrap().len();
    database.set_len(length / to_one_of as u64).unwrap();
}

/// All of it, or what comes after one part of so many.
fn noise(file: &Path, after_one_of: usize) {
    let mut bytes = fs::read(file).unwrap();
    let from = bytes.len().checked_div(after_one_of).unwrap_or(0);
    for (at, byte) in bytes.iter_mut().enumerate().skip(from) {
        *byte = (at * 31 % 253) as u8;
    }
    fs::write(file, bytes).unwrap();
}

fn as_a_file(data: &Path) {
    fs::remove_dir_all(data).unwrap();
    fs::write(data, "not a folder").unwrap();
}

fn db_as_a_folder(data: &Path) {
    fs::remove_file(data.join("db")).unwrap();
    fs::create_dir(data.join("db")).unwrap();
}

fn snapshot_noise(data: &Path) {
    let entries = fs::read_dir(data).unwrap().map(|entry| entry.unwrap().path());
    let is_snapshot = |path: &std::path::PathBuf| path.to_str().unwrap().contains("snap.");
    let snapshots: Vec<_> = entries.filter(is_snapshot).collect();
    assert!(!snapshots.is_empty(), "sled has written none");
    for snapshot in snapshots {
        noise(&snapshot, 0);
    }
}

fn newer_format(data: &Path) {
    let database = sled::open(data).unwrap();
    database.open_tree("meta").unwrap().insert("format", &3_u64.to_be_bytes()).unwrap();
    database.flush().unwrap();
}

fn newer_record(data: &Path) {
    let database = sled::open(data).unwrap();
    let executions = database.open_tree("executions").unwrap();
    let (key, record) = executions.first().unwrap().unwrap();
    let mut record = record.to_vec();
    record[0] = 9;
    executions.insert(key, record).unwrap();
    database.flush().unwrap();
}
