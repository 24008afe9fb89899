//! Exchanges the setup while the host runs: when the plugins folder changes, on SIGHUP, and when the operator has
//! granted something.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::Notify;
use tokio::time::interval;
use tokio_util::sync::CancellationToken;

use super::finding::{self, Finding, Weight};
use super::{AssembleError, Assembled, Loader, assemble, plan};
use crate::backlog::Backlog;
use crate::config::environment::Environment;
use crate::config::error::ConfigError;
use crate::config::{Config, ServerConfig};
use crate::deliver::outbox::Outbox;
use crate::live::Live;
use crate::plugin::source::{Fingerprint, fingerprint};
use crate::provider::{Provider, Providers};
use crate::store::SharedStore;
use crate::telemetry::Redacting;

/// How often the plugins folder is looked at. What looks the same twice is quiet: copies are written in
/// pieces, and half a file is no plugin.
const LOOK_EVERY: Duration = Duration::from_millis(400);

/// How often swap is looked for. Turning it on moves nothing by itself: a page has to be unused for a while.
const LOOK_FOR_SWAP_EVERY: Duration = Duration::from_secs(5);

/// Reads the configuration, with the flags that this host was started with.
pub type ReadConfig = Box<dyn Fn() -> Result<Config, ConfigError> + Send + Sync>;

/// What the setup is made of.
pub struct Source {
    /// Asked again on SIGHUP.
    pub config: ReadConfig,
    /// Where secrets are.
    pub environment: Environment,
    /// What has loaded the present setup.
    pub loader: Loader,
    /// The plugins folder before anything of it was loaded, so that no change is missed.
    pub folder: Fingerprint,
    /// Who has to know new secrets before any line can hold one.
    pub redacting: Redacting,
}

/// Exchanges the setup of a running host.
pub(super) struct Reloader {
    pub(super) source: Source,
    pub(super) hangups: Option<Signal>,
    /// What the present setup was made of.
    pub(super) config: Config,
    /// What was told of it.
    pub(super) findings: Vec<Finding>,
    pub(super) live: Live,
    pub(super) store: SharedStore,
    pub(super) backlog: Backlog,
    pub(super) outbox: Outbox,
    /// Told when a plugin may have more.
    pub(super) granted: Arc<Notify>,
}

impl Reloader {
    /// Looks for changes until `stop`.
    pub(super) async fn run(mut self, stop: CancellationToken) {
        let (mut looks, mut looks_for_swap) = (interval(LOOK_EVERY), interval(LOOK_FOR_SWAP_EVERY));
        let mut served = self.source.folder.clone();
        let mut last = served.clone();
        loop {
            tokio::select! {
                _ = looks.tick() => {
                    let now = look(&self.config.plugins.dir).await;
                    if now == last && now != served {
                        tracing::info!("the plugins folder has changed");
                        self.reload(self.config.clone()).await;
                        served.clone_from(&now);
                    }
                    last = now;
                }
                _ = looks_for_swap.tick() => {
                    if !self.source.loader.is_safe() {
                        self.reload(self.config.clone()).await;
                    }
                }
                () = next(&mut self.hangups) => match (self.source.config)() {
                    Ok(config) => {
                        let looked = look(&config.plugins.dir).await;
                        if self.reload_if_sound(config).await {
                            served = looked;
                        }
                    }
                    Err(error) => tracing::error!("the configuration stays as it was: {error}"),
                },
                () = self.granted.notified() => self.reload(self.config.clone()).await,
                () = stop.cancelled() => return,
            }
        }
    }

    /// Exchanges all of it or nothing.
    async fn reload(&mut self, config: Config) {
        match self.assembled(&config).await {
            Ok(assembled) => self.exchange(config, assembled).await,
            Err(error) => tracing::error!("nothing is exchanged: {error}"),
        }
    }

    /// The same for a configuration that was read anew, unless it would refuse what is not refused now: a file
    /// with a secret that is being written must not lock its sender out. Gives whether it was exchanged.
    async fn reload_if_sound(&mut self, config: Config) -> bool {
        let assembled = match self.assembled(&config).await {
            Ok(assembled) => assembled,
            Err(error) => {
                tracing::error!("the configuration stays as it was: {error}");
                return false;
            }
        };
        let refused = assembled.findings.iter().filter(|one| one.weight == Weight::Refused);
        let new: Vec<Finding> = refused.filter(|one| !self.findings.contains(one)).cloned().collect();
        if new.is_empty() {
            self.exchange(config, assembled).await;
            return true;
        }
        finding::tell(&new);
        tracing::error!("the configuration stays as it was: with this one something would be refused");
        false
    }

    async fn assembled(&mut self, config: &Config) -> Result<Assembled, AssembleError> {
        let Source { environment, loader, .. } = &mut self.source;
        let plan = plan(config, environment)?;
        assemble(plan, config, environment, Some(&self.store), loader).await
    }

    async fn exchange(&mut self, config: Config, assembled: Assembled) {
        let Assembled { setup, findings, .. } = assembled;
        self.source.redacting.redact(setup.redactor.clone());
        let before = self.live.now();
        self.backlog.exchange(&self.live, setup).await;
        let new: Vec<Finding> =
            findings.iter().filter(|finding| !self.findings.contains(finding)).cloned().collect();
        finding::tell(&new);
        tell_changes(&before.providers, &self.live.now().providers);
        if let Some(what) = needs_a_start(&self.config, &config) {
            tracing::warn!("a change of {what} takes effect at the next start");
        }
        tracing::info!("what is served was exchanged");
        self.outbox.try_anew();
        (self.config, self.findings) = (config, findings);
    }
}

fn tell_changes(before: &Providers, after: &Providers) {
    let digest = |provider: &Provider| provider.plugin.as_ref().map(|plugin| plugin.digest().to_owned());
    for provider in after.iter() {
        if before.get(&provider.name).is_none_or(|earlier| digest(earlier) != digest(provider)) {
            tracing::info!(
                provider = %provider.name, plugin = %provider.manifest.name, version = %provider.manifest.version,
                is_loaded = provider.plugin.is_some(), "serves"
            );
        }
    }
    for gone in before.iter().filter(|earlier| after.get(&earlier.name).is_none()) {
        tracing::warn!(provider = %gone.name, "is no longer served");
    }
}

/// What of a new configuration a running host cannot take over.
fn needs_a_start(before: &Config, after: &Config) -> Option<String> {
    let mut parts = Vec::new();
    // Addresses of providers are made anew with everything else.
    let without_url = |config: &Config| ServerConfig { public_url: None, ..config.server.clone() };
    if without_url(before) != without_url(after) {
        parts.push("[server]");
    }
    if before.admin != after.admin {
        parts.push("[admin]");
    }
    if before.store != after.store {
        parts.push("[store]");
    }
    if before.dispatch != after.dispatch {
        parts.push("[dispatch]");
    }
    (!parts.is_empty()).then(|| parts.join(" and "))
}

async fn look(folder: &Path) -> Fingerprint {
    let folder = folder.to_owned();
    tokio::task::spawn_blocking(move || fingerprint(&folder)).await.unwrap_or_default()
}

/// From now on SIGHUP ends this process no longer.
pub(super) fn hangups() -> Option<Signal> {
    let cannot = |error: &io::Error| tracing::error!(%error, "SIGHUP cannot be received");
    signal(SignalKind::hangup()).inspect_err(cannot).ok()
}

async fn next(hangups: &mut Option<Signal>) {
    match hangups {
        Some(hangups) => _ = hangups.recv().await,
        None => std::future::pending().await,
    }
}
