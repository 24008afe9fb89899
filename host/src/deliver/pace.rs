//! Calls a provider no faster than its manifest says, for each of its buckets.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::model::manifest::Pace;
use crate::model::name::ProviderName;
use crate::model::task::Bucket;
use crate::model::time::Time;
use crate::store::key::Lane;

/// Paces, shared by all workers. Whoever has to wait gets a slot of its own, so that those who wait for the
/// same bucket come back one after the other and not all at once.
#[derive(Debug, Default)]
pub struct Paces(Mutex<Counts>);

#[derive(Debug, Default)]
struct Counts {
    /// When all of the burst is free again: one number says it all, and grows by one interval with each call
    /// and with each slot.
    free_at: HashMap<Key, Time>,
    /// When those who wait may call; these calls are counted already.
    slots: HashMap<(Lane, Key), Time>,
}

type Key = (ProviderName, Bucket);

/// Entries above which those that are over are swept out.
const SWEEP_AT: usize = 4_096;

/// A slot that is not used by then is lost: many that are late together would be too many at once.
const SLOT_KEPT: Duration = Duration::from_secs(1);

impl Paces {
    /// Counts a call against its buckets, or says when to ask again. Until then the lane, if the call is one's,
    /// has its place in the buckets that are full, and counts in no other.
    ///
    /// # Errors
    /// The time before which it may not be made.
    pub fn take(
        &self,
        provider: &ProviderName,
        paces: &[Pace],
        buckets: &[Bucket],
        lane: Option<Lane>,
        now: Time,
    ) -> Result<(), Time> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.sweep(now);
        let (mut places, mut free, mut call_at) = (Vec::new(), Vec::new(), now);
        for bucket in buckets {
            let Some(pace) = paces.iter().find(|pace| pace.bucket == bucket.name) else { continue };
            let key = (provider.clone(), bucket.clone());
            let place = lane.map(|lane| (lane, key.clone()));
            let slot = place.as_ref().and_then(|place| counts.slots.get(place).copied());
            places.extend(place.clone());
            if let Some(slot) = slot.filter(|slot| now <= slot.plus(SLOT_KEPT)) {
                call_at = call_at.max(slot);
                continue;
            }
            let (at, free_at) = next_call(pace, counts.free_at.get(&key).copied(), now);
            call_at = call_at.max(at);
            if at <= now {
                free.push((key, free_at));
            } else if let Some(place) = place {
                counts.slots.insert(place, at);
                counts.free_at.insert(key, free_at);
            }
        }
        if call_at > now {
            return Err(call_at);
        }
        counts.free_at.extend(free);
        for place in &places {
            counts.slots.remove(place);
        }
        Ok(())
    }
}

impl Counts {
    fn sweep(&mut self, now: Time) {
        if self.free_at.len() >= SWEEP_AT {
            self.free_at.retain(|_, at| *at > now);
        }
        if self.slots.len() >= SWEEP_AT {
            self.slots.retain(|_, slot| slot.plus(SLOT_KEPT) >= now);
        }
    }
}

/// When one more call may be made, and when all of the burst is free again after it.
fn next_call(pace: &Pace, free_at: Option<Time>, now: Time) -> (Time, Time) {
    let interval = Duration::from_millis(pace.per_ms.into()) / pace.calls.max(1);
    let burst = interval * pace.burst.max(1);
    let after = free_at.map_or(now, |at| at.max(now)).plus(interval);
    (now.plus(after.since(now).saturating_sub(burst)), after)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pace(calls: u32, per_ms: u32, burst: u32) -> Pace {
        Pace { bucket: "chat".into(), calls, per_ms, burst }
    }

    fn lane(name: &str) -> Lane {
        Lane::of(&"telegram".parse().unwrap(), name)
    }

    fn chat(key: &str) -> Bucket {
        Bucket { name: "chat".into(), key: key.into() }
    }

    #[test]
    fn a_burst_is_free_and_then_one_call_comes_for_each_interval() {
        let (paces, provider) = (Paces::default(), "telegram".parse().unwrap());
        let take = |key: &str, now| {
            paces.take(&provider, &[pace(1, 1_000, 3)], &[chat(key)], Some(lane(key)), Time(now))
        };
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
        let take =
            |key: &str| paces.take(&provider, &limits, &[chat(key), bot.clone()], Some(lane(key)), Time(0));
        assert_eq!((take("1"), take("1"), take("2")), (Ok(()), Err(Time(1_000)), Ok(())));
    }

    #[test]
    fn those_who_wait_for_the_same_bucket_come_back_one_after_the_other() {
        let (paces, provider) = (Paces::default(), "telegram".parse().unwrap());
        let take = |chat_of: usize, now| {
            let lane = lane(&chat_of.to_string());
            paces.take(&provider, &[pace(10, 1_000, 2)], &[chat("")], Some(lane), Time(now))
        };
        let slots: Vec<_> = (0..7).map(|n| take(n, 0)).collect();
        let at = |millis| Err(Time(millis));
        assert_eq!(slots, [Ok(()), Ok(()), at(100), at(200), at(300), at(400), at(500)]);
        assert_eq!(take(3, 100), at(200), "a slot is kept");
        assert_eq!([take(2, 100), take(3, 200), take(7, 200)], [Ok(()), Ok(()), at(600)]);
        // Those who never came back for theirs wait once more.
        assert_eq!(take(4, 2_000), Ok(()), "the bucket is empty by now");
        assert_eq!([take(5, 2_000), take(6, 2_000)], [Ok(()), at(2_100)]);
    }

    proptest! {
        #[test]
        fn many_who_come_when_they_are_told_to_are_never_too_many(
            calls in 1u32..5, per_ms in 100u32..2_000, burst in 1u32..6, lanes in 1usize..40
        ) {
            let (paces, provider) = (Paces::default(), "telegram".parse().unwrap());
            let mut due: std::collections::BTreeSet<_> = (0..lanes).map(|n| (0, n)).collect();
            let mut made = Vec::new();
            while let Some((now, n)) = due.pop_first() {
                let lane = lane(&n.to_string());
                match paces.take(&provider, &[pace(calls, per_ms, burst)], &[chat("")], Some(lane), Time(now)) {
                    Ok(()) => made.push(now),
                    Err(at) => {
                        prop_assert!(at.0 > now);
                        due.insert((at.0, n));
                    }
                }
            }
            prop_assert_eq!(made.len(), lanes);
            for (i, start) in made.iter().enumerate() {
                let within = made[i..].iter().filter(|at| **at < start + u64::from(per_ms)).count();
                prop_assert!(within <= (calls + burst + 1) as usize, "{made:?}");
            }
        }

        #[test]
        fn no_window_ever_sees_more_than_its_calls_and_the_burst(
            calls in 1u32..5, per_ms in 100u32..2_000, burst in 1u32..6,
            steps in proptest::collection::vec(0u64..500, 1..80)
        ) {
            let (paces, provider) = (Paces::default(), "telegram".parse().unwrap());
            let (mut now, mut made) = (0, Vec::new());
            for step in steps {
                now += step;
                if paces.take(&provider, &[pace(calls, per_ms, burst)], &[chat("1")], Some(lane("1")), Time(now)).is_ok() {
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
