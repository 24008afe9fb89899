//! What a plugin may answer: rules that types cannot express. Pure.
//!
//! The sum of all bytes is not counted here: the engine stops a guest that hands over more than
//! [`crate::model::bounds::PLUGIN_OUTPUT_BYTES`] while it does so.

#[cfg(test)]
mod example;
mod header;
mod manifest;
mod progress;
mod verdict;

pub(super) use manifest::manifest;
pub(super) use progress::progress;
pub(super) use verdict::verdict;

use super::log::is_harmful;

/// Not empty and not longer than `max` bytes.
fn bounded(what: &str, text: &str, max: usize) -> Result<(), String> {
    if text.is_empty() {
        return Err(format!("{what} is empty"));
    }
    if text.len() > max {
        return Err(format!("{what} has {} bytes; {max} are the most", text.len()));
    }
    Ok(())
}

/// [`bounded`], and nothing in it that upsets a list or a log.
fn printable(what: &str, text: &str, max: usize) -> Result<(), String> {
    bounded(what, text, max)?;
    if text.contains(is_harmful) { Err(format!("{what} contains control characters")) } else { Ok(()) }
}
