//! What of one provider is on its way in. It outlives exchanges of the setup, as what it counts does.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::Semaphore;

use crate::model::bounds;
use crate::model::rate_limit::RateLimit;
use crate::model::time::Time;

/// Counts for one provider.
#[derive(Debug)]
pub struct Intake {
    /// Deliveries between `receive` and the store.
    pub in_flight: Arc<AtomicUsize>,
    /// Bytes of bodies that are in memory.
    pub body_bytes: Arc<AtomicUsize>,
    /// Of its deliveries that are worked on at a time while others send, too.
    pub turns: Arc<Semaphore>,
    /// When the bucket of its rate limit will be full again.
    full_at: AtomicU64,
}

/// Nothing is counted yet.
impl Default for Intake {
    fn default() -> Self {
        let turns = Arc::new(Semaphore::new(bounds::DELIVERIES_AT_ONCE_BESIDE_OTHERS));
        Self { in_flight: Arc::default(), body_bytes: Arc::default(), turns, full_at: AtomicU64::default() }
    }
}

impl Intake {
    /// Counts one delivery against a limit.
    ///
    /// # Errors
    /// It is one too many; how long the sender is to wait.
    pub fn count(&self, limit: RateLimit, now: Time) -> Result<(), Duration> {
        let mut wait = Duration::ZERO;
        let counted = self.full_at.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |full_at| {
            limit.take(full_at, now).inspect_err(|told| wait = *told).ok()
        });
        counted.map(|_| ()).map_err(|_| wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_who_come_at_the_same_time_share_one_bucket() {
        let (intake, limit) = (Intake::default(), RateLimit::new(1, Duration::from_secs(1), 50));
        let now = Time(1_790_000_000_000);
        let counted = std::thread::scope(|scope| {
            let threads = [(); 4]
                .map(|()| scope.spawn(|| (0..25).filter(|_| intake.count(limit, now).is_ok()).count()));
            threads.map(|thread| thread.join().unwrap()).iter().sum::<usize>()
        });
        assert_eq!(counted, 50);
        assert_eq!(intake.count(limit, now), Err(Duration::from_secs(1)));
        assert_eq!(intake.count(limit, now.plus(Duration::from_secs(1))), Ok(()));
    }
}
