//! What outlives an exchange of the setup: the engine, the plugins that were good, what providers have begun and how
//! their plugins behaved.

mod one;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tokio::task::{JoinSet, spawn_blocking};

use self::one::{Unloaded, load_one};
use super::finding::Finding;
use crate::config::active::ActiveProvider;
use crate::metrics::{Metrics, ProviderMetrics};
use crate::model::name::ProviderName;
use crate::model::terms::Terms;
use crate::plugin::source::Found;
use crate::plugin::{Compiled, Engine, EngineError, Plugin, Reset};
use crate::provider::{Calls, Intake, Loads, Queue};

/// Loads plugins, the same bytes only once.
pub struct Loader {
    engine: Engine,
    /// What each provider had last that was good, and the name of that plugin.
    good: BTreeMap<ProviderName, (ProviderName, Plugin)>,
    /// What providers had that are pinned.
    pinned: BTreeMap<ProviderName, Plugin>,
    /// With the digest of the plugin that behaved so.
    kept: BTreeMap<ProviderName, (String, Kept)>,
    metrics: Metrics,
    loads: Loads,
}

/// The providers that want a plugin, by the terms on which they want it.
type Wanted<'a> = BTreeMap<Terms, Vec<&'a ProviderName>>;

/// What of a provider outlives an exchange.
#[derive(Clone)]
pub(super) struct Kept {
    pub(super) queue: Arc<Queue>,
    pub(super) intake: Arc<Intake>,
    pub(super) calls: Arc<Calls>,
    pub(super) metrics: Arc<ProviderMetrics>,
}

impl Loader {
    /// Has loaded nothing yet. Takes what was compiled before from `compiled`, and keeps there what it compiles. What
    /// it sets up counts in `metrics`.
    ///
    /// # Errors
    /// This machine cannot run plugins.
    pub fn new(compiled: Option<Compiled>, metrics: Metrics) -> Result<Self, EngineError> {
        let (good, pinned, kept, loads) = Default::default();
        Ok(Self { engine: Engine::new(compiled)?, good, pinned, kept, metrics, loads })
    }

    /// What everything runs in that it loads now.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// What everything counts in that it set up.
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// How the loading of plugins goes, also while it does.
    pub fn loads(&self) -> &Loads {
        &self.loads
    }

    /// Loads each plugin that providers need; one that cannot be loaded disturbs no other. What was loaded
    /// before from the same bytes is not compiled again, and stays where the new bytes are no good.
    pub(super) async fn load(
        &mut self,
        found: &BTreeMap<ProviderName, Found>,
        active: &[ActiveProvider],
        findings: &mut Vec<Finding>,
    ) {
        self.renew_unsafe_engine();
        let mut needed: BTreeMap<&ProviderName, Wanted<'_>> = BTreeMap::new();
        for one in active {
            let wanted = needed.entry(&one.config.plugin).or_default();
            wanted.entry(one.config.terms).or_default().push(&one.name);
        }
        self.good.retain(|provider, (plugin, _)| {
            let is_same = |one: &ActiveProvider| one.name == *provider && one.config.plugin == *plugin;
            found.contains_key(plugin) && active.iter().any(is_same)
        });
        self.loads.keep(|plugin| found.contains_key(plugin) && needed.contains_key(plugin));
        let mut loading = JoinSet::new();
        for (name, wanted) in &needed {
            let Some(found) = found.get(*name).cloned() else {
                let what = format!("there is no plugin {name}");
                findings.push(Finding::refused(
                    what,
                    format!("put {name}.wasm into the plugins folder, or correct `plugin`"),
                ));
                continue;
            };
            let before = self.good.values().filter(|(plugin, _)| plugin == *name);
            let before = before.map(|(_, plugin)| plugin.clone()).collect();
            let (engine, terms) = (self.engine.clone(), wanted.keys().copied().collect());
            let loads = self.loads.clone();
            loading.spawn(async move {
                let results = load_one(&engine, &found, before, terms, &loads).await;
                let failed = results.iter().find_map(|(_, result)| result.as_ref().err());
                loads.ended(&found.name, failed.map(|unloaded| unloaded.failure.clone()));
                (found.name, results)
            });
        }
        for (name, results) in loading.join_all().await {
            let wanted = &needed[&name];
            for (terms, result) in results {
                self.take(&name, &wanted[&terms], wanted.len() > 1, result, findings);
            }
        }
        self.forget_idle().await;
    }

    /// How memory is made clean between two calls.
    pub(super) fn reset(&self) -> &Reset {
        self.engine.reset()
    }

    /// Whether that is still safe; else everything has to be loaded once more.
    pub(super) fn is_safe(&self) -> bool {
        self.engine.is_safe()
    }

    /// Calls under way end in the old one.
    fn renew_unsafe_engine(&mut self) {
        if self.is_safe() {
            return;
        }
        match self.engine.renewed() {
            Ok(engine) => {
                tracing::warn!("swap was turned on, so sandboxes are made anew: {}", engine.reset());
                self.engine = engine;
                self.good.clear();
                self.pinned.clear();
            }
            Err(error) => tracing::error!(
                %error, "swap was turned on, and sandboxes cannot be made anew: turn it off, or start again"
            ),
        }
    }

    /// What speaks for a provider now.
    pub(super) fn plugin(&self, provider: &ProviderName) -> Option<&Plugin> {
        self.good.get(provider).map(|(_, plugin)| plugin)
    }

    /// Gives some providers their plugin, or says why they do not have it.
    fn take(
        &mut self,
        name: &ProviderName,
        providers: &[&ProviderName],
        is_one_of_several: bool,
        result: Result<Plugin, Unloaded>,
        findings: &mut Vec<Finding>,
    ) {
        match result {
            Ok(plugin) => {
                let good =
                    providers.iter().map(|&provider| (provider.clone(), (name.clone(), plugin.clone())));
                self.good.extend(good);
            }
            Err(Unloaded { what, hint, .. }) => {
                let names: Vec<&str> = providers.iter().map(|provider| provider.as_str()).collect();
                let whose =
                    if is_one_of_several { format!(" for {}", names.join(", ")) } else { String::new() };
                let goes_on = match providers.first().and_then(|provider| self.plugin(provider)) {
                    Some(before) => format!("; version {} goes on", before.manifest().version),
                    None => String::new(),
                };
                let what = format!("plugin {name} cannot be loaded{whose}: {what}{goes_on}");
                findings.push(Finding::refused(what, hint));
            }
        }
    }

    /// Old versions stay compiled for a while, so that going back to one is quick.
    async fn forget_idle(&self) {
        let served: BTreeSet<String> =
            self.good.values().map(|(_, plugin)| plugin.digest().to_owned()).collect();
        let engine = self.engine.clone();
        if let Err(error) = spawn_blocking(move || engine.forget_idle(&served)).await {
            tracing::error!(%error, "what is no longer served stays compiled");
        }
    }

    /// The plugin that a provider may have: where its digest is pinned, that one and no other. The one that it had
    /// before stays while the file has another.
    pub(super) fn pinned(
        &mut self,
        active: &ActiveProvider,
        plugin: Option<Plugin>,
        findings: &mut Vec<Finding>,
    ) -> Option<Plugin> {
        let Some(pin) = &active.config.digest else {
            self.pinned.remove(&active.name);
            return plugin;
        };
        let plugin = plugin?;
        if plugin.digest() == pin {
            self.pinned.insert(active.name.clone(), plugin.clone());
            return Some(plugin);
        }
        let before = self.pinned.get(&active.name).filter(|before| before.digest() == pin).cloned();
        let goes_on = match &before {
            Some(before) => format!("; version {} goes on", before.manifest().version),
            None => String::new(),
        };
        let (name, is) = (&active.name, plugin.digest());
        findings.push(Finding::refused(
            format!("provider {name} is pinned to the digest sha256:{pin}, and its plugin has sha256:{is}{goes_on}"),
            format!("put the file that was pinned back, or set digest = \"sha256:{is}\" in [providers.{name}]"),
        ));
        before
    }

    /// What is the same for every setup of a provider. How its plugin behaved is held against no other one.
    pub(super) fn kept(&mut self, provider: &ProviderName, plugin: Option<&Plugin>) -> Kept {
        let new = || {
            let (queue, intake, calls) = Default::default();
            let metrics = self.metrics.provider(provider);
            (String::new(), Kept { queue, intake, calls, metrics })
        };
        let (digest, kept) = self.kept.entry(provider.clone()).or_insert_with(new);
        if let Some(plugin) = plugin
            && digest != plugin.digest()
        {
            plugin.digest().clone_into(digest);
            kept.calls = Arc::default();
        }
        kept.clone()
    }
}

#[cfg(test)]
#[cfg(feature = "bundled")]
mod tests {
    use super::*;
    use crate::app::plugins::SHIPPED_SECRETS;
    use crate::config::ProviderConfig;
    use crate::config::active::Because;
    use crate::model::task::Task;
    use crate::model::time::Time;
    use crate::plugin::{Context, Reason, source};

    /// The generic provider, as if it had a section without keys.
    fn generic() -> ActiveProvider {
        let name: ProviderName = "generic".parse().unwrap();
        ActiveProvider { config: ProviderConfig::new(&name), name, because: Because::Section }
    }

    async fn load(loader: &mut Loader, active: &[ActiveProvider]) -> Vec<Finding> {
        let found = source::discover(None).0.into_iter().map(|found| (found.name.clone(), found)).collect();
        let mut findings = Vec::new();
        loader.load(&found, active, &mut findings).await;
        findings
    }

    async fn works(plugin: &Plugin) -> bool {
        let context = Context { now: Time(0), settings: Vec::new(), attempt: 0 };
        let task = Task::Subscribe { url: "https://hooks.example.com/".into(), active: true };
        plugin.begin(context, &task).await.is_ok()
    }

    #[tokio::test]
    async fn swap_that_is_turned_on_brings_a_new_engine_while_calls_end_in_the_old_one() {
        let swaps = tempfile::NamedTempFile::new().unwrap();
        let heading = "Filename\tType\tSize\tUsed\tPriority\n";
        std::fs::write(swaps.path(), heading).unwrap();
        let engine = Engine::watching(swaps.path()).unwrap();
        let mut loader = Loader { engine, ..Loader::new(None, Metrics::default()).unwrap() };
        let active = [generic()];
        load(&mut loader, &active).await;
        let first = loader.plugin(&active[0].name).unwrap().clone();
        assert!(loader.is_safe());
        if *loader.reset() != Reset::Written {
            eprintln!("skipped: this machine never resets written pages alone ({})", loader.reset());
            return;
        }
        std::fs::write(swaps.path(), format!("{heading}/swapfile file 2097148 0 -2\n")).unwrap();
        assert!(!loader.is_safe());
        assert_eq!(load(&mut loader, &active).await, []);
        assert!(loader.is_safe());
        assert_eq!(*loader.reset(), Reset::All(Reason::Swap("/swapfile".into())));
        let second = loader.plugin(&active[0].name).unwrap();
        assert!(works(&first).await && works(second).await);
    }

    #[tokio::test]
    async fn providers_with_equal_terms_share_a_plugin_and_others_have_their_own() {
        let mut loader = Loader::new(None, Metrics::default()).unwrap();
        let named = |name: &str, memory: usize| {
            let mut one = generic();
            one.name = name.parse().unwrap();
            one.config.terms.limits.memory = memory << 20;
            one
        };
        let active = [named("a", 32), named("b", 32), named("c", 64), named("d", 2)];
        let of = |loader: &Loader, one: &ActiveProvider| loader.plugin(&one.name).cloned();
        let findings = load(&mut loader, &active).await;
        let [a, b, c] = [0, 1, 2].map(|at| of(&loader, &active[at]).unwrap());
        assert!(a.is_same(&b) && !a.is_same(&c));
        assert_eq!((a.terms().limits.memory, c.terms().limits.memory), (32 << 20, 64 << 20));
        // What does not fit into its terms is told of that provider alone.
        let is_refused = of(&loader, &active[3]).is_none();
        assert_eq!(findings.len(), usize::from(is_refused), "{findings:?}");
        assert!(findings.iter().all(|finding| finding.what.contains("for d")), "{findings:?}");
        load(&mut loader, &active).await;
        assert!(of(&loader, &active[0]).unwrap().is_same(&a), "the same bytes on the same terms stay");
    }

    #[tokio::test]
    async fn the_known_secrets_are_those_of_the_manifests() {
        let (found, bad) = source::discover(None);
        assert!(bad.is_empty());
        let engine = Engine::new(None).unwrap();
        for found in &found {
            let bytes = source::read(found).unwrap();
            let plugin = Plugin::load(&engine, &found.name, bytes, Terms::default()).await.unwrap();
            let needs: Vec<&str> = plugin.manifest().secrets.iter().map(|need| need.name.as_str()).collect();
            let known = SHIPPED_SECRETS.iter().find(|(name, ..)| *name == found.name.as_str()).unwrap();
            assert_eq!(plugin.manifest().inbound_secret(), Some(known.1), "{}", found.name);
            assert_eq!(needs, [&[known.1], known.2].concat(), "{}", found.name);
        }
        assert_eq!(found.len(), SHIPPED_SECRETS.len());
    }
}
