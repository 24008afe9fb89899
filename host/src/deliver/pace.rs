//! Calls a provider no faster than its manifest says, for each of its buckets.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::model::manifest::Pace;
use crate::model::name::ProviderName;
use crate::model::task::Bucket;
use crate::model::time::Time;

/// Paces, shared by all workers. For each bucket the time at which all of its burst is free again: one
/// number says it all, and grows by one interval with each call.
#[derive(Debug, Default)]
pub struct Paces {
    free_at: Mutex<HashMap<(ProviderName, Bucket), Time>>,
}

/// Entries above which those whose burst is free again are swept out.
const SWEEP_AT: usize = 4_096;

impl Paces {
    /// Counts a call against its buckets, or says when it may be made and counts nothing.
    ///
    /// # Errors
    /// The time before which it may not be made.
    pub fn take(
        &self,
        provider: &ProviderName,
        paces: &[Pace],
        buckets: &[Bucket],
        now: Time,
    ) -> Result<(), Time> {
        let mut free_at = self.free_at.lock().unwrap_or_else(PoisonError::into_inner);
        if free_at.len() >= SWEEP_AT {
            free_at.retain(|_, at| *at > now);
        }
        let mut taken = Vec::new();
        let mut wait_until = None;
        for bucket in buckets {
            let Some(pace) = paces.iter().find(|pace| pace.bucket == bucket.name) else { continue };
            let key = (provider.clone(), bucket.clone());
            match after_call(pace, free_at.get(&key).copied(), now) {
                Ok(at) => taken.push((key, at)),
                Err(until) => wait_until = wait_until.max(Some(until)),
            }
        }
        match wait_until {
            Some(until) => Err(until),
            None => {
                free_at.extend(taken);
                Ok(())
            }
        }
    }
}

/// When all of the burst is free again after one more call now, or when that call may be made.
fn after_call(pace: &Pace, free_at: Option<Time>, now: Time) -> Result<Time, Time> {
    let interval = Duration::from_millis(pace.per_ms.into()) / pace.calls.max(1);
    let burst = interval * pace.burst.max(1);
    let after = free_at.map_or(now, |at| at.max(now)).plus(interval);
    if after.since(now) <= burst {
        return Ok(after);
    }
    Err(now.plus(after.since(now) - burst))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pace(calls: u32, per_ms: u32, burst: u32) -> Pace {
        Pace { bucket: "chat".into(), calls, per_ms, burst }
    }

    fn chat(key: &str) -> Bucket {
        Bucket { name: "chat".into(), key: key.into() }
    }

    #[test]
    fn a_burst_is_free_and_then_one_call_comes_for_each_interval() {
        let (paces, provider) = (Paces::default(), "telegram".parse().unwrap());
        let take = |key: &str, now| paces.take(&provider, &[pace(1, 1_000, 3)], &[chat(key)], Time(now));
        for (key, now, expected) in [
            ("1", 0, Ok(())),
            ("1", 0, Ok(())),
            ("1", 10, Ok(())),
            ("1", 10, Err(Time(1_000))),
            ("2", 10, Ok(())),
            ("1", 999, Err(Time(1_000))),
            ("1", 1_000, Ok(())),
            ("1", 1_000, Err(Time(2_000))),
            ("1", 9_000, Ok(())),
            ("1", 9_000, Ok(())),
            ("1", 9_000, Ok(())),
            ("1", 9_000, Err(Time(10_000))),
        ] {
            assert_eq!(take(key, now), expected, "chat {key} at {now}");
        }
    }

    #[test]
    fn a_call_that_one_bucket_holds_back_is_counted_in_none() {
        let (paces, provider) = (Paces::default(), "telegram".parse().unwrap());
        let limits = [pace(1, 1_000, 1), Pace { bucket: "bot".into(), ..pace(1, 1_000, 2) }];
        let bot = Bucket { name: "bot".into(), key: String::new() };
        let take = |key: &str| paces.take(&provider, &limits, &[chat(key), bot.clone()], Time(0));
        assert_eq!((take("1"), take("1"), take("2")), (Ok(()), Err(Time(1_000)), Ok(())));
    }

    proptest! {
        #[test]
        fn no_window_ever_sees_more_than_its_calls_and_the_burst(
            calls in 1u32..5, per_ms in 100u32..2_000, burst in 1u32..6,
            steps in proptest::collection::vec(0u64..500, 1..80)
        ) {
            let (paces, provider) = (Paces::default(), "telegram".parse().unwrap());
            let (mut now, mut made) = (0, Vec::new());
            for step in steps {
                now += step;
                if paces.take(&provider, &[pace(calls, per_ms, burst)], &[chat("1")], Time(now)).is_ok() {
                    made.push(now);
                }
            }
            let window = u64::from(per_ms);
            for (i, start) in made.iter().enumerate() {
                let within = made[i..].iter().filter(|at| **at < start + window).count();
                prop_assert!(within <= (calls + burst + 1) as usize, "{made:?}");
            }
        }
    }
}
