//! Ready-to-paste commands for the demo.

use std::net::SocketAddr;

use serde_json::{Value, json};
use sha2::Sha256;

use super::Secrets;
use crate::model::time::Time;

/// The demo's own WhatsApp number.
pub(super) const PHONE_NUMBER_ID: &str = "1065550100";

/// One command for each provider, signed with the demo's secrets.
pub(super) fn commands(address: SocketAddr, secrets: &Secrets) -> String {
    let now = Time::now();
    let generic = json!({ "workflow_name": "echo", "inputs": { "input": "hello" } });
    let (telegram, whatsapp) = (telegram_update(now), whatsapp_delivery(now));
    let parts = [
        "A demo with generated secrets; nothing leaves this machine. Paste one of these into another terminal:"
            .to_owned(),
        curl(address, "generic", &format!("X-Signature: {}", hmac(&secrets.generic, &generic)), &generic),
        curl(address, "telegram", &format!("X-Telegram-Bot-Api-Secret-Token: {}", secrets.telegram), &telegram),
        curl(
            address,
            "whatsapp",
            &format!("X-Hub-Signature-256: sha256={}", hmac(&secrets.whatsapp, &whatsapp)),
            &whatsapp,
        ),
        format!(
            "curl 'http://{address}/webhooks/whatsapp?hub.mode=subscribe&hub.challenge=0042&hub.verify_token={}'",
            secrets.whatsapp_verify_token
        ),
        "The generic one gets its result as the answer; what the chats are told is printed here. The same \
         chat message pasted twice is answered once.\n"
            .to_owned(),
    ];
    parts.join("\n\n")
}

fn curl(address: SocketAddr, provider: &str, header: &str, body: &Value) -> String {
    format!(
        "curl http://{address}/webhooks/{provider} \\\n  -H 'Content-Type: application/json' \\\n  -H '{header}' \\\n  -d '{body}' -w '\n%{{http_code}}\n'"
    )
}

fn hmac(secret: &str, body: &Value) -> String {
    use hmac::{KeyInit as _, Mac as _};
    let mut mac =
        hmac::Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(body.to_string().as_bytes());
    hex::encode(mac.finalize().into_bytes())
}

fn telegram_update(now: Time) -> Value {
    let seconds = now.millis() / 1000;
    json!({
        "update_id": seconds,
        "message": {
            "message_id": 1,
            "date": seconds,
            "chat": { "id": 42, "type": "private", "first_name": "Ada" },
            "from": { "id": 42, "is_bot": false, "first_name": "Ada" },
            "text": "/echo hello",
            "entities": [{ "type": "bot_command", "offset": 0, "length": 5 }]
        }
    })
}

fn whatsapp_delivery(now: Time) -> Value {
    let seconds = (now.millis() / 1000).to_string();
    let value = json!({
        "messaging_product": "whatsapp",
        "metadata": { "display_phone_number": "15550100", "phone_number_id": PHONE_NUMBER_ID },
        "contacts": [{ "profile": { "name": "Ada" }, "wa_id": "15550142" }],
        "messages": [{
            "from": "15550142",
            "id": format!("wamid.demo{seconds}"),
            "timestamp": seconds,
            "type": "text",
            "text": { "body": "/echo hello" }
        }]
    });
    json!({
        "object": "whatsapp_business_account",
        "entry": [{ "id": "1", "changes": [{ "field": "messages", "value": value }] }]
    })
}
