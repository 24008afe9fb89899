//! The plugins of a running host, what their calls came to, and what each provider makes of them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::name::ProviderName;
use crate::model::time::Time;
use crate::plugin::source::Origin;
use crate::plugin::{CONTRACT_VERSION, Counts, Plugin, Verb};
use crate::provider::conduct::{Pause, Why};
use crate::provider::{LoadFailure, Loads, Provider, Providers, Source};

/// A plugin that at least one provider uses.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PluginView {
    /// The name of its file, without `.wasm`.
    pub name: ProviderName,
    /// As its manifest has it; null: it cannot be loaded.
    pub version: Option<String>,
    /// The version of the contract that it was built for.
    pub contract: Option<String>,
    /// The SHA-256 of its file, in hexadecimal.
    pub digest: Option<String>,
    /// The size of its file.
    pub bytes: Option<usize>,
    /// `shipped`, `folder`, or null where there is none.
    pub source: Option<String>,
    /// The worst of its providers' states; but `loading` while its file is being compiled.
    pub state: State,
    /// Why its file cannot be loaded, also while its last good version goes on; null: it was loaded.
    pub load_error: Option<LoadErrorView>,
    /// Who uses it.
    pub providers: Vec<PluginUse>,
    /// Calls that ran since the start of the host.
    pub calls: u64,
    /// The time in microseconds that half of them did not need.
    pub p50_us: Option<u64>,
    /// Those of them that gave no answer that is allowed.
    pub failures: u64,
    /// The same for each function of the contract that was called.
    pub verbs: BTreeMap<String, VerbView>,
}

/// Why a file cannot be loaded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadErrorView {
    /// When it was tried last, in milliseconds since 1970.
    pub at_ms: Time,
    /// The codes of everything that has to change, such as `HP101`; none where the file cannot be read.
    pub codes: Vec<String>,
    /// The first thing that has to change.
    pub what: String,
}

/// What the calls of one function came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerbView {
    /// Calls that ran.
    pub calls: u64,
    /// The time in microseconds that half of them did not need.
    pub p50_us: Option<u64>,
    /// How long all of them held a thread, in microseconds.
    pub busy_us: u64,
    /// The most memory that one of them held, in bytes.
    pub memory_peak: u64,
    /// Calls that failed, by kind; kinds that never came are left out.
    pub faults: BTreeMap<String, u64>,
}

/// A provider as its plugin lets it be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PluginUse {
    /// Its name.
    pub name: ProviderName,
    /// How it is.
    pub state: State,
    /// Its deliveries wait.
    pub receiving: Option<PauseView>,
    /// Its replies wait.
    pub sending: Option<PauseView>,
    /// What this version asks for and may not have before the operator grants it.
    pub needs_grant: Vec<String>,
}

/// Why and how long a plugin is left alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PauseView {
    /// For people.
    pub reason: String,
    /// Since when, in milliseconds since 1970.
    pub since: Time,
    /// When it is tried again.
    pub until: Time,
}

/// How a plugin is; the later the worse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// It works.
    Active,
    /// Its file is being compiled; what was served before goes on.
    Loading,
    /// It works by what an earlier version was granted.
    NeedsGrant,
    /// It fails too often, and is left alone for a while.
    Paused,
    /// It cannot be loaded.
    Failed,
}

impl State {
    /// As JSON has it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Loading => "loading",
            Self::NeedsGrant => "needs-grant",
            Self::Paused => "paused",
            Self::Failed => "failed",
        }
    }
}

/// All that providers use, in the order of names.
pub fn plugins(providers: &Providers, loads: &Loads) -> Vec<PluginView> {
    let mut views: BTreeMap<ProviderName, PluginView> = BTreeMap::new();
    let mut add = |source: &Source, plugin: Option<&Plugin>, provider: PluginUse| {
        let view = views.entry(source.plugin.clone()).or_insert_with(|| PluginView::of(source, plugin));
        view.state = view.state.max(provider.state);
        view.providers.push(provider);
    };
    for provider in providers.iter() {
        add(&provider.source, provider.plugin.as_ref(), PluginUse::of(provider));
    }
    for unknown in providers.unknown() {
        let name = unknown.name.clone();
        add(
            &unknown.source,
            None,
            PluginUse { name, state: State::Failed, receiving: None, sending: None, needs_grant: vec![] },
        );
    }
    for (name, view) in &mut views {
        let load = loads.of(name);
        view.load_error = load.failure.as_ref().map(LoadErrorView::of);
        if load.is_under_way {
            view.state = State::Loading;
        }
    }
    views.into_values().collect()
}

impl PluginView {
    fn of(source: &Source, plugin: Option<&Plugin>) -> Self {
        let counts = |verb| plugin.map(|plugin| plugin.tally().counts(verb)).unwrap_or_default();
        let all = Verb::ALL.into_iter().fold(Counts::default(), |all, verb| all.and(&counts(verb)));
        let verbs = Verb::ALL.into_iter().map(|verb| (verb.name().to_owned(), VerbView::of(&counts(verb))));
        Self {
            name: source.plugin.clone(),
            version: plugin.map(|plugin| plugin.manifest().version.clone()),
            contract: plugin.map(|_| CONTRACT_VERSION.to_owned()),
            digest: plugin.map(|plugin| plugin.digest().to_owned()),
            bytes: plugin.map(Plugin::size),
            source: source.origin.as_ref().map(|origin| match origin {
                Origin::Shipped => "shipped".to_owned(),
                Origin::Folder(_) => "folder".to_owned(),
            }),
            state: State::Active,
            load_error: None,
            providers: Vec::new(),
            calls: all.calls(),
            p50_us: all.p50().map(micros),
            failures: all.failures(),
            verbs: verbs.filter(|(_, verb)| verb.calls > 0 || !verb.faults.is_empty()).collect(),
        }
    }
}

impl LoadErrorView {
    fn of(failure: &LoadFailure) -> Self {
        let codes = failure.codes.iter().map(|code| (*code).to_owned()).collect();
        Self { at_ms: failure.at, codes, what: failure.what.clone() }
    }
}

impl VerbView {
    fn of(counts: &Counts) -> Self {
        let faults = counts.faults().filter(|(_, count)| *count > 0);
        Self {
            calls: counts.calls(),
            p50_us: counts.p50().map(micros),
            busy_us: micros(counts.busy),
            memory_peak: counts.memory_peak,
            faults: faults.map(|(kind, count)| (kind.to_owned(), count)).collect(),
        }
    }
}

impl PluginUse {
    fn of(provider: &Provider) -> Self {
        let view = |pause: Option<Pause>| pause.map(|pause| PauseView::of(&pause));
        let (receiving, sending) =
            (view(provider.calls.receiving_pause()), view(provider.calls.sending_pause()));
        let state = match provider.plugin {
            None => State::Failed,
            Some(_) if receiving.is_some() || sending.is_some() => State::Paused,
            Some(_) if !provider.needs_grant.items.is_empty() => State::NeedsGrant,
            Some(_) => State::Active,
        };
        let needs_grant = provider.needs_grant.items.clone();
        Self { name: provider.name.clone(), state, receiving, sending, needs_grant }
    }
}

impl PauseView {
    fn of(pause: &Pause) -> Self {
        let reason = match pause.why {
            Why::Failures { failed, of } => format!("{failed} of the last {of} inputs that differ failed"),
            Why::ProcessorTime => "its slow calls take more than half of a processor".into(),
        };
        Self { reason, since: pause.since, until: pause.until }
    }
}

fn micros(time: std::time::Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::Unknown;

    #[test]
    fn a_plugin_is_loading_while_its_file_is_compiled() {
        let name: ProviderName = "crm".parse().unwrap();
        let (mut providers, loads) = (Providers::default(), Loads::default());
        let source = Source { plugin: name.clone(), origin: None };
        providers.add_unknown(Unknown { name: name.clone(), source }, "/webhooks/crm".into());
        let state = || plugins(&providers, &loads)[0].state;
        assert_eq!(state(), State::Failed);
        loads.begin(&name);
        assert_eq!(state(), State::Loading);
        loads.ended(&name, None);
        assert_eq!(state(), State::Failed);
    }
}
