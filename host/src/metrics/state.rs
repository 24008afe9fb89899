//! What is looked at when somebody asks, rather than counted on the way.

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::DescriptorEncoder;
use prometheus_client::metrics::MetricType;

use self::Value::{Many, One};
use super::series::Labels;
use crate::model::name::{ProviderName, WorkflowName};
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

/// How a provider stands.
#[derive(Debug, Clone)]
pub struct ProviderState {
    /// Which.
    pub name: ProviderName,
    /// Whether its plugin is loaded.
    pub is_loaded: bool,
    /// Of its chats and itself as a whole: how many must not be called for a while.
    pub holds: usize,
    /// How many of its hosts cannot be reached now.
    pub unreachable_hosts: usize,
    /// Whether it refuses every reply, so that they wait.
    pub refuses: bool,
    /// The name and the state of each of its sessions, of which the store remembers a few only.
    pub sessions: Vec<(String, String)>,
}

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

/// A family as it is seen at one moment.
struct Seen {
    name: &'static str,
    help: &'static str,
    kind: MetricType,
    samples: Vec<(Labels, Value)>,
}

enum Value {
    One(f64),
    /// The sum, and the numbers in each bucket alone.
    Many {
        sum: f64,
        buckets: Vec<(f64, u64)>,
    },
}

impl State {
    fn seen(&self) -> Vec<Seen> {
        let mut seen = self.of_the_process();
        seen.extend(self.of_the_queues());
        seen.extend(self.of_the_disk());
        seen.extend(self.of_neighbours());
        seen.extend(self.of_plugins());
        seen
    }

    fn of_the_process(&self) -> Vec<Seen> {
        let version = vec![("version", env!("CARGO_PKG_VERSION").to_owned())];
        vec![
            gauge("hookhost_build_info", "This program, with its version as a label", [(version, One(1.0))]),
            gauge(
                "process_start_time_seconds",
                "When it was started, since 1970",
                one(seconds(self.started)),
            ),
            gauge(
                "process_resident_memory_bytes",
                "What it has in memory",
                one(self.resident_bytes.map(float)),
            ),
        ]
    }

    fn of_the_queues(&self) -> Vec<Seen> {
        let age = |since: Option<Time>| since.map_or(0.0, |since| self.now.since(since).as_secs_f64());
        let events = [("queued", float(self.events_queued)), ("running", float(self.events_running))];
        let ages = [
            ("events", age(self.oldest_event)),
            ("replies", age(self.oldest_reply)),
            ("held", age(self.oldest_held)),
        ];
        let lanes = [("events", count(self.event_lanes)), ("replies", count(self.reply_lanes))];
        let held = "Deliveries that wait for somebody to look, or for their plugin";
        let oldest = "How long ago that came in which waits longest, 0 where nothing waits";
        vec![
            gauge(
                "hookhost_events_waiting",
                "Events that have not ended, by how far they are",
                by("state", events),
            ),
            gauge("hookhost_replies_waiting", "Replies that are owed", one(float(self.replies_owed))),
            gauge("hookhost_deliveries_held", held, one(float(self.deliveries_held))),
            gauge("hookhost_oldest_waiting_seconds", oldest, by("what", ages)),
            gauge(
                "hookhost_lanes",
                "Conversations in which something waits or is worked on",
                by("of", lanes),
            ),
        ]
    }

    fn of_the_disk(&self) -> Vec<Seen> {
        let broken = "Whether the store refuses everything until it is open again";
        vec![
            gauge("hookhost_ids_remembered", "Ids of events that would be known again", one(count(self.ids))),
            gauge("hookhost_ids_max", "How many may be remembered", one(f64::from(self.ids_max))),
            gauge("hookhost_store_is_broken", broken, one(truth(self.store_is_broken))),
            gauge("hookhost_data_bytes", "What the data folder takes", one(self.data_bytes.map(float))),
            gauge(
                "hookhost_disk_free_bytes",
                "What is free on its disk",
                one(self.disk_free_bytes.map(float)),
            ),
        ]
    }

    fn of_neighbours(&self) -> Vec<Seen> {
        let providers = |value: fn(&ProviderState) -> f64| {
            by("provider", self.providers.iter().map(|one| (one.name.as_str(), value(one))))
        };
        let workflows = self.unreachable_workflows.iter().map(|name| (name.as_str(), 1.0));
        let loaded = "Whether its plugin is loaded, so that its deliveries are understood";
        let holds = "Its chats, and itself as a whole, that asked not to be called for a while";
        let refuses = "Whether it refuses every reply, so that they wait";
        let session = "1 for the state that was last heard of a session of a provider";
        let sessions = self.providers.iter().flat_map(|one| {
            one.sessions.iter().map(|(name, state)| {
                let label = |name: &'static str, value: &str| (name, value.to_owned());
                let labels =
                    vec![label("provider", one.name.as_str()), label("session", name), label("state", state)];
                (labels, One(1.0))
            })
        });
        let unreachable = "Workflows that cannot be reached now; others are not listed";
        vec![
            gauge("hookhost_provider_is_loaded", loaded, providers(|one| truth(one.is_loaded))),
            gauge("hookhost_provider_holds", holds, providers(|one| count(one.holds))),
            gauge(
                "hookhost_provider_unreachable_hosts",
                "Its hosts that cannot be reached now",
                providers(|one| count(one.unreachable_hosts)),
            ),
            gauge("hookhost_provider_refuses", refuses, providers(|one| truth(one.refuses))),
            gauge("hookhost_session_state", session, sessions),
            gauge("hookhost_workflow_is_unreachable", unreachable, by("workflow", workflows)),
        ]
    }

    fn of_plugins(&self) -> Vec<Seen> {
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

/// Several of one family, by a label.
fn by<'v>(label: &'static str, values: impl IntoIterator<Item = (&'v str, f64)>) -> Vec<(Labels, Value)> {
    values.into_iter().map(|(name, value)| (vec![(label, name.to_owned())], One(value))).collect()
}

fn truth(is: bool) -> f64 {
    f64::from(u8::from(is))
}

fn gauge(name: &'static str, help: &'static str, samples: impl IntoIterator<Item = (Labels, Value)>) -> Seen {
    Seen { name, help, kind: MetricType::Gauge, samples: samples.into_iter().collect() }
}

/// The only one of its family, if it is known.
fn one(value: impl Into<Option<f64>>) -> Option<(Labels, Value)> {
    value.into().map(|value| (Labels::new(), One(value)))
}

fn count(number: usize) -> f64 {
    float(u64::try_from(number).unwrap_or(u64::MAX))
}

#[expect(clippy::cast_precision_loss, reason = "a number beyond 2^53 needs no last digit")]
fn float(number: u64) -> f64 {
    number as f64
}

fn seconds(time: Time) -> f64 {
    float(time.millis()) / 1_000.0
}
