//! The place of an event in all that was ever admitted.

use crate::store::StoreError;
use crate::store::meta::{self, SEQUENCE};
use crate::store::table::Table;
use crate::store::txn::Txn;

/// Takes the next place.
pub(super) fn next(txn: &mut Txn<'_>) -> Result<u64, StoreError> {
    let last = txn.get(Table::Meta, SEQUENCE)?.map(|bytes| meta::number(&bytes)).transpose()?;
    let next = last.unwrap_or(0) + 1;
    txn.put(Table::Meta, SEQUENCE, next.to_be_bytes().to_vec());
    Ok(next)
}
