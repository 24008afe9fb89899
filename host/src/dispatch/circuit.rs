//! Who refuses everything: after such a refusal nobody is called but by one reply at a time, which finds out
//! whether the provider takes calls again.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::model::name::ProviderName;
use crate::model::time::Time;
use crate::store::key::Lane;

/// The first wait before a probe; each one after it is twice as long.
const FIRST: Duration = Duration::from_secs(5);
/// Doubling ends here. A provider that was asked so seldom does not take it for an attack, and who mended the
/// cause need not wait for it: a hangup closes every circuit at once.
const LONGEST: Duration = Duration::from_secs(300);
/// How long the others wait while one probes.
const WHILE_PROBING: Duration = Duration::from_secs(1);
/// A probe that has not said by then how it went is waited for no longer: more than a call may take.
const PROBE_MAX: Duration = Duration::from_secs(60);
/// What opens again sooner than this after a probe had closed it goes on with longer waits.
const STEADY: Duration = Duration::from_secs(60);

/// The circuits of all providers, shared by all workers. Forgotten at a restart: a first refusal opens one anew.
#[derive(Debug, Default)]
pub struct Circuits(Mutex<BTreeMap<ProviderName, Circuit>>);

/// One that is open, as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Open {
    /// Since when.
    pub since: Time,
    /// The code of the last refusal: the provider's own, or a word.
    pub code: String,
    /// What the plugin said about it; for the operator.
    pub reason: String,
    /// Probes that were refused.
    pub probes: u32,
    /// The next reply from then on is a probe.
    pub next_probe: Time,
}

#[derive(Debug)]
enum Circuit {
    Open {
        shown: Open,
        /// How long the wait before the next probe is.
        wait: Duration,
        /// Who probes, since when.
        probing: Option<(Lane, Time)>,
    },
    /// A probe has closed it, and it may not have been the truth.
    Closed { at: Time, wait: Duration },
}

impl Circuits {
    /// Whether a reply of this lane may call the provider. Where the circuit is open and a probe is due, it is the
    /// probe, and says how it went. What is no reply has no lane: it may pass when a probe might, and never is one.
    ///
    /// # Errors
    /// The time before which to ask again is of no use.
    pub fn may_call(&self, provider: &ProviderName, lane: Option<Lane>, now: Time) -> Result<(), Time> {
        let mut circuits = self.lock();
        let Some(Circuit::Open { shown, probing, .. }) = circuits.get_mut(provider) else { return Ok(()) };
        if now < shown.next_probe {
            return Err(shown.next_probe);
        }
        let Some(lane) = lane else { return Ok(()) };
        match *probing {
            Some((other, since)) if other != lane && now.since(since) < PROBE_MAX => {
                Err(now.plus(WHILE_PROBING))
            }
            Some((same, _)) if same == lane => Ok(()),
            _ => {
                *probing = Some((lane, now));
                Ok(())
            }
        }
    }

    /// The provider refused a reply of this lane for what concerns them all. Gives whether that opened its circuit.
    pub fn refused(&self, provider: &ProviderName, lane: Lane, code: &str, reason: &str, now: Time) -> bool {
        let mut circuits = self.lock();
        let (since, wait, probes) = match circuits.get(provider) {
            // Those that were on their way when it opened count once.
            Some(Circuit::Open { probing, .. }) if probing.is_none_or(|(probe, _)| probe != lane) => {
                return false;
            }
            Some(Circuit::Open { shown, wait, .. }) => (Some(shown.since), longer(*wait), shown.probes + 1),
            Some(Circuit::Closed { at, wait }) if now.since(*at) < STEADY => (None, longer(*wait), 0),
            _ => (None, FIRST, 0),
        };
        let shown = Open {
            since: since.unwrap_or(now),
            code: code.into(),
            reason: reason.into(),
            probes,
            next_probe: now.plus(wait),
        };
        circuits.insert(provider.clone(), Circuit::Open { shown, wait, probing: None });
        since.is_none()
    }

    /// The provider understood a call. Gives whether that closed its circuit.
    pub fn accepted(&self, provider: &ProviderName, now: Time) -> bool {
        let mut circuits = self.lock();
        let Some(Circuit::Open { wait, .. }) = circuits.get(provider) else { return false };
        let closed = Circuit::Closed { at: now, wait: *wait };
        circuits.insert(provider.clone(), closed);
        true
    }

    /// A call of this lane told nothing about it. If it was the probe, another one follows as late as it did.
    pub fn undecided(&self, provider: &ProviderName, lane: Lane, now: Time) {
        if let Some(Circuit::Open { shown, wait, probing }) = self.lock().get_mut(provider)
            && probing.is_some_and(|(probe, _)| probe == lane)
        {
            (*probing, shown.next_probe) = (None, now.plus(*wait));
        }
    }

    /// Closes them all, because what they were opened for may be mended. Gives those that were open.
    pub fn close_all(&self) -> Vec<ProviderName> {
        let circuits = std::mem::take(&mut *self.lock());
        let was_open = |circuit: &Circuit| matches!(circuit, Circuit::Open { .. });
        circuits.into_iter().filter(|(_, circuit)| was_open(circuit)).map(|(name, _)| name).collect()
    }

    /// Those that are open, in the order of their names.
    pub fn open(&self) -> BTreeMap<ProviderName, Open> {
        let shown = |(name, circuit): (&ProviderName, &Circuit)| match circuit {
            Circuit::Open { shown, .. } => Some((name.clone(), shown.clone())),
            Circuit::Closed { .. } => None,
        };
        self.lock().iter().filter_map(shown).collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<ProviderName, Circuit>> {
        // A panic cannot leave it half changed: no code of others runs under the lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn longer(wait: Duration) -> Duration {
    (wait * 2).min(LONGEST)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn telegram() -> ProviderName {
        "telegram".parse().unwrap()
    }

    fn lane(number: u8) -> Lane {
        Lane::of(&telegram(), &number.to_string())
    }

    fn at(seconds: u64) -> Time {
        Time(seconds * 1_000)
    }

    /// Opened at 0 by lane 1.
    fn opened() -> Circuits {
        let circuits = Circuits::default();
        assert!(circuits.refused(&telegram(), lane(1), "401", "Unauthorized", at(0)));
        circuits
    }

    #[test]
    fn one_probes_after_waits_that_double_up_to_five_minutes() {
        let (circuits, mut now) = (opened(), at(0));
        for (probes, seconds) in [5, 10, 20, 40, 80, 160, 300, 300].into_iter().enumerate() {
            let due = now.plus(Duration::from_secs(seconds));
            assert_eq!(circuits.may_call(&telegram(), Some(lane(1)), now), Err(due));
            assert_eq!(circuits.open()[&telegram()].probes as usize, probes);
            now = due;
            assert_eq!(circuits.may_call(&telegram(), Some(lane(1)), now), Ok(()));
            assert!(!circuits.refused(&telegram(), lane(1), "401", "", now), "it was open");
        }
        assert_eq!(circuits.open()[&telegram()].since, at(0));
    }

    #[test]
    fn while_one_probes_the_others_wait_and_when_it_is_taken_they_go_on() {
        let circuits = opened();
        let other: ProviderName = "whatsapp".parse().unwrap();
        assert_eq!(circuits.may_call(&other, Some(lane(3)), at(0)), Ok(()), "another provider works");
        assert_eq!(circuits.may_call(&telegram(), Some(lane(2)), at(5)), Ok(()));
        assert_eq!(circuits.may_call(&telegram(), Some(lane(3)), at(5)), Err(at(6)));
        assert_eq!(circuits.may_call(&telegram(), Some(lane(2)), at(6)), Ok(()), "it was kept from it");
        assert!(circuits.accepted(&telegram(), at(7)));
        assert_eq!(circuits.may_call(&telegram(), Some(lane(3)), at(7)), Ok(()));
        assert!(!circuits.accepted(&telegram(), at(8)), "it was closed already");
    }

    #[test]
    fn a_probe_that_tells_nothing_is_followed_by_another_as_late() {
        let circuits = opened();
        assert_eq!(circuits.may_call(&telegram(), Some(lane(1)), at(5)), Ok(()));
        circuits.undecided(&telegram(), lane(2), at(6));
        assert_eq!(circuits.may_call(&telegram(), Some(lane(2)), at(6)), Err(at(7)), "not by another's word");
        circuits.undecided(&telegram(), lane(1), at(7));
        assert_eq!(circuits.may_call(&telegram(), Some(lane(2)), at(7)), Err(at(12)));
        // One that never says how it went is not waited for for ever.
        assert_eq!(circuits.may_call(&telegram(), Some(lane(1)), at(12)), Ok(()));
        assert_eq!(circuits.may_call(&telegram(), Some(lane(2)), at(71)), Err(at(72)));
        assert_eq!(circuits.may_call(&telegram(), Some(lane(2)), at(72)), Ok(()));
    }

    #[test]
    fn what_is_no_reply_passes_when_a_probe_might_and_is_none() {
        let circuits = opened();
        assert_eq!(circuits.may_call(&telegram(), None, at(4)), Err(at(5)));
        assert_eq!(circuits.may_call(&telegram(), None, at(5)), Ok(()));
        assert_eq!(
            circuits.may_call(&telegram(), Some(lane(1)), at(5)),
            Ok(()),
            "the probe is still to come"
        );
    }

    #[test]
    fn one_that_opens_again_soon_waits_longer_and_one_that_was_closed_by_hand_does_not() {
        for (again_at, by_hand, due) in [(30, false, 40), (80, false, 85), (30, true, 35)] {
            let circuits = opened();
            if by_hand {
                assert_eq!(circuits.close_all(), [telegram()]);
            } else {
                assert!(circuits.accepted(&telegram(), at(10)));
                assert_eq!(circuits.open().len(), 0);
            }
            assert!(circuits.refused(&telegram(), lane(1), "401", "", at(again_at)));
            assert_eq!(circuits.open()[&telegram()].next_probe, at(due), "{again_at} {by_hand}");
        }
    }

    proptest! {
        #[test]
        fn never_do_two_probe_at_once_nor_sooner_than_the_first_wait(
            steps in prop::collection::vec((0u8..6, 0u8..4, 0u64..20), 1..300)
        ) {
            let (circuits, telegram, mut now) = (Circuits::default(), telegram(), at(0));
            let (mut probing, mut open_since): (Option<(Lane, Time)>, Option<Time>) = (None, None);
            for (what, number, later) in steps {
                let lane = lane(number);
                match what {
                    // Only who was let through has anything to say about a circuit that is open.
                    0 if open_since.is_none() || probing.is_some_and(|(probe, _)| probe == lane) => {
                        prop_assert_eq!(circuits.refused(&telegram, lane, "401", "", now), open_since.is_none());
                        (probing, open_since) = (None, Some(now));
                    }
                    1 if probing.is_some_and(|(probe, _)| probe == lane) => {
                        prop_assert!(circuits.accepted(&telegram, now));
                        (probing, open_since) = (None, None);
                    }
                    2 if probing.is_some_and(|(probe, _)| probe == lane) => {
                        circuits.undecided(&telegram, lane, now);
                        (probing, open_since) = (None, Some(now));
                    }
                    3 if later == 0 => {
                        prop_assert_eq!(circuits.close_all().len(), usize::from(open_since.is_some()));
                        (probing, open_since) = (None, None);
                    }
                    4 => now = Time(now.0 + later * 1_000),
                    _ => match circuits.may_call(&telegram, Some(lane), now) {
                        Ok(()) => if let Some(since) = open_since {
                            prop_assert!(now.since(since) >= FIRST);
                            let given_up = |since| now.since(since) >= PROBE_MAX;
                            prop_assert!(probing.is_none_or(|(probe, at)| probe == lane || given_up(at)));
                            if probing.is_none_or(|(probe, _)| probe != lane) {
                                probing = Some((lane, now));
                            }
                        },
                        Err(until) => {
                            prop_assert!(open_since.is_some() && until > now);
                            prop_assert!(until.since(now) <= LONGEST);
                        }
                    },
                }
            }
        }
    }
}
