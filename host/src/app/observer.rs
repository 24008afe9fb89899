//! Looks at how things stand, whenever somebody asks for the metrics.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::deliver::hold::Holds;
use crate::dispatch::circuit::Circuits;
use crate::dispatch::outage::Outages;
use crate::dispatch::workers::Announcements;
use crate::live::Live;
use crate::metrics::{Metrics, PluginState, ProviderState, State};
use crate::model::name::{ProviderName, WorkflowName};
use crate::model::time::Time;
use crate::plugin::{BUCKETS_MICROS, Counts, Engine, Verb};
use crate::store::SharedStore;
use crate::store::session::Session;

/// Who knows how things stand.
pub(super) struct Observer {
    pub(super) metrics: Metrics,
    /// When this process started.
    pub(super) started: Time,
    pub(super) store: SharedStore,
    pub(super) live: Live,
    pub(super) engine: Engine,
    pub(super) data: PathBuf,
    pub(super) ids_max: u32,
    /// Lanes of runs and of replies.
    pub(super) arrivals: Announcements,
    pub(super) owed: Announcements,
    pub(super) holds: Arc<Holds>,
    pub(super) hosts: Arc<Outages<(ProviderName, String)>>,
    pub(super) workflows: Arc<Outages<WorkflowName>>,
    pub(super) circuits: Arc<Circuits>,
}

impl Observer {
    /// One scrape. Nothing of the store is walked for it but the few sessions; the folder with its few files is.
    pub(super) fn scrape(&self) -> String {
        let (now, figures) = (Time::now(), self.store.figures());
        // While the store is broken nobody knows of any.
        let sessions = self.store.sessions().unwrap_or_default();
        // They are counted one after the other, so that a run may have begun or ended in between.
        let events_running = self.metrics.events_at_work().now().min(figures.queued.number);
        self.metrics.text(State {
            now,
            started: self.started,
            resident_bytes: resident_bytes(),
            connections: self.metrics.connections().now(),
            requests: self.metrics.requests().now(),
            store_is_broken: self.store.is_broken(),
            events_queued: figures.queued.number - events_running,
            events_running,
            oldest_event: figures.queued.oldest,
            event_lanes: self.arrivals.lanes(),
            replies_owed: figures.owed.number,
            oldest_reply: figures.owed.oldest,
            reply_lanes: self.owed.lanes(),
            deliveries_held: figures.held.number,
            oldest_held: figures.held.oldest,
            ids: figures.ids,
            ids_max: self.ids_max,
            data_bytes: bytes_below(&self.data),
            disk_free_bytes: free_bytes(&self.data),
            providers: self.providers(now, &sessions),
            unreachable_workflows: self.workflows.now(),
            plugins: self.plugins(),
        })
    }

    fn providers(&self, now: Time, sessions: &[Session]) -> Vec<ProviderState> {
        let (holds, refusing) = (numbers(self.holds.held(now)), self.circuits.open());
        let hosts = numbers(self.hosts.now().into_iter().map(|(provider, _)| provider));
        let of = |provider: &ProviderName| {
            let own = sessions.iter().filter(|session| session.provider == *provider);
            own.map(|session| (session.name.clone(), session.state.clone())).collect()
        };
        let setup = self.live.now();
        let providers = setup.providers.iter().map(|provider| ProviderState {
            name: provider.name.clone(),
            is_loaded: provider.plugin.is_some(),
            is_paused: provider.calls.is_paused(),
            holds: holds.get(&provider.name).copied().unwrap_or_default(),
            unreachable_hosts: hosts.get(&provider.name).copied().unwrap_or_default(),
            refuses: refusing.contains_key(&provider.name),
            sessions: of(&provider.name),
        });
        providers.collect()
    }

    fn plugins(&self) -> Vec<PluginState> {
        let tallies = self.engine.tallies();
        let of_each = tallies
            .iter()
            .flat_map(|(name, tally)| Verb::ALL.map(|verb| plugin(name, verb.name(), &tally.counts(verb))));
        of_each.collect()
    }
}

/// How often each of them is there.
fn numbers(names: impl IntoIterator<Item = ProviderName>) -> BTreeMap<ProviderName, usize> {
    let mut numbers = BTreeMap::new();
    for name in names {
        *numbers.entry(name).or_default() += 1;
    }
    numbers
}

/// What the calls of one function came to.
fn plugin(name: &ProviderName, function: &'static str, counts: &Counts) -> PluginState {
    // In seconds; the slower ones have a bucket of their own.
    let bounds = BUCKETS_MICROS.iter().map(|micros| Duration::from_micros(*micros).as_secs_f64());
    PluginState {
        name: name.clone(),
        function,
        buckets: bounds.chain([f64::INFINITY]).zip(counts.buckets).collect(),
        time: counts.time,
        busy: counts.busy,
        memory_peak: counts.memory_peak,
        faults: counts.faults().collect(),
    }
}

/// What this process has in memory; `None` where the operating system does not say.
fn resident_bytes() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let kib = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    kib.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}

fn free_bytes(folder: &Path) -> Option<u64> {
    let stat = rustix::fs::statvfs(folder).ok()?;
    Some(stat.f_bavail.saturating_mul(stat.f_frsize))
}

/// Of all files in a folder; one that goes meanwhile counts for nothing.
fn bytes_below(folder: &Path) -> Option<u64> {
    let entries = fs::read_dir(folder).ok()?;
    let bytes = entries.flatten().filter_map(|entry| {
        let about = entry.metadata().ok()?;
        if about.is_dir() { bytes_below(&entry.path()) } else { Some(about.len()) }
    });
    Some(bytes.sum())
}
