//! Reads what WhatsApp itself says in a chat: somebody has another number or another user id now.

use hookhost_sdk::json;
use hookhost_sdk::types::Content;
use serde_json::Value;

use crate::conversation::{Conversation, Recipient};

/// Where the conversation goes on from now on, if the message says so.
pub(crate) fn content(system: &Value, conversation: Option<&Conversation>) -> Content {
    match conversation.and_then(|from| moved(system, from)) {
        Some(to) => Content::Moved(to.to_string()),
        None => Content::Other,
    }
}

fn moved(system: &Value, from: &Conversation) -> Option<Conversation> {
    let filled = |pointer: &str| json::text(system, pointer).filter(|id| !id.is_empty());
    let recipient = match (json::str(system, "/type")?, &from.recipient) {
        ("user_changed_number" | "customer_changed_number", Recipient::Phone(_)) => {
            Recipient::Phone(filled("/wa_id").or_else(|| filled("/new_wa_id"))?)
        }
        ("user_changed_user_id", Recipient::User(_)) => Recipient::User(filled("/user_id")?),
        _ => return None,
    };
    (recipient != from.recipient).then(|| Conversation { recipient, ..from.clone() })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_conversation_goes_on_under_the_new_number_or_user_id() {
        for (system, from, to) in [
            (json!({"type": "user_changed_number", "wa_id": "4918"}), "106/4917", Some("106/4918")),
            (json!({"type": "customer_changed_number", "new_wa_id": 4918}), "106/4917", Some("106/4918")),
            (json!({"type": "user_changed_user_id", "user_id": "DE.2"}), "106/u:DE.1", Some("106/u:DE.2")),
            (json!({"type": "user_changed_user_id", "user_id": "DE.2"}), "106/4917", None),
            (json!({"type": "user_changed_number", "wa_id": "4917"}), "106/4917", None),
            (json!({"type": "user_changed_number"}), "106/4917", None),
            (json!({"type": "customer_identity_changed", "wa_id": "4918"}), "106/4917", None),
            (json!({"type": "user_changed_number", "wa_id": "4918"}), "106/g:G1", None),
        ] {
            let expected = to.map_or(Content::Other, |to| Content::Moved(to.into()));
            assert_eq!(content(&system, from.parse().ok().as_ref()), expected, "{system} {from}");
        }
    }
}
