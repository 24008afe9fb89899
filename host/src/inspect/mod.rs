//! Looking at events and held deliveries, and repairing them: what the admin listener offers while the host
//! runs, and what the commands do by themselves while it does not.

pub mod query;
pub mod replay;
pub mod view;

use crate::dispatch::workers::Announcements;
use crate::live::Live;
use crate::model::id::{DeliveryId, ExecutionId};
use crate::store::listing::{EventFilter, EventLook, HeldLook, Origin};
use crate::store::{SharedStore, StoreError};

use self::view::Page;
use self::view::delivery::{DeliveryView, HeldRow};
use self::view::event::{EventRow, EventView};

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
