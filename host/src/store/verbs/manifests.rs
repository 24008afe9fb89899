//! The last good manifest of each provider, and what its plugin was granted.

use crate::model::grant::Grant;
use crate::model::manifest::Manifest;
use crate::model::name::ProviderName;
use crate::store::StoreError;
use crate::store::table::Table;
use crate::store::txn::Txn;

/// Keeps it in place of an older one; one that is the same is not written again.
pub(crate) fn remember(
    txn: &mut Txn<'_>,
    provider: &ProviderName,
    manifest: &Manifest,
) -> Result<(), StoreError> {
    if last(txn, provider)?.as_ref() == Some(manifest) {
        return Ok(());
    }
    txn.save(Table::Manifests, provider.as_str().as_bytes(), manifest)
}

/// The one that was kept last.
pub(crate) fn last(txn: &Txn<'_>, provider: &ProviderName) -> Result<Option<Manifest>, StoreError> {
    txn.load(Table::Manifests, provider.as_str().as_bytes())
}

/// Grants it in place of what was granted before.
pub(crate) fn grant(txn: &mut Txn<'_>, provider: &ProviderName, grant: &Grant) -> Result<(), StoreError> {
    txn.save(Table::Grants, provider.as_str().as_bytes(), grant)
}

/// What was granted last.
pub(crate) fn granted(txn: &Txn<'_>, provider: &ProviderName) -> Result<Option<Grant>, StoreError> {
    txn.load(Table::Grants, provider.as_str().as_bytes())
}
