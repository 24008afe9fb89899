//! What was measured, for programs and for people.

use serde::Serialize;

use super::Options;
use super::cycle::Cycles;
use super::figures::{Figures, ratio};
use super::flood::Flooded;
use super::process::Memory;
use super::start::Start;

/// Everything that was measured.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Whose deliveries were sent.
    pub provider: &'static str,
    /// How many providers were configured.
    pub providers: usize,
    /// How long each figure was measured, in seconds.
    pub seconds: f64,
    /// Processors of this machine; the load takes its share of them.
    pub processors: usize,
    /// As soon as one delivery is acknowledged, the next one is sent: a row for each number of connections.
    pub connections: Vec<Compared>,
    /// At a fixed rate, whether or not others are answered.
    pub open: Compared,
    /// Deliveries whose signature does not fit, beside nothing but HTTP and an HMAC.
    pub forged: Compared,
    /// What a flood on one provider does to another.
    pub flood: Option<Flooded>,
    /// From a delivery to the answer in its chat.
    pub cycle: Option<Cycles>,
    /// What the stores hold, opened again.
    pub stored: Vec<Stored>,
    /// What a start of Hookhost costs.
    pub start: Start,
    /// What Hookhost held of the memory before the first delivery, in bytes, after a start that had compiled its
    /// adapter.
    pub idle_bytes: u64,
    /// The most that it held, in bytes.
    pub peak_bytes: u64,
    /// The most that the other held, in bytes; nothing where this program did not start it.
    pub native_peak_bytes: Option<u64>,
}

/// One load on both sides.
#[derive(Debug, Serialize)]
pub struct Compared {
    /// Connections.
    pub n: usize,
    /// Hookhost.
    pub hookhost: Row,
    /// What it is compared with.
    pub native: Row,
    /// Of answers in a second: Hookhost's share of the other's.
    pub ratio: f64,
    /// Of the 99th percentiles: so many times the other's.
    pub p99_ratio: f64,
    /// Of processor time for each answer: so many times the other's.
    pub cpu_ratio: Option<f64>,
}

/// One load on one side.
#[derive(Debug, Serialize)]
pub struct Row {
    /// Answers in a second: acknowledgements, or refusals of what is forged.
    pub per_second: f64,
    /// Half of the answers came within so many milliseconds.
    pub p50_ms: f64,
    /// 99 of 100 did.
    pub p99_ms: f64,
    /// 999 of 1,000 did.
    pub p99_9_ms: f64,
    /// Processor time of the server for each answer, in microseconds, with all that is done afterwards.
    pub cpu_us: Option<f64>,
    /// Groups that were made durable in a second.
    pub commits_per_second: Option<f64>,
}

/// Whether what was acknowledged is there.
#[derive(Debug, Serialize)]
pub struct Stored {
    /// Whose store.
    pub name: &'static str,
    /// What was acknowledged.
    pub acknowledged: usize,
    /// What the store holds.
    pub stored: usize,
}

impl Row {
    pub(super) fn new(figures: &Figures) -> Self {
        Self {
            per_second: figures.per_second(),
            p50_ms: figures.percentile_ms(0.5),
            p99_ms: figures.percentile_ms(0.99),
            p99_9_ms: figures.percentile_ms(0.999),
            cpu_us: figures.cpu_us(),
            commits_per_second: figures.commits_per_second(),
        }
    }
}

impl Compared {
    /// Hookhost's figures first.
    pub(super) fn new(n: usize, [hookhost, native]: &[Figures; 2]) -> Self {
        let (hookhost, native) = (Row::new(hookhost), Row::new(native));
        Self {
            n,
            ratio: ratio(hookhost.per_second, native.per_second),
            p99_ratio: ratio(hookhost.p99_ms, native.p99_ms),
            cpu_ratio: hookhost.cpu_us.zip(native.cpu_us).map(|(ours, other)| ratio(ours, other)),
            hookhost,
            native,
        }
    }
}

/// The rows of a report.
pub(super) struct Measured {
    pub(super) connections: Vec<Compared>,
    pub(super) open: Compared,
    pub(super) forged: Compared,
    pub(super) flood: Option<Flooded>,
    pub(super) cycle: Option<Cycles>,
    pub(super) stored: Vec<Stored>,
    pub(super) start: Start,
}

impl Report {
    /// `idle` and the first of `peaks` are Hookhost's.
    pub(super) fn new(
        options: &Options,
        measured: Measured,
        idle: Option<Memory>,
        peaks: [Option<Memory>; 2],
    ) -> Self {
        let Measured { connections, open, forged, flood, cycle, stored, start } = measured;
        Self {
            provider: options.sender.plugin(),
            providers: options.providers,
            seconds: options.time.as_secs_f64(),
            processors: std::thread::available_parallelism().map_or(1, usize::from),
            connections,
            open,
            forged,
            flood,
            cycle,
            stored,
            start,
            idle_bytes: idle.unwrap_or_default().now,
            peak_bytes: peaks[0].unwrap_or_default().peak,
            native_peak_bytes: peaks[1].map(|memory| memory.peak),
        }
    }

    /// Whether the stores hold what was acknowledged, no less and no more.
    pub fn is_all_there(&self) -> bool {
        self.stored.iter().all(|one| one.acknowledged == one.stored)
    }
}
