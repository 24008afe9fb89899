//! A reply that is owed, and how far its sending is.

use serde::{Deserialize, Serialize};

use super::key::Lane;
use crate::model::id::{ExecutionId, OutgoingId};
use crate::model::name::ProviderName;
use crate::model::task::{Answer, Failure, Outgoing, Receipt, Step};
use crate::model::time::Time;
use crate::model::trace::TraceParent;

/// A reply from the moment it is owed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OwedReply {
    /// Its own id, also in [`Outgoing::id`].
    pub id: OutgoingId,
    /// The run that owes it.
    pub execution: ExecutionId,
    /// Its place among the replies of that run, from 0.
    pub number: u16,
    /// Who carries it.
    pub provider: ProviderName,
    /// The conversation's lane.
    pub lane: Lane,
    /// The event's place in all that was ever admitted.
    pub seq: u64,
    /// What is sent, and where to.
    pub outgoing: Outgoing,
    /// When the run was settled.
    pub owed_at: Time,
    /// When it is of no use any more.
    #[serde(default)]
    pub deadline: Option<Time>,
    /// Not to be tried before.
    pub not_before: Option<Time>,
    /// How often the present step was tried before.
    pub tries: u32,
    /// How often the plugin broke on the present step.
    pub faults: u32,
    /// Steps that were taken, each of one call that may be repeated.
    pub calls: u32,
    /// Calls that were made and of which nobody knows what became: they were not answered.
    #[serde(default)]
    pub unknown_calls: u32,
    /// The digest of the plugin whose steps these are.
    #[serde(default)]
    pub begun_by: Option<String>,
    /// How far it is.
    pub progress: ReplyProgress,
    /// Messages that the provider accepted.
    pub receipts: Vec<Receipt>,
    /// As the event has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<TraceParent>,
}

/// How far a reply is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReplyProgress {
    /// Nothing was done yet.
    Owed,
    /// This call comes next; it was not made, or is to be made again.
    Next(Step),
    /// This call was begun; when it is found so after a start, nobody knows what became of it.
    Calling(Step),
    /// The call was answered, and the plugin has not yet said what that means.
    Answered {
        /// The call.
        step: Step,
        /// Its answer.
        answer: Answer,
    },
    /// The provider has it.
    Sent,
    /// Nobody knows whether the provider has it.
    Unsure(String),
    /// It could not be sent.
    Failed(Failure),
}

impl ReplyProgress {
    /// Its name, as it is stored.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Owed => "owed",
            Self::Next(_) => "next",
            Self::Calling(_) => "calling",
            Self::Answered { .. } => "answered",
            Self::Sent => "sent",
            Self::Unsure(_) => "unsure",
            Self::Failed(_) => "failed",
        }
    }

    /// Whether nothing more will be done.
    pub fn is_final(&self) -> bool {
        matches!(self, Self::Sent | Self::Unsure(_) | Self::Failed(_))
    }
}

/// What a lane of replies has to offer.
#[derive(Debug, Clone, PartialEq)]
pub enum ReplyClaimed {
    /// Nothing is owed.
    Empty,
    /// The first reply is not due before then.
    NotBefore(Time),
    /// This one is next.
    Next(Box<OwedReply>),
}
