//! What people look for in the store, and what one look finds.

use crate::model::id::{DeliveryId, ExecutionId};
use crate::model::name::ProviderName;
use crate::model::time::Time;
use crate::model::topic::TopicPattern;

use super::execution::{Execution, StateName};

/// From whom, and when it was taken in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// `None`: anybody.
    pub provider: Option<ProviderName>,
    /// Then or later. What is replayed counts from its replay on.
    pub since: Option<Time>,
    /// Before then.
    pub until: Option<Time>,
}

/// Which events are meant; every part that is stated must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventFilter {
    /// From whom, and when.
    pub origin: Origin,
    /// Of such topics.
    pub topic: Option<TopicPattern>,
    /// In this state.
    pub state: Option<StateName>,
    /// Of this conversation, as the provider names it.
    pub conversation: Option<String>,
    /// Whether they were replayed already.
    pub replayed: Option<bool>,
}

impl EventFilter {
    /// Whether this event is meant, whenever it was taken in.
    pub(crate) fn means(&self, execution: &Execution) -> bool {
        let Self { origin, topic, state, conversation, replayed } = self;
        origin.provider.as_ref().is_none_or(|provider| *provider == execution.provider)
            && topic.as_ref().is_none_or(|topic| topic.matches(&execution.event.topic))
            && state.is_none_or(|state| state == execution.state.name())
            && conversation.as_ref().is_none_or(|one| execution.event.conversation.as_ref() == Some(one))
            && replayed.is_none_or(|replayed| replayed != execution.replays.is_empty())
    }
}

/// Where one look begins and how much it gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look<Id> {
    /// Only what is older than this; `None`: from the newest on.
    pub before: Option<Id>,
    /// At most so many.
    pub max: usize,
}

/// What one look found, newest first.
#[derive(Debug, Clone, PartialEq)]
pub struct Found<T, Id> {
    /// What is meant.
    pub items: Vec<T>,
    /// Where the next look begins; `None`: there is nothing older.
    pub next: Option<Id>,
}

/// A look at events.
pub type EventLook = Look<ExecutionId>;
/// A look at held deliveries.
pub type HeldLook = Look<DeliveryId>;
