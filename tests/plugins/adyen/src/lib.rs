//! Adyen's notifications: each item of a batch bears a signature over eight of its own fields, which no recipe can
//! say. Built on the contract itself, without the SDK.

#[allow(missing_docs, reason = "generated; the contract documents it")]
mod bindings {
    wit_bindgen::generate!({ path: "../../../wit", world: "plugin-with-claims" });
}

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use bindings::exports::hookhost::provider::claims::{Claim, Guest as Claims};
use bindings::exports::hookhost::provider::provider::Guest as Provider;
use bindings::hookhost::provider::manifest::{Acknowledgement, Hash, KeyEncoding, Manifest, Scheme, Secret};
use bindings::hookhost::provider::types::{
    Acceptance, Answer, Content, Context, Event, Failure, FailureScope, Next, Progress, Request, Task,
    Verdict,
};

const SECRET: &str = "hmac_key";
/// In the order in which Adyen joins them.
const SIGNED: [&str; 8] = [
    "/pspReference",
    "/originalReference",
    "/merchantAccountCode",
    "/merchantReference",
    "/amount/value",
    "/amount/currency",
    "/eventCode",
    "/success",
];

/// The adapter.
pub struct Adyen;

#[cfg(target_arch = "wasm32")]
bindings::export!(Adyen with_types_in bindings);

impl Claims for Adyen {
    fn prove(_: Context, request: Request, _: Option<String>) -> Result<Vec<Claim>, String> {
        items(&request.body).ok_or("the body holds no items")?.iter().map(claim).collect()
    }
}

fn claim(item: &Value) -> Result<Claim, String> {
    let signature = text(item, "/additionalData/hmacSignature");
    let signature = STANDARD.decode(signature).map_err(|_| "an item has no signature in base64")?;
    let message = SIGNED.map(|field| text(item, field)).join(":").into_bytes();
    let secret = SECRET.to_owned();
    Ok(Claim { scheme: Scheme::Hmac(Hash::Sha256), secret, key: KeyEncoding::Hex, message, signature })
}

fn items(body: &[u8]) -> Option<Vec<Value>> {
    let mut body: Value = serde_json::from_slice(body).ok()?;
    let items = body.get_mut("notificationItems")?.as_array_mut()?;
    items.iter_mut().map(|item| item.get_mut("NotificationRequestItem").map(Value::take)).collect()
}

/// As it is joined: what is not there is empty.
fn text(item: &Value, pointer: &str) -> String {
    match item.pointer(pointer) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

impl Provider for Adyen {
    fn describe() -> Manifest {
        let acknowledgement = Acknowledgement {
            status: 200,
            headers: vec![],
            body: b"[accepted]".to_vec(),
            within_ms: 10_000,
            repeats_ms: 7 * 86_400_000,
            honours_retry_after: false,
            hold_ms: None,
        };
        Manifest {
            name: "adyen".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            about: "Adyen's notifications.".into(),
            topics: vec![],
            replies: vec![],
            typing_ms: None,
            secrets: vec![Secret {
                name: SECRET.into(),
                about: "the webhook's HMAC key".into(),
                required: true,
            }],
            settings: vec![],
            endpoints: vec![],
            verification: vec![],
            handshakes: vec![],
            acknowledgement,
            pacing: vec![],
            attributes: vec![("claims".into(), SECRET.into())],
        }
    }

    fn receive(_: Context, request: Request) -> Verdict {
        let Some(items) = items(&request.body) else {
            return Verdict::Reject("the body holds no items".into());
        };
        let event = |item: &Value| Event {
            id: Some(format!("{}:{}", text(item, "/pspReference"), text(item, "/eventCode"))),
            topic: text(item, "/eventCode").to_lowercase(),
            occurred_ms: None,
            account: None,
            conversation: None,
            sender: None,
            content: Content::Other,
            raw: Some(item.to_string()),
            handback: vec![],
            attributes: vec![],
        };
        Verdict::Accept(Acceptance { events: items.iter().map(event).collect(), response: None })
    }

    fn begin(_: Context, _: Task) -> Progress {
        sends_nothing()
    }

    fn resume(_: Context, _: Task, _: Vec<u8>, _: Answer) -> Progress {
        sends_nothing()
    }
}

fn sends_nothing() -> Progress {
    let failure = Failure {
        scope: FailureScope::Provider,
        code: "sends-nothing".into(),
        message: "this provider sends nothing".into(),
    };
    Progress { receipts: vec![], moved: None, next: Next::Failed(failure) }
}
