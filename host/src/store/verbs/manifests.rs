//! The last good manifest of each provider.

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
