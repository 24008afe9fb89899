//! What became of a run.

use serde::{Deserialize, Serialize};

/// What a finished run leaves for those who ask.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The workflow answered with this JSON.
    Succeeded(serde_json::Value),
    /// It never did; a sentence for the caller, without details.
    Failed(String),
}
