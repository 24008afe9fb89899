//! Looking into the store of a host that does not run.

use super::source::Needs;
use crate::app::{AssembleError, Loader, assemble, plan};
use crate::cli::failure::Failure;
use crate::cli::open;
use crate::config::Config;
use crate::config::environment::Environment;
use crate::inspect::Inspector;
use crate::live::{Live, Setup};
use crate::metrics::Metrics;
use crate::plugin::Compiled;
use crate::store::open::OpenError;

/// What looks into the store. What it queues waits for the next start.
pub(super) async fn inspector(config: &Config, needs: Needs) -> Result<Inspector, Failure> {
    let folder = &config.store.path;
    // Opening would make one, and then the answer would be "no events" for a mistyped path.
    if !folder.join("db").exists() {
        let what = format!("there is no store in {}", folder.display());
        return Err(Failure::new(what, "name the data folder of the host with --data, or its --config"));
    }
    let store = open::store(&config.store, &Metrics::default()).await.map_err(|error| match error {
        OpenError::Locked(_) => Failure::new(
            format!("{error}, which does not answer as a host"),
            "a host that starts or stops right now will: try again in a moment",
        ),
        other => other.into(),
    })?;
    let setup = match needs {
        Needs::Store => Setup::default(),
        Needs::Plugins => {
            let environment = Environment::from_process();
            match plan(config, &environment) {
                Ok(plan) => {
                    let compiled = Compiled::existing(folder);
                    let mut loader =
                        Loader::new(compiled, Metrics::default()).map_err(AssembleError::from)?;
                    assemble(plan, config, &environment, Some(&store), &mut loader).await?.setup
                }
                // Events can be replayed without their provider; what is held says that it cannot.
                Err(AssembleError::NothingToServe) => Setup::default(),
                Err(error) => return Err(error.into()),
            }
        }
    };
    let (arrivals, circuits, loads) = Default::default();
    Ok(Inspector { store, live: Live::new(setup), arrivals, circuits, loads })
}
