//! How much waits and since when, kept by the thread that writes, so that nobody walks the store to know.

use std::collections::BTreeMap;

use super::StoreError;
use super::table::{Table, Tables};
use crate::model::id::ExecutionId;
use crate::model::time::Time;

/// What waits in the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Queue {
    /// Events that wait or run.
    Runs,
    /// Replies that are owed.
    Outbox,
    /// Deliveries that wait for somebody to look, or for their plugin.
    Held,
}

impl Queue {
    /// Where it stands.
    pub(crate) fn table(self) -> Table {
        match self {
            Self::Runs => Table::Runs,
            Self::Outbox => Table::Outbox,
            Self::Held => Table::Held,
        }
    }

    /// Since when an entry waits: since its event or delivery came in, which its id tells.
    pub(crate) fn since(self, key: &[u8], value: &[u8]) -> Time {
        let id = match self {
            Self::Runs | Self::Outbox => value,
            Self::Held => key,
        };
        let id = id.get(..16).and_then(ExecutionId::from_bytes);
        id.map_or(Time::default(), |id| id.given_at())
    }
}

/// Something that comes into a queue or leaves it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Move {
    pub(crate) queue: Queue,
    pub(crate) since: Time,
    pub(crate) comes: bool,
}

/// How many wait, and since when the oldest does.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    /// How many.
    pub number: u64,
    /// When the event or delivery of the oldest came in, to the second; `None` where nothing waits.
    pub oldest: Option<Time>,
}

/// All queues.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    runs: Ages,
    outbox: Ages,
    held: Ages,
}

/// How many wait since each second. There are as many entries as seconds, however much waits.
#[derive(Debug, Default)]
struct Ages {
    number: u64,
    by_second: BTreeMap<u64, u64>,
}

impl Tally {
    /// Counts what is on disk: at the start, and after the engine was opened anew.
    pub(crate) fn of(tables: &dyn Tables) -> Result<Self, StoreError> {
        let mut tally = Self::default();
        for queue in [Queue::Runs, Queue::Outbox, Queue::Held] {
            let mut from = Vec::new();
            while let Some((key, value)) = tables.first(queue.table(), &[], &from)? {
                tally.apply(Move { queue, since: queue.since(&key, &value), comes: true });
                from = key;
                from.push(0);
            }
        }
        Ok(tally)
    }

    /// Follows what was committed.
    pub(crate) fn apply(&mut self, Move { queue, since, comes }: Move) {
        let Ages { number, by_second } = self.ages(queue);
        let second = since.millis() / 1_000;
        if comes {
            *by_second.entry(second).or_default() += 1;
            *number += 1;
        } else if let Some(there) = by_second.get_mut(&second) {
            *there -= 1;
            *number -= 1;
            if *there == 0 {
                by_second.remove(&second);
            }
        }
    }

    /// What waits in a queue.
    pub(crate) fn waiting(&mut self, queue: Queue) -> Waiting {
        let Ages { number, by_second } = self.ages(queue);
        Waiting { number: *number, oldest: by_second.keys().next().map(|second| Time(second * 1_000)) }
    }

    fn ages(&mut self, queue: Queue) -> &mut Ages {
        match queue {
            Queue::Runs => &mut self.runs,
            Queue::Outbox => &mut self.outbox,
            Queue::Held => &mut self.held,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_number_and_the_oldest_are_those_of_what_has_come_and_not_left(
            steps in proptest::collection::vec((any::<bool>(), 0u64..20_000), 0..100)
        ) {
            let (mut tally, mut waiting) = (Tally::default(), Vec::new());
            for (comes, since) in steps {
                let since = match (comes, waiting.len()) {
                    (true, _) => { waiting.push(since); since }
                    (false, 0) => continue,
                    (false, count) => waiting.remove(since as usize % count),
                };
                tally.apply(Move { queue: Queue::Runs, since: Time(since), comes });
                let oldest = waiting.iter().min().map(|since| Time(since / 1_000 * 1_000));
                let expected = Waiting { number: waiting.len() as u64, oldest };
                prop_assert_eq!(tally.waiting(Queue::Runs), expected);
                prop_assert_eq!(tally.waiting(Queue::Held), Waiting::default());
            }
        }
    }
}
