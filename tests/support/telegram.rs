//! What Telegram sends.

use serde_json::{Value, json};

use super::host::Host;
use super::reply::Reply;
use super::setup::{TELEGRAM_SECRET_TOKEN, now_s};

/// The header with the secret.
pub(crate) const HEADER: &str = "x-telegram-bot-api-secret-token";

/// Somebody writes to the bot in a chat of their own.
pub(crate) fn update(id: i64, chat: i64, text: &str) -> Value {
    message(id, &json!({ "id": chat, "type": "private", "first_name": "Ada" }), text)
}

/// Somebody writes in a group.
pub(crate) fn group_update(id: i64, text: &str) -> Value {
    message(id, &json!({ "id": -100_200, "type": "supergroup", "title": "The kitchen" }), text)
}

fn message(id: i64, chat: &Value, text: &str) -> Value {
    let mut message = json!({
        "message_id": id,
        "date": now_s(),
        "chat": chat,
        "from": { "id": 42, "is_bot": false, "first_name": "Ada", "language_code": "en" },
        "text": text,
    });
    if text.starts_with('/') {
        let length = text.split(' ').next().unwrap().encode_utf16().count();
        message["entities"] = json!([{ "type": "bot_command", "offset": 0, "length": length }]);
    }
    json!({ "update_id": id, "message": message })
}

impl Host {
    /// Sends an update as Telegram would.
    pub(crate) async fn telegram(&self, update: &Value) -> Reply {
        self.telegram_body(&update.to_string()).await
    }

    /// Sends an update to a host that may be killed meanwhile.
    pub(crate) async fn try_telegram(&self, update: &Value) -> Option<Reply> {
        self.try_post("/webhooks/telegram", &[(HEADER, TELEGRAM_SECRET_TOKEN)], update.to_string()).await
    }

    /// Sends a body as Telegram would.
    pub(crate) async fn telegram_body(&self, body: &str) -> Reply {
        self.post("/webhooks/telegram", &[(HEADER, TELEGRAM_SECRET_TOKEN)], body).await
    }

    /// Sends updates one after the other, each acknowledged.
    pub(crate) async fn telegram_all(&self, updates: &[Value]) {
        for update in updates {
            let reply = self.telegram(update).await;
            assert_eq!(reply.status, 200, "{reply:?}");
        }
    }
}
