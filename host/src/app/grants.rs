//! What a plugin may have of what it asks for: everything when it is seen first, then what the operator says.

use super::Assembled;
use super::finding::Finding;
use crate::config::Verification;
use crate::config::active::ActiveProvider;
use crate::inspect::grant::grant_of;
use crate::model::grant::{Ask, Decision, Grant, Restricted, decide};
use crate::model::manifest::Manifest;
use crate::model::name::ProviderName;
use crate::model::recipe::Recipe;
use crate::model::time::Time;
use crate::plugin::Plugin;
use crate::provider::{NeedsGrant, Source};
use crate::store::{SharedStore, StoreError};
use crate::verify::covers_body;

/// The manifest as far as it is granted, and what it lacks. What is seen for the first time is granted and
/// remembered; without a store, everything is.
pub(super) async fn granted(
    active: &ActiveProvider,
    source: &Source,
    plugin: Option<&Plugin>,
    manifest: Manifest,
    store: Option<&SharedStore>,
    findings: &mut Vec<Finding>,
) -> Result<(Manifest, NeedsGrant), StoreError> {
    let before = match store {
        Some(store) => store.granted(&active.name).await?,
        None => None,
    };
    let is_shipped = match plugin {
        Some(_) => source.is_shipped(),
        // The manifest is what is left of a plugin that was there.
        None => before.as_ref().is_some_and(|grant| grant.is_shipped),
    };
    let asked = Ask::of(&manifest);
    let (mut manifest, needs_grant) =
        match (decide(before.as_ref(), &source.plugin, is_shipped, &asked), &before) {
            (Decision::Beyond(items), Some(before)) => {
                let items: Vec<String> = items.iter().map(ToString::to_string).collect();
                findings.push(needs_grant(&active.name, &manifest.version, &items));
                let Restricted { manifest, endpoints } = before.ask.restrict(manifest);
                (manifest, NeedsGrant { items, endpoints })
            }
            (Decision::Granted, _) => {
                if let (Some(store), Some(plugin)) = (store, plugin) {
                    remember(active, source, plugin, before.clone(), store).await?;
                }
                (manifest, NeedsGrant::default())
            }
            _ => (manifest, NeedsGrant::default()),
        };
    if !is_shipped && active.config.verification == Verification::Required {
        let shipped = before.filter(|grant| grant.plugin == source.plugin).map(|grant| grant.shipped_recipes);
        manifest.verification.retain(|recipe| {
            let is_good = covers_body(recipe) || shipped.iter().flatten().any(|known| known == recipe);
            if !is_good {
                findings.push(weak(active, recipe));
            }
            is_good
        });
    }
    Ok((manifest, needs_grant))
}

async fn remember(
    active: &ActiveProvider,
    source: &Source,
    plugin: &Plugin,
    before: Option<Grant>,
    store: &SharedStore,
) -> Result<(), StoreError> {
    let grant = grant_of(source, plugin, before, Time::now());
    store.grant(&active.name, &grant).await?;
    if !grant.is_shipped {
        let may = grant.ask.items().iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
        tracing::info!(
            provider = %active.name, plugin = %source.plugin, version = %grant.version, digest = %grant.digest, %may,
            "a plugin is seen for the first time, and granted what it asks for as far as the configuration allows"
        );
    }
    Ok(())
}

/// Says that a provider's plugin asks for more than it was granted.
pub fn needs_grant(provider: &ProviderName, version: &str, items: &[String]) -> Finding {
    let what = format!(
        "provider {provider} needs a grant: version {version} of its plugin goes on with what was granted before, and asks {}",
        items.join("; ")
    );
    Finding::warning(what, format!("look at it and agree: hookhost plugin grant {provider}"))
}

impl Assembled {
    /// What the plugins of a setup that was assembled without a store ask for beyond what they were granted in
    /// this one.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn ungranted(&self, store: &SharedStore) -> Result<Vec<Finding>, StoreError> {
        let mut findings = Vec::new();
        for provider in self.setup.providers.iter() {
            let Some(plugin) = &provider.plugin else { continue };
            let (before, source) = (store.granted(&provider.name).await?, &provider.source);
            let asked = Ask::of(plugin.manifest());
            if let Decision::Beyond(items) =
                decide(before.as_ref(), &source.plugin, source.is_shipped(), &asked)
            {
                let items: Vec<String> = items.iter().map(ToString::to_string).collect();
                findings.push(needs_grant(&provider.name, &plugin.manifest().version, &items));
            }
        }
        Ok(findings)
    }
}

fn weak(active: &ActiveProvider, recipe: &Recipe) -> Finding {
    let recipe = serde_json::to_string(recipe).expect("it is plain data");
    let name = &active.name;
    let what = format!(
        "provider {name}: its plugin would verify by what does not cover the body, so that whoever has seen one delivery could forge others: {recipe}"
    );
    Finding::refused(
        what,
        format!(
            "if the sender has nothing better, write it as [providers.{name}.verification], with plugin = \"{}\" in [providers.{name}]",
            active.config.plugin
        ),
    )
}
