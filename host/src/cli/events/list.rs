//! Finds events and held deliveries look by look, and prints them.

use serde::Serialize;

use super::source::Source;
use super::{say, say_json};
use crate::cli::failure::Failure;
use crate::cli::plain::plain;
use crate::cli::table::table;
use crate::inspect::view::Page;
use crate::inspect::view::delivery::HeldRow;
use crate::inspect::view::event::EventRow;
use crate::model::bounds::EVENTS_PER_LOOK;
use crate::store::listing::{EventFilter, Look, Origin};

/// The newest events that are meant, at most `limit`.
pub(super) async fn events(
    source: &Source,
    filter: &EventFilter,
    limit: usize,
) -> Result<Vec<EventRow>, Failure> {
    collect(limit, async |look| source.events(filter, look).await).await
}

/// The newest held deliveries, at most `limit`.
pub(super) async fn held(source: &Source, origin: &Origin, limit: usize) -> Result<Vec<HeldRow>, Failure> {
    collect(limit, async |look| source.held(origin, look).await).await
}

async fn collect<T, Id: Copy>(
    limit: usize,
    look: impl AsyncFn(Look<Id>) -> Result<Page<T, Id>, Failure>,
) -> Result<Vec<T>, Failure> {
    let (mut rows, mut before) = (Vec::new(), None);
    while rows.len() < limit {
        let max = (limit - rows.len()).min(EVENTS_PER_LOOK);
        let page = look(Look { before, max }).await?;
        rows.extend(page.items);
        before = page.next;
        if before.is_none() {
            break;
        }
    }
    Ok(rows)
}

/// As a table, or as one array.
pub(super) fn print<T: Serialize>(rows: &[T], as_json: bool, as_table: fn(&[T]) -> String) {
    if as_json {
        say_json(&rows);
    } else {
        say(&as_table(rows));
    }
}

pub(super) fn event_table(events: &[EventRow]) -> String {
    table(
        &["taken in", "id", "provider", "topic", "conversation", "state", "workflow", "note"],
        &events.iter().map(event_cells).collect::<Vec<_>>(),
    )
}

/// What a list shows of an event.
pub(super) fn event_cells(event: &EventRow) -> Vec<String> {
    let note = match (&event.reason, event.replay_of, event.replays.last()) {
        (Some(reason), ..) => match event.account.as_ref().filter(|_| event.conversation.is_none()) {
            // Of what happened in no conversation this is where it happened.
            Some(account) => format!("{account}: {reason}"),
            None => reason.clone(),
        },
        (None, _, Some(last)) => format!("replayed as {last}"),
        (None, Some(first), None) => format!("replay of {first}"),
        (None, None, None) => String::new(),
    };
    vec![
        event.admitted_at_ms.shown(),
        event.id.to_string(),
        event.provider.to_string(),
        plain(&event.topic),
        plain(event.conversation.as_deref().unwrap_or("-")),
        event.state.to_string(),
        event.workflow.as_ref().map_or_else(|| "-".into(), ToString::to_string),
        plain(&note),
    ]
}

pub(super) fn held_table(deliveries: &[HeldRow]) -> String {
    let cells = |held: &HeldRow| {
        let (at, id) = (held.received_at_ms.shown(), held.id.to_string());
        vec![at, id, held.provider.to_string(), plain(&held.reason)]
    };
    table(&["arrived", "id", "provider", "held because"], &deliveries.iter().map(cells).collect::<Vec<_>>())
}
