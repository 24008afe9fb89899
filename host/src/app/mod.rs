//! Puts the parts together: what the operator configured becomes providers and workflows, and a host that
//! serves them.

pub mod deployment;
mod descriptors;
pub mod finding;
mod grants;
pub mod host;
mod loader;
mod observer;
mod plugins;
mod providers;
pub mod reload;
mod verification;
mod waiting;
mod workflows;

use std::collections::BTreeMap;
use std::sync::Arc;

use self::finding::Finding;
pub use self::loader::Loader;
use crate::config::Config;
use crate::config::active::{ActiveProvider, Dormant, active_providers, dormant_providers};
use crate::config::environment::Environment;
use crate::config::error::ConfigError;
use crate::config::variables::Variables;
use crate::live::Setup;
use crate::model::manifest::Manifest;
use crate::model::name::ProviderName;
use crate::model::redact::Redactor;
use crate::plugin::source::Found;
use crate::plugin::{EngineError, Plugin, Reset};
use crate::provider::{Provider, Providers, Source, Unknown};
use crate::store::{SharedStore, StoreError};

pub use self::grants::needs_grant;

/// Everything that can be known before anything is served.
pub struct Assembled {
    /// What is served.
    pub setup: Setup,
    /// What is not as it should be, worst first.
    pub findings: Vec<Finding>,
    /// How sandboxes are made clean on this machine.
    pub reset: Reset,
}

/// Why nothing can be served.
#[derive(Debug, thiserror::Error)]
pub enum AssembleError {
    /// The operator has to configure something.
    #[error("no provider is configured, so there is nothing to receive")]
    NothingToServe,
    /// The operator has to mend the configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// This machine cannot run plugins.
    #[error("plugins cannot be run here: {0}")]
    Engine(#[from] EngineError),
    /// The store cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Which providers there are to be, before anything is loaded or opened.
pub struct Plan {
    found: BTreeMap<ProviderName, Found>,
    active: Vec<ActiveProvider>,
    dormant: Vec<Dormant>,
    findings: Vec<Finding>,
}

/// Decides which providers there are to be.
///
/// # Errors
/// The configuration cannot be served.
pub fn plan(config: &Config, environment: &Environment) -> Result<Plan, AssembleError> {
    let mut findings = Vec::new();
    let found = plugins::discover(config, &mut findings);
    let shipped = plugins::shipped(&found);
    let active = active_providers(config, &shipped, &plugins::in_folder(&found), environment)?;
    let dormant = dormant_providers(&active, &shipped);
    if active.is_empty() {
        if config.workflows.is_empty() {
            return Err(AssembleError::NothingToServe);
        }
        // Somebody means to run something, and nobody can call for it.
        findings.extend(dormant.iter().map(|one| {
            let what = format!("provider {} refuses everything: its secret is not set", one.name);
            Finding::refused(what, format!("set {}", one.variables.join(" or ")))
        }));
    }
    Ok(Plan { found, active, dormant, findings })
}

/// Loads what is planned. With a `store`, a provider whose plugin cannot be loaded lives on with its last
/// good manifest, and good manifests are remembered. What `loader` has loaded before is not loaded again.
///
/// # Errors
/// Only where nothing at all can be served; the rest are findings.
pub async fn assemble(
    plan: Plan,
    config: &Config,
    environment: &Environment,
    store: Option<&SharedStore>,
    loader: &mut Loader,
) -> Result<Assembled, AssembleError> {
    let Plan { found, active, dormant, mut findings } = plan;
    loader.load(&found, &active, &mut findings).await;
    let variables = Variables::new(environment, active.iter().map(|one| &one.name));

    let mut secrets = Vec::new();
    let mut providers = Providers::default();
    for one in dormant {
        providers.add_dormant(one);
    }
    for one in &active {
        let origin = found.get(&one.config.plugin).map(|found| found.origin.clone());
        let source = Source { plugin: one.config.plugin.clone(), origin };
        let plugin = loader.plugin(&one.name).cloned();
        let plugin = loader.pinned(one, plugin, &mut findings);
        let Some(manifest) = manifest_of(one, plugin.as_ref(), store).await? else {
            providers.add_unknown(Unknown { name: one.name.clone(), source }, one.config.path.clone());
            continue;
        };
        let (manifest, needs_grant) =
            grants::granted(one, &source, plugin.as_ref(), manifest, store, &mut findings).await?;
        let kept = loader.kept(&one.name, plugin.as_ref());
        let made = providers::make(config, one, (source, plugin), (manifest, needs_grant), kept, &variables);
        findings.extend(made.findings);
        secrets.extend(made.provider.secrets.values().cloned());
        providers.add(made.provider);
    }
    let (workflows, workflow_secrets) = workflows::make(config, environment, &mut findings);
    if config.workflows.is_empty() {
        let what = "no workflow is configured, so everything is recorded and nothing is run";
        findings.push(Finding::warning(what, "add one: [workflows.NAME] with `http` or `command`"));
    }
    findings.extend(workflows::idle_routes(config, &active));
    findings.extend(workflows::reachable_commands(&workflows, &providers));
    secrets.extend(workflow_secrets);
    findings.sort_by_key(|finding| finding.weight);
    Ok(Assembled {
        setup: Setup {
            providers,
            workflows,
            routes: workflows::routes(config),
            redactor: Redactor::new(secrets),
        },
        findings,
        reset: loader.reset().clone(),
    })
}

async fn manifest_of(
    active: &ActiveProvider,
    plugin: Option<&Plugin>,
    store: Option<&SharedStore>,
) -> Result<Option<Manifest>, StoreError> {
    match (plugin, store) {
        (Some(plugin), Some(store)) => {
            store.remember_manifest(&active.name, plugin.manifest()).await?;
            Ok(Some(plugin.manifest().clone()))
        }
        (Some(plugin), None) => Ok(Some(plugin.manifest().clone())),
        (None, Some(store)) => store.last_manifest(&active.name).await,
        (None, None) => Ok(None),
    }
}

impl Assembled {
    /// Whether a provider would refuse its deliveries, or a workflow its runs.
    pub fn refuses_something(&self) -> bool {
        self.findings.iter().any(|finding| finding.weight == finding::Weight::Refused)
    }

    /// The provider of this name.
    pub fn provider(&self, name: &ProviderName) -> Option<&Arc<Provider>> {
        self.setup.providers.get(name)
    }
}
