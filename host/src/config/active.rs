//! Decides which providers there are: those of the file, those with a secret, those of the folder.

use std::collections::{BTreeMap, BTreeSet};

use super::environment::Environment;
use super::error::ConfigError;
use super::secrets::own_variables;
use super::variables::{DEFAULT_SECRET, Variables, named};
use super::{Config, ProviderConfig};
use crate::model::name::ProviderName;

/// The shipped plugin that anything can talk to, and so the only one that the default secret wakes.
pub const GENERIC: &str = "generic";

/// A provider that is to be served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActiveProvider {
    /// Its name.
    pub name: ProviderName,
    /// Its section, or the defaults.
    pub config: ProviderConfig,
    /// Why it is there.
    pub because: Because,
}

/// Why a provider is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Because {
    /// The file has a section for it.
    Section,
    /// It is shipped, and a secret of its own is set.
    Secret,
    /// Its plugin lies in the plugins folder.
    Folder,
}

/// What is known of a shipped plugin without loading it, by the names of its manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shipped {
    /// The secret that proves who sends.
    pub inbound: String,
    /// Its other secrets.
    pub others: Vec<String>,
}

/// A shipped plugin that nobody has configured. It refuses everything, as any provider without a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dormant {
    /// Its name.
    pub name: ProviderName,
    /// Where it refuses.
    pub path: String,
    /// Any of these wakes it.
    pub variables: Vec<String>,
}

/// The shipped plugins that are not active, but for those whose path another provider has.
pub fn dormant_providers(
    active: &[ActiveProvider],
    shipped: &BTreeMap<ProviderName, Shipped>,
) -> Vec<Dormant> {
    let dormant = shipped.iter().map(|(name, known)| Dormant {
        name: name.clone(),
        path: ProviderConfig::new(name).path,
        variables: own_variables(name, &known.inbound, true),
    });
    dormant
        .filter(|one| !active.iter().any(|other| other.name == one.name || other.config.path == one.path))
        .collect()
}

/// Every provider that is to be served, in the order of names.
///
/// - every `[providers.X]` of the file;
/// - every plugin of the `folder` that no section uses under another name;
/// - every `shipped` plugin of which a secret is set; `generic` also when only `WEBHOOK_SECRET_DEFAULT` is.
///
/// # Errors
/// [`ConfigError::PathTaken`] when one that has no section would answer on the path of another.
pub fn active_providers(
    config: &Config,
    shipped: &BTreeMap<ProviderName, Shipped>,
    folder: &BTreeSet<ProviderName>,
    environment: &Environment,
) -> Result<Vec<ActiveProvider>, ConfigError> {
    let sections = &config.providers;
    let mut because: BTreeMap<&ProviderName, Because> =
        sections.keys().map(|name| (name, Because::Section)).collect();
    for plugin in folder {
        if !sections.values().any(|section| section.plugin == *plugin) {
            because.entry(plugin).or_insert(Because::Folder);
        }
    }
    let variables = Variables::new(environment, sections.keys().chain(folder).chain(shipped.keys()));
    for (plugin, known) in shipped {
        if is_woken(&variables, plugin, known) {
            because.entry(plugin).or_insert(Because::Secret);
        }
    }
    let mut active: Vec<ActiveProvider> = Vec::new();
    for (name, because) in because {
        let config = sections.get(name).cloned().unwrap_or_else(|| ProviderConfig::new(name));
        active.push(ActiveProvider { name: name.clone(), config, because });
    }
    check_paths(&active)?;
    Ok(active)
}

/// Whether a variable of this plugin's own holds one of its secrets, or could hold it.
fn is_woken(variables: &Variables<'_>, plugin: &ProviderName, known: &Shipped) -> bool {
    let mut own = own_variables(plugin, &known.inbound, true);
    own.extend(known.others.iter().map(|secret| named(plugin, secret)));
    if plugin.as_str() == GENERIC {
        own.push(DEFAULT_SECRET.into());
    }
    let is_set = |variable: &str| variables.get(plugin, variable).is_some();
    own.iter().any(|variable| is_set(variable) || is_set(&format!("{variable}_FILE")))
}

/// The reader of the file has compared sections with each other; here come those without one.
fn check_paths(active: &[ActiveProvider]) -> Result<(), ConfigError> {
    let mut taken: BTreeMap<&str, &ProviderName> = BTreeMap::new();
    for ActiveProvider { name, config, .. } in active {
        if let Some(first) = taken.insert(&config.path, name) {
            let (first, second) = (first.to_string(), name.to_string());
            return Err(ConfigError::PathTaken { path: config.path.clone(), first, second });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::read::parse;

    fn shipped() -> BTreeMap<ProviderName, Shipped> {
        let known = [
            ("generic", "secret", vec![]),
            ("telegram", "secret_token", vec!["bot_token".to_owned()]),
            ("whatsapp", "app_secret", vec![]),
        ];
        known
            .into_iter()
            .map(|(name, inbound, others)| {
                (name.parse().unwrap(), Shipped { inbound: inbound.into(), others })
            })
            .collect()
    }

    fn active(
        file: &str,
        folder: &[&str],
        variables: &[&str],
    ) -> Result<Vec<(String, Because)>, ConfigError> {
        let config = parse(file, Path::new("/etc/hookhost.toml")).unwrap();
        let folder = folder.iter().map(|name| name.parse().unwrap()).collect();
        let environment = variables.iter().map(|name| (*name, "long enough")).collect();
        let active = active_providers(&config, &shipped(), &folder, &environment)?;
        Ok(active.into_iter().map(|active| (active.name.to_string(), active.because)).collect())
    }

    #[test]
    fn sections_secrets_and_the_folder_make_providers() {
        const BOT: &str = "[providers.bot]\nplugin = \"telegram\"";
        for (file, folder, variables, expected) in [
            ("", vec![], vec![], vec![]),
            ("[providers.telegram]", vec![], vec![], vec![("telegram", Because::Section)]),
            ("", vec![], vec!["WEBHOOK_SECRET_TELEGRAM"], vec![("telegram", Because::Secret)]),
            ("", vec![], vec!["TELEGRAM_WEBHOOK_SECRET"], vec![("telegram", Because::Secret)]),
            ("", vec![], vec!["TELEGRAM_SECRET_TOKEN"], vec![("telegram", Because::Secret)]),
            ("", vec![], vec!["WHATSAPP_APP_SECRET_FILE"], vec![("whatsapp", Because::Secret)]),
            ("", vec![], vec!["TELEGRAM_BOT_TOKEN"], vec![("telegram", Because::Secret)]),
            ("", vec![], vec!["TELEGRAM_APP_SECRET"], vec![]),
            ("", vec![], vec!["WEBHOOK_SECRET_DEFAULT"], vec![("generic", Because::Secret)]),
            ("", vec![], vec!["WEBHOOK_SECRET_DEFAULT_FILE"], vec![("generic", Because::Secret)]),
            ("", vec!["acme"], vec![], vec![("acme", Because::Folder)]),
            ("[providers.x]\nplugin = \"acme\"", vec!["acme"], vec![], vec![("x", Because::Section)]),
            ("", vec!["telegram"], vec!["TELEGRAM_SECRET_TOKEN"], vec![("telegram", Because::Folder)]),
            (BOT, vec![], vec!["BOT_SECRET_TOKEN"], vec![("bot", Because::Section)]),
            (
                BOT,
                vec![],
                vec!["TELEGRAM_SECRET_TOKEN"],
                vec![("bot", Because::Section), ("telegram", Because::Secret)],
            ),
            (
                "[providers.telegram-secret]",
                vec![],
                vec!["TELEGRAM_SECRET_TOKEN"],
                vec![("telegram-secret", Because::Section)],
            ),
        ] {
            let expected: Vec<_> =
                expected.into_iter().map(|(name, because)| (name.to_owned(), because)).collect();
            assert_eq!(
                active(file, &folder, &variables).unwrap(),
                expected,
                "{file} {folder:?} {variables:?}"
            );
        }
    }

    #[test]
    fn what_is_shipped_and_not_active_is_dormant_where_no_other_has_its_path() {
        let file = "[providers.bot]\npath = \"/webhooks/telegram\"\n[providers.generic]";
        let config = parse(file, Path::new("/etc/hookhost.toml")).unwrap();
        let environment = Environment::default();
        let active = active_providers(&config, &shipped(), &BTreeSet::new(), &environment).unwrap();
        let dormant = dormant_providers(&active, &shipped());
        let names: Vec<_> = dormant.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names, ["whatsapp"]);
        let variables = ["WEBHOOK_SECRET_WHATSAPP", "WHATSAPP_WEBHOOK_SECRET", "WHATSAPP_APP_SECRET"];
        assert_eq!(dormant[0].variables, variables);
    }

    #[test]
    fn a_provider_without_a_section_takes_no_other_s_path() {
        let file = "[providers.bot]\npath = \"/webhooks/telegram\"";
        let error = active(file, &[], &["TELEGRAM_SECRET_TOKEN"]).unwrap_err();
        assert_eq!(error.to_string(), "providers bot and telegram have the same path /webhooks/telegram");
        assert_eq!(error.hint(), "set another path in [providers.telegram]");
    }
}
