//! The one WebAssembly engine of the process: its compiler, its pool of sandboxes, its clock.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Semaphore;
use tracing::warn;
use wasmtime::Config;

use super::compiled::Compiled;
use super::config;
use super::linker::Linkers;
use super::reset::{self, Reset};
use super::tally::Tally;
use super::ticker::Ticker;
use crate::model::bounds;
use crate::model::name::ProviderName;

/// Compiles and runs plugins. Clones share everything; make one for each process. What one has loaded runs in that
/// one to its end.
#[derive(Clone)]
pub struct Engine(Arc<Shared>);

struct Shared {
    wasm: wasmtime::Engine,
    linkers: Linkers,
    slots: Semaphore,
    ticker: Ticker,
    reset: Reset,
    lasting: Lasting,
}

/// What goes on in an engine that takes over.
#[derive(Clone)]
struct Lasting {
    /// The file that says whether there is swap.
    swaps: PathBuf,
    compiled: Option<Compiled>,
    /// The counters of each plugin, by its name.
    tallies: Arc<Mutex<BTreeMap<ProviderName, Arc<Tally>>>>,
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
    /// to be had (a strict `ulimit -v`), it runs with less and slower, and says so in the log. What it compiles
    /// is kept in `compiled`, and taken from there.
    ///
    /// # Errors
    /// When plugins cannot run here at all; nothing but another machine or more room helps.
    pub fn new(compiled: Option<Compiled>) -> Result<Self, EngineError> {
        Self::lasting(Lasting { swaps: reset::SWAPS.into(), compiled, tallies: Arc::default() })
    }

    /// The same, as this machine needs it now.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn renewed(&self) -> Result<Self, EngineError> {
        Self::lasting(self.0.lasting.clone())
    }

    fn lasting(lasting: Lasting) -> Result<Self, EngineError> {
        let reset = Reset::now(&lasting.swaps);
        let pool = config::pooled(reset == Reset::Written);
        Self::make(&pool, reset, lasting.clone()).or_else(|error| {
            warn!(%error, "no room for a pool of sandboxes; plugins run slower");
            Self::make(&config::on_demand(), Reset::Mapped, lasting)
        })
    }

    fn make(config: &Config, reset: Reset, lasting: Lasting) -> Result<Self, EngineError> {
        let unsupported = |error: wasmtime::Error| EngineError::Unsupported(format!("{error:#}"));
        let wasm = wasmtime::Engine::new(config).map_err(unsupported)?;
        let linkers = Linkers::new(&wasm).map_err(unsupported)?;
        let ticker = Ticker::start(&wasm, bounds::PLUGIN_TICK).map_err(EngineError::Thread)?;
        let slots = Semaphore::new(bounds::PLUGIN_SANDBOXES);
        Ok(Self(Arc::new(Shared { wasm, linkers, slots, ticker, reset, lasting })))
    }

    /// One with another configuration.
    #[cfg(test)]
    pub(super) fn with(config: &Config) -> Result<Self, EngineError> {
        let lasting = Lasting { swaps: reset::SWAPS.into(), compiled: None, tallies: Arc::default() };
        Self::make(config, Reset::Mapped, lasting)
    }

    /// One for which this file says whether there is swap.
    #[cfg(test)]
    pub(crate) fn watching(swaps: &std::path::Path) -> Result<Self, EngineError> {
        Self::lasting(Lasting { swaps: swaps.into(), compiled: None, tallies: Arc::default() })
    }

    /// How memory is made clean between two calls.
    pub fn reset(&self) -> &Reset {
        &self.0.reset
    }

    /// Whether that is still safe. It is not when swap is turned on while written pages alone are reset; then
    /// only an engine that is [renewed](Self::renewed) helps, since a pool is never changed.
    pub fn is_safe(&self) -> bool {
        self.0.reset != Reset::Written || Reset::now(&self.0.lasting.swaps) == Reset::Written
    }

    pub(super) fn wasm(&self) -> &wasmtime::Engine {
        &self.0.wasm
    }

    pub(super) fn linkers(&self) -> &Linkers {
        &self.0.linkers
    }

    /// Where it keeps what it compiles.
    pub(super) fn compiled(&self) -> Option<&Compiled> {
        self.0.lasting.compiled.as_ref()
    }

    /// Removes what it once compiled of bytes that are served no more, the oldest first, where too much of it is
    /// kept. Reads a folder: for a thread for such work.
    pub fn forget_idle(&self, served: &BTreeSet<String>) {
        if let Some(compiled) = self.compiled() {
            compiled.forget_idle(self.wasm(), served);
        }
    }

    pub(super) fn slots(&self) -> &Semaphore {
        &self.0.slots
    }

    /// The counters of the plugin of this name, the same for all its versions.
    pub(super) fn tally(&self, plugin: &ProviderName) -> Arc<Tally> {
        let mut tallies = self.0.lasting.tallies.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(tallies.entry(plugin.clone()).or_default())
    }

    /// The counters of every plugin that was loaded so far, by the plugins' names.
    pub fn tallies(&self) -> BTreeMap<ProviderName, Arc<Tally>> {
        self.0.lasting.tallies.lock().unwrap_or_else(PoisonError::into_inner).clone()
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
