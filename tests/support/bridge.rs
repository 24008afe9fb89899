//! A WhatsApp bridge of one's own: what it sends, and a stand-in of its HTTP API.

use serde_json::{Value, json};

use super::generic::hmac_hex;
use super::host::Host;
use super::reply::Reply;
use super::setup::{BRIDGE_SECRET, Setup, now_s};
use super::stand_in::{Answer, StandIn};

/// The header with the signature.
pub(crate) const HEADER: &str = "x-webhook-signature";

/// An API that takes every message.
pub(crate) fn start() -> StandIn {
    StandIn::start(|_, count| {
        Answer::Json(201, json!({ "message_id": format!("true_4917@c.us_OUT{count}") }))
    })
}

/// A webhook of the bridge's.
pub(crate) fn webhook(kind: &str, data: &Value) -> Value {
    json!({ "event_type": kind, "timestamp": now_s(), "data": data })
}

/// A text from somebody.
pub(crate) fn text(id: &str, from: &str, body: &str) -> Value {
    let data = json!({ "from_number": from, "to_number": "4930", "message_id": id, "text": body, "timestamp": now_s() });
    webhook("message.received", &data)
}

impl Setup {
    /// The bridge in place of the Cloud API: `whatsapp` is its name here.
    pub(crate) fn bridge(self, api: &StandIn) -> Self {
        let host = api.host();
        self.config(&format!(
            "[providers.whatsapp]\nplugin = \"whatsapp-bridge\"\nallow_hosts = [\"{host}\"]"
        ))
        .env("WEBHOOK_SECRET_WHATSAPP", BRIDGE_SECRET)
        .env("WHATSAPP_API_URL", &api.url())
    }
}

impl Host {
    /// Signs and sends a webhook to a provider as the bridge would.
    pub(crate) async fn bridge(&self, provider: &str, webhook: &Value) -> Reply {
        let body = webhook.to_string();
        let signature = hmac_hex(BRIDGE_SECRET, &body);
        self.post(&format!("/webhooks/{provider}"), &[(HEADER, &signature)], body).await
    }
}
