//! From bytes to a plugin that has proved to work.

use std::sync::Arc;
use std::time::Instant;

use sha2::{Digest, Sha256};
use tokio::task::spawn_blocking;
use tracing::debug;
use wasmtime::Precompiled;
use wasmtime::component::Component;

use super::engine::Engine;
use super::exports::Exports;
use super::fault::Fault;
use super::fit::Mismatch;
use super::sandbox::Sandboxes;
use super::tally::Tally;
use super::{check, claims, fit};
use crate::model::bounds;
use crate::model::manifest::Manifest;
use crate::model::name::ProviderName;
use crate::model::terms::{Limits, Terms};
use crate::model::time::Time;

/// What [`load`] makes.
#[derive(Debug)]
pub(super) struct Loaded {
    pub(super) manifest: Manifest,
    pub(super) digest: String,
    pub(super) size: usize,
    pub(super) sandboxes: Sandboxes,
    pub(super) tally: Arc<Tally>,
}

/// Why some bytes are no plugin.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// Nothing in it, often a download that failed.
    #[error("the file is empty")]
    Empty,
    /// More than [`bounds::PLUGIN_FILE_BYTES`].
    #[error("the file has {bytes} bytes; {} are the most", bounds::PLUGIN_FILE_BYTES)]
    TooLarge {
        /// Its size.
        bytes: usize,
    },
    /// WebAssembly's text format.
    #[error("the file is WebAssembly text, not a binary component")]
    Text,
    /// A module without a component around it.
    #[error("the file is a core WebAssembly module, not a component")]
    CoreModule,
    /// Machine code; it would run outside of any sandbox.
    #[error("the file was compiled for one machine already; only portable components are loaded")]
    Precompiled,
    /// Something else.
    #[error("the file is not WebAssembly")]
    NotWasm,
    /// A component that is damaged or uses what this host has switched off.
    #[error("the component cannot be compiled: {0}")]
    Broken(String),
    /// Its declared memories, tables or modules do not fit into a sandbox.
    #[error("the component needs more than a plugin gets: {0}")]
    Demanding(String),
    /// It is a component, but no adapter for this host; never empty.
    #[error("the component does not fit this host's contract: {}", joined(.0))]
    Misfit(Vec<Mismatch>),
    /// It failed when it was asked who it is.
    #[error("the component failed when it was asked to describe itself: {0}")]
    Trial(#[source] Fault),
    /// What it says about itself cannot be right; every sentence is one thing to change.
    #[error("its manifest is wrong: {}", .0.join("; "))]
    Manifest(Vec<String>),
}

pub(super) async fn load(
    engine: &Engine,
    name: &ProviderName,
    bytes: Vec<u8>,
    terms: Terms,
) -> Result<Loaded, LoadError> {
    let began = Instant::now();
    form(&bytes)?;
    let own = engine.clone();
    let machine = spawn_blocking(move || Machine::of(&own, &bytes))
        .await
        .unwrap_or_else(|panic| Err(LoadError::Broken(panic.to_string())))?;
    let was_kept = machine.was_kept;
    let loaded = tried(engine, name.as_str(), engine.tally(name), machine, terms).await?;
    debug!(plugin = %name, was_kept, took_ms = began.elapsed().as_millis(), "it is loaded");
    Ok(loaded)
}

impl Loaded {
    /// The same on other terms.
    pub(super) async fn on(&self, terms: Terms) -> Result<Self, LoadError> {
        let component = self.sandboxes.component().clone();
        let machine = Machine { component, digest: self.digest.clone(), size: self.size, was_kept: true };
        let (engine, name) = (self.sandboxes.engine(), self.sandboxes.name());
        tried(engine, name, Arc::clone(&self.tally), machine, terms).await
    }
}

/// Links it, and asks it who it is.
async fn tried(
    engine: &Engine,
    name: &str,
    tally: Arc<Tally>,
    machine: Machine,
    terms: Terms,
) -> Result<Loaded, LoadError> {
    let Machine { component, digest, size, .. } = machine;
    demands(&component, &terms.limits)?;
    let adapter = fit::fit(engine.linkers(), &component, terms.is_compat).map_err(LoadError::Misfit)?;
    let exports = Exports::of(&component).expect("an adapter that fits exports what the contract names");
    let sandboxes = Sandboxes::new(engine, name, adapter, exports, terms);
    let manifest: Manifest = sandboxes
        .run(Time(0), terms.limits.describe_ticks(), async |store, adapter| {
            adapter.hookhost_provider_provider().call_describe(store).await
        })
        .await
        .map_err(LoadError::Trial)?
        .into();
    let mut wrong = check::manifest(&manifest);
    if manifest.claims_secret().is_some() && !sandboxes.makes_claims() {
        wrong.push(format!("it has the attribute `claims` and exports no {}", claims::CLAIMS));
    }
    if !wrong.is_empty() {
        return Err(LoadError::Manifest(wrong));
    }
    Ok(Loaded { manifest, digest, size, sandboxes, tally })
}

/// Whether what it declares fits into its limits, so that it can begin at all. What is too large for every plugin
/// is not even compiled.
fn demands(component: &Component, limits: &Limits) -> Result<(), LoadError> {
    let Some(needs) = component.resources_required() else { return Ok(()) };
    let memory = needs.max_initial_memory_size.unwrap_or_default().saturating_mul(PAGE);
    if memory <= limits.memory as u64 {
        return Ok(());
    }
    let (memory, allowed) = (memory.div_ceil(1 << 20), limits.memory >> 20);
    Err(LoadError::Demanding(format!(
        "{memory} MiB of memory to begin with, where it may have {allowed} MiB"
    )))
}

/// What tells one plugin from another.
pub(super) fn digest(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

fn joined(mismatches: &[Mismatch]) -> String {
    mismatches.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// Whether the bytes look like a component at all.
fn form(bytes: &[u8]) -> Result<(), LoadError> {
    const MODULE: &[u8] = b"\0asm\x01\0\0\0";
    if bytes.is_empty() {
        return Err(LoadError::Empty);
    }
    if bytes.len() as u64 > bounds::PLUGIN_FILE_BYTES {
        return Err(LoadError::TooLarge { bytes: bytes.len() });
    }
    if let Some(Precompiled::Component | Precompiled::Module) = wasmtime::Engine::detect_precompiled(bytes) {
        return Err(LoadError::Precompiled);
    }
    if bytes.starts_with(MODULE) {
        return Err(LoadError::CoreModule);
    }
    if !bytes.starts_with(b"\0asm") {
        let text = bytes.trim_ascii_start().starts_with(b"(");
        return Err(if text { LoadError::Text } else { LoadError::NotWasm });
    }
    Ok(())
}

/// A component as machine code.
struct Machine {
    component: Component,
    /// Of the bytes that it was compiled of.
    digest: String,
    /// How many there were.
    size: usize,
    /// It was compiled for an earlier start.
    was_kept: bool,
}

impl Machine {
    fn of(engine: &Engine, bytes: &[u8]) -> Result<Self, LoadError> {
        let (wasm, digest) = (engine.wasm(), digest(bytes));
        let kept = engine.compiled().and_then(|compiled| compiled.find(wasm, &digest));
        let was_kept = kept.is_some();
        let component = match kept {
            Some(component) => component,
            None => {
                let component = Component::from_binary(wasm, bytes).map_err(|error| not_compiled(&error))?;
                if let Some(compiled) = engine.compiled() {
                    compiled.keep(wasm, &digest, &component);
                }
                component
            }
        };
        // Now rather than with the first delivery.
        component.initialize_copy_on_write_image().map_err(|error| not_compiled(&error))?;
        Ok(Self { component, digest, size: bytes.len(), was_kept })
    }
}

/// What memories are counted in.
const PAGE: u64 = 64 << 10;

fn not_compiled(error: &wasmtime::Error) -> LoadError {
    let text = format!("{error:#}");
    let limits = ["exceeds the limit", "exceeds the per-instance limit", "exceeds the configured maximum"];
    if limits.iter().any(|limit| text.contains(limit)) {
        LoadError::Demanding(text)
    } else {
        LoadError::Broken(text)
    }
}
