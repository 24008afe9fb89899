//! Grants what a new version of a plugin asks for, when the operator says so.

use crate::model::grant::{Ask, Grant};
use crate::model::name::ProviderName;
use crate::model::time::Time;
use crate::plugin::Plugin;
use crate::provider::Source;
use crate::store::StoreError;

use super::Inspector;

/// Why nothing is granted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NothingGranted {
    /// It may be spelled wrong.
    #[error("there is no provider {0} whose plugin is loaded")]
    NoProvider(ProviderName),
    /// Somebody has to look at the other one first.
    #[error("the plugin was replaced meanwhile: it is sha256:{0} now")]
    Replaced(String),
}

impl Inspector {
    /// Grants all that a provider's plugin asks for, if it still is the one with this digest. Whoever serves it has
    /// to make the provider anew.
    ///
    /// # Errors
    /// The older grant holds.
    pub async fn grant(
        &self,
        name: &ProviderName,
        digest: &str,
    ) -> Result<Result<(), NothingGranted>, StoreError> {
        let setup = self.live.now();
        let found = setup.providers.get(name).and_then(|one| Some((one, one.plugin.as_ref()?)));
        let Some((provider, plugin)) = found else {
            return Ok(Err(NothingGranted::NoProvider(name.clone())));
        };
        if plugin.digest() != digest {
            return Ok(Err(NothingGranted::Replaced(plugin.digest().to_owned())));
        }
        let before = self.store.granted(name).await?;
        let grant = grant_of(&provider.source, plugin, before, Time::now());
        self.store.grant(name, &grant).await?;
        tracing::info!(provider = %name, version = %grant.version, %digest, "the operator grants what it asks for");
        Ok(Ok(()))
    }
}

/// What a plugin that is granted all it asks for is remembered by, in the place of what was granted before.
pub fn grant_of(source: &Source, plugin: &Plugin, before: Option<Grant>, at: Time) -> Grant {
    let ask = Ask::of(plugin.manifest());
    let is_shipped = source.is_shipped();
    let shipped_recipes = match before {
        _ if is_shipped => ask.verification.clone(),
        Some(before) if before.plugin == source.plugin => before.shipped_recipes,
        _ => Vec::new(),
    };
    Grant {
        plugin: source.plugin.clone(),
        version: plugin.manifest().version.clone(),
        digest: plugin.digest().to_owned(),
        is_shipped,
        shipped_recipes,
        ask,
        at,
    }
}
