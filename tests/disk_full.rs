//! A disk that is full: refused while it is, and everything goes on by itself when there is room.

use std::collections::BTreeSet;
use std::sync::LazyLock;
use std::time::Duration;

use serde_json::Value;
use tokio::time::sleep;

use crate::support::bot_api::{self, texts};
use crate::support::host::Host;
use crate::support::mount::Mount;
use crate::support::reply::Reply;
use crate::support::setup::{Setup, now_s};
use crate::support::stand_in::StandIn;
use crate::support::telegram::update;
use crate::support::wait::until;
use crate::support::workflow::{echo, runs};

const CHATS: i64 = 5;

#[tokio::test(flavor = "multi_thread")]
async fn below_the_reserve_deliveries_are_refused_and_what_was_taken_is_finished() {
    let Some(disk) = Disk::start(48, "16MiB").await else { return };
    disk.acknowledged(1..=10).await;
    let filler = disk.mount.fill(12 << 20);
    for id in 11..=15 {
        refused(&disk.send(id).await);
    }
    // Nothing is broken, and what is owed is still written.
    assert_eq!(disk.host.get("/ready").await.status, 200);
    disk.answered(1..=10).await;
    std::fs::remove_file(filler).unwrap();
    disk.acknowledged(11..=15).await;
    disk.answered(1..=15).await;
    disk.end(15).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_whose_disk_is_full_to_the_last_byte_takes_deliveries_again_when_there_is_room() {
    let Some(disk) = Disk::start(32, "0B").await else { return };
    disk.acknowledged(1..=20).await;
    let mut taken: BTreeSet<i64> = (1..=20).collect();
    for round in 0..3 {
        let filler = disk.mount.fill(0);
        // Until the store meets the end of the disk; what it took before counts as taken.
        let mut id = 1000 * (round + 1);
        until_refused(&disk, &mut id, &mut taken).await;
        disk.host.logged(&["the store is broken", "no space left"]).await;
        assert_eq!(disk.host.get("/ready").await.status, 503);
        assert_eq!(disk.host.get("/health").await.status, 200);
        refused(&disk.send(id).await);
        std::fs::remove_file(filler).unwrap();
        disk.ready().await;
        // What was refused is sent again, as its sender would; what was taken is still known.
        disk.acknowledged(id..=id + 2).await;
        taken.extend(id..=id + 2);
        disk.acknowledged(1..=5).await;
        disk.host.logged(&["the store works again"]).await;
    }
    disk.answered(taken.iter().copied()).await;
    disk.end(taken.len()).await;
}

async fn until_refused(disk: &Disk, id: &mut i64, taken: &mut BTreeSet<i64>) {
    for _ in 0..2000 {
        let reply = disk.send(*id).await;
        if reply.status != 200 {
            refused(&reply);
            return;
        }
        taken.insert(*id);
        *id += 1;
    }
    panic!("the disk never got full");
}

fn refused(reply: &Reply) {
    assert_eq!((reply.status, reply.header("retry-after")), (503, "5"), "{reply:?}");
}

/// A host on a disk of its own.
struct Disk {
    api: StandIn,
    workflow: StandIn,
    host: Host,
    mount: Mount,
}

impl Disk {
    async fn start(mib: u64, min_free: &str) -> Option<Self> {
        let (api, workflow) = (bot_api::start(), StandIn::start(echo));
        let setup = Setup::new()
            .telegram(&api)
            .http("echo", "", &workflow.host())
            .config(&format!("[store]\nmin_free = \"{min_free}\""));
        let mount = Mount::over(&setup.data(), mib)?;
        Some(Self { api, workflow, host: setup.start().await, mount })
    }

    async fn send(&self, id: i64) -> Reply {
        self.host.telegram(&message(id)).await
    }

    async fn acknowledged(&self, ids: impl IntoIterator<Item = i64>) {
        for id in ids {
            let reply = self.send(id).await;
            assert_eq!(reply.status, 200, "{id}: {reply:?}");
        }
    }

    async fn ready(&self) {
        for _ in 0..300 {
            if self.host.get("/ready").await.status == 200 {
                return;
            }
            sleep(Duration::from_millis(100)).await;
        }
        panic!("the host never gets ready again");
    }

    async fn answered(&self, ids: impl IntoIterator<Item = i64>) {
        let expected: BTreeSet<String> = ids.into_iter().map(|id| id.to_string()).collect();
        until("every update to be answered", || {
            let answered: BTreeSet<String> = texts(&self.api.calls()).into_iter().collect();
            answered.is_superset(&expected).then_some(())
        })
        .await;
    }

    /// Nothing ran twice and nothing was said twice: the process never ended, so nothing had to be.
    async fn end(self, updates: usize) {
        self.api.received_only(updates).await;
        let runs = runs(&self.workflow.calls());
        assert_eq!((runs.len(), self.workflow.calls().len()), (updates, updates), "{runs:?}");
        self.host.end().await;
        drop(self.mount);
    }
}

fn message(id: i64) -> Value {
    static WRITTEN_AT: LazyLock<u64> = LazyLock::new(now_s);
    let mut message = update(id, id % CHATS + 1, &format!("/echo {id}"));
    // The same bytes however late it is sent again.
    message["message"]["date"] = (*WRITTEN_AT).into();
    message["message"]["padding"] = "x".repeat(2000).into();
    message
}
