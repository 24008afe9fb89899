//! What an update is called.

use serde_json::{Map, Value};

/// What people send. Of some messages Telegram also fills an older field, so the order counts: an animation
/// is a document too, a venue a location, a live photo a photo.
const CONTENTS: [&str; 23] = [
    "text",
    "rich_message",
    "animation",
    "audio",
    "document",
    "live_photo",
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
    "invoice",
    "giveaway",
    "giveaway_winners",
];

/// What is said about a message besides its content. Any other field is the news of a service message.
const ABOUT: [&str; 48] = [
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
    "receiver_user",
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
    "via_bot",
];

/// What a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Substance<'a> {
    /// Something that was sent: `text`, `photo`.
    Content(&'a str),
    /// Telegram says that something happened in the chat: `pinned_message`.
    Service(&'a str),
}

/// The kind of an update: the name of its one field beside `update_id`. Telegram adds kinds every few weeks,
/// so this does not need to know them.
pub(crate) fn kind(update: &Map<String, Value>) -> &str {
    let of_objects = |(name, value): (&'_ String, &Value)| value.is_object() && is_plain(name);
    if update.get("message").is_some_and(Value::is_object) {
        return "message";
    }
    update.iter().find(|&(name, value)| of_objects((name, value))).map_or("unknown", |(name, _)| name)
}

/// What a message is; `other` where it has nothing that is known or could be news.
pub(crate) fn of_message(message: &Value) -> Substance<'_> {
    let has = |name: &&str| message.get(name).is_some_and(|value| !value.is_null());
    let is_news = |name: &&str| is_plain(name) && !ABOUT.contains(name);
    let mut fields = message.as_object().into_iter().flat_map(|fields| fields.keys().map(String::as_str));
    match CONTENTS.into_iter().find(has) {
        Some(content) => Substance::Content(content),
        None => Substance::Service(fields.find(is_news).unwrap_or("other")),
    }
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
        use Substance::{Content, Service};
        for (message, expected) in [
            (json!({"text": "a", "entities": []}), Content("text")),
            (json!({"caption": "a", "photo": []}), Content("photo")),
            (json!({"document": {}, "animation": {}}), Content("animation")),
            (json!({"location": {}, "venue": {}}), Content("venue")),
            (json!({"text": null, "date": 1, "from": {}, "pinned_message": {}}), Service("pinned_message")),
            (json!({"date": 1, "of_tomorrow": true}), Service("of_tomorrow")),
            (json!({"date": 1, "message_id": 3}), Service("other")),
        ] {
            assert_eq!(of_message(&message), expected, "{message}");
        }
    }
}
