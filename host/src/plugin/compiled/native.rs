//! The only unsafe code of this host: it takes bytes for machine code that an earlier run has compiled.
#![expect(unsafe_code, reason = "the engine cannot tell by itself whether bytes are its own")]

use wasmtime::Engine;
use wasmtime::component::Component;

use super::seal::Authentic;

/// The component that these bytes are the code of.
///
/// # Errors
/// They were compiled by another version of the engine, for another processor or with other settings.
pub(super) fn revive(engine: &Engine, code: &Authentic<'_>) -> wasmtime::Result<Component> {
    // SAFETY: the bytes must be what `Component::serialize` gave, unchanged. They bear a seal that only a process
    // with this data folder's key makes, and it makes one over nothing else (`Compiled::keep`). They are in memory,
    // so nobody changes them after the seal was checked. That they fit this engine it checks itself.
    unsafe { Component::deserialize(engine, code.bytes()) }
}
