//! A reply and where it stands.

use serde::{Deserialize, Serialize};

use crate::model::id::OutgoingId;
use crate::model::reply::Reply;
use crate::model::time::Time;
use crate::store::owed::OwedReply;
use crate::store::status::{MessageStatus, Standing, standing};

/// A reply, without what its plugin keeps for it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReplyView {
    /// Its own.
    pub id: OutgoingId,
    /// `owed`, `sending`, `sent`, `delivered`, `read`, `played`, `unsure` or `failed`.
    pub state: String,
    /// Why nobody knows, or why it failed.
    pub reason: Option<String>,
    /// Since when, where the provider said so.
    pub since_ms: Option<Time>,
    /// What is said.
    pub reply: Reply,
    /// Steps that were taken, each of one call that may have been repeated.
    pub calls: u32,
    /// Calls whose outcome nobody knows: they were made, and no answer was read.
    pub unknown_calls: u32,
    /// The next one is not made before.
    pub not_before_ms: Option<Time>,
    /// The provider's ids of what it accepted.
    pub receipts: Vec<String>,
}

impl ReplyView {
    pub(super) fn of(owed: &OwedReply, statuses: &[MessageStatus]) -> Self {
        let Standing { state, reason, at } = standing(owed, statuses);
        Self {
            id: owed.id,
            state: state.into(),
            reason,
            since_ms: at,
            reply: owed.outgoing.reply.clone(),
            calls: owed.calls,
            unknown_calls: owed.unknown_calls,
            not_before_ms: owed.not_before,
            receipts: owed.receipts.iter().map(|receipt| receipt.id.clone()).collect(),
        }
    }
}
