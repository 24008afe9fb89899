//! The one WebAssembly engine of the process: its compiler, its pool of sandboxes, its clock.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Semaphore;
use tracing::warn;
use wasmtime::Config;
use wasmtime::component::Linker;

use super::guest::Guest;
use super::tally::Tally;
use super::ticker::Ticker;
use super::{config, linker};
use crate::model::bounds;
use crate::model::name::ProviderName;

/// Compiles and runs plugins. Clones share everything; make one for each process.
#[derive(Clone)]
pub struct Engine(Arc<Shared>);

struct Shared {
    wasm: wasmtime::Engine,
    linker: Linker<Guest>,
    slots: Semaphore,
    ticker: Ticker,
    tallies: Mutex<BTreeMap<ProviderName, Arc<Tally>>>,
}

/// Why there can be no engine on this machine.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The processor or the operating system lacks something that the engine needs.
    #[error("this machine cannot run plugins: {0}")]
    Unsupported(String),
    /// There is no room for another thread.
    #[error("the thread that limits the plugins' time could not be started: {0}")]
    Thread(#[source] io::Error),
}

impl Engine {
    /// Reserves address space for the sandboxes and starts the clock. Where so much address space is not
    /// to be had (a strict `ulimit -v`), it runs with less and slower, and says so in the log.
    ///
    /// # Errors
    /// When plugins cannot run here at all; nothing but another machine or more room helps.
    pub fn new() -> Result<Self, EngineError> {
        Self::with(&config::pooled(config::may_scan_pages())).or_else(|error| {
            warn!(%error, "no room for a pool of sandboxes; plugins run slower");
            Self::with(&config::on_demand())
        })
    }

    pub(super) fn with(config: &Config) -> Result<Self, EngineError> {
        let unsupported = |error: wasmtime::Error| EngineError::Unsupported(format!("{error:#}"));
        let wasm = wasmtime::Engine::new(config).map_err(unsupported)?;
        let linker = linker::linker(&wasm).map_err(unsupported)?;
        let ticker = Ticker::start(&wasm, bounds::PLUGIN_TICK).map_err(EngineError::Thread)?;
        let slots = Semaphore::new(bounds::PLUGIN_SANDBOXES);
        Ok(Self(Arc::new(Shared { wasm, linker, slots, ticker, tallies: Mutex::default() })))
    }

    pub(super) fn wasm(&self) -> &wasmtime::Engine {
        &self.0.wasm
    }

    pub(super) fn linker(&self) -> &Linker<Guest> {
        &self.0.linker
    }

    pub(super) fn slots(&self) -> &Semaphore {
        &self.0.slots
    }

    /// The counters of the plugin of this name, the same for all its versions.
    pub(super) fn tally(&self, plugin: &ProviderName) -> Arc<Tally> {
        let mut tallies = self.0.tallies.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(tallies.entry(plugin.clone()).or_default())
    }

    /// The counters of every plugin that was loaded so far, by the plugins' names.
    pub fn tallies(&self) -> BTreeMap<ProviderName, Arc<Tally>> {
        self.0.tallies.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn ticker(&self) -> &Ticker {
        &self.0.ticker
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Engine")
    }
}
