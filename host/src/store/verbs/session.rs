//! Sessions of providers: what their events tell is kept with the event, in one transaction.

use crate::model::bounds;
use crate::model::event::Content;
use crate::model::name::ProviderName;
use crate::model::time::Time;
use crate::store::StoreError;
use crate::store::execution::Execution;
use crate::store::key;
use crate::store::session::{Session, heard};
use crate::store::table::Table;
use crate::store::txn::Txn;

/// An event was admitted: if it tells of a session, that is the last of it, unless it is older than what is known.
pub(super) fn arrived(txn: &mut Txn<'_>, execution: &Execution) -> Result<(), StoreError> {
    let Content::Connection { state, detail } = &execution.event.content else { return Ok(()) };
    let name = cut(execution.event.account.as_deref().unwrap_or_default());
    let place = key::session(&execution.provider, &name);
    let at = execution.event.occurred_ms.map_or(execution.received_at, Time);
    let news = Session {
        provider: execution.provider.clone(),
        name,
        state: cut(state),
        detail: detail.as_deref().map(cut),
        since: at,
        heard_at: at,
        event: execution.id,
    };
    let known: Option<Session> = txn.load(Table::Sessions, &place)?;
    let Some(session) = heard(known.as_ref(), news) else { return Ok(()) };
    if known.is_none() {
        make_room(txn, &execution.provider)?;
    }
    txn.save(Table::Sessions, &place, &session)
}

/// What a sender may have written without end.
fn cut(text: &str) -> String {
    text.chars().take(bounds::SESSION_CHARS).collect()
}

/// All that is known, by provider.
pub(crate) fn sessions(txn: &Txn<'_>) -> Result<Vec<Session>, StoreError> {
    Ok(below(txn, &[])?.into_iter().map(|(_, session)| session).collect())
}

/// The one that was not heard of for longest gives way to a new one.
fn make_room(txn: &mut Txn<'_>, provider: &ProviderName) -> Result<(), StoreError> {
    let known = below(txn, &key::sessions_of(provider))?;
    if known.len() < bounds::SESSIONS_PER_PROVIDER {
        return Ok(());
    }
    match known.into_iter().min_by_key(|(_, session)| session.heard_at) {
        Some((place, _)) => txn.erase(Table::Sessions, &place),
        None => Ok(()),
    }
}

fn below(txn: &Txn<'_>, prefix: &[u8]) -> Result<Vec<(Vec<u8>, Session)>, StoreError> {
    let (mut found, mut from) = (Vec::new(), prefix.to_vec());
    while let Some((place, _)) = txn.first_from(Table::Sessions, prefix, &from)? {
        from = [&place[..], &[0]].concat();
        if let Some(session) = txn.load(Table::Sessions, &place)? {
            found.push((place, session));
        }
    }
    Ok(found)
}
