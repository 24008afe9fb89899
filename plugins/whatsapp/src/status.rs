//! Reads what became of a message of ours.

use hookhost_sdk::json;
use hookhost_sdk::types::{Content, Event, Failure, Status};
use serde_json::Value;

use crate::answer::scope_of;
use crate::attributes::explanation;
use crate::id;
use crate::receive::plain;

/// The status as an event; `None` when it does not say of what. It has no conversation: it finds its message
/// by the receipt, and need not wait in line.
pub(crate) fn read(item: &Value) -> Option<Event> {
    let state = json::str(item, "/status").map_or("unknown", plain);
    let status = Status {
        message: json::text(item, "/id").filter(|id| !id.is_empty())?,
        state: state.into(),
        recipient: id::participant(item),
        correlation: json::text(item, "/biz_opaque_callback_data"),
        failure: failure(item),
    };
    Some(Event { id: id::of_state(item), ..Event::new(format!("status.{state}"), Content::Status(status)) })
}

fn failure(item: &Value) -> Option<Failure> {
    let code = json::integer(item, "/errors/0/code")?;
    let text = json::at(item, "/errors/0").and_then(explanation);
    Some(Failure {
        scope: scope_of(code),
        code: code.to_string(),
        message: text.unwrap_or("no explanation").into(),
    })
}
