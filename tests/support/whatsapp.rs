//! What Meta sends.

use serde_json::{Value, json};

use super::generic::hmac_hex;
use super::host::Host;
use super::reply::Reply;
use super::setup::{PHONE_NUMBER_ID, WHATSAPP_APP_SECRET, now_s};

/// The header with the signature.
pub(crate) const HEADER: &str = "x-hub-signature-256";

/// A text from a phone.
pub(crate) fn text(id: &str, from: &str, body: &str) -> Value {
    json!({ "from": from, "id": id, "timestamp": now_s().to_string(), "type": "text", "text": { "body": body } })
}

/// Messages that one of our numbers received.
pub(crate) fn change(number: &str, messages: &[Value]) -> Value {
    let contacts: Vec<_> = messages
        .iter()
        .map(|message| json!({ "profile": { "name": "Ada" }, "wa_id": message["from"] }))
        .collect();
    change_with(number, &json!(contacts), messages)
}

/// The same with contacts of the test's own.
pub(crate) fn change_with(number: &str, contacts: &Value, messages: &[Value]) -> Value {
    json!({
        "field": "messages",
        "value": {
            "messaging_product": "whatsapp",
            "metadata": { "display_phone_number": "15550100", "phone_number_id": number },
            "contacts": contacts,
            "messages": messages,
        },
    })
}

/// A delivery of these entries, each a list of changes.
pub(crate) fn delivery(entries: &[&[Value]]) -> Value {
    let entry: Vec<_> = entries
        .iter()
        .enumerate()
        .map(|(n, changes)| json!({ "id": n.to_string(), "changes": changes }))
        .collect();
    json!({ "object": "whatsapp_business_account", "entry": entry })
}

/// A delivery of one message to the number in the settings.
pub(crate) fn single(message: Value) -> Value {
    delivery(&[&[change(PHONE_NUMBER_ID, &[message])]])
}

/// A delivery of one status of a message of the number in the settings.
pub(crate) fn single_status(status: &Value) -> Value {
    let value = json!({
        "messaging_product": "whatsapp",
        "metadata": { "display_phone_number": "15550100", "phone_number_id": PHONE_NUMBER_ID },
        "statuses": [status],
    });
    delivery(&[&[json!({ "field": "messages", "value": value })]])
}

/// A delivery's body, and what signs it.
pub(crate) fn signed(delivery: &Value) -> (String, String) {
    let body = delivery.to_string();
    let signature = signature(&body);
    (body, signature)
}

fn signature(body: &str) -> String {
    format!("sha256={}", hmac_hex(WHATSAPP_APP_SECRET, body))
}

impl Host {
    /// Sends a delivery as Meta would.
    pub(crate) async fn whatsapp(&self, delivery: &Value) -> Reply {
        self.whatsapp_body(&delivery.to_string()).await
    }

    /// Signs and sends a body as Meta would.
    pub(crate) async fn whatsapp_body(&self, body: &str) -> Reply {
        let signature = signature(body);
        self.post("/webhooks/whatsapp", &[(HEADER, &signature)], body).await
    }
}
