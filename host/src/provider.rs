//! A configured provider: its plugin with the operator's secrets, settings and grants.

mod calls;
pub mod conduct;
mod intake;
mod loads;
mod paths;
mod queue;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use ipnet::IpNet;

use crate::config::active::Dormant;
use crate::config::grants::Grants;
use crate::config::secrets::ProviderSecrets;
use crate::metrics::ProviderMetrics;
use crate::model::http::Field;
use crate::model::manifest::{Manifest, Pace};
use crate::model::name::ProviderName;
use crate::model::rate_limit::RateLimit;
use crate::plugin::Plugin;
use crate::plugin::source::Origin;
use crate::verify;
use crate::workflow::access::Access;

pub use self::calls::{Calls, Unanswered};
pub use self::intake::Intake;
pub use self::loads::{Load, LoadFailure, Loads};
use self::paths::Paths;
pub use self::queue::{Entering, Queue};

/// What the host knows of one provider.
pub struct Provider {
    /// URL segment and prefix of its variables.
    pub name: ProviderName,
    /// Where its deliveries arrive.
    pub path: String,
    /// The same as its senders see it, where the operator said so.
    pub public_url: Option<String>,
    /// Which plugin that is, and where it lies.
    pub source: Source,
    /// What understands it. `None`: it cannot be loaded now, and deliveries are held.
    pub plugin: Option<Plugin>,
    /// The plugin's, or the last good one.
    pub manifest: Manifest,
    /// What is filled into calls.
    pub secrets: ProviderSecrets,
    /// What senders prove themselves with.
    pub proofs: verify::Secrets,
    /// The operator wrote `verification = "none"`.
    pub is_waived: bool,
    /// What the plugin may read.
    pub settings: Vec<Field>,
    /// Where it may call.
    pub grants: Grants,
    /// What its plugin asks for and may not have yet.
    pub needs_grant: NeedsGrant,
    /// Whether calls keep to the manifest's pace.
    pub is_paced: bool,
    /// Who may run what.
    pub access: Access,
    /// From where its deliveries may come; `None`: from anywhere.
    pub allow_ips: Option<Vec<IpNet>>,
    /// How many verified deliveries are taken; `None`: as many as come.
    pub rate_limit: Option<RateLimit>,
    /// How long its ids are remembered.
    pub window: Duration,
    /// Whether new deliveries queue for the plugin.
    pub queue: Arc<Queue>,
    /// How the plugin behaves, and whether it is paused.
    pub calls: Arc<Calls>,
    /// What is counted of it.
    pub metrics: Arc<ProviderMetrics>,
    /// What of it is on its way in.
    pub intake: Arc<Intake>,
}

impl Provider {
    /// How fast it may be called; nothing where the operator has switched that off.
    pub fn paces(&self) -> &[Pace] {
        if self.is_paced { &self.manifest.pacing } else { &[] }
    }
}

/// What a plugin asks for beyond what it was granted; empty for most.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NeedsGrant {
    /// Each thing, for people.
    pub items: Vec<String>,
    /// The endpoints that must not be called.
    pub endpoints: BTreeSet<String>,
}

/// Where a provider's plugin comes from.
#[derive(Debug, Clone)]
pub struct Source {
    /// The plugin's name.
    pub plugin: ProviderName,
    /// Shipped, or a file; `None`: there is none.
    pub origin: Option<Origin>,
}

impl Source {
    /// Whether it came with the host.
    pub fn is_shipped(&self) -> bool {
        matches!(self.origin, Some(Origin::Shipped))
    }
}

/// A provider whose plugin never gave a manifest.
#[derive(Debug, Clone)]
pub struct Unknown {
    /// Its name.
    pub name: ProviderName,
    /// The plugin that it waits for.
    pub source: Source,
}

/// All configured providers.
#[derive(Default)]
pub struct Providers {
    known: BTreeMap<ProviderName, Arc<Provider>>,
    /// The same.
    by_path: Paths<Arc<Provider>>,
    /// By path: nobody can say who may send to them.
    unknown: BTreeMap<String, Unknown>,
    /// Shipped ones that nobody has configured, by path.
    dormant: BTreeMap<String, Dormant>,
}

impl Providers {
    /// The provider of this name.
    pub fn get(&self, name: &ProviderName) -> Option<&Arc<Provider>> {
        self.known.get(name)
    }

    /// The provider whose path a request's path is or lies below, and what lies below it.
    pub fn at<'p>(&self, path: &'p str) -> Option<(&Arc<Provider>, &'p str)> {
        self.by_path.at(path)
    }

    /// In the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Provider>> {
        self.known.values()
    }

    /// Whether a path belongs to a provider whose plugin never gave a manifest.
    pub fn is_unknown(&self, path: &str) -> bool {
        self.unknown.contains_key(path)
    }

    /// The names of those that cannot do their work now.
    pub fn not_loaded(&self) -> impl Iterator<Item = &ProviderName> {
        let without_plugin =
            self.iter().filter(|provider| provider.plugin.is_none()).map(|provider| &provider.name);
        without_plugin.chain(self.unknown().map(|unknown| &unknown.name))
    }

    /// Those whose plugins are paused, at least in one direction.
    pub fn paused(&self) -> impl Iterator<Item = &ProviderName> {
        self.iter().filter(|provider| provider.calls.is_paused()).map(|provider| &provider.name)
    }

    /// Adds a provider.
    pub fn add(&mut self, provider: Provider) {
        let provider = Arc::new(provider);
        self.by_path.insert(provider.path.clone(), Arc::clone(&provider));
        self.known.insert(provider.name.clone(), provider);
    }

    /// The provider that nobody has configured, of which this is the path.
    pub fn dormant_at(&self, path: &str) -> Option<&Dormant> {
        self.dormant.get(path)
    }

    /// Adds a provider that nobody has configured.
    pub fn add_dormant(&mut self, dormant: Dormant) {
        self.dormant.insert(dormant.path.clone(), dormant);
    }

    /// Those whose plugins never gave a manifest.
    pub fn unknown(&self) -> impl Iterator<Item = &Unknown> {
        self.unknown.values()
    }

    /// Adds a provider whose plugin never gave a manifest.
    pub fn add_unknown(&mut self, unknown: Unknown, path: String) {
        self.unknown.insert(path, unknown);
    }

    /// How long ids have to be remembered so that every provider's window is kept.
    pub fn longest_window(&self) -> Duration {
        self.iter().map(|provider| provider.window).max().unwrap_or_default()
    }
}
