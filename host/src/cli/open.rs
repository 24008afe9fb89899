//! What several commands begin with: the configuration, the environment, and what they make.

use std::path::Path;

use super::ConfigArgs;
use super::failure::Failure;
use crate::app::{Assembled, assemble, plan};
use crate::config::environment::Environment;
use crate::config::load::{Overrides, load};
use crate::config::{Config, error::ConfigError};

/// Where the configuration is looked for when nobody says.
const DEFAULT_FILE: &str = "hookhost.toml";

/// The configuration that is meant; defaults where there is no file and none was asked for.
pub(super) fn config(args: &ConfigArgs, overrides: Overrides) -> Result<Config, ConfigError> {
    let mut config = match &args.config {
        Some(file) => load(file)?,
        None if Path::new(DEFAULT_FILE).exists() => load(Path::new(DEFAULT_FILE))?,
        None => Config::without_file(std::env::current_dir().unwrap_or_default()),
    };
    overrides.apply(&mut config);
    Ok(config)
}

/// What is configured, loaded as `serve` would, but without its store.
pub(super) async fn assembled(args: &ConfigArgs) -> Result<(Config, Assembled), Failure> {
    let config = config(args, args.overrides())?;
    let environment = Environment::from_process();
    let assembled = assemble(plan(&config, &environment)?, &config, &environment, None).await?;
    Ok((config, assembled))
}
