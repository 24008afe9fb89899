//! Lanes of runs: claim, postpone, settle.

use super::status;
use crate::model::bounds;
use crate::model::id::{ExecutionId, OpeningId, OutgoingId};
use crate::model::task::{Origin, Outgoing};
use crate::model::time::Time;
use crate::store::StoreError;
use crate::store::execution::{Claim, ClaimKey, Claimed, Execution, Lease, Owed, Postponed, Settled, State};
use crate::store::key::{self, Lane};
use crate::store::owed::{OwedReply, ReplyProgress};
use crate::store::table::Table;
use crate::store::tally::Queue;
use crate::store::txn::Txn;

/// The first event of a lane.
pub(crate) fn first(txn: &Txn<'_>, lane: Lane) -> Result<Option<Execution>, StoreError> {
    let Some((_, id)) = txn.first(Table::Runs, lane.as_bytes())? else { return Ok(None) };
    load(txn, &id)
}

/// Starts an attempt of the first event of a lane.
///
/// An event that is found running is left to whoever claimed it until the lease is over. A lease of another
/// `opening` of the store is void: who held it ended with that opening. A claim that was never given to anybody
/// is none: `began` says which.
pub(crate) fn claim(
    txn: &mut Txn<'_>,
    lane: Lane,
    now: Time,
    opening: OpeningId,
    began: impl Fn(ClaimKey) -> bool,
) -> Result<Claimed, StoreError> {
    let Some((place, id)) = txn.first(Table::Runs, lane.as_bytes())? else { return Ok(Claimed::Empty) };
    let Some(mut execution) = load(txn, &id)? else {
        // A place without its event can only be left by a foreign hand; it must not block the lane.
        txn.leave(Queue::Runs, &place)?;
        return Ok(Claimed::NotBefore(now));
    };
    if execution.state == State::Running {
        let holds = |lease: &Lease| lease.opening == opening && lease.until > now;
        if !began(ClaimKey { execution: execution.id, fence: execution.fence }) {
            execution.attempts = execution.attempts.saturating_sub(1);
        } else if let Some(lease) = execution.lease.filter(holds) {
            return Ok(Claimed::NotBefore(lease.until));
        } else {
            execution.interrupted += 1;
        }
    }
    if execution.deadline.is_some_and(|deadline| deadline <= now) {
        let id = execution.id;
        execution.fence += 1;
        finish(txn, execution, Settled::expired(None), now)?;
        return Ok(Claimed::Expired(id));
    }
    if let Some(at) = execution.not_before.filter(|at| *at > now) {
        return Ok(Claimed::NotBefore(at));
    }
    execution.state = State::Running;
    execution.attempts += 1;
    execution.fence += 1;
    execution.lease = Some(Lease { opening, until: now.plus(bounds::CLAIM_LEASE) });
    txn.save(Table::Executions, execution.id.as_bytes(), &execution)?;
    Ok(Claimed::Started(Box::new(Claim { execution })))
}

/// Makes a claim hold longer.
pub(crate) fn renew(txn: &mut Txn<'_>, claim: ClaimKey, now: Time) -> Result<(), StoreError> {
    let Some(mut execution) = open(txn, claim)? else { return Ok(()) };
    execution.lease = execution.lease.map(|lease| Lease { until: now.plus(bounds::CLAIM_LEASE), ..lease });
    txn.save(Table::Executions, execution.id.as_bytes(), &execution)
}

/// Ends an attempt that is to be repeated.
pub(crate) fn postpone(txn: &mut Txn<'_>, claim: ClaimKey, postponed: &Postponed) -> Result<(), StoreError> {
    let Some(mut execution) = open(txn, claim)? else { return Ok(()) };
    execution.state = State::Queued;
    execution.lease = None;
    execution.not_before = Some(postponed.until);
    execution.unreachable_since = postponed.unreachable_since;
    if !postponed.is_counted {
        execution.attempts = execution.attempts.saturating_sub(1);
    }
    txn.save(Table::Executions, execution.id.as_bytes(), &execution)
}

/// Ends an event and queues what it owes.
pub(crate) fn settle(
    txn: &mut Txn<'_>,
    claim: ClaimKey,
    settled: Settled,
    now: Time,
) -> Result<(), StoreError> {
    let Some(execution) = open(txn, claim)? else { return Ok(()) };
    finish(txn, execution, settled, now)
}

fn finish(
    txn: &mut Txn<'_>,
    mut execution: Execution,
    settled: Settled,
    now: Time,
) -> Result<(), StoreError> {
    txn.leave(Queue::Runs, &key::run(execution.lane, execution.seq))?;
    if let Some(conversation) = execution.event.conversation.clone() {
        for (number, owed) in (0..).zip(settled.replies) {
            owe(txn, &execution, &conversation, number, owed, now)?;
            execution.replies = number + 1;
        }
    }
    execution.state = settled.state;
    execution.workflow = settled.workflow;
    execution.outcome = settled.outcome;
    execution.lease = None;
    execution.not_before = None;
    execution.finished_at = Some(now);
    txn.put(Table::Finished, &key::finished(now, execution.id), Vec::new());
    txn.save(Table::Executions, execution.id.as_bytes(), &execution)
}

fn owe(
    txn: &mut Txn<'_>,
    execution: &Execution,
    conversation: &str,
    number: u16,
    owed: Owed,
    now: Time,
) -> Result<(), StoreError> {
    let id = OutgoingId::new();
    let outgoing = Outgoing {
        id: id.to_string(),
        conversation: conversation.to_owned(),
        reply: owed.reply,
        origin: Some(Origin::of(&execution.event)),
        attributes: owed.attributes,
    };
    let reply = OwedReply {
        id,
        execution: execution.id,
        number,
        provider: execution.provider.clone(),
        lane: execution.lane,
        seq: execution.seq,
        outgoing,
        owed_at: now,
        deadline: execution.deadline,
        not_before: None,
        tries: 0,
        faults: 0,
        calls: 0,
        unknown_calls: 0,
        begun_by: None,
        progress: ReplyProgress::Owed,
        receipts: Vec::new(),
        trace: execution.trace,
    };
    let reply_key = key::reply(execution.id, number);
    txn.enter(Queue::Outbox, &key::outbox(reply.lane, reply.seq, number), reply_key.clone());
    status::owed(txn, &reply);
    txn.save(Table::Replies, &reply_key, &reply)
}

fn load(txn: &Txn<'_>, id: &[u8]) -> Result<Option<Execution>, StoreError> {
    match ExecutionId::from_bytes(id) {
        Some(id) => txn.load(Table::Executions, id.as_bytes()),
        None => Ok(None),
    }
}

/// The event of a claim; `None` where this very claim has ended its attempt already: whoever was told that
/// the store failed asks again, although what it asked for had become durable.
fn open(txn: &Txn<'_>, claim: ClaimKey) -> Result<Option<Execution>, StoreError> {
    let execution: Option<Execution> = txn.load(Table::Executions, claim.execution.as_bytes())?;
    let execution = execution.filter(|one| one.fence == claim.fence).ok_or(StoreError::Superseded)?;
    Ok(Some(execution).filter(|one| one.state == State::Running))
}
