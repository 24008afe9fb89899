//! What makes an event the same one when it comes again.

use hookhost_sdk::json;
use serde_json::Value;

/// The id of something that passes through states: one id would hide all states but the first. In a group
/// each participant passes through them.
pub(crate) fn of_state(item: &Value) -> Option<String> {
    let mut id = json::text(item, "/id").filter(|id| !id.is_empty())?;
    let state = json::str(item, "/status").or_else(|| json::str(item, "/event"));
    for part in [state.map(String::from), participant(item)].into_iter().flatten() {
        id.push(':');
        id.push_str(&part);
    }
    Some(id)
}

/// Whose state it is, in a group.
pub(crate) fn participant(item: &Value) -> Option<String> {
    ["/recipient_participant_id", "/recipient_participant_user_id"]
        .into_iter()
        .find_map(|pointer| json::text(item, pointer).filter(|id| !id.is_empty()))
}

/// An id for news that have none but a time: two of one second are the same if they say the same.
pub(crate) fn of_news(field: &str, business: Option<&str>, at_ms: u64, raw: &str) -> Option<String> {
    let field = crate::receive::plain(field);
    Some(format!("{field}:{}:{at_ms}:{:016x}", business.unwrap_or_default(), fnv1a(raw)))
}

/// FNV-1a: short, and the same in every version. Nobody but Meta can choose what is hashed.
fn fnv1a(text: &str) -> u64 {
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    text.bytes().fold(0xcbf2_9ce4_8422_2325, step)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_state_of_each_participant_has_an_id_of_its_own() {
        for (item, expected) in [
            (json!({"id": "wamid.o"}), Some("wamid.o")),
            (json!({"id": "wamid.o", "status": "read"}), Some("wamid.o:read")),
            (json!({"id": 7, "event": "connect"}), Some("7:connect")),
            (json!({"id": "o", "status": "read", "recipient_participant_id": 49}), Some("o:read:49")),
            (
                json!({"id": "o", "status": "read", "recipient_participant_user_id": "DE.1"}),
                Some("o:read:DE.1"),
            ),
            (json!({"id": "", "status": "read"}), None),
            (json!({}), None),
        ] {
            assert_eq!(of_state(&item).as_deref(), expected, "{item}");
        }
    }

    #[test]
    fn news_without_an_id_are_known_by_when_and_what() {
        let id = of_news("account_update", Some("300"), 1_000, "a").unwrap();
        assert_eq!(id, "account_update:300:1000:af63dc4c8601ec8c");
        for (field, business, at_ms, raw) in [
            ("flows", Some("300"), 1_000, "a"),
            ("account_update", Some("301"), 1_000, "a"),
            ("account_update", Some("300"), 2_000, "a"),
            ("account_update", Some("300"), 1_000, "b"),
        ] {
            assert_ne!(of_news(field, business, at_ms, raw).unwrap(), id);
        }
    }
}
