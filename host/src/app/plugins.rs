//! Finds the plugins that there are.

use std::collections::{BTreeMap, BTreeSet};

use super::finding::Finding;
use crate::config::Config;
use crate::config::active::Shipped;
use crate::model::name::ProviderName;
use crate::plugin::source::{self, Found, Origin};

/// The secrets of each shipped plugin, the inbound one first, as its manifest names them. Known without
/// loading them, since they decide which ones have to be loaded.
pub(super) const SHIPPED_SECRETS: [(&str, &str, &[&str]); 4] = [
    ("generic", "webhook_secret", &[]),
    ("telegram", "secret_token", &["bot_token"]),
    ("whatsapp", "app_secret", &["verify_token", "access_token"]),
    ("whatsapp-bridge", "webhook_secret", &["token"]),
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
