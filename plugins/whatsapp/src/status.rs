//! Reads what became of a message of ours.

use hookhost_sdk::json;
use hookhost_sdk::types::{Content, Event, Failure, Status};
use serde_json::Value;

use crate::answer::scope_of;
use crate::receive::{id_of_state, plain};

/// The status as an event; `None` when it does not say of what. It has no conversation: it finds its message
/// by the receipt, and need not wait in line.
pub(crate) fn read(item: &Value) -> Option<Event> {
    let state = json::str(item, "/status").map_or("unknown", plain);
    let status = Status {
        message: json::text(item, "/id").filter(|id| !id.is_empty())?,
        state: state.into(),
        recipient: json::text(item, "/recipient_participant_id")
            .or_else(|| json::text(item, "/recipient_participant_user_id")),
        correlation: json::text(item, "/biz_opaque_callback_data"),
        failure: failure(item),
    };
    Some(Event { id: id_of_state(item), ..Event::new(format!("status.{state}"), Content::Status(status)) })
}

fn failure(item: &Value) -> Option<Failure> {
    let code = json::integer(item, "/errors/0/code")?;
    let text = ["/errors/0/error_data/details", "/errors/0/message", "/errors/0/title"]
        .into_iter()
        .find_map(|pointer| json::str(item, pointer));
    Some(Failure {
        scope: scope_of(code),
        code: code.to_string(),
        message: text.unwrap_or("no explanation").into(),
    })
}
