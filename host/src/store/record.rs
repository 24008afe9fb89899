//! How a record becomes bytes: a version, a layout, JSON; and how a large one is split.
//!
//! JSON, because a field can be added to a record that is on disk for years, and a person can read it.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::StoreError;
use super::table::Table;
use crate::model::bounds;

/// The version that this program writes, the first byte of every record.
const VERSION: u8 = 1;
const WHOLE: u8 = 0;
const SPLIT: u8 = 1;

/// Something that can be stored.
pub(crate) trait Stored: Sized {
    /// As bytes.
    fn to_stored(&self) -> Result<Vec<u8>, StoreError>;
    /// Back from bytes.
    fn from_stored(bytes: &[u8]) -> Result<Self, StoreError>;
}

impl<T: Serialize + DeserializeOwned> Stored for T {
    fn to_stored(&self) -> Result<Vec<u8>, StoreError> {
        serde_json::to_vec(self).map_err(|error| StoreError::Unreadable(error.to_string()))
    }

    fn from_stored(bytes: &[u8]) -> Result<Self, StoreError> {
        serde_json::from_slice(bytes).map_err(|error| StoreError::Unreadable(error.to_string()))
    }
}

/// The bytes of a delivery, stored as they are.
pub(crate) struct Raw(pub(crate) Vec<u8>);

impl Stored for Raw {
    fn to_stored(&self) -> Result<Vec<u8>, StoreError> {
        Ok(self.0.clone())
    }

    fn from_stored(bytes: &[u8]) -> Result<Self, StoreError> {
        Ok(Self(bytes.to_vec()))
    }
}

/// Splits what is too large for one value into a head and its pieces.
pub(crate) fn split(bytes: Vec<u8>) -> (Vec<u8>, Vec<Vec<u8>>) {
    if bytes.len() <= bounds::STORE_VALUE_BYTES {
        let mut head = Vec::with_capacity(bytes.len() + 2);
        head.extend([VERSION, WHOLE]);
        head.extend(bytes);
        return (head, Vec::new());
    }
    let pieces: Vec<Vec<u8>> = bytes.chunks(bounds::STORE_VALUE_BYTES).map(<[u8]>::to_vec).collect();
    let mut head = vec![VERSION, SPLIT];
    head.extend(u32::try_from(pieces.len()).expect("records are far below 2^32 pieces").to_be_bytes());
    (head, pieces)
}

/// How many pieces belong to a head.
pub(crate) fn pieces(head: &[u8]) -> Result<u32, StoreError> {
    match head {
        [VERSION, WHOLE, ..] => Ok(0),
        [VERSION, SPLIT, a, b, c, d] => Ok(u32::from_be_bytes([*a, *b, *c, *d])),
        [version, ..] if *version != VERSION => Err(StoreError::Unreadable(format!(
            "it has version {version}, this program reads {VERSION}: use a newer hookhost"
        ))),
        _ => Err(StoreError::Unreadable("it is cut off".into())),
    }
}

/// Puts a record together again.
pub(crate) fn join(
    head: &[u8],
    mut piece: impl FnMut(u32) -> Result<Option<Vec<u8>>, StoreError>,
) -> Result<Vec<u8>, StoreError> {
    let count = pieces(head)?;
    if count == 0 {
        return Ok(head[2..].to_vec());
    }
    let mut bytes = Vec::new();
    for number in 0..count {
        let part = piece(number)?;
        bytes.extend(part.ok_or_else(|| StoreError::Unreadable(format!("its piece {number} is missing")))?);
    }
    Ok(bytes)
}

/// Where a piece of a record stands in [`Table::Pieces`].
pub(crate) fn piece_key(table: Table, key: &[u8], number: u32) -> Vec<u8> {
    let mut piece = table.name().into_bytes();
    piece.push(0);
    piece.extend(key);
    piece.extend(number.to_be_bytes());
    piece
}

/// Reads what [`piece_key`] made.
pub(crate) fn parse_piece_key(piece: &[u8]) -> Option<(Table, &[u8], u32)> {
    let end = piece.iter().position(|byte| *byte == 0)?;
    let table = Table::FIXED.into_iter().find(|table| table.name().as_bytes() == &piece[..end])?;
    let (key, number) = piece[end + 1..].split_last_chunk()?;
    Some((table, key, u32::from_be_bytes(*number)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_was_split_is_joined_again(length in 0usize..300_000, seed: u8) {
            let bytes: Vec<u8> = (0..length).map(|i| seed.wrapping_add(i as u8)).collect();
            let (head, parts) = split(bytes.clone());
            prop_assert!(parts.iter().chain([&head]).all(|part| part.len() <= bounds::STORE_VALUE_BYTES + 2));
            let joined = join(&head, |number| Ok(parts.get(number as usize).cloned())).unwrap();
            prop_assert_eq!(joined, bytes);
        }
    }

    #[test]
    fn a_record_that_is_newer_or_cut_off_is_refused_with_the_reason() {
        for (head, says) in [
            (&[9, 0][..], "version 9"),
            (&[1][..], "cut off"),
            (&[][..], "cut off"),
            (&[1, 7][..], "cut off"),
        ] {
            let error = pieces(head).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
    }
}
