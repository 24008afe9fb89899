//! Which lane is worked on next: one piece of work per lane at a time, lanes in the order in which they
//! became ready. Pure: the clock is an argument.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, VecDeque};

use crate::model::time::Time;
use crate::store::key::Lane;

/// The lanes in which something waits.
#[derive(Debug, Default)]
pub struct Lanes {
    ready: VecDeque<Lane>,
    waiting: BinaryHeap<Reverse<(Time, Lane)>>,
    phases: HashMap<Lane, Phase>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// In `ready`.
    Ready,
    /// In `waiting`, with this time.
    Waiting(Time),
    /// Somebody works on it; whether more arrived meanwhile, and whether it was called.
    Busy { arrived: bool, called: bool },
    /// Waits to be called.
    Parked,
}

/// What a piece of work says about its lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum After {
    /// Look again at once.
    Again,
    /// Nothing waits in it.
    Empty,
    /// Its first is not due before then.
    NotBefore(Time),
    /// Its first waits until somebody calls it.
    Parked,
}

impl Lanes {
    /// Something came into a lane. A lane that waits for its first goes on waiting: order comes first.
    pub fn arrived(&mut self, lane: Lane) {
        match self.phases.get_mut(&lane) {
            None => self.make_ready(lane),
            Some(Phase::Busy { arrived, .. }) => *arrived = true,
            Some(Phase::Ready | Phase::Waiting(_) | Phase::Parked) => {}
        }
    }

    /// A parked lane is to be looked at, also one that is only about to be parked. Who works on it looks once more,
    /// whatever it waits for then.
    pub fn call(&mut self, lane: Lane) {
        match self.phases.get_mut(&lane) {
            Some(Phase::Parked) => self.make_ready(lane),
            Some(Phase::Busy { called, .. }) => *called = true,
            Some(Phase::Ready | Phase::Waiting(_)) | None => {}
        }
    }

    /// Every lane that waits for a time is looked at now: what it waits for may have come sooner.
    pub fn look_again(&mut self) {
        self.waiting.clear();
        for (lane, phase) in &mut self.phases {
            match phase {
                Phase::Waiting(_) => {
                    *phase = Phase::Ready;
                    self.ready.push_back(*lane);
                }
                Phase::Busy { called, .. } => *called = true,
                Phase::Ready | Phase::Parked => {}
            }
        }
    }

    /// The lane to work on now; it is busy until [`Self::done`].
    pub fn take(&mut self, now: Time) -> Option<Lane> {
        while let Some(Reverse((at, lane))) = self.waiting.peek().copied() {
            if at > now {
                break;
            }
            self.waiting.pop();
            if self.phases.get(&lane) == Some(&Phase::Waiting(at)) {
                self.make_ready(lane);
            }
        }
        let lane = self.ready.pop_front()?;
        self.phases.insert(lane, Phase::Busy { arrived: false, called: false });
        Some(lane)
    }

    /// The work that [`Self::take`] gave out is over.
    pub fn done(&mut self, lane: Lane, after: After) {
        let (arrived, called) = match self.phases.get(&lane) {
            Some(Phase::Busy { arrived, called }) => (*arrived, *called),
            _ => (false, false),
        };
        match after {
            After::NotBefore(at) if !called => {
                self.phases.insert(lane, Phase::Waiting(at));
                self.waiting.push(Reverse((at, lane)));
            }
            After::Empty if !arrived => drop(self.phases.remove(&lane)),
            After::Parked if !called => drop(self.phases.insert(lane, Phase::Parked)),
            After::Again | After::Empty | After::NotBefore(_) | After::Parked => self.make_ready(lane),
        }
    }

    /// When the next waiting lane is due.
    pub fn next_due(&self) -> Option<Time> {
        self.waiting.peek().map(|Reverse((at, _))| *at)
    }

    /// How many lanes there are.
    pub fn count(&self) -> usize {
        self.phases.len()
    }

    fn make_ready(&mut self, lane: Lane) {
        self.phases.insert(lane, Phase::Ready);
        self.ready.push_back(lane);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::name::ProviderName;
    use proptest::prelude::*;
    use std::collections::HashSet;

    fn lane(number: u8) -> Lane {
        let provider: ProviderName = "test".parse().unwrap();
        Lane::of(&provider, &number.to_string())
    }

    #[test]
    fn a_lane_is_given_out_once_until_it_is_done() {
        let mut lanes = Lanes::default();
        lanes.arrived(lane(1));
        lanes.arrived(lane(1));
        assert_eq!(lanes.take(Time(0)), Some(lane(1)));
        assert_eq!((lanes.take(Time(0)), lanes.count()), (None, 1));
        lanes.done(lane(1), After::Empty);
        assert_eq!(lanes.count(), 0);
        assert_eq!(lanes.take(Time(0)), None);
    }

    #[test]
    fn what_arrives_while_a_lane_is_busy_is_not_forgotten() {
        let mut lanes = Lanes::default();
        lanes.arrived(lane(1));
        assert_eq!(lanes.take(Time(0)), Some(lane(1)));
        lanes.arrived(lane(1));
        lanes.done(lane(1), After::Empty);
        assert_eq!(lanes.take(Time(0)), Some(lane(1)));
    }

    #[test]
    fn a_lane_that_waits_for_its_first_is_not_hurried_by_arrivals() {
        let mut lanes = Lanes::default();
        lanes.arrived(lane(1));
        lanes.take(Time(0));
        lanes.done(lane(1), After::NotBefore(Time(50)));
        lanes.arrived(lane(1));
        assert_eq!((lanes.take(Time(49)), lanes.next_due()), (None, Some(Time(50))));
        assert_eq!(lanes.take(Time(50)), Some(lane(1)));
    }

    #[test]
    fn what_waits_is_looked_at_again_when_it_is_asked_for() {
        for is_busy_then in [false, true] {
            let mut lanes = Lanes::default();
            lanes.arrived(lane(1));
            lanes.take(Time(0));
            if is_busy_then {
                lanes.look_again();
            }
            lanes.done(lane(1), After::NotBefore(Time(50)));
            if !is_busy_then {
                lanes.look_again();
            }
            assert_eq!(lanes.take(Time(0)), Some(lane(1)), "{is_busy_then}");
            lanes.done(lane(1), After::NotBefore(Time(50)));
            assert_eq!((lanes.take(Time(49)), lanes.take(Time(50))), (None, Some(lane(1))));
        }
    }

    #[test]
    fn a_parked_lane_waits_until_it_is_called() {
        for called_early in [false, true] {
            let mut lanes = Lanes::default();
            lanes.arrived(lane(1));
            lanes.take(Time(0));
            if called_early {
                lanes.call(lane(1));
            }
            lanes.done(lane(1), After::Parked);
            if !called_early {
                lanes.arrived(lane(1));
                assert_eq!(lanes.take(Time(0)), None, "order comes first");
                lanes.call(lane(1));
            }
            assert_eq!(lanes.take(Time(0)), Some(lane(1)));
        }
    }

    proptest! {
        #[test]
        fn no_lane_is_ever_worked_on_twice_at_once_and_none_is_lost(
            steps in proptest::collection::vec((0u8..7, 0u8..5, 0u64..20), 0..200)
        ) {
            let mut lanes = Lanes::default();
            let (mut busy, mut owes, mut now) = (Vec::new(), HashSet::new(), Time(0));
            let mut parked = Vec::new();
            for (what, number, later) in steps {
                match what {
                    0 => { lanes.arrived(lane(number)); owes.insert(lane(number)); }
                    1 => if let Some(taken) = lanes.take(now) {
                        prop_assert!(!busy.contains(&taken));
                        busy.push(taken);
                        owes.remove(&taken);
                    },
                    2 => if let Some(done) = busy.pop() { lanes.done(done, After::Empty) },
                    3 => if let Some(done) = busy.pop() {
                        lanes.done(done, After::Parked);
                        owes.insert(done);
                        parked.push(done);
                    },
                    4 => if let Some(called) = parked.pop() { lanes.call(called) },
                    5 => lanes.look_again(),
                    _ => {
                        now = Time(now.0 + later);
                        if let Some(done) = busy.pop() {
                            lanes.done(done, After::NotBefore(Time(now.0 + later)));
                            owes.insert(done);
                        }
                    }
                }
            }
            for done in busy.drain(..) { lanes.done(done, After::Empty); }
            for called in parked { lanes.call(called); }
            while let Some(taken) = lanes.take(Time(u64::MAX)) {
                owes.remove(&taken);
                lanes.done(taken, After::Empty);
            }
            prop_assert!(owes.is_empty());
        }
    }
}
