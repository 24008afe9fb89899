//! Whether every record can be read, and whether what names it agrees. Each record is looked at together with what
//! belongs to it, in one transaction, so that a store may be written to meanwhile.

use crate::model::event::Content;
use crate::model::grant::Grant;
use crate::model::manifest::Manifest;
use crate::store::StoreError;
use crate::store::admission::Delivery;
use crate::store::execution::Execution;
use crate::store::ids::Ids;
use crate::store::key::{self, Finished};
use crate::store::meta;
use crate::store::owed::OwedReply;
use crate::store::record::{self, Raw};
use crate::store::session::Session;
use crate::store::status::MessageStatus;
use crate::store::table::Table;
use crate::store::txn::Txn;
use crate::store::verified::{Checkpoint, Verified, Wrong};

/// Records that are looked at in one transaction, while nothing else is written.
const STEP: usize = 100;

const OTHER_KEY: &str = "it has another id than its key";

/// Looks at the next records, from the beginning or from where the last look ended.
pub(crate) fn verify(txn: &Txn<'_>, from: &Checkpoint) -> Result<Verified, StoreError> {
    let mut verified = Verified::default();
    let mut at = from.clone();
    while verified.looked_at < STEP {
        let Some(table) = Table::FIXED.get(at.table).copied() else { return Ok(verified) };
        let Some((key, value)) = txn.first_from(table, &[], &at.from)? else {
            at = Checkpoint { table: at.table + 1, from: Vec::new() };
            continue;
        };
        verified.looked_at += 1;
        let what = match check(txn, table, &key, &value) {
            Err(StoreError::Unreadable(why)) => Some(why),
            looked => looked?,
        };
        let wrong = |what| Wrong { table: table.name(), key: hex::encode(&key), what };
        verified.wrong.extend(what.map(wrong));
        at.from = [&key[..], &[0]].concat();
    }
    verified.next = Some(at);
    Ok(verified)
}

/// What is wrong with a record, the first thing of it.
fn check(txn: &Txn<'_>, table: Table, key: &[u8], value: &[u8]) -> Result<Option<String>, StoreError> {
    let wrong = match table {
        Table::Meta => meta::number(value).map(|_| None)?,
        Table::Deliveries => delivery(txn, key)?,
        Table::Bodies => {
            let Raw(_) = load(txn, table, key)?;
            missing(txn, Table::Deliveries, key)?
        }
        Table::Executions => execution(txn, key)?,
        Table::Runs => run(txn, key, value)?,
        Table::Replies => reply(txn, key)?,
        Table::Outbox => owed(txn, key, value)?,
        Table::Sent => missing(txn, Table::Replies, value)?,
        Table::Statuses => {
            let _: Vec<MessageStatus> = load(txn, table, key)?;
            missing(txn, Table::Replies, key)?
        }
        Table::Early => early(txn, key)?,
        Table::Finished => finished(txn, key)?,
        Table::Held => held(txn, key)?,
        Table::Waiting => waiting(txn, key, value)?,
        Table::Manifests => {
            let _: Manifest = load(txn, table, key)?;
            None
        }
        Table::Grants => {
            let _: Grant = load(txn, table, key)?;
            None
        }
        Table::Sessions => {
            let session: Session = load(txn, table, key)?;
            if key::session(&session.provider, &session.name) == key { None } else { Some(OTHER_KEY.into()) }
        }
        Table::Pieces => piece(txn, key)?,
        Table::Ids => {
            let entry = Ok((key.to_vec(), value.to_vec()));
            Ids::default().read_day(0, std::iter::once(entry))?;
            None
        }
        Table::Seen(_) => None,
    };
    Ok(wrong)
}

fn delivery(txn: &Txn<'_>, key: &[u8]) -> Result<Option<String>, StoreError> {
    let delivery: Delivery = load(txn, Table::Deliveries, key)?;
    if delivery.id.as_bytes() != key {
        return is(OTHER_KEY);
    }
    if delivery.is_held() && txn.get(Table::Held, key)?.is_none() {
        return is("it is held, and not in the table of those that are");
    }
    if let Some(place) = delivery.place {
        let waits = txn.get(Table::Waiting, &key::waiting(&delivery.provider, place))?;
        if waits.as_deref() != Some(key) {
            return is("it waits for its plugin, and its place does not name it");
        }
    }
    missing(txn, Table::Bodies, key)
}

fn execution(txn: &Txn<'_>, key: &[u8]) -> Result<Option<String>, StoreError> {
    let execution: Execution = load(txn, Table::Executions, key)?;
    if execution.id.as_bytes() != key {
        return is(OTHER_KEY);
    }
    let place = txn.get(Table::Runs, &key::run(execution.lane, execution.seq))?;
    match (execution.state.is_final(), place) {
        (true, Some(_)) => return is("it has ended, and has a place in its lane"),
        (false, place) if place.as_deref() != Some(key) => {
            return is("it waits, and its lane does not name it");
        }
        _ => {}
    }
    for number in 0..execution.replies {
        let reply = key::reply(execution.id, number);
        if let Some(wrong) = missing(txn, Table::Replies, &reply)? {
            return Ok(Some(wrong));
        }
    }
    missing(txn, Table::Deliveries, execution.delivery.as_bytes())
}

fn run(txn: &Txn<'_>, place: &[u8], id: &[u8]) -> Result<Option<String>, StoreError> {
    let Some(execution) = txn.load::<Execution>(Table::Executions, id)? else {
        return missing(txn, Table::Executions, id);
    };
    if execution.state.is_final() || key::run(execution.lane, execution.seq) != place {
        return is("the event that it names has ended, or waits at another place");
    }
    Ok(None)
}

fn reply(txn: &Txn<'_>, key: &[u8]) -> Result<Option<String>, StoreError> {
    let reply: OwedReply = load(txn, Table::Replies, key)?;
    if key::reply(reply.execution, reply.number) != key {
        return is("it has another number than its key");
    }
    let place = txn.get(Table::Outbox, &key::outbox(reply.lane, reply.seq, reply.number))?;
    match (reply.progress.is_final(), place) {
        (true, Some(_)) => is("it has ended, and has a place in its lane"),
        (false, place) if place.as_deref() != Some(key) => is("it is owed, and its lane does not name it"),
        _ => missing(txn, Table::Executions, reply.execution.as_bytes()),
    }
}

fn owed(txn: &Txn<'_>, place: &[u8], reply_key: &[u8]) -> Result<Option<String>, StoreError> {
    let Some(reply) = txn.load::<OwedReply>(Table::Replies, reply_key)? else {
        return missing(txn, Table::Replies, reply_key);
    };
    if reply.progress.is_final() || key::outbox(reply.lane, reply.seq, reply.number) != place {
        return is("the reply that it names has ended, or waits at another place");
    }
    Ok(None)
}

fn early(txn: &Txn<'_>, key: &[u8]) -> Result<Option<String>, StoreError> {
    let Some(id) = key::event_of_early(key) else { return is("its key names no event") };
    match txn.load::<Execution>(Table::Executions, id.as_bytes())? {
        Some(execution) if matches!(execution.event.content, Content::Status(_)) => Ok(None),
        Some(_) => is("the event that it names is no status"),
        None => missing(txn, Table::Executions, id.as_bytes()),
    }
}

fn finished(txn: &Txn<'_>, key: &[u8]) -> Result<Option<String>, StoreError> {
    match key::parse_finished(key) {
        None => is("its key names neither an event nor a delivery"),
        Some((_, Finished::Delivery(id))) => missing(txn, Table::Deliveries, id.as_bytes()),
        Some((_, Finished::Execution(id))) => {
            match txn.load::<Execution>(Table::Executions, id.as_bytes())? {
                Some(execution) if execution.state.is_final() => Ok(None),
                Some(_) => is("the event that it names has not ended"),
                None => missing(txn, Table::Executions, id.as_bytes()),
            }
        }
    }
}

fn held(txn: &Txn<'_>, id: &[u8]) -> Result<Option<String>, StoreError> {
    match txn.load::<Delivery>(Table::Deliveries, id)? {
        Some(delivery) if delivery.is_held() => Ok(None),
        Some(_) => is("the delivery that it names is not held"),
        None => missing(txn, Table::Deliveries, id),
    }
}

fn waiting(txn: &Txn<'_>, place: &[u8], id: &[u8]) -> Result<Option<String>, StoreError> {
    let Some(delivery) = txn.load::<Delivery>(Table::Deliveries, id)? else {
        return missing(txn, Table::Deliveries, id);
    };
    let own = delivery.place.map(|own| key::waiting(&delivery.provider, own));
    if own.as_deref() != Some(place) {
        return is("the delivery that it names waits at another place, or not at all");
    }
    Ok(None)
}

fn piece(txn: &Txn<'_>, key: &[u8]) -> Result<Option<String>, StoreError> {
    let Some((table, head_key, number)) = record::parse_piece_key(key) else {
        return is("its key names no record");
    };
    match txn.get(table, head_key)? {
        Some(head) if number < record::pieces(&head)? => Ok(None),
        _ => is("it is a piece of no record"),
    }
}

fn load<T: record::Stored>(txn: &Txn<'_>, table: Table, key: &[u8]) -> Result<T, StoreError> {
    txn.load(table, key)?.ok_or_else(|| StoreError::Unreadable("it is gone while it is looked at".into()))
}

/// Says so where a record that is named is not there.
fn missing(txn: &Txn<'_>, table: Table, key: &[u8]) -> Result<Option<String>, StoreError> {
    let is_there = txn.get(table, key)?.is_some();
    Ok((!is_there).then(|| format!("it names {} in {}, which is not there", hex::encode(key), table.name())))
}

fn is(wrong: &str) -> Result<Option<String>, StoreError> {
    Ok(Some(wrong.into()))
}
