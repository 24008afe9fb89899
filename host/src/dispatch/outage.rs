//! Who cannot be reached now: one lane tries it from time to time, the others wait for what it finds.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::model::time::Time;
use crate::store::key::Lane;

/// The first wait; each one after it is twice as long.
const FIRST: Duration = Duration::from_secs(1);
/// Doubling ends here, so that what is back is noticed soon.
const LONGEST: Duration = Duration::from_secs(30);
/// How long the others wait while one tries.
const WHILE_TRYING: Duration = Duration::from_secs(1);

/// What cannot be reached, shared by all workers. Forgotten at a restart: a first try finds it again.
#[derive(Debug)]
pub struct Outages<G> {
    of: Mutex<HashMap<G, Outage>>,
}

#[derive(Debug)]
struct Outage {
    failures: u32,
    /// Nobody tries before.
    until: Time,
    /// Who tries then. One that never says how it went is waited for as long as the longest wait.
    tries: Option<(Lane, Time)>,
}

impl<G> Default for Outages<G> {
    fn default() -> Self {
        Self { of: Mutex::default() }
    }
}

impl<G: Eq + Hash> Outages<G> {
    /// Whether a lane may try it now. Whoever does says how it went.
    ///
    /// # Errors
    /// The time before which to ask again is of no use.
    pub fn may_try(&self, of: &G, lane: Lane, now: Time) -> Result<(), Time> {
        let mut outages = self.lock();
        let Some(outage) = outages.get_mut(of) else { return Ok(()) };
        if now < outage.until {
            return Err(outage.until);
        }
        match outage.tries {
            Some((other, since)) if other != lane && now.since(since) < LONGEST => {
                Err(now.plus(WHILE_TRYING))
            }
            _ => {
                outage.tries = Some((lane, now));
                Ok(())
            }
        }
    }

    /// It could not be reached.
    pub fn failed(&self, of: G, now: Time) {
        let mut outages = self.lock();
        let outage = outages.entry(of).or_insert(Outage { failures: 0, until: now, tries: None });
        // Those who were on their way when it went down count once.
        if now >= outage.until {
            let wait = FIRST.saturating_mul(1 << outage.failures.min(16)).min(LONGEST);
            *outage =
                Outage { failures: outage.failures.saturating_add(1), until: now.plus(wait), tries: None };
        }
    }

    /// It was reached.
    pub fn worked(&self, of: &G) {
        self.lock().remove(of);
    }

    /// All that cannot be reached.
    pub fn now(&self) -> Vec<G>
    where
        G: Clone,
    {
        self.lock().keys().cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<G, Outage>> {
        // A panic cannot leave it half changed: no code of others runs under the lock.
        self.of.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::id::ExecutionId;

    #[test]
    fn one_tries_after_waits_that_double_up_to_half_a_minute() {
        let (outages, lane) = (Outages::default(), Lane::alone(ExecutionId::new()));
        let mut now = Time(0);
        for seconds in [1, 2, 4, 8, 16, 30, 30] {
            assert_eq!(outages.may_try(&'w', lane, now), Ok(()));
            outages.failed('w', now);
            let until = now.plus(Duration::from_secs(seconds));
            assert_eq!(outages.may_try(&'w', lane, now), Err(until));
            now = until;
        }
    }

    #[test]
    fn while_one_tries_the_others_wait_and_then_go_on() {
        let (outages, now) = (Outages::default(), Time(60_000));
        let [tries, other] = [(); 2].map(|()| Lane::alone(ExecutionId::new()));
        outages.failed('w', Time(0));
        assert_eq!(outages.may_try(&'w', tries, now), Ok(()));
        assert_eq!(outages.may_try(&'w', other, now), Err(now.plus(WHILE_TRYING)));
        assert_eq!(outages.may_try(&'w', tries, now), Ok(()), "it was kept from trying by something else");
        assert_eq!(outages.may_try(&'x', other, now), Ok(()), "another one works");
        // It never said how it went.
        assert_eq!(outages.may_try(&'w', other, now.plus(LONGEST)), Ok(()));
        assert_eq!(outages.now(), ['w']);
        outages.worked(&'w');
        assert!(outages.now().is_empty());
        assert_eq!(outages.may_try(&'w', tries, now), Ok(()));
    }

    #[test]
    fn many_that_fail_together_count_as_one_failure() {
        let (outages, lane) = (Outages::default(), Lane::alone(ExecutionId::new()));
        for _ in 0..30 {
            outages.failed('w', Time(0));
        }
        assert_eq!(outages.may_try(&'w', lane, Time(1_000)), Ok(()));
    }
}
