//! Takes up what was kept while a plugin was away: oldest first, while new deliveries queue behind.

use std::time::Duration;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::inspect::Inspector;
use crate::model::id::DeliveryId;
use crate::provider::Provider;
use crate::store::StoreError;

/// How long it rests when the host has no room, or the store a bad moment.
const PAUSE: Duration = Duration::from_secs(1);

/// Lets new deliveries of a provider queue behind those that wait for its plugin, until [`run`] has taken up
/// all of them. To be called before anything is received.
///
/// # Errors
/// The store cannot be read.
pub async fn find(inspector: &Inspector) -> Result<(), StoreError> {
    for provider in inspector.live.now().providers.iter().filter(|provider| provider.plugin.is_some()) {
        if inspector.store.first_waiting(&provider.name).await?.is_some() {
            provider.queue.begin().await;
        }
    }
    Ok(())
}

/// Takes up what waits for plugins that are there, each provider by itself, and then waits for `stop`. What
/// is left then waits in the store for the next start.
pub async fn run(inspector: Inspector, stop: CancellationToken) {
    let mut draining = JoinSet::new();
    for provider in inspector.live.now().providers.iter().filter(|provider| provider.plugin.is_some()) {
        let (inspector, provider) = (inspector.clone(), provider.clone());
        draining.spawn(async move { drain(&inspector, &provider).await });
    }
    let drained = async {
        while draining.join_next().await.is_some() {}
        stop.cancelled().await;
    };
    tokio::select! { () = drained => {}, () = stop.cancelled() => {} }
}

async fn drain(inspector: &Inspector, provider: &Provider) {
    let mut last = None;
    while *provider.queue.enter().await {
        match step(inspector, provider, last).await {
            Ok(Step::Ended) => {
                tracing::info!(provider = %provider.name, "nothing waits for the plugin any more");
            }
            Ok(Step::TookUp(id)) => last = Some(id),
            Ok(Step::NotYet) => {
                last = None;
                tokio::time::sleep(PAUSE).await;
            }
            Err(error) => {
                tracing::error!(provider = %provider.name, %error, "what waits for the plugin waits for the store");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

enum Step {
    TookUp(DeliveryId),
    /// The one that was taken up last is still the first: there was no room for it.
    NotYet,
    Ended,
}

async fn step(
    inspector: &Inspector,
    provider: &Provider,
    last: Option<DeliveryId>,
) -> Result<Step, StoreError> {
    match inspector.store.first_waiting(&provider.name).await? {
        Some(id) if last == Some(id) => Ok(Step::NotYet),
        Some(id) => {
            inspector.replay_delivery(id).await?;
            Ok(Step::TookUp(id))
        }
        None => {
            let nothing_waits = async || Ok(inspector.store.first_waiting(&provider.name).await?.is_none());
            let ended = provider.queue.end_if(nothing_waits).await?;
            Ok(if ended { Step::Ended } else { Step::NotYet })
        }
    }
}
