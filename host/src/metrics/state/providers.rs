//! What is seen of the neighbours: providers, and workflows.

use super::State;
use super::seen::Value::One;
use super::seen::{Seen, by, count, gauge, truth};
use crate::model::name::ProviderName;

/// How a provider stands.
#[derive(Debug, Clone)]
pub struct ProviderState {
    /// Which.
    pub name: ProviderName,
    /// Whether its plugin is loaded.
    pub is_loaded: bool,
    /// Whether its plugin is left alone for a while because of its faults, in one direction at least.
    pub is_paused: bool,
    /// Of its chats and itself as a whole: how many must not be called for a while.
    pub holds: usize,
    /// How many of its hosts cannot be reached now.
    pub unreachable_hosts: usize,
    /// Whether it refuses every reply, so that they wait.
    pub refuses: bool,
    /// The name and the state of each of its sessions, of which the store remembers a few only.
    pub sessions: Vec<(String, String)>,
}

impl State {
    pub(super) fn of_neighbours(&self) -> Vec<Seen> {
        let providers = |value: fn(&ProviderState) -> f64| {
            by("provider", self.providers.iter().map(|one| (one.name.as_str(), value(one))))
        };
        let workflows = self.unreachable_workflows.iter().map(|name| (name.as_str(), 1.0));
        let loaded = "Whether its plugin is loaded, so that its deliveries are understood";
        let paused = "Whether its plugin is paused, so that its deliveries or its replies wait";
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
            gauge("hookhost_provider_is_paused", paused, providers(|one| truth(one.is_paused))),
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
}
