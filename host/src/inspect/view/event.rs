//! An event, in a list and as a whole.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::delivery::DeliveryView;
use super::reply::ReplyView;
use crate::model::event::Content;
use crate::model::id::{DeliveryId, ExecutionId};
use crate::model::name::{ProviderName, WorkflowName};
use crate::model::outcome::Outcome;
use crate::model::time::Time;
use crate::store::execution::{Execution, State, StateName};
use crate::store::owed::OwedReply;
use crate::store::status::MessageStatus;
use crate::workflow::input;

/// An event in a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EventRow {
    /// Of its execution.
    pub id: ExecutionId,
    /// When it was taken in, or its replay asked for.
    pub admitted_at_ms: Time,
    /// When its delivery arrived.
    pub received_at_ms: Time,
    /// Who sent it.
    pub provider: ProviderName,
    /// What it is.
    pub topic: String,
    /// Which of the operator's own numbers, bots or sessions it came to, as the provider names it.
    #[serde(default)]
    pub account: Option<String>,
    /// Where it happened, as the provider names it.
    pub conversation: Option<String>,
    /// Who caused it, as the provider names them.
    pub sender: Option<String>,
    /// How far it is.
    pub state: StateName,
    /// Why nothing was to be done, or nothing was done, where that is its state.
    pub reason: Option<String>,
    /// Attempts so far.
    pub attempts: u32,
    /// Which workflow ran.
    pub workflow: Option<WorkflowName>,
    /// The delivery that brought it.
    pub delivery: DeliveryId,
    /// What it is a replay of.
    pub replay_of: Option<ExecutionId>,
    /// Its own replays, oldest first.
    pub replays: Vec<ExecutionId>,
}

/// An event as a whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EventView {
    /// As in a list.
    #[serde(flatten)]
    pub row: EventRow,
    /// What workflows are given as `event`; a direct call has its `invocation` beside.
    pub event: Value,
    /// What came of it.
    pub outcome: Option<Outcome>,
    /// Attempts that a crash interrupted.
    pub interrupted: u32,
    /// The next attempt is not made before.
    pub not_before_ms: Option<Time>,
    /// Since when its workflow cannot be reached.
    pub unreachable_since_ms: Option<Time>,
    /// When it ended.
    pub finished_at_ms: Option<Time>,
    /// What it owed, in order.
    pub replies: Vec<ReplyView>,
    /// The delivery as a whole; null: it is no longer kept.
    pub brought_by: Option<DeliveryView>,
}

impl EventRow {
    /// What a list shows of an event.
    pub(in crate::inspect) fn of(execution: &Execution) -> Self {
        let reason = match &execution.state {
            State::Recorded { reason } => Some(reason.clone()),
            State::Conflict { first } => Some(format!("{first} had the same id and other content")),
            _ => None,
        };
        Self {
            id: execution.id,
            admitted_at_ms: execution.id.given_at(),
            received_at_ms: execution.received_at,
            provider: execution.provider.clone(),
            topic: execution.event.topic.clone(),
            account: execution.event.account.clone(),
            conversation: execution.event.conversation.clone(),
            sender: execution.event.sender.as_ref().map(|sender| sender.id.clone()),
            state: execution.state.name(),
            reason,
            attempts: execution.attempts,
            workflow: execution.workflow.clone(),
            delivery: execution.delivery,
            replay_of: execution.replay_of,
            replays: execution.replays.clone(),
        }
    }
}

impl EventView {
    pub(in crate::inspect) fn of(
        execution: &Execution,
        replies: &[(OwedReply, Vec<MessageStatus>)],
        brought_by: Option<DeliveryView>,
    ) -> Self {
        let mut event = input::event_json(&execution.provider, &execution.event, &|_| None);
        if let Content::Invocation(invocation) = &execution.event.content {
            // A workflow gets it as its inputs.
            event["invocation"] = json!(invocation);
        }
        Self {
            row: EventRow::of(execution),
            event,
            outcome: execution.outcome.clone(),
            interrupted: execution.interrupted,
            not_before_ms: execution.not_before,
            unreachable_since_ms: execution.unreachable_since,
            finished_at_ms: execution.finished_at,
            replies: replies.iter().map(|(reply, statuses)| ReplyView::of(reply, statuses)).collect(),
            brought_by,
        }
    }
}
