//! What is shown of events, deliveries and plugins. The JSON of the admin listener and of `--json`.
//!
//! Tokens of outcomes, handbacks and the state of plugins are nobody's business and are left out. Keys may
//! be added, so readers skip unknown ones.

pub mod delivery;
pub mod event;
pub mod plugin;
pub mod provider;
pub mod reply;

use serde::{Deserialize, Serialize};

/// What one look found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Page<T, Id> {
    /// Newest first.
    pub items: Vec<T>,
    /// What the next look takes as `before`; null: there is nothing older.
    pub next: Option<Id>,
}
