//! Makes a provider of a plugin and what the operator set for it.

use super::finding::Finding;
use super::loader::Kept;
use super::verification;
use crate::config::active::ActiveProvider;
use crate::config::grants::Grants;
use crate::config::secrets::{ProviderSecrets, provider_secrets};
use crate::config::settings::provider_settings;
use crate::config::variables::Variables;
use crate::config::{Config, Pacing, Verification};
use crate::model::manifest::Manifest;
use crate::model::name::ProviderName;
use crate::model::secret::Secret;
use crate::plugin::Plugin;
use crate::provider::{NeedsGrant, Provider, Source};
use crate::verify::{self, check_handshake, check_recipe, check_secret};
use crate::workflow::access::Access;

/// A provider and what is not as it should be with it.
pub(super) struct Made {
    pub(super) provider: Provider,
    pub(super) findings: Vec<Finding>,
}

/// Makes a provider. Whatever is missing, it refuses what it cannot prove; nothing stops the others.
pub(super) fn make(
    config: &Config,
    active: &ActiveProvider,
    (source, plugin): (Source, Option<Plugin>),
    (manifest, needs_grant): (Manifest, NeedsGrant),
    kept: Kept,
    variables: &Variables<'_>,
) -> Made {
    let (name, own) = (&active.name, &active.config);
    let mut manifest = verification::apply(manifest, own);
    let mut findings = check_manifest(name, &mut manifest);
    let secrets = provider_secrets(variables, name, &manifest, &own.verification);
    findings.extend(secrets.problems.iter().map(|problem| Finding {
        weight: if problem.required {
            super::finding::Weight::Refused
        } else {
            super::finding::Weight::Warning
        },
        what: problem.to_string(),
        hint: problem.hint(),
    }));
    findings.extend(check_keys(name, &manifest, &secrets));
    let settings = provider_settings(variables, name, &manifest, own, source.is_shipped());
    findings.extend(
        settings.problems.iter().map(|problem| Finding::refused(problem.to_string(), problem.hint())),
    );
    let grants = Grants::new(own.allow_hosts.clone());
    for host in grants.missing(&manifest, &settings.values) {
        let what = format!(
            "provider {name}: its plugin asks for {host}, which is not granted, so nothing is sent there"
        );
        findings.push(Finding::warning(what, format!("add \"{host}\" to allow_hosts of [providers.{name}]")));
    }
    let is_waived = own.verification == Verification::None;
    if is_waived {
        let what = format!("provider {name}: verification is off, so anybody can send it anything");
        findings.push(Finding::warning(what, "remove verification = \"none\" as soon as the sender signs"));
    }
    let repeats = std::time::Duration::from_millis(manifest.acknowledgement.repeats_ms);
    let provider = Provider {
        name: name.clone(),
        path: own.path.clone(),
        public_url: config.server.public_url.as_ref().map(|url| format!("{url}{}", own.path)),
        source,
        plugin,
        proofs: proofs(&manifest, &secrets),
        is_waived,
        settings: settings.values,
        grants,
        needs_grant,
        is_paced: own.pacing == Pacing::Default,
        access: Access { workflows: own.workflows.clone(), senders: own.allow_senders.clone() },
        allow_ips: own.allow_ips.clone(),
        rate_limit: own.rate_limit,
        window: config.store.dedupe_window.max(repeats),
        queue: kept.queue,
        intake: kept.intake,
        calls: kept.calls,
        metrics: kept.metrics,
        secrets,
        manifest,
    };
    Made { provider, findings }
}

/// Takes out the recipes and handshakes that cannot be carried out: no recipe refuses everybody.
fn check_manifest(name: &ProviderName, manifest: &mut Manifest) -> Vec<Finding> {
    let mut findings = Vec::new();
    let hint = "ask the plugin's author for a version that is mended";
    manifest.verification.retain(|recipe| {
        let checked = check_recipe(recipe);
        if let Err(error) = &checked {
            findings.push(Finding::refused(
                format!("provider {name}: a recipe of its plugin is refused: {error}"),
                hint,
            ));
        }
        checked.is_ok()
    });
    manifest.handshakes.retain(|handshake| {
        let checked = check_handshake(handshake);
        if let Err(error) = &checked {
            findings.push(Finding::refused(
                format!("provider {name}: a handshake of its plugin is refused: {error}"),
                hint,
            ));
        }
        checked.is_ok()
    });
    findings
}

fn check_keys(name: &ProviderName, manifest: &Manifest, secrets: &ProviderSecrets) -> Vec<Finding> {
    let mut findings = Vec::new();
    for recipe in &manifest.verification {
        for secret in secrets.active(&recipe.secret) {
            if let Err(error) = check_secret(recipe, secret) {
                let what =
                    format!("provider {name}: the secret {} cannot be used as a key: {error}", recipe.secret);
                findings.push(Finding::refused(what, "copy it again from the provider's settings"));
            }
        }
    }
    findings
}

/// What senders may prove themselves with, without what [`check_keys`] has found to be no key.
fn proofs(manifest: &Manifest, secrets: &ProviderSecrets) -> verify::Secrets {
    let is_key = |name: &str, secret: &Secret| {
        let mut recipes = manifest.verification.iter().filter(|recipe| recipe.secret == name).peekable();
        recipes.peek().is_none() || recipes.any(|recipe| check_secret(recipe, secret).is_ok())
    };
    let active = |name: &str| -> Vec<Secret> {
        secrets.active(name).iter().take_while(|secret| is_key(name, secret)).cloned().collect()
    };
    let names = || manifest.secrets.iter().map(|need| need.name.as_str());
    let mut proofs: verify::Secrets = names().map(|name| (name.to_owned(), active(name))).collect();
    for name in names() {
        if let Some(end) = secrets.rotation_ends(name) {
            proofs.end_rotation(name, end);
        }
    }
    proofs
}
