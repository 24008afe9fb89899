//! Takes up what was kept while a plugin was away: oldest first, while new deliveries queue behind.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::{self, JoinSet};
use tokio_util::sync::CancellationToken;

use crate::inspect::Inspector;
use crate::live::{Live, Setup};
use crate::model::id::DeliveryId;
use crate::model::name::ProviderName;
use crate::model::time::Time;
use crate::provider::Provider;
use crate::store::{SharedStore, StoreError};

/// How long it rests when the host has no room, or the store a bad moment.
const PAUSE: Duration = Duration::from_secs(1);

/// Tells that plugins are back. Clones tell the same.
#[derive(Clone, Default)]
pub struct Backlog {
    changed: Arc<Notify>,
}

impl Backlog {
    /// Lets new deliveries queue behind those that wait for a plugin which is there. To be called before
    /// anything is received.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn find(&self, live: &Live, store: &SharedStore) -> Result<(), StoreError> {
        for provider in live.now().providers.iter().filter(|provider| provider.plugin.is_some()) {
            if store.first_waiting(&provider.name).await?.is_some() {
                provider.queue.begin().await;
            }
        }
        self.changed.notify_one();
        Ok(())
    }

    /// Exchanges the setup. Deliveries of a provider whose plugin is back queue until those before them are
    /// taken up.
    pub async fn exchange(&self, live: &Live, setup: Setup) {
        let before = live.now();
        for provider in setup.providers.iter().filter(|provider| provider.plugin.is_some()) {
            if before.providers.get(&provider.name).is_some_and(|before| before.plugin.is_none()) {
                // Ends at once where nothing waits. Begun before the exchange, so that whoever understands by
                // the old setup has stored what it keeps waiting by now.
                provider.queue.begin().await;
            }
        }
        live.replace(setup);
        self.changed.notify_one();
    }

    /// Lets new deliveries of a provider queue from now on, since one of them waits. To be called after that one
    /// is stored.
    pub async fn begin(&self, provider: &Provider) {
        provider.queue.begin().await;
        self.changed.notify_one();
    }

    /// Takes up what waits, each provider by itself, until `stop`. What is left then waits in the store for
    /// the next start.
    pub async fn run(self, inspector: Inspector, stop: CancellationToken) {
        let mut draining = JoinSet::new();
        let mut busy: HashMap<task::Id, ProviderName> = HashMap::new();
        loop {
            tokio::select! {
                () = self.changed.notified() => {}
                Some(drained) = draining.join_next_with_id() => {
                    let id = drained.map_or_else(|panic| panic.id(), |(id, ())| id);
                    busy.remove(&id);
                }
                () = stop.cancelled() => return,
            }
            for provider in inspector.live.now().providers.iter().filter(|one| one.plugin.is_some()) {
                let is_busy = busy.values().any(|name| *name == provider.name);
                if !is_busy && *provider.queue.enter().await {
                    let drain = draining.spawn(drain(inspector.clone(), provider.name.clone()));
                    busy.insert(drain.id(), provider.name.clone());
                }
            }
        }
    }
}

async fn drain(inspector: Inspector, name: ProviderName) {
    let mut last = None;
    loop {
        match step(&inspector, &name, last).await {
            Ok(Step::TookUp(id)) => last = Some(id),
            Ok(Step::NotYet) => {
                last = None;
                tokio::time::sleep(PAUSE).await;
            }
            Ok(Step::Ended) => {
                tracing::info!(provider = %name, "nothing waits for the plugin any more");
                return;
            }
            Ok(Step::Gone) => return,
            Err(error) => {
                tracing::error!(provider = %name, %error, "what waits for the plugin waits for the store");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

enum Step {
    TookUp(DeliveryId),
    /// The one that was taken up last is still the first, since there was no room for it; or its plugin is
    /// paused.
    NotYet,
    /// Nothing waits.
    Ended,
    /// The plugin is away again.
    Gone,
}

async fn step(
    inspector: &Inspector,
    name: &ProviderName,
    last: Option<DeliveryId>,
) -> Result<Step, StoreError> {
    let setup = inspector.live.now();
    let Some(provider) = setup.providers.get(name).filter(|one| one.plugin.is_some()) else {
        return Ok(Step::Gone);
    };
    // A second after it may be tried again: until then whoever arrives is the trial, and not always the same first.
    if provider.calls.receiving_not_before(Time::now().minus(PAUSE)).is_some() {
        return Ok(Step::NotYet);
    }
    match inspector.store.first_waiting(name).await? {
        Some(id) if last == Some(id) => Ok(Step::NotYet),
        Some(id) => {
            inspector.replay_delivery(id).await?;
            Ok(Step::TookUp(id))
        }
        None => {
            let nothing_waits = async || Ok(inspector.store.first_waiting(name).await?.is_none());
            let ended = provider.queue.end_if(nothing_waits).await?;
            Ok(if ended { Step::Ended } else { Step::NotYet })
        }
    }
}
