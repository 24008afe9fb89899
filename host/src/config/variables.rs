//! Which provider may read which environment variable.

use std::ffi::OsStr;
use std::path::Path;

use super::environment::Environment;
use crate::model::name::ProviderName;

/// What stands before a provider's prefix in its inbound secret's variable.
const WEBHOOK_SECRET: &str = "WEBHOOK_SECRET_";
/// The inbound secret of every provider without one of its own.
pub(super) const DEFAULT_SECRET: &str = "WEBHOOK_SECRET_DEFAULT";
/// Variables of the host's own, which no provider's name can claim.
const HOST_PREFIXES: [&str; 2] = [WORKFLOW_SECRET, "HOOKHOST_"];
const WORKFLOW_SECRET: &str = "WORKFLOW_SECRET_";

/// The environment, shared out between providers.
///
/// A variable that begins with several providers' prefixes belongs to the longest: with `whatsapp` and
/// `whatsapp-bridge` configured, `WHATSAPP_BRIDGE_TOKEN` is never `whatsapp`'s.
#[derive(Debug)]
pub struct Variables<'e> {
    environment: &'e Environment,
    prefixes: Vec<String>,
}

impl<'e> Variables<'e> {
    /// Shares the environment out between these, which must be all providers there are.
    pub fn new<'n>(
        environment: &'e Environment,
        providers: impl IntoIterator<Item = &'n ProviderName>,
    ) -> Self {
        Self { environment, prefixes: providers.into_iter().map(ProviderName::variable_prefix).collect() }
    }

    /// The value of a variable; `None` too when it is not this provider's to read.
    pub(super) fn get(&self, provider: &ProviderName, variable: &str) -> Option<&'e OsStr> {
        if self.may_read(provider, variable) { self.environment.get(variable) } else { None }
    }

    /// Whether the variable is this provider's, or everyone's.
    pub(super) fn may_read(&self, provider: &ProviderName, variable: &str) -> bool {
        match self.owner(variable) {
            Some(prefix) => prefix == provider.variable_prefix(),
            None => variable.starts_with(DEFAULT_SECRET),
        }
    }

    /// The files that hold somebody's secrets, by the variables that name them.
    pub fn secret_files(&self) -> impl Iterator<Item = (&'e str, &'e Path)> {
        let environment = self.environment;
        let named = environment.names().filter_map(|name| Some((name, name.strip_suffix("_FILE")?)));
        let is_secret = |variable: &str| {
            self.owner(variable).is_some()
                || [DEFAULT_SECRET, WORKFLOW_SECRET].iter().any(|prefix| variable.starts_with(prefix))
        };
        named
            .filter(move |(_, variable)| is_secret(variable))
            .filter_map(move |(name, _)| Some((name, Path::new(environment.get(name)?))))
    }

    /// The longest prefix that the variable begins with.
    fn owner(&self, variable: &str) -> Option<&str> {
        let (rest, may_end) = match variable.strip_prefix(WEBHOOK_SECRET) {
            Some(rest) => (rest, true),
            None if HOST_PREFIXES.iter().any(|prefix| variable.starts_with(prefix)) => return None,
            None => (variable, false),
        };
        let fits = |prefix: &&String| match rest.strip_prefix(prefix.as_str()) {
            Some("") => may_end,
            Some(name) => name.starts_with('_'),
            None => false,
        };
        self.prefixes.iter().filter(fits).max_by_key(|prefix| prefix.len()).map(String::as_str)
    }
}

/// `<PROVIDER>_<NAME>`: where a provider's secret or setting of this name stands.
pub(super) fn named(provider: &ProviderName, name: &str) -> String {
    format!("{}_{}", provider.variable_prefix(), name.to_uppercase().replace('-', "_"))
}

/// `WEBHOOK_SECRET_<PROVIDER>`.
pub(super) fn webhook_secret(provider: &ProviderName) -> String {
    format!("{WEBHOOK_SECRET}{}", provider.variable_prefix())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_belongs_to_the_longest_prefix() {
        let names: Vec<ProviderName> =
            ["whatsapp", "whatsapp-bridge", "webhook", "hookhost"].map(|name| name.parse().unwrap()).into();
        let environment = Environment::default();
        let variables = Variables::new(&environment, &names);
        for (variable, owners) in [
            ("WHATSAPP_TOKEN", vec!["whatsapp"]),
            ("WHATSAPP_BRIDGE_TOKEN", vec!["whatsapp-bridge"]),
            ("WHATSAPP_BRIDGET", vec!["whatsapp"]),
            ("WHATSAPP", vec![]),
            ("WHATSAPPX_TOKEN", vec![]),
            ("WEBHOOK_SECRET_WHATSAPP", vec!["whatsapp"]),
            ("WEBHOOK_SECRET_WHATSAPP_PREVIOUS", vec!["whatsapp"]),
            ("WEBHOOK_SECRET_WHATSAPP_BRIDGE", vec!["whatsapp-bridge"]),
            ("WEBHOOK_SECRET_WHATSAPP_BRIDGE_FILE", vec!["whatsapp-bridge"]),
            ("WEBHOOK_SECRET_DEFAULT", vec!["whatsapp", "whatsapp-bridge", "webhook", "hookhost"]),
            ("WEBHOOK_SECRET_WEBHOOK", vec!["webhook"]),
            ("WEBHOOK_SECRET_TELEGRAM", vec![]),
            ("WEBHOOK_TOKEN", vec!["webhook"]),
            ("HOOKHOST_TOKEN", vec![]),
            ("WORKFLOW_SECRET_X", vec![]),
            ("PATH", vec![]),
        ] {
            let may: Vec<&str> = names
                .iter()
                .filter(|name| variables.may_read(name, variable))
                .map(ProviderName::as_str)
                .collect();
            assert_eq!(may, owners, "{variable}");
        }
    }
}
