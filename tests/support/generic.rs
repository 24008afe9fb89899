//! What a caller of workflows sends.

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;

use super::host::Host;
use super::reply::Reply;
use super::setup::GENERIC_SECRET;

/// The header with the signature.
pub(crate) const HEADER: &str = "x-signature";

/// HMAC-SHA256 in hex.
pub(crate) fn hmac_hex(secret: &str, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(body.as_bytes());
    hex::encode(mac.finalize().into_bytes())
}

/// A call of a workflow with one input.
pub(crate) fn call(workflow: &str, input: &str) -> Value {
    json!({ "workflow_name": workflow, "inputs": { "input": input } })
}

/// The same with an id.
pub(crate) fn call_with_id(id: &str, workflow: &str, input: &str) -> Value {
    json!({ "workflow_name": workflow, "inputs": { "input": input }, "webhook_id": id })
}

impl Host {
    /// Calls a workflow, signed.
    pub(crate) async fn generic(&self, call: &Value) -> Reply {
        self.generic_body(&call.to_string(), &[]).await
    }

    /// Signs and sends a body, with further headers.
    pub(crate) async fn generic_body(&self, body: &str, headers: &[(&str, &str)]) -> Reply {
        let signature = hmac_hex(GENERIC_SECRET, body);
        let mut all = vec![(HEADER, signature.as_str())];
        all.extend_from_slice(headers);
        self.post("/webhooks/generic", &all, body).await
    }
}
