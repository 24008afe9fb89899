//! How Telegram delivers: one queue for each chat, of which only the head is on its way; what is not
//! acknowledged comes again, at once and then after 2, 4, 8 ... seconds, or when `Retry-After` says.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::Value;
use tokio::sync::{RwLock, Semaphore};
use tokio::time::{sleep, timeout};

use super::host::Host;
use super::setup::TELEGRAM_SECRET_TOKEN;
use super::telegram::HEADER;

/// What Telegram does when nobody says otherwise.
const CONNECTIONS: usize = 40;
const SLOWEST: Duration = Duration::from_secs(60);

/// Telegram's side of a webhook.
pub(crate) struct Delivery {
    connections: Semaphore,
    attempts: Arc<AtomicUsize>,
    /// Each attempt with such a number, counted from 1, hangs up before it is answered.
    hangs_up_every: usize,
}

impl Delivery {
    pub(crate) fn new(hangs_up_every: usize) -> Self {
        Self { connections: Semaphore::new(CONNECTIONS), attempts: Arc::default(), hangs_up_every }
    }

    /// Delivers the queues of all chats, until every update is acknowledged; gives how many attempts it took.
    /// The host may be killed and started again meanwhile.
    pub(crate) async fn deliver(&self, host: &RwLock<Host>, queues: &[Vec<Value>]) -> usize {
        join_all(queues.iter().map(|queue| async move {
            for update in queue {
                self.until_acknowledged(host, &update.to_string()).await;
            }
        }))
        .await;
        self.attempts.load(Ordering::Relaxed)
    }

    /// Attempts so far.
    pub(crate) fn attempts(&self) -> usize {
        self.attempts.load(Ordering::Relaxed)
    }

    async fn until_acknowledged(&self, host: &RwLock<Host>, update: &str) {
        let mut failures = 0_u32;
        loop {
            let after = {
                let _connection = self.connections.acquire().await.unwrap();
                match self.attempt(host, update).await {
                    Ok(()) => return,
                    Err(after) => after,
                }
            };
            failures += 1;
            let usual = match failures {
                1 => Duration::ZERO,
                more => Duration::from_secs(1 << (more - 1).min(6)).min(SLOWEST),
            };
            sleep(after.unwrap_or(usual)).await;
        }
    }

    /// One attempt; the error is what `Retry-After` says.
    async fn attempt(&self, host: &RwLock<Host>, update: &str) -> Result<(), Option<Duration>> {
        let host = host.read().await;
        let number = self.attempts.fetch_add(1, Ordering::Relaxed) + 1;
        let post = host.try_post("/webhooks/telegram", &[(HEADER, TELEGRAM_SECRET_TOKEN)], update.to_owned());
        if self.hangs_up_every > 0 && number.is_multiple_of(self.hangs_up_every) {
            // Long enough for the request to leave, and often too short for the answer.
            let _ = timeout(Duration::from_millis(3), post).await;
            return Err(None);
        }
        let reply = post.await.ok_or(None)?;
        match reply.status {
            200..=299 => Ok(()),
            _ => Err(reply.header("retry-after").parse().ok().map(Duration::from_secs)),
        }
    }
}
