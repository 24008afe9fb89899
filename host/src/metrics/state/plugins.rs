//! What is seen of the calls into plugins.

use std::time::Duration;

use prometheus_client::metrics::MetricType;

use super::State;
use super::seen::Value::{Many, One};
use super::seen::{Seen, Value, float, gauge};
use crate::metrics::series::Labels;
use crate::model::name::ProviderName;

/// What the calls of one function of a plugin came to so far.
#[derive(Debug, Clone)]
pub struct PluginState {
    /// Of which plugin.
    pub name: ProviderName,
    /// Which function, as the contract has it.
    pub function: &'static str,
    /// Calls by how long they took: the upper bound of a bucket, in seconds, and the calls in it alone. The
    /// last bound is infinite.
    pub buckets: Vec<(f64, u64)>,
    /// How long all of them took.
    pub time: Duration,
    /// How long all of them held a thread.
    pub busy: Duration,
    /// The most bytes that one of them had in memory.
    pub memory_peak: u64,
    /// Calls without an answer, by the kind of the fault.
    pub faults: Vec<(&'static str, u64)>,
}

impl State {
    pub(super) fn of_plugins(&self) -> Vec<Seen> {
        let each = |value: fn(&PluginState) -> Value| -> Vec<(Labels, Value)> {
            self.plugins.iter().map(|one| (one.labels(), value(one))).collect()
        };
        let faults = self.plugins.iter().flat_map(|one| {
            one.faults.iter().map(|(kind, number)| {
                let mut labels = one.labels();
                labels.push(("kind", (*kind).to_owned()));
                (labels, One(float(*number)))
            })
        });
        let calls = "Calls into a plugin that ran, from the making of their sandbox to their answer";
        let busy = "How long the calls into a plugin held a thread";
        let peak = "The most that one call into a plugin had in memory";
        vec![
            Seen {
                name: "hookhost_plugin_call_duration_seconds",
                help: calls,
                kind: MetricType::Histogram,
                samples: each(|one| Many { sum: one.time.as_secs_f64(), buckets: one.buckets.clone() }),
            },
            Seen {
                name: "hookhost_plugin_busy_seconds",
                help: busy,
                kind: MetricType::Counter,
                samples: each(|one| One(one.busy.as_secs_f64())),
            },
            gauge("hookhost_plugin_memory_peak_bytes", peak, each(|one| One(float(one.memory_peak)))),
            Seen {
                name: "hookhost_plugin_faults",
                help: "Calls into a plugin that gave no answer, by the kind of the fault",
                kind: MetricType::Counter,
                samples: faults.collect(),
            },
        ]
    }
}

impl PluginState {
    fn labels(&self) -> Labels {
        vec![("plugin", self.name.as_str().to_owned()), ("function", self.function.to_owned())]
    }
}
