//! Loads one plugin, or says why not.

use crate::model::terms::Terms;
use crate::model::time::Time;
use crate::plugin::source::{self, Found, ReadError};
use crate::plugin::{Engine, LoadError, Plugin};
use crate::provider::{LoadFailure, Loads};

/// What is wrong with a plugin.
pub(super) struct Unloaded {
    /// In a line.
    pub(super) what: String,
    /// What to do about it.
    pub(super) hint: String,
    /// What is kept of it.
    pub(super) failure: LoadFailure,
}

/// Loads a plugin on all terms on which it is wanted; `before` is what is served of it now.
pub(super) async fn load_one(
    engine: &Engine,
    found: &Found,
    mut before: Vec<Plugin>,
    terms: Vec<Terms>,
    loads: &Loads,
) -> Vec<(Terms, Result<Plugin, Unloaded>)> {
    let bytes = match source::read(found) {
        Ok(bytes) => bytes,
        Err(error) => {
            return terms.into_iter().map(|terms| (terms, Err(Unloaded::unread(&error)))).collect();
        }
    };
    before.retain(|plugin| plugin.is_made_of(&bytes));
    let mut results = Vec::new();
    for terms in terms {
        let made = match (before.iter().find(|plugin| *plugin.terms() == terms), before.first()) {
            (Some(same), _) => Ok(same.clone()),
            (None, Some(other)) => other.on(terms).await,
            (None, None) => {
                loads.begin(&found.name);
                Plugin::load(engine, &found.name, bytes.clone(), terms).await
            }
        };
        before.extend(made.as_ref().ok().cloned());
        results.push((terms, made.map_err(|error| Unloaded::refused(&error))));
    }
    results
}

impl Unloaded {
    fn unread(error: &ReadError) -> Self {
        let what = error.to_string();
        let failure = LoadFailure { at: Time::now(), codes: Vec::new(), what: what.clone() };
        Self { what, hint: String::new(), failure }
    }

    fn refused(error: &LoadError) -> Self {
        let report = error.report();
        let mut codes: Vec<&'static str> = report.iter().map(|one| one.code).collect();
        codes.sort_unstable();
        codes.dedup();
        let what = report.first().map(|first| first.what.clone()).unwrap_or_default();
        let failure = LoadFailure { at: Time::now(), codes, what };
        Self { what: error.in_a_line(), hint: error.hint().to_owned(), failure }
    }
}
