//! How the loading of plugins goes, beside what is served: a file may be no good while its last version goes on.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::model::name::ProviderName;
use crate::model::time::Time;

/// How the loading of each plugin goes. Clones say the same.
#[derive(Debug, Clone, Default)]
pub struct Loads(Arc<Mutex<BTreeMap<ProviderName, Load>>>);

/// How the loading of one plugin goes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Load {
    /// Its file is being compiled now.
    pub is_under_way: bool,
    /// Why its file cannot be loaded; `None`: it was, or nobody has tried yet.
    pub failure: Option<LoadFailure>,
}

/// Why a file cannot be loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadFailure {
    /// When it was tried last.
    pub at: Time,
    /// Those of everything that has to change, each once, in their order; none where the file cannot even be read.
    pub codes: Vec<&'static str>,
    /// The first thing that has to change, as a sentence.
    pub what: String,
}

impl Loads {
    /// How the loading of this plugin goes.
    pub fn of(&self, plugin: &ProviderName) -> Load {
        self.all().get(plugin).cloned().unwrap_or_default()
    }

    /// A plugin is being compiled from now on, until it has [ended](Self::ended).
    pub fn begin(&self, plugin: &ProviderName) {
        self.all().entry(plugin.clone()).or_default().is_under_way = true;
    }

    /// A plugin is loaded, or why it is not.
    pub fn ended(&self, plugin: &ProviderName, failure: Option<LoadFailure>) {
        self.all().insert(plugin.clone(), Load { is_under_way: false, failure });
    }

    /// Forgets all but these.
    pub fn keep(&self, is_kept: impl Fn(&ProviderName) -> bool) {
        self.all().retain(|plugin, _| is_kept(plugin));
    }

    fn all(&self) -> MutexGuard<'_, BTreeMap<ProviderName, Load>> {
        // Nothing can panic while it is held.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_went_wrong_is_known_until_it_goes_well_or_nobody_wants_it() {
        let (loads, plugin) = (Loads::default(), "telegram".parse().unwrap());
        let failure =
            || Some(LoadFailure { at: Time(7), codes: vec!["HP006"], what: "no WebAssembly".into() });
        let check = |is_under_way, failure| assert_eq!(loads.of(&plugin), Load { is_under_way, failure });
        check(false, None);
        loads.begin(&plugin);
        check(true, None);
        loads.ended(&plugin, failure());
        check(false, failure());
        loads.begin(&plugin);
        check(true, failure());
        loads.ended(&plugin, None);
        check(false, None);
        loads.ended(&plugin, failure());
        loads.keep(|_| true);
        check(false, failure());
        loads.keep(|name| *name != plugin);
        check(false, None);
    }
}
