//! What is looked at when somebody asks, rather than counted on the way.

mod plugins;
mod process;
mod providers;
mod requests;
mod seen;
mod store;

use std::fmt;
use std::sync::{Mutex, PoisonError};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::DescriptorEncoder;
use prometheus_client::metrics::MetricType;

pub use self::plugins::PluginState;
pub use self::providers::ProviderState;
use self::seen::Seen;
use self::seen::Value::{Many, One};
use crate::model::name::WorkflowName;
use crate::model::time::Time;

/// How things stand at one moment.
#[derive(Debug, Clone, Default)]
pub struct State {
    /// When it is.
    pub now: Time,
    /// When the process started.
    pub started: Time,
    /// What it has in memory, in bytes, where the operating system says so.
    pub resident_bytes: Option<u64>,
    /// Connections of the public listener that are open.
    pub connections: u64,
    /// Requests for webhooks that are being handled.
    pub requests: u64,
    /// Whether the store is broken, and refuses everything until it is open again.
    pub store_is_broken: bool,
    /// Events that wait for a run.
    pub events_queued: u64,
    /// Events that a workflow runs for.
    pub events_running: u64,
    /// Of those that wait or run, when the oldest came in.
    pub oldest_event: Option<Time>,
    /// Lanes with events.
    pub event_lanes: usize,
    /// Replies that are owed.
    pub replies_owed: u64,
    /// When the event of the oldest of them came in.
    pub oldest_reply: Option<Time>,
    /// Lanes with replies.
    pub reply_lanes: usize,
    /// Deliveries that wait for somebody to look, or for their plugin.
    pub deliveries_held: u64,
    /// When the oldest of them came in.
    pub oldest_held: Option<Time>,
    /// Ids that are remembered.
    pub ids: usize,
    /// How many may be.
    pub ids_max: u32,
    /// What the data folder takes on the disk, in bytes, where it can be read.
    pub data_bytes: Option<u64>,
    /// What is free on its disk, in bytes, where the operating system says so.
    pub disk_free_bytes: Option<u64>,
    /// Each configured provider.
    pub providers: Vec<ProviderState>,
    /// Workflows that cannot be reached now.
    pub unreachable_workflows: Vec<WorkflowName>,
    /// Each function of each loaded plugin.
    pub plugins: Vec<PluginState>,
}

/// The state that is shown.
#[derive(Debug, Default)]
pub(super) struct Snapshot(Mutex<State>);

impl Snapshot {
    pub(super) fn show(&self, state: State) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = state;
    }
}

impl Collector for Snapshot {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for Seen { name, help, kind, samples } in state.seen() {
            if samples.is_empty() {
                continue;
            }
            let mut family = encoder.encode_descriptor(name, &format!("{help}."), None, kind)?;
            for (labels, value) in samples {
                let mut sample = family.encode_family(&labels)?;
                match (kind, value) {
                    (MetricType::Counter, One(value)) => {
                        sample.encode_counter::<NoLabels, _, f64>(&value, None)?;
                    }
                    (_, One(value)) => sample.encode_gauge(&value)?,
                    (_, Many { sum, buckets }) => {
                        let count = buckets.iter().map(|(_, number)| number).sum();
                        sample.encode_histogram::<NoLabels>(sum, count, &buckets, None)?;
                    }
                }
            }
        }
        Ok(())
    }
}

/// Of exemplars, of which there are none.
type NoLabels = [(&'static str, &'static str); 0];

impl State {
    fn seen(&self) -> Vec<Seen> {
        let mut seen = self.of_the_process();
        seen.extend(self.of_requests());
        seen.extend(self.of_the_queues());
        seen.extend(self.of_the_disk());
        seen.extend(self.of_neighbours());
        seen.extend(self.of_plugins());
        seen
    }
}
