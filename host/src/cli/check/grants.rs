//! What the plugins ask for beyond what they were granted.

use crate::app::finding::Finding;
use crate::app::{Assembled, needs_grant};
use crate::cli::client;
use crate::cli::failure::Failure;
use crate::cli::open;
use crate::config::StoreConfig;
use crate::inspect::view::plugin::{PluginUse, PluginView};
use crate::metrics::Metrics;

/// As the host that runs on this folder says, else as its store does.
pub(super) async fn lacking(config: &StoreConfig, assembled: &Assembled) -> Vec<Finding> {
    match ask(config, assembled).await {
        Ok(findings) => findings,
        // What was to be checked is the configuration, and that worked.
        Err(error) => {
            let what = format!("what was granted to plugins cannot be read: {}", error.what);
            vec![Finding::warning(what, error.hint)]
        }
    }
}

async fn ask(config: &StoreConfig, assembled: &Assembled) -> Result<Vec<Finding>, Failure> {
    if let Some(host) = client::running(&config.path).await? {
        return Ok(host.plugins().await?.iter().flat_map(of_running).collect());
    }
    // Opening would make one.
    if !config.path.join("db").exists() {
        return Ok(Vec::new());
    }
    let store = open::store(config, &Metrics::default()).await?;
    Ok(assembled.ungranted(&store).await?)
}

fn of_running(plugin: &PluginView) -> Vec<Finding> {
    let asks = |one: &&PluginUse| !one.needs_grant.is_empty();
    let version = plugin.version.as_deref().unwrap_or_default();
    let finding = |one: &PluginUse| needs_grant(&one.name, version, &one.needs_grant);
    plugin.providers.iter().filter(asks).map(finding).collect()
}
