//! Whose deliveries are sent.

use serde_json::{Value, json};

use crate::model::recipe::Recipe;
use crate::preset;

/// A sender that the benchmark can stand in for, and whose deliveries the native handler understands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Sender {
    /// Meta's Cloud API: an HMAC over the body.
    Whatsapp,
    /// The Bot API: a shared token.
    Telegram,
}

impl Sender {
    /// The name of its plugin.
    pub fn plugin(self) -> &'static str {
        match self {
            Self::Whatsapp => "whatsapp",
            Self::Telegram => "telegram",
        }
    }

    /// How its deliveries are signed.
    pub fn recipe(self) -> &'static Recipe {
        let name = match self {
            Self::Whatsapp => "meta",
            Self::Telegram => "telegram",
        };
        &preset::find(name).expect("both are known senders").recipe
    }

    /// The message of this number, as the sender would deliver it at this time.
    pub(super) fn delivery(self, number: u64, now_s: u64) -> Value {
        match self {
            Self::Whatsapp => whatsapp(number, now_s),
            Self::Telegram => telegram(number, now_s),
        }
    }
}

/// A text of one of some thousand people.
fn whatsapp(number: u64, now_s: u64) -> Value {
    let from = format!("1650{:07}", number % 5_000);
    json!({
        "object": "whatsapp_business_account",
        "entry": [{
            "id": "102290129340398",
            "changes": [{
                "field": "messages",
                "value": {
                    "messaging_product": "whatsapp",
                    "metadata": { "display_phone_number": "15550783881", "phone_number_id": "106540352242922" },
                    "contacts": [{ "profile": { "name": "Ada Lovelace" }, "wa_id": from }],
                    "messages": [{
                        "from": from,
                        "id": format!("wamid.HBgLMTY1MDM4Nzk0MzkVAgASGBQzQTRBNjU5OUFFRTAzODEw{number:012}"),
                        "timestamp": now_s.to_string(),
                        "type": "text",
                        "text": { "body": "Does it come in another color, and when could you send it?" },
                    }],
                },
            }],
        }],
    })
}

/// A text in a chat of its own.
fn telegram(number: u64, now_s: u64) -> Value {
    json!({
        "update_id": number,
        "message": {
            "message_id": 1_365,
            "date": now_s,
            "from": { "id": chat(number), "is_bot": false, "first_name": "Ada", "language_code": "en" },
            "chat": { "id": chat(number), "first_name": "Ada", "type": "private" },
            "text": "Does it come in another color, and when could you send it?",
        },
    })
}

/// The chat of the update of this number.
pub(super) fn chat(number: u64) -> u64 {
    1_000_000_000 + number
}
