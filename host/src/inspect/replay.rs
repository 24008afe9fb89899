//! Runs events again, and lets plugins look again at what was held.

use serde::{Deserialize, Serialize};

use crate::adapt::{Unfit, adapt};
use crate::model::id::{BadId, DeliveryId, ExecutionId};
use crate::model::time::Time;
use crate::store::StoreError;
use crate::store::admission::{
    Admitted, Delivery, DeliveryVerdict, Judged, Readmission, Readmitted, Replay, Ticket,
};

use super::Inspector;

/// What came of one id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replayed {
    /// As it was given.
    pub id: String,
    /// What came of it.
    #[serde(flatten)]
    pub result: ReplayResult,
}

/// What came of the wish to replay something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "snake_case")]
pub enum ReplayResult {
    /// An event waits in its lane again.
    Queued {
        /// The new execution.
        execution: ExecutionId,
    },
    /// A held delivery was understood.
    Accepted {
        /// Its events that wait in their lanes now.
        executions: Vec<ExecutionId>,
        /// Events of it that are not run: they were seen before, or happened too long ago.
        not_run: usize,
    },
    /// A held delivery needs nothing done.
    Ignored {
        /// In the plugin's words.
        reason: String,
    },
    /// A held delivery is still not understood.
    Held {
        /// Why.
        reason: String,
    },
    /// Nothing was done.
    Refused {
        /// Why.
        reason: String,
    },
}

impl ReplayResult {
    /// Whether the id is taken care of.
    pub fn is_good(&self) -> bool {
        match self {
            Self::Queued { .. } | Self::Accepted { .. } | Self::Ignored { .. } => true,
            Self::Held { .. } | Self::Refused { .. } => false,
        }
    }

    fn refused(reason: impl Into<String>) -> Self {
        Self::Refused { reason: reason.into() }
    }
}

impl Inspector {
    /// Replays an event, or adapts a held delivery again.
    ///
    /// # Errors
    /// Nothing was done; try again.
    pub async fn replay(&self, id: &str) -> Result<Replayed, StoreError> {
        let parsed: (Result<ExecutionId, BadId>, Result<DeliveryId, BadId>) = (id.parse(), id.parse());
        let result = match parsed {
            (Ok(execution), Ok(delivery)) => match self.store.replay(execution).await? {
                Replay::Queued(ticket) => self.queued(execution, &ticket),
                Replay::Unfinished => ReplayResult::refused("it has not ended yet"),
                Replay::Unknown => self.replay_delivery(delivery).await?,
            },
            (Err(error), _) | (_, Err(error)) => ReplayResult::refused(error.to_string()),
        };
        Ok(Replayed { id: id.into(), result })
    }

    fn queued(&self, first: ExecutionId, ticket: &Ticket) -> ReplayResult {
        let execution = ticket.execution;
        tracing::info!(%execution, replay_of = %first, "replayed");
        self.arrivals.arrived(ticket.lane);
        ReplayResult::Queued { execution }
    }

    /// Adapts a held delivery again.
    ///
    /// # Errors
    /// Nothing was done; try again.
    pub async fn replay_delivery(&self, id: DeliveryId) -> Result<ReplayResult, StoreError> {
        let Some(delivery) = self.store.delivery(id).await? else {
            return Ok(ReplayResult::refused("there is no event and no delivery with this id"));
        };
        if !delivery.is_held() {
            return Ok(ReplayResult::refused("this delivery is not held; replay its events"));
        }
        let setup = self.live.now();
        let Some(provider) = setup.providers.get(&delivery.provider) else {
            let name = &delivery.provider;
            return Ok(ReplayResult::refused(format!(
                "its provider {name} is not configured, or its secrets are not set here"
            )));
        };
        let adapted = adapt(provider, &setup, &delivery.request, delivery.received_at).await;
        let judged = match adapted {
            Ok(adapted) => adapted.judged,
            Err(unfit @ Unfit::NoRoom) => return Ok(ReplayResult::refused(unfit.to_string())),
            // Nobody is there any more to be told.
            Err(unfit) => Judged::Held(unfit.to_string()),
        };
        let again = Readmission {
            delivery: id,
            judged,
            now: Time::now(),
            window: provider.window,
            sender_waits: provider.manifest.acknowledgement.hold_ms.is_some(),
        };
        Ok(match self.store.readmit(again).await? {
            Readmitted::NotHeld => ReplayResult::refused("it was replayed by somebody else just now"),
            Readmitted::Judged(verdict, admitted) => self.readmitted(&delivery, verdict, &admitted),
        })
    }

    fn readmitted(
        &self,
        delivery: &Delivery,
        verdict: DeliveryVerdict,
        admitted: &[Admitted],
    ) -> ReplayResult {
        let (provider, delivery) = (&delivery.provider, delivery.id);
        match verdict {
            DeliveryVerdict::Accepted { .. } => {
                let mut executions = Vec::new();
                for admitted in admitted {
                    match admitted {
                        Admitted::New(ticket) => {
                            self.arrivals.arrived(ticket.lane);
                            executions.push(ticket.execution);
                        }
                        Admitted::Recorded(execution) => executions.push(*execution),
                        Admitted::Stale(_) | Admitted::Duplicate(_) | Admitted::Conflict { .. } => {}
                    }
                }
                let not_run = admitted.len() - executions.len();
                tracing::info!(%provider, %delivery, new = executions.len(), not_run, "taken up");
                ReplayResult::Accepted { executions, not_run }
            }
            DeliveryVerdict::Ignored { reason } => {
                tracing::info!(%provider, %delivery, %reason, "no longer held");
                ReplayResult::Ignored { reason }
            }
            DeliveryVerdict::Held { reason } => {
                tracing::warn!(%provider, %delivery, %reason, "still held");
                ReplayResult::Held { reason }
            }
        }
    }
}
