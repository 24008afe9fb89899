//! Who may have a worker now. Whoever hangs (a workflow, a provider) can take all of the common workers, but
//! never the few that every other one is sure of. Pure.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;

use crate::store::key::Lane;

/// The workers of one pool, and the lanes that wait for one. A group is what can hang as a whole.
///
/// A group may begin a piece of work while any of the common workers is free, or while it has fewer than an
/// eighth as many at work itself: those come on top. So one group alone never has more than all of the
/// common ones, and a second one is never kept waiting by the first.
#[derive(Debug)]
pub struct Shares<G> {
    common: usize,
    at_work: usize,
    /// Counts those who wait, so that the longest waiting is found.
    waited: u64,
    groups: HashMap<G, Group>,
    /// Lanes to which a worker was given while they waited; they are counted as at work.
    given: HashMap<Lane, G>,
}

#[derive(Debug, Default)]
struct Group {
    at_work: usize,
    waiting: VecDeque<(u64, Lane)>,
}

impl<G: Clone + Eq + Hash> Shares<G> {
    /// For this many common workers.
    pub fn new(common: usize) -> Self {
        Self { common, at_work: 0, waited: 0, groups: HashMap::new(), given: HashMap::new() }
    }

    /// Asks for a worker for the first piece of work of a lane. When there is none (`false`), the lane waits
    /// in line, and a later [`Self::end`] or [`Self::leave`] names it.
    pub fn ask(&mut self, lane: Lane, group: &G) -> bool {
        if let Some(of) = self.given.remove(&lane) {
            // It is the same group as when it waited, unless its first piece of work went away meanwhile.
            if of != *group {
                self.group(&of).at_work -= 1;
                self.group(group).at_work += 1;
            }
            return true;
        }
        if self.may_begin(group) {
            self.begin(group);
            return true;
        }
        self.waited += 1;
        let place = (self.waited, lane);
        self.group(group).waiting.push_back(place);
        false
    }

    /// A piece of work of a group is over. Gives the lane that has its worker now and is to be looked at.
    pub fn end(&mut self, group: &G) -> Option<Lane> {
        self.at_work -= 1;
        self.group(group).at_work -= 1;
        // First whoever has fewer than it is sure of, or two could begin and only one is named; then whoever
        // waits longest.
        let order = |one: &Group| {
            (one.at_work >= self.sure_of(), one.waiting.front().map_or(u64::MAX, |(place, _)| *place))
        };
        let waiting =
            self.groups.iter().filter(|(name, one)| !one.waiting.is_empty() && self.may_begin(name));
        let next = waiting.min_by_key(|(_, one)| order(one)).map(|(name, _)| name.clone())?;
        let (_, lane) = self.group(&next).waiting.pop_front()?;
        self.begin(&next);
        self.given.insert(lane, next);
        Some(lane)
    }

    /// A lane that was looked at has not asked for a worker. Gives the lane that has one in its place, if it
    /// was given one.
    pub fn leave(&mut self, lane: Lane) -> Option<Lane> {
        let group = self.given.remove(&lane)?;
        self.end(&group)
    }

    fn may_begin(&self, group: &G) -> bool {
        let own = self.groups.get(group).map_or(0, |group| group.at_work);
        self.at_work < self.common || own < self.sure_of()
    }

    fn sure_of(&self) -> usize {
        (self.common / 8).max(1)
    }

    fn begin(&mut self, group: &G) {
        self.at_work += 1;
        self.group(group).at_work += 1;
    }

    fn group(&mut self, group: &G) -> &mut Group {
        self.groups.entry(group.clone()).or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::id::ExecutionId;
    use proptest::prelude::*;

    fn lane() -> Lane {
        Lane::alone(ExecutionId::new())
    }

    #[test]
    fn one_group_alone_has_all_the_common_workers_and_no_more() {
        for common in [1, 2, 8, 32] {
            let mut shares = Shares::new(common);
            let begun = (0..common * 2).filter(|_| shares.ask(lane(), &'a')).count();
            assert_eq!(begun, common);
        }
    }

    #[test]
    fn a_group_that_hangs_with_all_workers_keeps_no_other_from_working() {
        for (common, sure_of) in [(1, 1), (8, 1), (16, 2), (32, 4)] {
            let mut shares = Shares::new(common);
            while shares.ask(lane(), &'a') {}
            for other in ['b', 'c'] {
                let begun = (0..common).filter(|_| shares.ask(lane(), &other)).count();
                assert_eq!(begun, sure_of, "of {common}");
            }
        }
    }

    #[test]
    fn a_lane_that_waits_gets_the_next_worker_of_its_turn() {
        let mut shares = Shares::new(1);
        let [first, second, third] = [lane(), lane(), lane()];
        assert!(shares.ask(first, &'a'));
        assert!(!shares.ask(second, &'a') && !shares.ask(third, &'a'));
        assert_eq!(shares.end(&'a'), Some(second));
        // Nobody comes in between, though the lane has not been looked at yet.
        assert!(!shares.ask(first, &'a'));
        assert!(shares.ask(second, &'a'));
        assert_eq!(shares.end(&'a'), Some(third));
        // Its work went away.
        assert_eq!(shares.leave(third), Some(first));
        assert_eq!(shares.leave(third), None);
    }

    proptest! {
        #[test]
        fn whoever_waits_could_not_begin_and_everybody_gets_a_turn(
            common in 1usize..20, steps in proptest::collection::vec((any::<bool>(), 0u8..4), 0..200)
        ) {
            let mut shares = Shares::new(common);
            let (mut at_work, mut waiting) = (Vec::new(), Vec::new());
            let give = |shares: &mut Shares<u8>, next: Option<Lane>, waiting: &mut Vec<(Lane, u8)>| {
                let next = next?;
                let at = waiting.iter().position(|(lane, _)| *lane == next).expect("it waits");
                let (lane, group) = waiting.remove(at);
                assert!(shares.ask(lane, &group));
                Some(group)
            };
            for (begins, group) in steps {
                if begins {
                    let lane = lane();
                    if shares.ask(lane, &group) { at_work.push(group) } else { waiting.push((lane, group)) }
                } else if let Some(group) = at_work.pop() {
                    let next = shares.end(&group);
                    at_work.extend(give(&mut shares, next, &mut waiting));
                }
                let sure_of = shares.sure_of();
                for (_, group) in &waiting {
                    prop_assert!(at_work.len() >= common);
                    prop_assert!(at_work.iter().filter(|one| *one == group).count() >= sure_of);
                }
                prop_assert!(at_work.len() <= common + 3 * shares.sure_of());
            }
            while let Some(group) = at_work.pop() {
                let next = shares.end(&group);
                at_work.extend(give(&mut shares, next, &mut waiting));
            }
            prop_assert!(waiting.is_empty());
        }
    }
}
