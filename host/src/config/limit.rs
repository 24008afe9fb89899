//! The limits of a plugin as people write them, in the file and on the command line.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::error::Wrong;
use super::unit::{duration, size};
use crate::model::bounds;

/// Reads what all memories of a plugin may have.
///
/// # Errors
/// It is no size, or one that no plugin may have.
pub fn memory(text: &str) -> Result<usize, Wrong> {
    bytes(text, bounds::PLUGIN_MEMORY_BYTES_MIN..=bounds::PLUGIN_MEMORY_BYTES_MAX)
}

/// Reads how long a call may compute.
///
/// # Errors
/// It is no duration, or one that no plugin may have.
pub fn call_time(text: &str) -> Result<Duration, Wrong> {
    duration(text, bounds::PLUGIN_CALL_TIME_MIN..=bounds::PLUGIN_CALL_TIME_MAX)
}

/// Reads how much a call may hand over.
///
/// # Errors
/// It is no size, or one that no plugin may have.
pub fn output(text: &str) -> Result<usize, Wrong> {
    bytes(text, bounds::PLUGIN_OUTPUT_BYTES_MIN..=bounds::PLUGIN_OUTPUT_BYTES_MAX)
}

fn bytes(text: &str, range: RangeInclusive<usize>) -> Result<usize, Wrong> {
    let size = size(text, *range.start() as u64..=*range.end() as u64)?;
    Ok(usize::try_from(size).expect("the largest of these bounds fits"))
}
