//! What looking at every record of a store found.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::table::Table;

/// What one look found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verified {
    /// Records that were looked at.
    pub looked_at: usize,
    /// What is not as it should be.
    pub wrong: Vec<Wrong>,
    /// Where the next look begins; null: everything was looked at.
    pub next: Option<Checkpoint>,
}

/// A record that cannot be read, or with which another does not agree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wrong {
    /// The table that it stands in.
    pub table: String,
    /// Its key, in hex.
    pub key: String,
    /// What is wrong with it.
    pub what: String,
}

/// How far somebody has looked. Written as `executions:0192...`; empty for the beginning.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checkpoint {
    /// The place of the table among all of them.
    pub(crate) table: usize,
    /// Keys from there on were not looked at.
    pub(crate) from: Vec<u8>,
}

/// A text that is no place in a store.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a place in a store: take the one that the last look named")]
pub struct NoCheckpoint;

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let table = Table::FIXED.get(self.table).map(|table| table.name()).unwrap_or_default();
        write!(f, "{table}:{}", hex::encode(&self.from))
    }
}

impl FromStr for Checkpoint {
    type Err = NoCheckpoint;

    fn from_str(text: &str) -> Result<Self, NoCheckpoint> {
        let (name, from) = text.split_once(':').ok_or(NoCheckpoint)?;
        let table = Table::FIXED.iter().position(|table| table.name() == name).ok_or(NoCheckpoint)?;
        Ok(Self { table, from: hex::decode(from).map_err(|_| NoCheckpoint)? })
    }
}

impl Serialize for Checkpoint {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Checkpoint {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_as_it_was_written_and_anything_else_is_none() {
        for table in [0, 3, 15] {
            for from in [vec![], vec![0, 255]] {
                let at = Checkpoint { table, from };
                assert_eq!(at.to_string().parse(), Ok(at));
            }
        }
        for text in ["", ":", "executions", "executions:0", "executions:xy", "seen-1:00", ":00"] {
            assert_eq!(text.parse::<Checkpoint>(), Err(NoCheckpoint), "{text}");
        }
    }
}
