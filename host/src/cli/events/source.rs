//! Where events are looked at: through the host while it runs, else in its store.

use std::path::PathBuf;

use super::args::StoreArgs;
use super::offline;
use crate::cli::client::{Client, running};
use crate::cli::failure::Failure;
use crate::cli::open;
use crate::inspect::Inspector;
use crate::inspect::replay::Replayed;
use crate::inspect::view::Page;
use crate::inspect::view::delivery::{DeliveryView, HeldRow};
use crate::inspect::view::event::{EventRow, EventView};
use crate::inspect::view::plugin::PluginView;
use crate::model::bounds;
use crate::model::id::{DeliveryId, ExecutionId};
use crate::model::name::ProviderName;
use crate::store::backup::Copied;
use crate::store::listing::{EventFilter, EventLook, HeldLook, Origin};
use crate::store::stats::Stats;
use crate::store::verified::{Checkpoint, Verified};

/// One of the two, never both: whoever has the store has locked it.
pub(in crate::cli) enum Source {
    Running(Client),
    Stopped(Inspector),
}

/// What a command needs besides the store while no host runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) enum Needs {
    Store,
    /// For adapting again.
    Plugins,
}

/// What an id stands for.
pub(in crate::cli) enum Shown {
    Event(Box<EventView>),
    Delivery(Box<DeliveryView>),
}

impl Source {
    pub(in crate::cli) async fn open(args: &StoreArgs, needs: Needs) -> Result<Self, Failure> {
        let config = open::config(&args.config, args.overrides())?;
        match running(&config.store.path).await? {
            Some(client) => Ok(Self::Running(client)),
            None => Ok(Self::Stopped(offline::inspector(&config, needs).await?)),
        }
    }

    /// The plugins that are in use.
    pub(in crate::cli) async fn plugins(&self) -> Result<Vec<PluginView>, Failure> {
        match self {
            Self::Running(client) => client.plugins().await,
            Self::Stopped(inspector) => Ok(inspector.plugins()),
        }
    }

    /// Grants a provider's plugin what it asks for, if it has this digest.
    pub(in crate::cli) async fn grant(&self, provider: &ProviderName, digest: &str) -> Result<(), Failure> {
        match self {
            Self::Running(client) => client.grant(provider, digest).await,
            Self::Stopped(inspector) => inspector
                .grant(provider, digest)
                .await?
                .map_err(|nothing| Failure::new(nothing.to_string(), "look again: hookhost plugin list")),
        }
    }

    pub(super) async fn events(
        &self,
        filter: &EventFilter,
        look: EventLook,
    ) -> Result<Page<EventRow, ExecutionId>, Failure> {
        match self {
            Self::Running(client) => client.events(filter, look).await,
            Self::Stopped(inspector) => Ok(inspector.events(filter, look).await?),
        }
    }

    pub(super) async fn held(
        &self,
        origin: &Origin,
        look: HeldLook,
    ) -> Result<Page<HeldRow, DeliveryId>, Failure> {
        match self {
            Self::Running(client) => client.held(origin, look).await,
            Self::Stopped(inspector) => Ok(inspector.held(origin, look).await?),
        }
    }

    /// The event with this id, else the delivery.
    pub(super) async fn show(&self, id: &str, with_body: bool) -> Result<Shown, Failure> {
        let bad = |error| Failure::new(format!("{id}: {error}"), "copy it from: hookhost events list");
        let (execution, delivery) = (id.parse().map_err(bad)?, id.parse().map_err(bad)?);
        let event = match self {
            Self::Running(client) => client.event(execution, with_body).await?,
            Self::Stopped(inspector) => inspector.event(execution, with_body).await?,
        };
        if let Some(event) = event {
            return Ok(Shown::Event(Box::new(event)));
        }
        let delivery = match self {
            Self::Running(client) => client.delivery(delivery, with_body).await?,
            Self::Stopped(inspector) => inspector.delivery(delivery, with_body).await?,
        };
        delivery.map(|delivery| Shown::Delivery(Box::new(delivery))).ok_or_else(|| {
            let hint = "it may be too old to be kept; see: hookhost events list";
            Failure::new(format!("there is no event and no delivery {id}"), hint)
        })
    }

    pub(in crate::cli) async fn stats(&self) -> Result<Stats, Failure> {
        match self {
            Self::Running(client) => client.stats().await,
            Self::Stopped(inspector) => Ok(inspector.stats().await?),
        }
    }

    pub(in crate::cli) async fn verify(&self, from: Checkpoint) -> Result<Verified, Failure> {
        match self {
            Self::Running(client) => client.verify(&from).await,
            Self::Stopped(inspector) => Ok(inspector.verify(from).await?),
        }
    }

    /// The folder's path is absolute, since a host may run elsewhere.
    pub(in crate::cli) async fn backup(&self, folder: PathBuf) -> Result<Copied, Failure> {
        match self {
            Self::Running(client) => client.backup(folder).await,
            Self::Stopped(inspector) => Ok(inspector.backup(&folder).await?),
        }
    }

    /// One result for each id, in their order.
    pub(super) async fn replay(&self, ids: &[String]) -> Result<Vec<Replayed>, Failure> {
        let mut replayed = Vec::with_capacity(ids.len());
        match self {
            Self::Running(client) => {
                for some in ids.chunks(bounds::REPLAYS_PER_REQUEST) {
                    replayed.extend(client.replay(some).await?);
                }
            }
            Self::Stopped(inspector) => {
                for id in ids {
                    replayed.push(inspector.replay(id).await?);
                }
            }
        }
        Ok(replayed)
    }
}
