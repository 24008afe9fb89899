//! Lanes of runs: claim, postpone, settle.

use super::status;
use crate::model::id::{ExecutionId, OutgoingId};
use crate::model::task::{Origin, Outgoing};
use crate::model::time::Time;
use crate::store::StoreError;
use crate::store::execution::{Claim, ClaimKey, Claimed, Execution, Owed, Postponed, Settled, State};
use crate::store::key::{self, Lane};
use crate::store::owed::{OwedReply, ReplyProgress};
use crate::store::table::Table;
use crate::store::txn::Txn;

/// Starts an attempt of the first event of a lane.
///
/// The dispatcher works on a lane once at a time, so an event that is found running was interrupted, or its
/// claim was never given to anybody: `began` says which.
pub(crate) fn claim(
    txn: &mut Txn<'_>,
    lane: Lane,
    now: Time,
    began: impl Fn(ClaimKey) -> bool,
) -> Result<Claimed, StoreError> {
    let Some((place, id)) = txn.first(Table::Runs, lane.as_bytes())? else { return Ok(Claimed::Empty) };
    let Some(mut execution) = load(txn, &id)? else {
        // A place without its event can only be left by a foreign hand; it must not block the lane.
        txn.remove(Table::Runs, &place);
        return Ok(Claimed::NotBefore(now));
    };
    if let Some(at) = execution.not_before.filter(|at| *at > now) {
        return Ok(Claimed::NotBefore(at));
    }
    if execution.state == State::Running {
        if began(ClaimKey { execution: execution.id, fence: execution.fence }) {
            execution.interrupted += 1;
        } else {
            execution.attempts = execution.attempts.saturating_sub(1);
        }
    }
    execution.state = State::Running;
    execution.attempts += 1;
    execution.fence += 1;
    txn.save(Table::Executions, execution.id.as_bytes(), &execution)?;
    Ok(Claimed::Started(Box::new(Claim { execution })))
}

/// Ends an attempt that is to be repeated.
pub(crate) fn postpone(txn: &mut Txn<'_>, claim: ClaimKey, postponed: &Postponed) -> Result<(), StoreError> {
    let Some(mut execution) = open(txn, claim)? else { return Ok(()) };
    execution.state = State::Queued;
    execution.not_before = Some(postponed.until);
    execution.unreachable_since = postponed.unreachable_since;
    if postponed.unreachable_since.is_some() {
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
    let Some(mut execution) = open(txn, claim)? else { return Ok(()) };
    txn.remove(Table::Runs, &key::run(execution.lane, execution.seq));
    if let Some(conversation) = execution.event.conversation.clone() {
        for (number, owed) in (0..).zip(settled.replies) {
            owe(txn, &execution, &conversation, number, owed, now)?;
            execution.replies = number + 1;
        }
    }
    execution.state = settled.state;
    execution.workflow = settled.workflow;
    execution.outcome = settled.outcome;
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
        not_before: None,
        tries: 0,
        faults: 0,
        calls: 0,
        progress: ReplyProgress::Owed,
        receipts: Vec::new(),
    };
    let reply_key = key::reply(execution.id, number);
    txn.put(Table::Outbox, &key::outbox(reply.lane, reply.seq, number), reply_key.clone());
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
