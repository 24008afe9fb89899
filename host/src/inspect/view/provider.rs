//! A provider as a running host knows it.

use serde::{Deserialize, Serialize};

use crate::dispatch::circuit::Open;
use crate::model::id::ExecutionId;
use crate::model::name::ProviderName;
use crate::model::time::Time;
use crate::provider::Provider;
use crate::store::session::Session;

/// A provider, without anything of its configuration that may be secret.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProviderView {
    /// Its name.
    pub name: ProviderName,
    /// Where its deliveries arrive.
    pub path: String,
    /// The name and the version of its plugin, or of the last good one.
    pub plugin: String,
    /// Whether the plugin is there; else deliveries are held.
    pub is_loaded: bool,
    /// Since when and why it refuses every reply; null: it does not.
    pub refuses: Option<RefusesView>,
    /// The last that was heard of each of its sessions, where it has any.
    pub sessions: Vec<SessionView>,
}

/// A session of a provider's: of a phone that a bridge is logged in as, say.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SessionView {
    /// What the provider calls it; empty where there is only one.
    pub name: String,
    /// "open", "closed", "pairing", ...
    pub state: String,
    /// In the provider's words.
    pub detail: Option<String>,
    /// When it came into this state.
    pub since_ms: Time,
    /// When this was said last.
    pub heard_at_ms: Time,
    /// The event that said it.
    pub event: ExecutionId,
}

/// A provider that refuses every reply, so that they wait.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RefusesView {
    /// Since when.
    pub since_ms: Time,
    /// The code of its last refusal.
    pub code: String,
    /// What it said.
    pub reason: String,
    /// Replies that tried again since then, one at a time.
    pub probes: u32,
    /// The next reply from then on tries again.
    pub next_probe_ms: Time,
}

impl ProviderView {
    pub(in crate::inspect) fn of<'s>(
        provider: &Provider,
        open: Option<&Open>,
        sessions: impl Iterator<Item = &'s Session>,
    ) -> Self {
        Self {
            name: provider.name.clone(),
            path: provider.path.clone(),
            plugin: format!("{} {}", provider.manifest.name, provider.manifest.version),
            is_loaded: provider.plugin.is_some(),
            refuses: open.map(RefusesView::of),
            sessions: sessions.map(SessionView::of).collect(),
        }
    }
}

impl SessionView {
    fn of(session: &Session) -> Self {
        let Session { provider: _, name, state, detail, since, heard_at, event } = session.clone();
        Self { name, state, detail, since_ms: since, heard_at_ms: heard_at, event }
    }
}

impl RefusesView {
    fn of(open: &Open) -> Self {
        let Open { since, code, reason, probes, next_probe } = open.clone();
        Self { since_ms: since, code, reason, probes, next_probe_ms: next_probe }
    }
}
