//! Decides how long to wait before the next attempt, of a run as well as of a delivery.

use std::time::Duration;

/// The first wait; each one after it is twice as long.
const FIRST: Duration = Duration::from_secs(1);
/// Doubling ends here: five minutes after it is well again, somebody is served again.
pub const LONGEST: Duration = Duration::from_secs(5 * 60);
/// The longest wait that a `Retry-After` can ask for.
pub const LONGEST_ASKED: Duration = Duration::from_secs(3600);

/// How long to wait after attempt number `attempt` (from 1) failed.
///
/// `jitter` is a random number from 0 to 1: any share of the doubled time may be waited ("full jitter"),
/// so that what failed together does not come back together. What was asked for is kept, within
/// [`LONGEST_ASKED`], and never makes the wait shorter: an endless "at once" would be a busy loop.
pub fn next_delay(attempt: u32, asked: Option<Duration>, jitter: f64) -> Duration {
    let doublings = attempt.saturating_sub(1).min(16);
    let ceiling = FIRST.saturating_mul(1 << doublings).min(LONGEST);
    let own = ceiling.mul_f64(jitter.clamp(0.0, 1.0));
    own.max(asked.unwrap_or_default().min(LONGEST_ASKED))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn waits_double_up_to_five_minutes() {
        for (attempt, jitter, seconds) in [
            (0, 1.0, 1.0),
            (1, 1.0, 1.0),
            (1, 0.0, 0.0),
            (2, 1.0, 2.0),
            (4, 0.5, 4.0),
            (9, 1.0, 256.0),
            (10, 1.0, 300.0),
            (u32::MAX, 1.0, 300.0),
        ] {
            assert_eq!(next_delay(attempt, None, jitter), Duration::from_secs_f64(seconds), "{attempt}");
        }
    }

    #[test]
    fn what_is_asked_for_is_waited_up_to_an_hour() {
        for (attempt, asked, seconds) in
            [(1, 30, 30), (1, 0, 1), (9, 30, 256), (1, 3600, 3600), (1, 9999, 3600)]
        {
            let asked = Some(Duration::from_secs(asked));
            assert_eq!(next_delay(attempt, asked, 1.0), Duration::from_secs(seconds));
        }
    }

    proptest! {
        #[test]
        fn every_wait_is_bounded(attempt: u32, asked in proptest::option::of(0..u64::MAX), jitter in 0.0..=1.0) {
            let asked = asked.map(Duration::from_millis);
            let delay = next_delay(attempt, asked, jitter);
            let asked = asked.unwrap_or_default().min(LONGEST_ASKED);
            let doubled = FIRST.saturating_mul(1 << attempt.clamp(1, 20).saturating_sub(1)).min(LONGEST);
            prop_assert!(delay >= asked);
            prop_assert!(delay <= doubled.max(asked));
        }

        #[test]
        fn the_dice_decide_over_the_whole_wait(attempt in 1..u32::MAX, share in 0u32..=100) {
            let whole = next_delay(attempt, None, 1.0);
            let waited = next_delay(attempt, None, f64::from(share) / 100.0);
            prop_assert!((waited.as_secs_f64() - whole.as_secs_f64() * f64::from(share) / 100.0).abs() < 1e-6);
        }

        #[test]
        fn a_later_attempt_never_waits_less_with_the_same_dice(attempt in 0..u32::MAX, jitter in 0.0..=1.0) {
            prop_assert!(next_delay(attempt + 1, None, jitter) >= next_delay(attempt, None, jitter));
        }
    }
}
