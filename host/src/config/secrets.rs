//! Finds the secrets of a provider or a workflow in the environment.

mod problem;
mod read;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;

pub use self::problem::{SecretFault, SecretProblem};
pub use self::read::read_file;
use self::read::{first, read};

use super::Verification;
use super::environment::Environment;
use super::variables::{DEFAULT_SECRET, Variables, named, webhook_secret};
use crate::model::manifest::{Manifest, SecretNeed};
use crate::model::name::{ProviderName, WorkflowName};
use crate::model::recipe::{Handshake, HandshakePart};
use crate::model::secret::Secret;
use crate::model::time::Time;

/// The secrets of one provider, as far as they are set and good, and what is wrong with the others.
#[derive(Debug)]
pub struct ProviderSecrets {
    /// For each name the current value, then the previous one while it is being replaced.
    active: BTreeMap<String, Vec<Secret>>,
    /// When the previous value of a name ceases to hold.
    ends: BTreeMap<String, Time>,
    /// The names that prove who sent something; these never leave the host.
    verifying: BTreeSet<String>,
    /// The name in the manifest's first recipe.
    inbound: Option<String>,
    /// In the order of the manifest.
    pub problems: Vec<SecretProblem>,
}

impl ProviderSecrets {
    /// The values that a sender may have signed with, by the manifest's first recipe; empty when none is
    /// set, and then every delivery is refused.
    pub fn inbound(&self) -> &[Secret] {
        self.inbound.as_deref().map_or(&[], |name| self.active(name))
    }

    /// All values of this secret that hold now. For verification, where any of them will do.
    pub fn active(&self, name: &str) -> &[Secret] {
        self.active.get(name).map_or(&[], Vec::as_slice)
    }

    /// When all values of this secret but the first cease to hold; `None`: not by themselves.
    pub fn rotation_ends(&self, name: &str) -> Option<Time> {
        self.ends.get(name).copied()
    }

    /// The value to send out with a call. A secret that a recipe or a handshake checks is never given.
    pub fn outbound(&self, name: &str) -> Option<&Secret> {
        if self.verifying.contains(name) { None } else { self.active(name).first() }
    }

    /// Every value, for redaction.
    pub fn values(&self) -> impl Iterator<Item = &Secret> {
        self.active.values().flatten()
    }
}

/// Finds every secret that the manifest asks for. Files that `..._FILE` names are read, relative to the
/// working directory.
///
/// With [`Verification::None`], a missing inbound secret is no problem.
pub fn provider_secrets(
    variables: &Variables<'_>,
    provider: &ProviderName,
    manifest: &Manifest,
    verification: &Verification,
) -> ProviderSecrets {
    let get = |variable: &str| variables.get(provider, variable);
    let verifying = verifying(manifest);
    let reserved = reserved_variables(provider, &verifying);
    let inbound = manifest.inbound_secret();
    let mut active = BTreeMap::new();
    let mut ends = BTreeMap::new();
    let mut failed = Vec::new();
    for need in &manifest.secrets {
        let is_inbound = inbound == Some(&*need.name);
        let found = if verifying.contains(&*need.name) {
            let own = own_variables(provider, &need.name, is_inbound);
            match rotation_end(get, &own, is_inbound) {
                Ok(end) => ends.extend(end.map(|end| (need.name.clone(), end))),
                Err(fault) => {
                    failed.push((need, fault));
                    ends.insert(need.name.clone(), Time(0));
                }
            }
            checked(get, &own, is_inbound)
        } else {
            outgoing(get, &named(provider, &need.name), &reserved)
        };
        match found {
            Ok(values) if values.is_empty() => {
                failed.push((need, missing(variables, provider, need, is_inbound)));
            }
            Ok(values) => _ = active.insert(need.name.clone(), values),
            Err(fault) => failed.push((need, fault)),
        }
    }
    // Without any secret to check against, the provider refuses everything, whatever its manifest says.
    let mut proving =
        manifest.verification.iter().map(|recipe| &*recipe.secret).chain(manifest.claims_secret());
    let provable = proving.any(|secret| active.contains_key(secret));
    let is_required = |need: &SecretNeed| match verification {
        Verification::None if inbound == Some(&*need.name) => false,
        _ => need.required || (inbound == Some(&*need.name) && !provable),
    };
    let problem = |(need, fault): (&SecretNeed, SecretFault)| {
        let required = is_required(need);
        let tell = required || !matches!(fault, SecretFault::Missing { .. });
        tell.then(|| SecretProblem { of: format!("provider {provider}"), required, fault })
    };
    let problems = failed.into_iter().filter_map(problem).collect();
    let verifying = verifying.into_iter().map(str::to_owned).collect();
    ProviderSecrets { active, ends, verifying, inbound: inbound.map(str::to_owned), problems }
}

/// Nothing is set for this secret: names every variable that would do.
fn missing(
    variables: &Variables<'_>,
    provider: &ProviderName,
    need: &SecretNeed,
    is_inbound: bool,
) -> SecretFault {
    let mut names = own_variables(provider, &need.name, is_inbound);
    if is_inbound {
        names.push(DEFAULT_SECRET.into());
    }
    names.retain(|variable| variables.may_read(provider, variable));
    SecretFault::Missing { secret: need.name.clone(), variables: names, about: need.about.clone() }
}

/// The secret that requests to an HTTP workflow are signed with: `WORKFLOW_SECRET_<NAME>`, or the file
/// that `WORKFLOW_SECRET_<NAME>_FILE` names. `None`: they are not signed.
///
/// # Errors
/// When it is set and no good; the workflow should not run unsigned then.
pub fn workflow_secret(
    environment: &Environment,
    workflow: &WorkflowName,
) -> Result<Option<Secret>, SecretProblem> {
    read(|variable| environment.get(variable), &workflow_variable(workflow)).map_err(|fault| SecretProblem {
        of: format!("workflow {workflow}"),
        required: true,
        fault,
    })
}

/// `WORKFLOW_SECRET_<NAME>`.
pub(super) fn workflow_variable(workflow: &WorkflowName) -> String {
    format!("WORKFLOW_SECRET_{}", workflow.as_str().to_uppercase().replace('-', "_"))
}

/// Where a secret of this name may stand, the first that is set winning. The inbound one has two more
/// places, which need no knowledge of the manifest.
pub fn own_variables(provider: &ProviderName, name: &str, inbound: bool) -> Vec<String> {
    let mut variables = Vec::new();
    if inbound {
        variables.extend([webhook_secret(provider), named(provider, "webhook_secret")]);
    }
    variables.push(named(provider, name));
    variables.dedup();
    variables
}

/// The secrets that recipes, claims and handshakes check.
fn verifying(manifest: &Manifest) -> BTreeSet<&str> {
    let of_recipes = manifest.verification.iter().map(|recipe| recipe.secret.as_str());
    of_recipes
        .chain(manifest.claims_secret())
        .chain(manifest.handshakes.iter().flat_map(secrets_of_handshake))
        .collect()
}

fn secrets_of_handshake(handshake: &Handshake) -> impl Iterator<Item = &str> {
    let checks =
        [&handshake.check, &handshake.learn].into_iter().flatten().map(|check| check.secret.as_str());
    let parts = handshake.headers.iter().flat_map(|header| &header.value).chain(&handshake.body);
    let hashes = parts.filter_map(|part| match part {
        HandshakePart::Hmac(hmac) => Some(hmac.secret.as_str()),
        HandshakePart::Text(_) | HandshakePart::Value(_) | HandshakePart::JsonString(_) => None,
    });
    checks.chain(hashes)
}

/// Every variable that a verifying secret may stand in, so that no manifest gets at one by the name of
/// another secret (`webhook_secret`, `app_secret_previous`).
fn reserved_variables(provider: &ProviderName, verifying: &BTreeSet<&str>) -> BTreeSet<String> {
    let plain = verifying.iter().flat_map(|name| own_variables(provider, name, true));
    let with = |variable: String| {
        ["", "_FILE", "_PREVIOUS", "_PREVIOUS_FILE", "_PREVIOUS_UNTIL"]
            .map(|suffix| format!("{variable}{suffix}"))
    };
    plain.flat_map(with).collect()
}

/// A secret that goes out with calls: one value.
fn outgoing<'e>(
    get: impl Fn(&str) -> Option<&'e OsStr>,
    variable: &str,
    reserved: &BTreeSet<String>,
) -> Result<Vec<Secret>, SecretFault> {
    for variable in [variable.to_owned(), format!("{variable}_FILE")] {
        if reserved.contains(&variable) {
            return Err(SecretFault::Reserved { variable });
        }
    }
    Ok(read(get, variable)?.into_iter().collect())
}

/// A secret that is checked: its current value, and the previous one beside it.
fn checked<'e>(
    get: impl Fn(&str) -> Option<&'e OsStr>,
    own: &[String],
    or_default: bool,
) -> Result<Vec<Secret>, SecretFault> {
    let previous = |variable: &str| format!("{variable}_PREVIOUS");
    let mut values = Vec::new();
    if let Some(current) = first(&get, own.iter().cloned())? {
        values.push(current);
    } else if or_default && let Some(current) = read(&get, DEFAULT_SECRET)? {
        values.push(current);
        // Whoever has a secret of its own does not take what the default was.
        values.extend(read(&get, &previous(DEFAULT_SECRET))?);
    }
    // Alone, a previous value is a slip: nothing says that it still holds.
    if !values.is_empty() {
        values.extend(first(&get, own.iter().map(|variable| previous(variable)))?);
        values.dedup();
    }
    Ok(values)
}

/// When the previous value of a secret that is checked ceases to hold: the earliest that is set.
fn rotation_end<'e>(
    get: impl Fn(&str) -> Option<&'e OsStr>,
    own: &[String],
    or_default: bool,
) -> Result<Option<Time>, SecretFault> {
    let mut end: Option<Time> = None;
    let default = or_default.then(|| DEFAULT_SECRET.to_owned());
    for variable in own.iter().cloned().chain(default) {
        let variable = format!("{variable}_PREVIOUS_UNTIL");
        if let Some(text) = get(&variable) {
            let time = text.to_str().and_then(Time::parse).ok_or(SecretFault::NotTime { variable })?;
            end = Some(end.map_or(time, |end| end.min(time)));
        }
    }
    Ok(end)
}

#[cfg(test)]
mod tests;
