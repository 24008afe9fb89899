//! What is served now: providers, workflows and routes, exchanged as a whole while the host runs.

use std::sync::{Arc, PoisonError, RwLock};

use crate::model::redact::Redactor;
use crate::provider::Providers;
use crate::workflow::Workflows;
use crate::workflow::route::Route;

/// All that a configuration, the environment and the plugins make, and that work is done by.
#[derive(Default)]
pub struct Setup {
    /// Who may send, and how they are understood.
    pub providers: Providers,
    /// What may be run.
    pub workflows: Workflows,
    /// What runs what.
    pub routes: Vec<Route>,
    /// Blots out every secret that is known.
    pub redactor: Redactor,
}

/// Hands out the setup. Clones hand out the same one.
#[derive(Clone)]
pub struct Live(Arc<RwLock<Arc<Setup>>>);

impl Live {
    /// Begins with this one.
    pub fn new(setup: Setup) -> Self {
        Self(Arc::new(RwLock::new(Arc::new(setup))))
    }

    /// The setup of this moment. Whoever asks once for a piece of work does all of it by one setup, whatever
    /// is exchanged meanwhile.
    pub fn now(&self) -> Arc<Setup> {
        // Nothing can panic while it is exchanged.
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Exchanges it. What was begun goes on with the one before.
    pub fn replace(&self, setup: Setup) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(setup);
    }
}
