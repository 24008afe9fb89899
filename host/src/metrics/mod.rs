//! What is counted and measured, for Prometheus. Nothing but this module knows the library for it.
//!
//! Whoever counts holds a handle that was found once, so that counting is one atomic addition: no text is
//! written and no label is looked up on the way of a delivery. Labels come from the configuration and from
//! closed sets, so that the number of series is bounded; a provider's sessions are named by its sender, and bounded
//! by the store. What is a state rather than a count is handed to [`Metrics::text`] by whoever asks for it.
//!
#![doc = include_str!("reference.md")]

mod level;
mod provider;
mod request;
mod series;
mod state;
mod store;
mod workflow;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use prometheus_client::encoding::prometheus_text;
use prometheus_client::registry::Registry;

pub use self::level::{Level, Present};
pub use self::provider::{
    Admitted, Call, Ended, Handshake, ProviderMetrics, ReplyEnd, Secret, Verdict, VerificationFailure, Wait,
};
pub use self::request::Refused;
pub use self::series::{Counters, Durations, Kind};
pub use self::state::{PluginState, ProviderState, State};
pub use self::store::StoreMetrics;
pub use self::workflow::{Attempt, RunEnd, WorkflowMetrics};

use self::state::Snapshot;
use crate::model::name::{ProviderName, WorkflowName};

/// The media type of [`Metrics::text`].
pub const CONTENT_TYPE: &str = prometheus_text::CONTENT_TYPE;

/// Everything that is counted. Clones count together.
#[derive(Debug, Clone)]
pub struct Metrics(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    registry: Registry,
    snapshot: Arc<Snapshot>,
    of_providers: provider::Families,
    providers: Handles<ProviderName, ProviderMetrics>,
    of_workflows: workflow::Families,
    workflows: Handles<WorkflowName, WorkflowMetrics>,
    refused: Counters<Refused>,
    store: StoreMetrics,
    at_work: Level,
    connections: Level,
    requests: Level,
}

type Handles<N, M> = Mutex<BTreeMap<N, Arc<M>>>;

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::default();
        let own = registry.sub_registry_with_prefix("hookhost");
        let of_providers = provider::Families::register(own);
        let of_workflows = workflow::Families::register(own);
        let refused = request::register(own);
        let store = StoreMetrics::register(own);
        let snapshot = Arc::new(Snapshot::default());
        registry.register_collector(Box::new(Arc::clone(&snapshot)));
        let (providers, workflows) = Default::default();
        let (at_work, connections, requests) = Default::default();
        Self(Arc::new(Inner {
            registry,
            snapshot,
            of_providers,
            providers,
            of_workflows,
            workflows,
            refused,
            store,
            at_work,
            connections,
            requests,
        }))
    }
}

impl Metrics {
    /// What is counted for a provider: the same for every setup, so that an exchange loses no count.
    pub fn provider(&self, name: &ProviderName) -> Arc<ProviderMetrics> {
        known(&self.0.providers, name, |name| self.0.of_providers.of(name))
    }

    /// What is measured of a workflow.
    pub fn workflow(&self, name: &WorkflowName) -> Arc<WorkflowMetrics> {
        known(&self.0.workflows, name, |name| self.0.of_workflows.of(name))
    }

    /// Requests for webhooks and executions that were refused.
    pub fn refused(&self) -> &Counters<Refused> {
        &self.0.refused
    }

    /// What is measured of the store.
    pub fn store(&self) -> StoreMetrics {
        self.0.store.clone()
    }

    /// Events that workflows run for now.
    pub fn events_at_work(&self) -> &Level {
        &self.0.at_work
    }

    /// Connections of the public listener that are open now.
    pub fn connections(&self) -> &Level {
        &self.0.connections
    }

    /// Requests for webhooks that are being handled now.
    pub fn requests(&self) -> &Level {
        &self.0.requests
    }

    /// All of it in the text format of Prometheus, with this state.
    pub fn text(&self, state: State) -> String {
        let mut text = String::new();
        self.0.snapshot.show(state);
        prometheus_text::encode(&mut text, &self.0.registry).expect("a text takes all that is written to it");
        text
    }
}

/// The handle of this name; it is made when it is asked for first.
fn known<N: Ord + Clone, M>(handles: &Handles<N, M>, name: &N, make: impl FnOnce(&N) -> M) -> Arc<M> {
    let mut handles = handles.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(handle) = handles.get(name) {
        return Arc::clone(handle);
    }
    let handle = Arc::new(make(name));
    handles.insert(name.clone(), Arc::clone(&handle));
    handle
}

#[cfg(test)]
mod tests;
