//! How often something may happen: a token bucket, kept as one number. Pure; the clock is handed in.

use std::time::Duration;

use super::time::Time;

const NANOS_PER_MILLI: u64 = 1_000_000;

/// At most so many in such a time, spread evenly, with so many at once after a while of quiet.
///
/// What is remembered is one number of nanoseconds: when the bucket will be full again. Zero is a full one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit {
    interval_nanos: u64,
    burst: u32,
}

impl RateLimit {
    /// `count` in `per`, and `burst` at once; a zero of them counts as one.
    pub fn new(count: u32, per: Duration, burst: u32) -> Self {
        let per = u64::try_from(per.as_nanos()).unwrap_or(u64::MAX);
        Self { interval_nanos: (per / u64::from(count.max(1))).max(1), burst: burst.max(1) }
    }

    /// Takes one from the bucket that is full again at `full_at`, and gives when it will be full then.
    ///
    /// # Errors
    /// It is empty; for how long.
    pub fn take(&self, full_at: u64, now: Time) -> Result<u64, Duration> {
        let now = now.millis().saturating_mul(NANOS_PER_MILLI);
        let all = self.interval_nanos.saturating_mul(self.burst.into());
        // No bucket is emptier than empty, unless the clock was set back.
        let full_at = full_at.clamp(now, now.saturating_add(all));
        let full_then = full_at.saturating_add(self.interval_nanos);
        match full_then.saturating_sub(now.saturating_add(all)) {
            0 => Ok(full_then),
            lacks => Err(Duration::from_millis(lacks.div_ceil(NANOS_PER_MILLI))),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BEGAN: u64 = 1_790_000_000_000;

    /// Which of the arrivals, each so many milliseconds after the one before, are let in, and when.
    fn let_in(limit: RateLimit, gaps: &[u64]) -> Vec<u64> {
        let (mut full_at, mut now, mut times) = (0, BEGAN, Vec::new());
        for gap in gaps {
            now += gap;
            if let Ok(next) = limit.take(full_at, Time(now)) {
                full_at = next;
                times.push(now);
            }
        }
        times
    }

    #[test]
    fn a_full_bucket_gives_its_burst_and_then_one_at_a_time() {
        let limit = RateLimit::new(2, Duration::from_secs(1), 3);
        let mut full_at = 0;
        for (at, expected) in [
            (0, Ok(())),
            (0, Ok(())),
            (0, Ok(())),
            (0, Err(500)),
            (100, Err(400)),
            (500, Ok(())),
            (500, Err(500)),
            (60_000, Ok(())),
            (60_000, Ok(())),
            (60_000, Ok(())),
            (60_000, Err(500)),
            // The clock was set back: one has to wait, but not for as long as that.
            (1_000, Err(500)),
        ] {
            let taken = limit.take(full_at, Time(BEGAN + at));
            full_at = *taken.as_ref().unwrap_or(&full_at);
            let told = taken.map(|_| ()).map_err(|wait| u64::try_from(wait.as_millis()).unwrap());
            assert_eq!(told, expected, "at {at}");
        }
    }

    proptest! {
        #[test]
        fn no_time_sees_more_than_the_burst_and_what_the_rate_brings(
            count in 1_u32..50,
            burst in 1_u32..20,
            gaps in proptest::collection::vec(0_u64..400, 1..200),
        ) {
            let limit = RateLimit::new(count, Duration::from_secs(1), burst);
            let times = let_in(limit, &gaps);
            for (first, from) in times.iter().enumerate() {
                for (number, to) in times.iter().enumerate().skip(first) {
                    let most = u64::from(burst) + (to - from) * u64::from(count) / 1_000 + 1;
                    prop_assert!((number - first + 1) as u64 <= most, "{} in {} ms", number - first + 1, to - from);
                }
            }
        }

        #[test]
        fn whoever_keeps_to_the_rate_is_never_refused(count in 1_u32..1_000, burst in 1_u32..5, sent in 1_usize..300) {
            let limit = RateLimit::new(count, Duration::from_secs(1), burst);
            let gaps = vec![1_000_u64.div_ceil(count.into()); sent];
            prop_assert_eq!(let_in(limit, &gaps).len(), sent);
        }

        #[test]
        fn the_time_that_is_told_is_enough_and_no_longer_than_needed(
            count in 1_u32..2_000,
            burst in 1_u32..20,
            full_at in any::<u64>(),
        ) {
            let limit = RateLimit::new(count, Duration::from_secs(1), burst);
            if let Err(wait) = limit.take(full_at, Time(BEGAN)) {
                prop_assert!(wait <= Duration::from_millis(1_000_u64.div_ceil(count.into())));
                let now = Time(BEGAN);
                let clamped = full_at.min((BEGAN * NANOS_PER_MILLI).saturating_add(limit.interval_nanos * u64::from(burst)));
                prop_assert!(limit.take(clamped, now.plus(wait)).is_ok());
                prop_assert!(limit.take(clamped, now.plus(wait - Duration::from_millis(1))).is_err());
            }
        }
    }
}
