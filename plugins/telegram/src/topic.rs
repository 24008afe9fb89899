//! What an update is called.

use serde_json::{Map, Value};

/// What people send. Of some messages Telegram also fills an older field, so the order counts: an animation
/// is a document too, a venue a location.
const CONTENTS: [&str; 19] = [
    "text",
    "animation",
    "audio",
    "document",
    "paid_media",
    "photo",
    "sticker",
    "story",
    "video",
    "video_note",
    "voice",
    "checklist",
    "contact",
    "dice",
    "game",
    "poll",
    "venue",
    "location",
    "rich_message",
];

/// What is said about a message besides its content. Any other field is the news of a service message.
const ABOUT: [&str; 46] = [
    "author_signature",
    "business_connection_id",
    "caption",
    "caption_entities",
    "chat",
    "date",
    "direct_messages_topic",
    "edit_date",
    "effect_id",
    "entities",
    "ephemeral_message_id",
    "external_reply",
    "forward_date",
    "forward_from",
    "forward_from_chat",
    "forward_from_message_id",
    "forward_origin",
    "forward_sender_name",
    "forward_signature",
    "from",
    "guest_bot_caller_chat",
    "guest_bot_caller_user",
    "guest_query_id",
    "has_media_spoiler",
    "has_protected_content",
    "is_automatic_forward",
    "is_from_offline",
    "is_paid_post",
    "is_topic_message",
    "link_preview_options",
    "media_group_id",
    "message_id",
    "message_thread_id",
    "paid_star_count",
    "quote",
    "reply_markup",
    "reply_to_checklist_task_id",
    "reply_to_message",
    "reply_to_poll_option_id",
    "reply_to_story",
    "sender_boost_count",
    "sender_business_bot",
    "sender_chat",
    "sender_tag",
    "show_caption_above_media",
    "suggested_post_info",
];

/// The kind of an update: the name of its one field beside `update_id`. Telegram adds kinds every few weeks,
/// so this does not need to know them.
pub(crate) fn kind(update: &Map<String, Value>) -> &str {
    let of_objects = |(name, value): (&'_ String, &Value)| value.is_object() && is_plain(name);
    if update.get("message").is_some_and(Value::is_object) {
        return "message";
    }
    update.iter().find(|&(name, value)| of_objects((name, value))).map_or("unknown", |(name, _)| name)
}

/// The topic of a message: `message.photo`, `message.pinned_message`.
pub(crate) fn of_message(message: &Value) -> String {
    let has = |name: &&str| message.get(name).is_some_and(|value| !value.is_null());
    let news = || message.as_object()?.keys().map(String::as_str).find(|name| is_news(name));
    let content = CONTENTS.into_iter().find(has).or_else(news).unwrap_or("other");
    format!("message.{content}")
}

fn is_news(name: &str) -> bool {
    is_plain(name) && !ABOUT.contains(&name)
}

/// Topics are shown and matched, so a field with another kind of name is not made one.
fn is_plain(name: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    (1..=64).contains(&name.len()) && name.chars().all(is_plain)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_update_is_called_after_its_field() {
        for (update, expected) in [
            (json!({"update_id": 1, "message": {}}), "message"),
            (json!({"update_id": 1, "a_flag": {}, "message": {}}), "message"),
            (json!({"update_id": 1, "poll_answer": {}}), "poll_answer"),
            (json!({"update_id": 1, "of_tomorrow": {"a": 1}, "count": 3}), "of_tomorrow"),
            (json!({"update_id": 1, "message": "text"}), "unknown"),
            (json!({"update_id": 1, "Ä b": {}}), "unknown"),
            (json!({"update_id": 1}), "unknown"),
        ] {
            assert_eq!(kind(update.as_object().unwrap()), expected, "{update}");
        }
    }

    #[test]
    fn a_message_is_called_after_its_content() {
        for (message, expected) in [
            (json!({"text": "a", "entities": []}), "message.text"),
            (json!({"caption": "a", "photo": []}), "message.photo"),
            (json!({"document": {}, "animation": {}}), "message.animation"),
            (json!({"location": {}, "venue": {}}), "message.venue"),
            (json!({"text": null, "date": 1, "from": {}, "pinned_message": {}}), "message.pinned_message"),
            (json!({"date": 1, "of_tomorrow": true}), "message.of_tomorrow"),
            (json!({"date": 1, "message_id": 3}), "message.other"),
        ] {
            assert_eq!(of_message(&message), expected, "{message}");
        }
    }
}
