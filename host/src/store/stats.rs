//! What `hookhost store stats` tells of a store.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Count;
use crate::model::time::Time;

/// What a store holds. Each table is walked up to a bound, so that a large store is told of in a moment too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stats {
    /// Events that were ever admitted.
    pub admitted: u64,
    /// Groups of changes that were made durable.
    pub commits: u64,
    /// What its files take on the disk, in bytes, and what is free there; null where nobody can say.
    pub disk: Option<Disk>,
    /// Ids that are remembered.
    pub ids: usize,
    /// For so many days.
    pub days_of_ids: usize,
    /// Events by their state.
    pub events: Counted,
    /// Replies by how far they are.
    pub replies: Counted,
    /// In the order of `ARCHITECTURE.md`.
    pub tables: Vec<TableStats>,
}

/// The disk of a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disk {
    /// What the database takes, in bytes.
    pub used_bytes: u64,
    /// What is free beside it.
    pub free_bytes: u64,
}

/// How many there are of each kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// Whether all were counted, or the oldest only.
    pub is_all: bool,
    /// The number for each name.
    pub by: BTreeMap<String, usize>,
}

/// What one table holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableStats {
    /// Its name.
    pub table: String,
    /// Keys that were counted.
    pub entries: Count,
    /// Bytes of these keys and their values; what the engine keeps beside them comes on top.
    pub bytes: u64,
    /// When the oldest of them came, where the table is in the order of time.
    pub oldest_ms: Option<Time>,
}
