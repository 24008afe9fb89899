//! What the file says of a provider.

use std::collections::BTreeMap;

use ipnet::IpNet;

use super::Verification;
use super::host::AllowedHost;
use crate::model::name::{ProviderName, WorkflowName};
use crate::model::rate_limit::RateLimit;
use crate::model::terms::Terms;

/// One provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderConfig {
    /// The plugin that speaks for it.
    pub plugin: ProviderName,
    /// The SHA-256 that its file must have, in lower-case hexadecimal; `None`: any.
    pub digest: Option<String>,
    /// Where its deliveries arrive: `/...`, without a `/` at the end, and no other provider's.
    pub path: String,
    /// Where its plugin's calls may go.
    pub allow_hosts: Vec<AllowedHost>,
    /// The plain values of the file, as text; [`super::settings`] compares them with the manifest.
    pub settings: BTreeMap<String, String>,
    /// The workflows that may be run from here; each exists. `None`: all.
    pub workflows: Option<Vec<WorkflowName>>,
    /// Who may run them. `None`: everyone.
    pub allow_senders: Option<Vec<String>>,
    /// From where its deliveries may come. `None`: from anywhere.
    pub allow_ips: Option<Vec<IpNet>>,
    /// How many of its deliveries are taken. `None`: as many as come.
    pub rate_limit: Option<RateLimit>,
    /// Whether deliveries must prove who sent them.
    pub verification: Verification,
    /// Whether the manifest's limits on calls are kept.
    pub pacing: Pacing,
    /// On which terms its plugin runs: `limits` and `compat`.
    pub terms: Terms,
}

impl ProviderConfig {
    /// What holds for a provider without a section.
    pub fn new(name: &ProviderName) -> Self {
        Self {
            plugin: name.clone(),
            digest: None,
            path: format!("/webhooks/{name}"),
            allow_hosts: Vec::new(),
            settings: BTreeMap::new(),
            workflows: None,
            allow_senders: None,
            allow_ips: None,
            rate_limit: None,
            verification: Verification::Required,
            pacing: Pacing::Default,
            terms: Terms::default(),
        }
    }
}

/// Whether the manifest's limits on calls are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pacing {
    /// They are.
    Default,
    /// Calls are made as soon as there is something to send.
    Off,
}
