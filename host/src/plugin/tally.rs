//! Counts the calls into a plugin: how many there were, how long they took, how they failed.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use super::fault::{Fault, KINDS};
use super::measure::Usage;

/// A function of the contract that is called for a delivery or a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// What must be proven of a request that nobody has verified yet.
    Prove,
    /// What a verified request means.
    Receive,
    /// The first step of a task.
    Begin,
    /// What comes after a step.
    Resume,
}

/// The upper bounds of the buckets by which calls are counted, in microseconds; slower ones have a bucket of
/// their own. From the fastest native adapter to the limit of the wall clock.
pub const BUCKETS_MICROS: [u64; 16] = [
    10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000, 1_000_000,
    10_000_000,
];

const BUCKETS: usize = BUCKETS_MICROS.len() + 1;

/// The counters of one plugin. They go on for as long as the process lives: a new version of the plugin
/// continues those of the one before, since they belong to its name.
#[derive(Debug, Default)]
pub struct Tally([OfVerb; 4]);

#[derive(Debug, Default)]
struct OfVerb {
    buckets: [AtomicU64; BUCKETS],
    faults: [AtomicU64; KINDS.len()],
    nanos: AtomicU64,
    busy_nanos: AtomicU64,
    memory_peak: AtomicU64,
}

/// What the calls of one verb came to, read at one moment. Calls that end meanwhile may be in one number and
/// not yet in another.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Counts {
    /// Calls that ran, by how long they took from the making of their sandbox to their answer: as many for each
    /// of [`BUCKETS_MICROS`] (not adding up those before), then the slower ones.
    pub buckets: [u64; BUCKETS],
    /// How long all of them took together.
    pub time: Duration,
    /// How long all of them held a thread: their processor time, where no other program needs the processor.
    pub busy: Duration,
    /// The most bytes that the memories of one of them held.
    pub memory_peak: u64,
    faults: [u64; KINDS.len()],
}

impl Verb {
    /// All of them, in the order in which a delivery meets them.
    pub const ALL: [Self; 4] = [Self::Prove, Self::Receive, Self::Begin, Self::Resume];

    /// As the contract has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Prove => "prove",
            Self::Receive => "receive",
            Self::Begin => "begin",
            Self::Resume => "resume",
        }
    }
}

impl Tally {
    /// The counters of one verb as they are now.
    pub fn counts(&self, verb: Verb) -> Counts {
        self.of(verb).counts()
    }

    /// Counts one call. Neither waits nor allocates.
    pub(super) fn count(&self, verb: Verb, usage: Usage, fault: Option<&Fault>) {
        let of = self.of(verb);
        if let Some(fault) = fault {
            of.faults[fault.ordinal()].fetch_add(1, Relaxed);
            if fault.is_of_the_host() {
                return;
            }
        }
        let micros = u64::try_from(usage.time.as_micros()).unwrap_or(u64::MAX);
        of.buckets[BUCKETS_MICROS.partition_point(|bound| *bound < micros)].fetch_add(1, Relaxed);
        of.nanos.fetch_add(nanos(usage.time), Relaxed);
        of.busy_nanos.fetch_add(nanos(usage.busy), Relaxed);
        // Most calls are below the peak, and looking costs less than writing.
        if usage.memory as u64 > of.memory_peak.load(Relaxed) {
            of.memory_peak.fetch_max(usage.memory as u64, Relaxed);
        }
    }

    fn of(&self, verb: Verb) -> &OfVerb {
        &self.0[verb as usize]
    }
}

impl OfVerb {
    fn counts(&self) -> Counts {
        Counts {
            buckets: self.buckets.each_ref().map(|bucket| bucket.load(Relaxed)),
            time: Duration::from_nanos(self.nanos.load(Relaxed)),
            busy: Duration::from_nanos(self.busy_nanos.load(Relaxed)),
            memory_peak: self.memory_peak.load(Relaxed),
            faults: self.faults.each_ref().map(|fault| fault.load(Relaxed)),
        }
    }
}

impl Counts {
    /// Calls that ran; those that the host had no room for are only among the faults.
    pub fn calls(&self) -> u64 {
        self.buckets.iter().sum()
    }

    /// Calls that gave no answer, by [`Fault::kind`].
    pub fn faults(&self) -> impl Iterator<Item = (&'static str, u64)> {
        KINDS.into_iter().zip(self.faults)
    }

    /// Calls that ran and gave no answer that is allowed.
    pub fn failures(&self) -> u64 {
        let of_the_plugin = self.faults().filter(|(kind, _)| !Fault::OF_THE_HOST.contains(kind));
        of_the_plugin.map(|(_, count)| count).sum()
    }

    /// The time that half of the calls did not need, estimated within its bucket; `None`: there was no call, or
    /// it is beyond the last bucket.
    pub fn p50(&self) -> Option<Duration> {
        let half = self.calls().div_ceil(2);
        let (mut before, mut from) = (0, 0);
        for (in_bucket, to) in self.buckets.into_iter().zip(BUCKETS_MICROS) {
            if in_bucket > 0 && before + in_bucket >= half {
                let share = (half - before) as f64 / in_bucket as f64;
                let nanos = (from as f64 + share * (to - from) as f64) * 1_000.0;
                return Some(Duration::from_nanos(nanos as u64));
            }
            (before, from) = (before + in_bucket, to);
        }
        None
    }

    /// The two together: of several verbs, or of several plugins.
    pub fn and(mut self, other: &Self) -> Self {
        let add = |ours: &mut [u64], theirs: &[u64]| {
            ours.iter_mut().zip(theirs).for_each(|(ours, theirs)| *ours += theirs);
        };
        add(&mut self.buckets, &other.buckets);
        add(&mut self.faults, &other.faults);
        self.time += other.time;
        self.busy += other.busy;
        self.memory_peak = self.memory_peak.max(other.memory_peak);
        self
    }
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usage(micros: u64, memory: usize) -> Usage {
        let time = Duration::from_micros(micros);
        Usage { time, busy: time / 2, memory, ticks: 0 }
    }

    #[test]
    fn calls_are_counted_by_verb_and_by_how_they_ended() {
        let tally = Tally::default();
        tally.count(Verb::Receive, usage(15, 100), None);
        tally.count(Verb::Receive, usage(200_000, 300), Some(&Fault::Cpu));
        tally.count(Verb::Receive, usage(10, 200), Some(&Fault::Output(String::new())));
        tally.count(Verb::Receive, Usage::default(), Some(&Fault::Busy));
        tally.count(Verb::Resume, usage(20_000_000, 50), None);

        let receive = tally.counts(Verb::Receive);
        assert_eq!((receive.calls(), receive.failures(), receive.memory_peak), (3, 2, 300));
        let faults: Vec<_> = receive.faults().filter(|(_, count)| *count > 0).collect();
        assert_eq!(faults, [("cpu", 1), ("busy", 1), ("output", 1)]);
        assert_eq!(receive.time, Duration::from_micros(200_025));
        assert_eq!(receive.busy, receive.time / 2);
        assert_eq!(tally.counts(Verb::Begin), Counts::default());
        assert_eq!(tally.counts(Verb::Resume).buckets[BUCKETS - 1], 1, "slower than every bound");

        let all = receive.and(&tally.counts(Verb::Resume));
        assert_eq!((all.calls(), all.failures(), all.memory_peak), (4, 2, 300));
    }

    #[test]
    fn a_bound_belongs_to_its_bucket() {
        for (micros, bucket) in [(0, 0), (10, 0), (11, 1), (20, 1), (10_000_000, 15), (10_000_001, 16)] {
            let tally = Tally::default();
            tally.count(Verb::Begin, usage(micros, 0), None);
            assert_eq!(tally.counts(Verb::Begin).buckets[bucket], 1, "{micros}");
        }
    }

    #[test]
    fn the_middle_is_estimated_within_its_bucket() {
        for (calls, expected) in [
            (vec![], None),
            (vec![15], Some(20)),
            (vec![15, 15, 15, 15], Some(15)),
            (vec![15, 30, 900], Some(50)),
            (vec![15, 15, 15, 900], Some(16)),
            (vec![20_000_000], None),
        ] {
            let tally = Tally::default();
            calls.iter().for_each(|micros| tally.count(Verb::Receive, usage(*micros, 0), None));
            let p50 = tally.counts(Verb::Receive).p50().map(|time| time.as_micros());
            assert_eq!(p50, expected, "{calls:?}");
        }
    }
}
