//! Runs provider adapters: components that can do nothing but compute.
//!
//! No other part knows wasmtime. A plugin is compiled, checked and linked once ([`Plugin::load`]); each
//! call then gets a fresh sandbox with bounded memory, time and output, which is thrown away afterwards.

pub mod source;

mod bindings;
mod check;
mod claims;
mod compiled;
mod config;
mod convert;
mod engine;
mod exports;
mod fault;
mod fit;
mod guest;
mod limits;
mod linker;
mod load;
mod log;
mod measure;
mod refusal;
mod reset;
mod sandbox;
mod stdio;
mod tally;
mod ticker;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::model::event::Verdict;
use crate::model::http::{Field, Request};
use crate::model::manifest::Manifest;
use crate::model::name::ProviderName;
use crate::model::recipe::Claim;
use crate::model::task::{Answer, Progress, Task};
use crate::model::terms::Terms;
use crate::model::time::Time;

pub use compiled::Compiled;
pub use engine::{Engine, EngineError};
pub use fault::Fault;
pub use fit::{CONTRACT_VERSION, Mismatch};
pub use load::LoadError;
pub use measure::{Measured, Usage};
pub use refusal::Refusal;
pub use reset::{Reason, Reset};
pub use tally::{BUCKETS_MICROS, Counts, Tally, Verb};

/// A loaded adapter. Clones share it.
#[derive(Debug, Clone)]
pub struct Plugin(Arc<load::Loaded>);

/// What a plugin is given with every call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context {
    /// All the time that it sees. For `receive` the moment at which the request arrived.
    pub now: Time,
    /// What the operator set, else the manifest's defaults.
    pub settings: Vec<Field>,
    /// How often this same step was tried before.
    pub attempt: u32,
}

impl Plugin {
    /// Compiles, checks and links a component, and asks it once who it is, on its `terms`. `name` stands in its
    /// log lines. Takes a tenth of a second for most, seconds for language runtimes, on a thread for such work.
    ///
    /// # Errors
    /// When it is no adapter that this host can run; [`LoadError::hint`] says what to do about it.
    pub async fn load(
        engine: &Engine,
        name: &ProviderName,
        bytes: Vec<u8>,
        terms: Terms,
    ) -> Result<Self, LoadError> {
        load::load(engine, name, bytes, terms).await.map(|loaded| Self(Arc::new(loaded)))
    }

    /// The same component on other terms, without compiling it again.
    ///
    /// # Errors
    /// As [`Self::load`]: it may not fit into these terms.
    pub async fn on(&self, terms: Terms) -> Result<Self, LoadError> {
        self.0.on(terms).await.map(|loaded| Self(Arc::new(loaded)))
    }

    /// Whether both are clones of one.
    #[cfg(test)]
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// On which terms it runs.
    pub fn terms(&self) -> &Terms {
        self.0.sandboxes.terms()
    }

    /// What it says about itself. Its names are checked; whether its recipes can be carried out is not.
    pub fn manifest(&self) -> &Manifest {
        &self.0.manifest
    }

    /// The SHA-256 of the bytes that were compiled, in hexadecimal.
    pub fn digest(&self) -> &str {
        &self.0.digest
    }

    /// Whether these are the bytes that were compiled.
    pub fn is_made_of(&self, bytes: &[u8]) -> bool {
        self.0.digest == load::digest(bytes)
    }

    /// How many bytes were compiled.
    pub fn size(&self) -> usize {
        self.0.size
    }

    /// What its calls came to so far, and those of earlier versions of its name in this process.
    pub fn tally(&self) -> &Tally {
        &self.0.tally
    }

    /// What must be proven of a request that nobody has verified yet, called at `url`; a sentence where nothing
    /// can be, in one line. For a plugin that [makes claims](Manifest::claims_secret).
    ///
    /// # Errors
    /// As [`Self::receive`]; it may compute for a tenth of the time only.
    pub async fn prove(
        &self,
        context: Context,
        request: &Request,
        url: Option<&str>,
    ) -> Result<Result<Vec<Claim>, String>, Fault> {
        self.measure_prove(context, request, url).await.answer
    }

    /// What a verified request means.
    ///
    /// # Errors
    /// Some [may pass](Fault::may_pass); every other fault comes again with the same input.
    pub async fn receive(&self, context: Context, request: &Request) -> Result<Verdict, Fault> {
        self.measure_receive(context, request).await.answer
    }

    /// The first step of a task.
    ///
    /// # Errors
    /// As [`Self::receive`].
    pub async fn begin(&self, context: Context, task: &Task) -> Result<Progress, Fault> {
        self.measure_begin(context, task).await.answer
    }

    /// What the answer to a task's last step means, and what comes next.
    ///
    /// # Errors
    /// As [`Self::receive`].
    pub async fn resume(
        &self,
        context: Context,
        task: &Task,
        state: &[u8],
        answer: &Answer,
    ) -> Result<Progress, Fault> {
        self.measure_resume(context, task, state, answer).await.answer
    }
}
