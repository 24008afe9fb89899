//! Lanes of replies: the first that is owed, and where it stands.

use super::status;
use crate::model::time::Time;
use crate::store::StoreError;
use crate::store::key::{self, Lane};
use crate::store::owed::{OwedReply, ReplyClaimed};
use crate::store::table::Table;
use crate::store::tally::Queue;
use crate::store::txn::Txn;

/// The first reply of a lane.
pub(crate) fn claim_reply(txn: &mut Txn<'_>, lane: Lane, now: Time) -> Result<ReplyClaimed, StoreError> {
    let Some((place, reply_key)) = txn.first(Table::Outbox, lane.as_bytes())? else {
        return Ok(ReplyClaimed::Empty);
    };
    let Some(reply) = txn.load::<OwedReply>(Table::Replies, &reply_key)? else {
        // As for runs: a place without its reply must not block the lane.
        txn.leave(Queue::Outbox, &place)?;
        return Ok(ReplyClaimed::NotBefore(now));
    };
    match reply.not_before.filter(|at| *at > now) {
        Some(at) => Ok(ReplyClaimed::NotBefore(at)),
        None => Ok(ReplyClaimed::Next(Box::new(reply))),
    }
}

/// Keeps where a reply stands.
pub(crate) fn keep_reply(txn: &mut Txn<'_>, reply: &OwedReply) -> Result<(), StoreError> {
    let place = key::outbox(reply.lane, reply.seq, reply.number);
    if reply.progress.is_final() {
        txn.leave(Queue::Outbox, &place)?;
    }
    status::kept(txn, reply)?;
    txn.save(Table::Replies, &key::reply(reply.execution, reply.number), reply)
}
