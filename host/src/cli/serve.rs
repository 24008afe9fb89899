//! `hookhost serve`: receives webhooks until it is told to stop.

use std::path::Path;
use std::time::{Duration, Instant};

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::failure::Failure;
use super::{ServeArgs, demo, open};
use crate::app::finding;
use crate::app::host::Host;
use crate::app::reload::{ReadConfig, Source};
use crate::app::{AssembleError, Assembled, Loader, assemble, plan};
use crate::config::Config;
use crate::config::environment::Environment;
use crate::metrics::Metrics;
use crate::plugin::Compiled;
use crate::plugin::source::fingerprint;
use crate::store::Survey;
use crate::telemetry::{self, LogFormat, Redacting};

pub(super) async fn serve(args: ServeArgs) -> Result<(), Failure> {
    let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let redacting = telemetry::start(args.log, &args.log_filter, no_color);
    if args.demo {
        return demo::serve(&args, redacting).await;
    }
    let log = args.log;
    let config = move || open::config(&args.config, args.overrides());
    let host = prepare(Box::new(config), Environment::from_process(), redacting).await?;
    say_listening(&host, log)?;
    run(host).await
}

/// Everything up to the first request: the store, the plugins, the listeners.
pub(super) async fn prepare(
    config_now: ReadConfig,
    environment: Environment,
    redacting: Redacting,
) -> Result<Host, Failure> {
    let config = config_now()?;
    let folder = fingerprint(&config.plugins.dir);
    let plan = plan(&config, &environment)?;
    let began = Instant::now();
    let metrics = Metrics::default();
    let store = open::store(&config.store, &metrics).await?;
    say_found(&store.survey().await?, began.elapsed());
    let mut loader = Loader::new(compiled(&config.store.path), metrics).map_err(AssembleError::from)?;
    let assembled = assemble(plan, &config, &environment, Some(&store), &mut loader).await?;
    redacting.redact(assembled.setup.redactor.clone());
    finding::tell(&assembled.findings);
    say_serving(&config, &assembled);
    let source = Source { config: config_now, environment, loader, folder, redacting };
    Ok(Host::bind(config, assembled, store, source).await?)
}

/// Where compiled plugins are kept. Without it every start compiles, which costs seconds and nothing else.
fn compiled(data: &Path) -> Option<Compiled> {
    let cannot = |error: &std::io::Error| tracing::warn!(%error, "compiled plugins cannot be kept");
    Compiled::open(data).inspect_err(cannot).ok()
}

/// One line per listener for whoever waits until the host is ready, such as a script that chose port 0; the
/// public one first. Both are open by now.
pub(super) fn say_listening(host: &Host, log: LogFormat) -> Result<(), Failure> {
    let address = host.address().map_err(|error| Failure::new(error.to_string(), ""))?;
    let admin = host.admin_address();
    match log {
        LogFormat::Text => println!("listening on http://{address}\nadmin on http://{admin}"),
        LogFormat::Json => {
            println!("{}", serde_json::json!({ "listening": format!("http://{address}") }));
            println!("{}", serde_json::json!({ "admin": format!("http://{admin}") }));
        }
    }
    Ok(())
}

/// Serves until SIGTERM or SIGINT, and then until what was begun has ended. A second one breaks that off, a
/// third one does not even put runs back.
pub(super) async fn run(host: Host) -> Result<(), Failure> {
    let cannot = |error: std::io::Error| Failure::new(format!("signals cannot be received: {error}"), "");
    let (mut terminate, mut interrupt) =
        (signal(SignalKind::terminate()).map_err(cannot)?, signal(SignalKind::interrupt()).map_err(cannot)?);
    let (stop, cut_off) = (CancellationToken::new(), CancellationToken::new());
    let (stopping, cutting_off) = (stop.clone(), cut_off.clone());
    tokio::spawn(async move {
        let mut signalled =
            async || tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {} };
        signalled().await;
        tracing::info!("stopping: what was begun is finished; a second signal leaves at once");
        stopping.cancel();
        signalled().await;
        cutting_off.cancel();
        signalled().await;
        // Nothing is lost by this: what was acknowledged is on disk.
        std::process::exit(1);
    });
    Ok(host.run(stop, cut_off).await?)
}

/// How many deliveries, events and ids are kept is not said: the engine would walk all of them to count.
fn say_found(found: &Survey, took: Duration) {
    tracing::info!(
        queued = %found.queued, interrupted = found.interrupted, replies_owed = %found.owed, held = %found.held,
        days_of_ids = found.days_of_ids, admitted_ever = found.admitted, took_ms = took.as_millis(),
        "the store is open"
    );
}

fn say_serving(config: &Config, assembled: &Assembled) {
    tracing::info!(data = %config.store.path.display(), "keeps everything durable");
    for provider in assembled.setup.providers.iter() {
        let manifest = &provider.manifest;
        tracing::info!(
            provider = %provider.name, path = %provider.path, plugin = %manifest.name, version = %manifest.version,
            "serves"
        );
    }
}
