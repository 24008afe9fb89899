//! The place of an event in all that was ever admitted.

use crate::store::StoreError;
use crate::store::table::Table;
use crate::store::txn::Txn;

const SEQUENCE: &[u8] = b"sequence";

/// Takes the next place.
pub(super) fn next(txn: &mut Txn<'_>) -> Result<u64, StoreError> {
    let last = match txn.get(Table::Meta, SEQUENCE)? {
        None => 0,
        Some(bytes) => match bytes.as_slice().try_into() {
            Ok(bytes) => u64::from_be_bytes(bytes),
            Err(_) => {
                return Err(StoreError::Unreadable("the sequence number is not 8 bytes long".into()));
            }
        },
    };
    let next = last + 1;
    txn.put(Table::Meta, SEQUENCE, next.to_be_bytes().to_vec());
    Ok(next)
}
