//! Finds and loads the plugins that providers need.

use std::collections::{BTreeMap, BTreeSet};

use tokio::task::JoinSet;

use super::finding::Finding;
use crate::config::Config;
use crate::config::active::{ActiveProvider, Shipped};
use crate::model::name::ProviderName;
use crate::plugin::source::{self, Found, Origin};
use crate::plugin::{Engine, LoadError, Plugin};

/// The secrets of each shipped plugin, the inbound one first, as its manifest names them. Known without
/// loading them, since they decide which ones have to be loaded.
const SHIPPED_SECRETS: [(&str, &str, &[&str]); 3] = [
    ("generic", "webhook_secret", &[]),
    ("telegram", "secret_token", &["bot_token"]),
    ("whatsapp", "app_secret", &["verify_token", "access_token"]),
];

/// All plugins there are, by name.
pub(super) fn discover(config: &Config, findings: &mut Vec<Finding>) -> BTreeMap<ProviderName, Found> {
    let dir = &config.plugins.dir;
    let folder = dir.is_dir().then_some(dir.as_path());
    if folder.is_none() && config.plugins.must_exist {
        let what = format!("the plugins folder {} is not there", dir.display());
        findings.push(Finding::refused(what, "make it, or correct [plugins] dir"));
    }
    let (found, bad) = source::discover(folder);
    for file in bad {
        let what = format!("{} is no plugin: {}", file.path.display(), file.error);
        findings.push(Finding::warning(what, "remove it, or give it a name and content that fit"));
    }
    found.into_iter().map(|found| (found.name.clone(), found)).collect()
}

/// The shipped plugins that no file of the folder stands in for.
pub(super) fn shipped(found: &BTreeMap<ProviderName, Found>) -> BTreeMap<ProviderName, Shipped> {
    let is_shipped =
        |name: &ProviderName| found.get(name).is_some_and(|one| matches!(one.origin, Origin::Shipped));
    SHIPPED_SECRETS
        .into_iter()
        .map(|(name, inbound, others)| {
            let name: ProviderName = name.parse().expect("the shipped plugins have good names");
            (
                name,
                Shipped { inbound: inbound.into(), others: others.iter().map(|&one| one.into()).collect() },
            )
        })
        .filter(|(name, _)| is_shipped(name))
        .collect()
}

/// The plugins of the folder.
pub(super) fn in_folder(found: &BTreeMap<ProviderName, Found>) -> BTreeSet<ProviderName> {
    let folder = found.values().filter(|found| matches!(found.origin, Origin::Folder(_)));
    folder.map(|found| found.name.clone()).collect()
}

/// Loads each plugin once that a provider needs; one that cannot be loaded disturbs no other.
pub(super) async fn load(
    engine: &Engine,
    found: &BTreeMap<ProviderName, Found>,
    active: &[ActiveProvider],
    findings: &mut Vec<Finding>,
) -> BTreeMap<ProviderName, Plugin> {
    let needed: BTreeSet<&ProviderName> = active.iter().map(|one| &one.config.plugin).collect();
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
        let engine = engine.clone();
        loading.spawn(async move { (found.name.clone(), load_one(&engine, &found).await) });
    }
    let mut loaded = BTreeMap::new();
    for (name, result) in loading.join_all().await {
        match result {
            Ok(plugin) => _ = loaded.insert(name, plugin),
            Err((what, hint)) => {
                findings.push(Finding::refused(format!("plugin {name} cannot be loaded: {what}"), hint));
            }
        }
    }
    loaded
}

async fn load_one(engine: &Engine, found: &Found) -> Result<Plugin, (String, String)> {
    let bytes = source::read(found).map_err(|error| (error.to_string(), String::new()))?;
    Plugin::load(engine, &found.name, bytes)
        .await
        .map_err(|error: LoadError| (error.to_string(), error.hint().to_owned()))
}

#[cfg(all(test, feature = "bundled"))]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_known_secrets_are_those_of_the_manifests() {
        let (found, bad) = source::discover(None);
        assert!(bad.is_empty());
        let engine = Engine::new().unwrap();
        for found in &found {
            let plugin = load_one(&engine, found).await.unwrap();
            let needs: Vec<&str> = plugin.manifest().secrets.iter().map(|need| need.name.as_str()).collect();
            let known = SHIPPED_SECRETS.iter().find(|(name, ..)| *name == found.name.as_str()).unwrap();
            assert_eq!(plugin.manifest().inbound_secret(), Some(known.1), "{}", found.name);
            assert_eq!(needs, [&[known.1], known.2].concat(), "{}", found.name);
        }
        assert_eq!(found.len(), SHIPPED_SECRETS.len());
    }
}
