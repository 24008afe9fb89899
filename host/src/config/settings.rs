//! Finds the plain values that a plugin reads.

use url::Url;

use super::ProviderConfig;
use super::error::did_you_mean;
use super::section::looks_like_secret;
use super::variables::{Variables, named};
use crate::model::http::Field;
use crate::model::manifest::{Manifest, SettingNeed};
use crate::model::name::ProviderName;

/// Other names of settings' variables, as existing deployments have them: setting, variable's end.
const ALIASES: [(&str, &str); 1] = [("phone_number_id", "phone_id")];

/// The settings of one provider, and what is wrong with them.
#[derive(Debug, PartialEq, Eq)]
pub struct ProviderSettings {
    /// In the order of the manifest; what is not set and has no default is left out.
    pub values: Vec<Field>,
    /// Each makes the provider useless.
    pub problems: Vec<SettingProblem>,
}

/// A setting that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingProblem {
    /// The file sets what the plugin does not know: correct the name.
    #[error("provider {provider}: unknown setting {name:?}")]
    Unknown {
        /// Whose.
        provider: ProviderName,
        /// As the file has it.
        name: String,
        /// What was meant, or what there is.
        hint: String,
    },
    /// The file holds a secret: move it to the environment.
    #[error("provider {provider}: {name} looks like a secret, and secrets never stand in the file")]
    Secret {
        /// Whose.
        provider: ProviderName,
        /// As the file has it.
        name: String,
    },
    /// The plugin needs it: set it.
    #[error("provider {provider}: setting {name} is missing")]
    Missing {
        /// Whose.
        provider: ProviderName,
        /// As the manifest has it.
        name: String,
        /// What the manifest says about it.
        about: String,
        /// The variable that may hold it; `None`: only the file may.
        variable: Option<String>,
    },
    /// It replaces an address and is none: correct it.
    #[error("provider {provider}: setting {name} is not an http or https URL")]
    NotUrl {
        /// Whose.
        provider: ProviderName,
        /// As the manifest has it.
        name: String,
    },
    /// The variable is not text: correct it.
    #[error("provider {provider}: {variable} is not UTF-8 text")]
    NotText {
        /// Whose.
        provider: ProviderName,
        /// The variable.
        variable: String,
    },
}

impl SettingProblem {
    /// The next step, to be shown after `hint:`.
    pub fn hint(&self) -> String {
        match self {
            Self::Unknown { hint, .. } => hint.clone(),
            Self::Secret { provider, name } => {
                format!("remove it and set {} in the environment", named(provider, name))
            }
            Self::Missing { provider, name, about, variable } => {
                let or = variable.as_ref().map(|variable| format!(", or {variable} in the environment"));
                let or = or.unwrap_or_default();
                format!("set settings.{name} in [providers.{provider}]{or}: {about}")
            }
            Self::NotUrl { .. } => "write it like https://api.example.com".into(),
            Self::NotText { variable, .. } => format!("correct {variable}, or remove it"),
        }
    }
}

/// Takes each setting from the environment (only where the plugin is `shipped`), else from the file,
/// else from the manifest. A variable that is empty counts as not set.
///
/// Plugins that are not shipped get nothing from the environment, so that no manifest can ask for a
/// secret's variable as a setting.
pub fn provider_settings(
    variables: &Variables<'_>,
    provider: &ProviderName,
    manifest: &Manifest,
    config: &ProviderConfig,
    shipped: bool,
) -> ProviderSettings {
    let mut values = Vec::new();
    let mut problems = unknown(provider, manifest, config);
    for need in &manifest.settings {
        let set = if shipped { from_environment(variables, provider, need) } else { Ok(None) };
        let set = match set {
            Ok(set) => set.or_else(|| config.settings.get(&need.name).cloned()),
            Err(problem) => {
                problems.push(problem);
                continue;
            }
        };
        match set.or_else(|| need.default.clone()) {
            Some(value) if is_origin(manifest, &need.name) && !is_web_url(&value) => {
                problems.push(SettingProblem::NotUrl { provider: provider.clone(), name: need.name.clone() });
            }
            Some(value) => values.push((need.name.clone(), value)),
            None if need.required => problems.push(SettingProblem::Missing {
                provider: provider.clone(),
                name: need.name.clone(),
                about: need.about.clone(),
                variable: shipped.then(|| named(provider, &need.name)),
            }),
            None => {}
        }
    }
    ProviderSettings { values, problems }
}

/// What stands in the file and not in the manifest.
fn unknown(provider: &ProviderName, manifest: &Manifest, config: &ProviderConfig) -> Vec<SettingProblem> {
    let known: Vec<&str> = manifest.settings.iter().map(|need| need.name.as_str()).collect();
    let unknown = config.settings.keys().filter(|name| !known.contains(&name.as_str()));
    let problem = |name: &String| {
        let (provider, name) = (provider.clone(), name.clone());
        if looks_like_secret(&name) || manifest.secrets.iter().any(|need| need.name == name) {
            return SettingProblem::Secret { provider, name };
        }
        let hint = did_you_mean(&name, &known, |known| format!("{known:?}"));
        SettingProblem::Unknown { provider, name, hint }
    };
    unknown.map(problem).collect()
}

fn from_environment(
    variables: &Variables<'_>,
    provider: &ProviderName,
    need: &SettingNeed,
) -> Result<Option<String>, SettingProblem> {
    let aliases = ALIASES.iter().filter(|(setting, _)| *setting == need.name).map(|(_, alias)| *alias);
    for name in std::iter::once(need.name.as_str()).chain(aliases) {
        let variable = named(provider, name);
        match variables.get(provider, &variable) {
            Some(value) if !value.is_empty() => {
                let text = value.to_str().map(str::to_owned);
                let problem = || SettingProblem::NotText { provider: provider.clone(), variable };
                return text.ok_or_else(problem).map(Some);
            }
            _ => {}
        }
    }
    Ok(None)
}

fn is_origin(manifest: &Manifest, setting: &str) -> bool {
    manifest.endpoints.iter().any(|endpoint| endpoint.origin_setting.as_deref() == Some(setting))
}

fn is_web_url(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::environment::Environment;
    use crate::config::testing::{endpoint, manifest};
    use crate::model::http::field;

    fn plugin() -> Manifest {
        let endpoint = endpoint("https://graph.example.com", Some("api_url"), &[]);
        let manifest = manifest().secret("access_token", true).endpoints([endpoint]);
        manifest.setting("phone_number_id", true, None).setting("api_url", false, None).setting(
            "version",
            false,
            Some("v25.0"),
        )
    }

    fn check(
        file: &[(&str, &str)],
        environment: &[(&str, &str)],
        shipped: bool,
    ) -> Result<Vec<(String, String)>, Vec<String>> {
        let environment: Environment = environment.iter().copied().collect();
        let provider: ProviderName = "whatsapp".parse().unwrap();
        let mut config = ProviderConfig::new(&provider);
        config.settings = file.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        let variables = Variables::new(&environment, [&provider]);
        let found = provider_settings(&variables, &provider, &plugin(), &config, shipped);
        let shown = |problem: &SettingProblem| format!("{problem}\n{}", problem.hint());
        if found.problems.is_empty() {
            Ok(found.values)
        } else {
            Err(found.problems.iter().map(shown).collect())
        }
    }

    fn fields(fields: &[(&str, &str)]) -> Vec<Field> {
        fields.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect()
    }

    #[test]
    fn the_environment_wins_over_the_file_and_the_file_over_the_default() {
        let from_file = fields(&[("phone_number_id", "1"), ("version", "v26.0")]);
        let file = [("phone_number_id", "1"), ("version", "v26.0")];
        assert_eq!(check(&file, &[], true), Ok(from_file.clone()));
        assert_eq!(check(&file, &[("WHATSAPP_VERSION", "")], true), Ok(from_file.clone()));
        let environment = [("WHATSAPP_API_URL", "http://localhost:1"), ("WHATSAPP_VERSION", "v27.0")];
        let expected =
            fields(&[("phone_number_id", "1"), ("api_url", "http://localhost:1"), ("version", "v27.0")]);
        assert_eq!(check(&file, &environment, true), Ok(expected));
        assert_eq!(check(&file, &environment, false), Ok(from_file));
        assert_eq!(
            check(&[("phone_number_id", "1")], &[], true),
            Ok(fields(&[("phone_number_id", "1"), ("version", "v25.0")]))
        );
    }

    #[test]
    fn a_setting_may_have_another_variable_unless_that_is_another_provider_s() {
        for (other, expected) in [("telegram", Some("1")), ("whatsapp-phone", None)] {
            let environment: Environment = [("WHATSAPP_PHONE_ID", "1")].into_iter().collect();
            let providers = ["whatsapp", other].map(|name| name.parse::<ProviderName>().unwrap());
            let variables = Variables::new(&environment, &providers);
            let config = ProviderConfig::new(&providers[0]);
            let found = provider_settings(&variables, &providers[0], &plugin(), &config, true);
            assert_eq!(field(&found.values, "phone_number_id"), expected, "{other}");
        }
    }

    #[test]
    fn what_is_wrong_is_told_with_the_next_step() {
        const PHONE: (&str, &str) = ("phone_number_id", "1");
        for (file, shipped, expected) in [
            (
                vec![],
                true,
                "provider whatsapp: setting phone_number_id is missing\n\
                 set settings.phone_number_id in [providers.whatsapp], or WHATSAPP_PHONE_NUMBER_ID in the \
                 environment: about phone_number_id",
            ),
            (
                vec![],
                false,
                "provider whatsapp: setting phone_number_id is missing\n\
                 set settings.phone_number_id in [providers.whatsapp]: about phone_number_id",
            ),
            (
                vec![PHONE, ("phone_number", "2")],
                true,
                "provider whatsapp: unknown setting \"phone_number\"\ndid you mean \"phone_number_id\"?",
            ),
            (
                vec![PHONE, ("colour", "2")],
                true,
                "provider whatsapp: unknown setting \"colour\"\n\
                 known are \"phone_number_id\", \"api_url\", \"version\"",
            ),
            (
                vec![PHONE, ("access_token", "hidden-token")],
                true,
                "provider whatsapp: access_token looks like a secret, and secrets never stand in the file\n\
                 remove it and set WHATSAPP_ACCESS_TOKEN in the environment",
            ),
            (
                vec![PHONE, ("api_url", "graph.example.com")],
                true,
                "provider whatsapp: setting api_url is not an http or https URL\n\
                 write it like https://api.example.com",
            ),
        ] {
            assert_eq!(check(&file, &[], shipped), Err(vec![expected.to_owned()]));
        }
    }
}
