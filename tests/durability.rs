//! No acknowledgement before the disk has it, as a trace of the host's system calls shows.

use std::process::Stdio;

use crate::support::bot_api;
use crate::support::setup::Setup;
use crate::support::telegram::update;
use crate::support::wait::until;

const ACKNOWLEDGEMENT: &str = "HTTP/1.1 200";

#[tokio::test(flavor = "multi_thread")]
async fn no_delivery_is_acknowledged_before_the_database_file_is_synced() {
    if std::process::Command::new("strace").arg("-V").stdout(Stdio::null()).status().is_err() {
        eprintln!("SKIPPED: strace is not installed, so the system calls cannot be watched");
        return;
    }
    let api = bot_api::start();
    let host = Setup::new().telegram(&api).start().await;
    let trace = host.dir().join("trace");
    let mut strace = tokio::process::Command::new("strace")
        .args(["--quiet=all", "-f", "-y", "-e", "trace=fdatasync,fsync,write,writev,sendto,sendmsg", "-o"])
        .arg(&trace)
        .args(["-p", &host.id().to_string()])
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let traced = || std::fs::read_to_string(&trace).unwrap_or_default();
    // A request that stores nothing shows when the trace has begun.
    until_traced(&host, &traced).await;
    const DELIVERIES: i64 = 20;
    for id in 1..=DELIVERIES {
        let before = traced().len();
        assert_eq!(host.telegram(&update(id, id, "hello")).await.status, 200);
        let line = until("the acknowledgement in the trace", || {
            let text = traced();
            text[before..].find(ACKNOWLEDGEMENT).map(|at| text[before..before + at].to_owned())
        });
        let until_then = line.await;
        assert!(synced(&until_then), "acknowledged before a sync:\n{until_then}");
    }
    strace.start_kill().unwrap();
    strace.wait().await.unwrap();
    host.end().await;
}

async fn until_traced(host: &crate::support::host::Host, traced: &impl Fn() -> String) {
    loop {
        host.get("/health").await;
        if traced().contains(ACKNOWLEDGEMENT) {
            break;
        }
    }
}

/// Whether a sync of the database file was begun and ended with success.
fn synced(trace: &str) -> bool {
    let begun = trace.lines().any(|line| line.contains("fdatasync(") && line.contains("/data/db>"));
    let ended = trace.lines().any(|line| line.contains("fdatasync") && line.ends_with("= 0"));
    begun && ended
}
