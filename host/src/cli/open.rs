//! What several commands begin with: the configuration, the environment, and what they make.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::ConfigArgs;
use super::failure::Failure;
use crate::app::{AssembleError, Assembled, Loader, assemble, plan};
use crate::config::environment::Environment;
use crate::config::load::{Overrides, load};
use crate::config::{Config, StoreConfig, error::ConfigError};
use crate::metrics::Metrics;
use crate::plugin::Compiled;
use crate::store::open::OpenError;
use crate::store::sled::SledStore;
use crate::store::{Ceilings, SharedStore};

/// Where the configuration is looked for when nobody says.
const DEFAULT_FILE: &str = "hookhost.toml";
/// How long a locked data folder is waited for: a busy machine starts a program in less.
const LOCK_WAIT: Duration = Duration::from_secs(2);
/// How often the lock is tried meanwhile.
const LOCK_LOOK: Duration = Duration::from_millis(50);

/// The configuration that is meant; defaults where there is no file and none was asked for.
pub(super) fn config(args: &ConfigArgs, overrides: Overrides) -> Result<Config, ConfigError> {
    let mut config = match file(args) {
        Some(file) => load(&file)?,
        None => Config::without_file(std::env::current_dir().unwrap_or_default()),
    };
    overrides.apply(&mut config);
    Ok(config)
}

/// The file of the configuration that is meant, if any.
pub(super) fn file(args: &ConfigArgs) -> Option<PathBuf> {
    let default = || Some(PathBuf::from(DEFAULT_FILE)).filter(|file| file.exists());
    args.config.clone().or_else(default)
}

/// What is configured, loaded as `serve` would, but without its store.
pub(super) async fn assembled(args: &ConfigArgs) -> Result<(Config, Assembled), Failure> {
    let config = config(args, args.overrides())?;
    let environment = Environment::from_process();
    let plan = plan(&config, &environment)?;
    let compiled = Compiled::existing(&config.store.path);
    let mut loader = Loader::new(compiled, Metrics::default()).map_err(AssembleError::from)?;
    let assembled = assemble(plan, &config, &environment, None, &mut loader).await?;
    Ok((config, assembled))
}

/// Opens the store. A host that was killed while it started a program leaves the folder locked until that
/// program has started, since it inherited the lock for so long; so a lock is looked at for a moment.
pub(super) async fn store(config: &StoreConfig, metrics: &Metrics) -> Result<SharedStore, OpenError> {
    let ceilings = Ceilings { max_ids: config.max_ids, max_queued: config.max_queued };
    let deadline = Instant::now() + LOCK_WAIT;
    loop {
        match SledStore::open(&config.path, config.min_free, ceilings, metrics.store()) {
            Err(OpenError::Locked(_)) if Instant::now() < deadline => sleep(LOCK_LOOK).await,
            opened => return Ok(Arc::new(opened?)),
        }
    }
}
