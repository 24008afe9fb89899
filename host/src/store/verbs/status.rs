//! Statuses find the reply that they belong to: by the provider's id of its message, or by the reply's own
//! id where the provider gives that back.
//!
//! A status may arrive before the call that sends its message has returned. It then waits as long as its
//! event is kept; the transaction that keeps the message's receipt takes it along. Verbs run one after the
//! other, so one of the two always sees the other.

use crate::model::bounds;
use crate::model::event::{Content, Status};
use crate::model::id::ExecutionId;
use crate::model::name::ProviderName;
use crate::model::time::Time;
use crate::store::StoreError;
use crate::store::execution::Execution;
use crate::store::key;
use crate::store::owed::OwedReply;
use crate::store::status::{MessageStatus, hear};
use crate::store::table::Table;
use crate::store::txn::Txn;

/// An event was admitted: if it is a status, its reply hears of it, now or when its receipt is known.
pub(super) fn arrived(txn: &mut Txn<'_>, execution: &Execution) -> Result<(), StoreError> {
    let Some((status, news)) = news_of(execution) else { return Ok(()) };
    let provider = &execution.provider;
    let message = key::sent(provider, &status.message);
    if let Some(reply) = txn.get(Table::Sent, &message)? {
        return note(txn, &reply, news);
    }
    let correlation = status.correlation.as_deref().map(|correlation| key::sent(provider, correlation));
    let reply = correlation.map(|correlation| txn.get(Table::Sent, &correlation)).transpose()?.flatten();
    if let Some(reply) = reply {
        note(txn, &reply, news)?;
        return learn(txn, provider, &status.message, &reply);
    }
    txn.put(Table::Early, &key::early(message, execution.id), Vec::new());
    Ok(())
}

/// A reply is owed: statuses may name it from now on.
pub(super) fn owed(txn: &mut Txn<'_>, reply: &OwedReply) {
    let correlation = key::sent(&reply.provider, &reply.outgoing.id);
    txn.put(Table::Sent, &correlation, key::reply(reply.execution, reply.number));
}

/// A reply is kept: statuses may name each of its messages from now on, and those that came early are heard.
pub(super) fn kept(txn: &mut Txn<'_>, reply: &OwedReply) -> Result<(), StoreError> {
    let reply_key = key::reply(reply.execution, reply.number);
    for receipt in reply.receipts.iter().take(bounds::MESSAGES_PER_REPLY) {
        learn(txn, &reply.provider, &receipt.id, &reply_key)?;
    }
    Ok(())
}

/// What was heard of the messages of each reply of an execution, in the order of the replies.
pub(crate) fn statuses(txn: &Txn<'_>, execution: ExecutionId) -> Result<Vec<Vec<MessageStatus>>, StoreError> {
    let count = super::show::execution(txn, execution)?.map_or(0, |execution| execution.replies);
    (0..count).map(|number| heard(txn, &key::reply(execution, number))).collect()
}

/// An execution is forgotten: what was waiting for its receipt goes with it.
pub(super) fn forget_event(txn: &mut Txn<'_>, execution: &Execution) {
    if let Some((status, _)) = news_of(execution) {
        let message = key::sent(&execution.provider, &status.message);
        txn.remove(Table::Early, &key::early(message, execution.id));
    }
}

/// A reply is forgotten, with all that statuses could find it by.
pub(super) fn forget_reply(txn: &mut Txn<'_>, reply_key: &[u8]) -> Result<(), StoreError> {
    let Some(reply) = txn.load::<OwedReply>(Table::Replies, reply_key)? else { return Ok(()) };
    let statuses = heard(txn, reply_key)?;
    let receipts = reply.receipts.iter().map(|receipt| &receipt.id);
    let messages = statuses.iter().map(|status| &status.message);
    for id in receipts.chain(messages).chain([&reply.outgoing.id]) {
        let place = key::sent(&reply.provider, id);
        if txn.get(Table::Sent, &place)?.is_some_and(|found| found == reply_key) {
            txn.remove(Table::Sent, &place);
        }
    }
    txn.erase(Table::Statuses, reply_key)
}

fn news_of(execution: &Execution) -> Option<(&Status, MessageStatus)> {
    let Content::Status(status) = &execution.event.content else { return None };
    let at = execution.event.occurred_ms.map_or(execution.received_at, Time);
    Some((status, MessageStatus::of(status, at)?))
}

/// Statuses of this message belong to this reply; those that came early are heard now.
fn learn(
    txn: &mut Txn<'_>,
    provider: &ProviderName,
    message: &str,
    reply_key: &[u8],
) -> Result<(), StoreError> {
    let place = key::sent(provider, message);
    if txn.get(Table::Sent, &place)?.is_some_and(|known| known == reply_key) {
        return Ok(());
    }
    txn.put(Table::Sent, &place, reply_key.to_vec());
    for _ in 0..bounds::EARLY_STATUSES {
        let Some((early, _)) = txn.first(Table::Early, &place)? else { break };
        txn.remove(Table::Early, &early);
        let Some(event) = key::event_of_early(&early) else { continue };
        let Some(execution) = super::show::execution(txn, event)? else { continue };
        if let Some((_, news)) = news_of(&execution) {
            note(txn, reply_key, news)?;
        }
    }
    Ok(())
}

fn note(txn: &mut Txn<'_>, reply_key: &[u8], news: MessageStatus) -> Result<(), StoreError> {
    let mut known = heard(txn, reply_key)?;
    if hear(&mut known, news) { txn.save(Table::Statuses, reply_key, &known) } else { Ok(()) }
}

fn heard(txn: &Txn<'_>, reply_key: &[u8]) -> Result<Vec<MessageStatus>, StoreError> {
    Ok(txn.load(Table::Statuses, reply_key)?.unwrap_or_default())
}
