//! Looking at events and held deliveries, and repairing them: what the admin listener offers while the host
//! runs, and what the commands do by themselves while it does not.

pub mod grant;
pub mod query;
pub mod replay;
pub mod view;

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use crate::dispatch::circuit::Circuits;
use crate::dispatch::workers::Announcements;
use crate::live::Live;
use crate::model::bounds;
use crate::model::id::{DeliveryId, ExecutionId};
use crate::provider::{Loads, Provider};
use crate::store::backup::{BackupError, Copied};
use crate::store::listing::{EventFilter, EventLook, HeldLook, Origin};
use crate::store::stats::Stats;
use crate::store::verified::{Checkpoint, Verified};
use crate::store::{SharedStore, StoreError};

use self::view::Page;
use self::view::delivery::{DeliveryView, HeldRow};
use self::view::event::{EventRow, EventView};
use self::view::plugin::{PluginView, plugins};
use self::view::provider::ProviderView;

/// Looks and repairs. Clones share what they work on.
#[derive(Clone)]
pub struct Inspector {
    /// What is looked at.
    pub store: SharedStore,
    /// Whose plugins understand what was held, and what events may call; without them only events can be
    /// replayed.
    pub live: Live,
    /// Who is told of events that wait again. Where nobody listens, the next start finds them.
    pub arrivals: Announcements,
    /// Which providers refuse replies. While no host runs, nobody knows.
    pub circuits: Arc<Circuits>,
    /// How the loading of plugins goes. While no host runs, nobody knows.
    pub loads: Loads,
}

impl Inspector {
    /// One look at events, newest first; it may find nothing and still name a `next`.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn events(
        &self,
        filter: &EventFilter,
        look: EventLook,
    ) -> Result<Page<EventRow, ExecutionId>, StoreError> {
        let found = self.store.events(filter, look).await?;
        Ok(Page { items: found.items.iter().map(EventRow::of).collect(), next: found.next })
    }

    /// One look at held deliveries, as [`Self::events`].
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn held(
        &self,
        origin: &Origin,
        look: HeldLook,
    ) -> Result<Page<HeldRow, DeliveryId>, StoreError> {
        let found = self.store.held(origin, look).await?;
        Ok(Page { items: found.items.iter().filter_map(HeldRow::of).collect(), next: found.next })
    }

    /// An event with its replies and its delivery, as far as they are kept.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn event(&self, id: ExecutionId, with_body: bool) -> Result<Option<EventView>, StoreError> {
        let Some(execution) = self.store.execution(id).await? else { return Ok(None) };
        let statuses = self.store.statuses(id).await?;
        let replies: Vec<_> = self.store.replies(id).await?.into_iter().zip(statuses).collect();
        let delivery = self.delivery(execution.delivery, with_body).await?;
        Ok(Some(EventView::of(&execution, &replies, delivery)))
    }

    /// The plugins that are in use now.
    pub fn plugins(&self) -> Vec<PluginView> {
        plugins(&self.live.now().providers, &self.loads)
    }

    /// What is known of each provider beyond its configuration, in the order of their names.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn providers(&self) -> Result<Vec<ProviderView>, StoreError> {
        let (open, sessions) = (self.circuits.open(), self.store.sessions()?);
        let setup = self.live.now();
        let view = |provider: &Arc<Provider>| {
            let of_it = sessions.iter().filter(|session| session.provider == provider.name);
            ProviderView::of(provider, open.get(&provider.name), of_it)
        };
        Ok(setup.providers.iter().map(view).collect())
    }

    /// What the store holds, as far as it can be counted in a moment.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn stats(&self) -> Result<Stats, StoreError> {
        self.store.stats().await
    }

    /// Looks at records of the store from there on, for a moment: whether they can be read, and agree.
    ///
    /// # Errors
    /// The store cannot be read now.
    pub async fn verify(&self, from: Checkpoint) -> Result<Verified, StoreError> {
        let (started, mut all) = (Instant::now(), Verified { next: Some(from), ..Verified::default() });
        while let Some(from) = all.next.take() {
            let Verified { looked_at, wrong, next } = self.store.verify(from).await?;
            all.looked_at += looked_at;
            all.wrong.extend(wrong);
            all.next = next;
            if started.elapsed() >= bounds::VERIFY_LOOK || all.wrong.len() >= bounds::EVENTS_PER_LOOK {
                break;
            }
        }
        Ok(all)
    }

    /// Copies the store into a folder, as [`Store::backup`](crate::store::Store::backup).
    ///
    /// # Errors
    /// There is no copy.
    pub async fn backup(&self, into: &Path) -> Result<Copied, BackupError> {
        self.store.backup(into).await
    }

    /// A delivery.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn delivery(
        &self,
        id: DeliveryId,
        with_body: bool,
    ) -> Result<Option<DeliveryView>, StoreError> {
        let delivery = self.store.delivery(id).await?;
        Ok(delivery.map(|delivery| DeliveryView::of(delivery, with_body)))
    }
}
