//! Whose turn it is: while several providers send, none has more than a few deliveries worked on at a time.
//!
//! The others of a flood wait without taking processor time, and a delivery of somebody else finds a few in front of
//! it and not hundreds. Who sends alone is not held up: then a large group in one commit is what is fastest.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// After so long without another provider's delivery one is alone.
const ALONE_AFTER: Duration = Duration::from_secs(1);

/// No address of anything.
const NOBODY: usize = 0;

/// Who has sent lately.
#[derive(Debug)]
pub(super) struct Turns {
    /// What times are counted from; the clock on the wall may be set back.
    begun: Instant,
    /// The address of the turns of whoever was last; only compared.
    last: AtomicUsize,
    /// When it was somebody else than the time before, in milliseconds.
    changed_at: AtomicU64,
}

impl Turns {
    /// Nobody has sent yet.
    pub(super) fn new() -> Self {
        Self { begun: Instant::now(), last: AtomicUsize::new(NOBODY), changed_at: AtomicU64::default() }
    }

    /// Waits for one of its own turns, if others send too. It is held until this is dropped.
    pub(super) async fn turn(&self, own: &Arc<Semaphore>) -> Option<OwnedSemaphorePermit> {
        if self.is_alone(Arc::as_ptr(own).addr(), self.begun.elapsed()) {
            return None;
        }
        Some(Arc::clone(own).acquire_owned().await.expect("nobody closes the semaphore"))
    }

    fn is_alone(&self, own: usize, since_begun: Duration) -> bool {
        // From a while before the beginning, so that at first nothing has changed for so long.
        let (now, long) = (millis(since_begun + ALONE_AFTER), millis(ALONE_AFTER));
        let last = self.last.swap(own, Ordering::Relaxed);
        if last != own && last != NOBODY {
            self.changed_at.fetch_max(now, Ordering::Relaxed);
        }
        now.saturating_sub(self.changed_at.load(Ordering::Relaxed)) >= long
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_alone_when_nobody_else_has_sent_for_a_while() {
        let turns = Turns::new();
        for (who, millis, is_alone) in [
            (1, 0, true),
            (1, 1, true),
            (2, 2, false),
            (2, 1_001, false),
            (2, 1_002, true),
            (1, 1_003, false),
            (2, 2_002, false),
            (2, 3_001, false),
            (2, 3_002, true),
        ] {
            assert_eq!(
                turns.is_alone(who, Duration::from_millis(millis)),
                is_alone,
                "{who} after {millis} ms"
            );
        }
    }

    #[tokio::test]
    async fn beside_others_one_waits_for_its_own_turns_alone() {
        let turns = Arc::new(Turns::new());
        let [one, other] = [(); 2].map(|()| Arc::new(Semaphore::new(1)));
        assert!(turns.turn(&one).await.is_none());
        let held = turns.turn(&other).await;
        assert!(held.is_some());
        let next = (Arc::clone(&turns), Arc::clone(&other));
        let waits = tokio::spawn(async move { next.0.turn(&next.1).await.is_some() });
        tokio::task::yield_now().await;
        assert!(turns.turn(&one).await.is_some());
        assert!(!waits.is_finished());
        drop(held);
        assert!(waits.await.unwrap());
    }
}
