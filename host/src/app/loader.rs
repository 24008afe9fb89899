//! What outlives an exchange of the setup: the engine, the plugins that were good, the queues of providers.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tokio::task::JoinSet;

use super::finding::Finding;
use crate::config::active::ActiveProvider;
use crate::metrics::{Metrics, ProviderMetrics};
use crate::model::name::ProviderName;
use crate::plugin::source::{self, Found};
use crate::plugin::{Engine, EngineError, LoadError, Plugin};
use crate::provider::Queue;

/// Loads plugins, each of them once.
pub struct Loader {
    engine: Engine,
    good: BTreeMap<ProviderName, Plugin>,
    queues: BTreeMap<ProviderName, Arc<Queue>>,
    metrics: Metrics,
}

impl Loader {
    /// Has loaded nothing yet. What it sets up counts in `metrics`.
    ///
    /// # Errors
    /// This machine cannot run plugins.
    pub fn new(metrics: Metrics) -> Result<Self, EngineError> {
        Ok(Self { engine: Engine::new()?, good: BTreeMap::new(), queues: BTreeMap::new(), metrics })
    }

    /// What everything runs in that it loaded.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// What everything counts in that it set up.
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// Loads each plugin that providers need; one that cannot be loaded disturbs no other. What was loaded
    /// before from the same bytes is not compiled again, and stays where the new bytes are no good.
    pub(super) async fn load(
        &mut self,
        found: &BTreeMap<ProviderName, Found>,
        active: &[ActiveProvider],
        findings: &mut Vec<Finding>,
    ) -> &BTreeMap<ProviderName, Plugin> {
        let needed: BTreeSet<&ProviderName> = active.iter().map(|one| &one.config.plugin).collect();
        self.good.retain(|name, _| needed.contains(name) && found.contains_key(name));
        let mut loading = JoinSet::new();
        for name in needed {
            let Some(found) = found.get(name).cloned() else {
                let what = format!("there is no plugin {name}");
                findings.push(Finding::refused(
                    what,
                    format!("put {name}.wasm into the plugins folder, or correct `plugin`"),
                ));
                continue;
            };
            let (engine, before) = (self.engine.clone(), self.good.get(name).cloned());
            loading.spawn(async move { (found.name.clone(), load_one(&engine, &found, before).await) });
        }
        for (name, result) in loading.join_all().await {
            match result {
                Ok(plugin) => _ = self.good.insert(name, plugin),
                Err((what, hint)) => {
                    let goes_on = match self.good.get(&name) {
                        Some(before) => format!("; version {} goes on", before.manifest().version),
                        None => String::new(),
                    };
                    let what = format!("plugin {name} cannot be loaded: {what}{goes_on}");
                    findings.push(Finding::refused(what, hint));
                }
            }
        }
        &self.good
    }

    /// The queue of a provider and what is counted of it, the same for every setup.
    pub(super) fn lasting(&mut self, provider: &ProviderName) -> (Arc<Queue>, Arc<ProviderMetrics>) {
        let queue = Arc::clone(self.queues.entry(provider.clone()).or_default());
        (queue, self.metrics.provider(provider))
    }
}

async fn load_one(
    engine: &Engine,
    found: &Found,
    before: Option<Plugin>,
) -> Result<Plugin, (String, String)> {
    let bytes = source::read(found).map_err(|error| (error.to_string(), String::new()))?;
    match before {
        Some(before) if before.is_made_of(&bytes) => Ok(before),
        _ => Plugin::load(engine, &found.name, bytes)
            .await
            .map_err(|error: LoadError| (error.in_a_line(), error.hint().to_owned())),
    }
}

#[cfg(all(test, feature = "bundled"))]
mod tests {
    use super::*;
    use crate::app::plugins::SHIPPED_SECRETS;

    #[tokio::test]
    async fn the_known_secrets_are_those_of_the_manifests() {
        let (found, bad) = source::discover(None);
        assert!(bad.is_empty());
        let engine = Engine::new().unwrap();
        for found in &found {
            let plugin = load_one(&engine, found, None).await.unwrap();
            let needs: Vec<&str> = plugin.manifest().secrets.iter().map(|need| need.name.as_str()).collect();
            let known = SHIPPED_SECRETS.iter().find(|(name, ..)| *name == found.name.as_str()).unwrap();
            assert_eq!(plugin.manifest().inbound_secret(), Some(known.1), "{}", found.name);
            assert_eq!(needs, [&[known.1], known.2].concat(), "{}", found.name);
        }
        assert_eq!(found.len(), SHIPPED_SECRETS.len());
    }
}
