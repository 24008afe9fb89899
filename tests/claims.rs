//! A sender whose scheme no recipe can say: its adapter says what must be proven, the host proves it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::support::adapter;
use crate::support::host::Host;
use crate::support::reply::Reply;
use crate::support::setup::{Setup, told};
use crate::support::workflow::NOTE;

/// `hush-adyen-hmac-key` in hexadecimal, as Adyen shows keys.
const KEY: &str = "687573682d616479656e2d686d61632d6b6579";
const OLD_KEY: &str = "687573682d616479656e2d6f6c642d6b6579";

fn setup() -> Setup {
    Setup::new()
        .file("plugins/adyen.wasm", adapter::built("adyen"))
        .config("[[routes]]\nprovider = \"adyen\"\ntopic = \"*\"\nworkflow = \"note\"")
        .script("note", NOTE)
        .env("WEBHOOK_SECRET_ADYEN", KEY)
}

/// An item as Adyen signs it.
fn item(reference: &str, key: &str) -> Value {
    let fields = [reference, "", "HookhostShop", "order-7", "1900", "EUR", "AUTHORISATION", "true"];
    let mut mac = Hmac::<Sha256>::new_from_slice(&hex::decode(key).unwrap()).unwrap();
    mac.update(fields.join(":").as_bytes());
    let signature = STANDARD.encode(mac.finalize().into_bytes());
    json!({ "NotificationRequestItem": {
        "pspReference": reference,
        "merchantAccountCode": "HookhostShop",
        "merchantReference": "order-7",
        "amount": { "value": 1900, "currency": "EUR" },
        "eventCode": "AUTHORISATION",
        "success": "true",
        "additionalData": { "hmacSignature": signature },
    }})
}

async fn post(host: &Host, items: &[Value]) -> Reply {
    let body = json!({ "live": "false", "notificationItems": items }).to_string();
    host.post("/webhooks/adyen", &[], body).await
}

#[tokio::test]
async fn every_item_of_a_batch_must_be_signed() {
    let host = setup().env("WEBHOOK_SECRET_ADYEN_PREVIOUS", OLD_KEY).start().await;
    let reply = post(&host, &[item("psp-1", KEY), item("psp-2", KEY)]).await;
    assert_eq!((reply.status, &*reply.body), (200, "[accepted]"), "{reply:?}");
    let documents = host.ran(2).await;
    assert_eq!(documents[0]["event"]["topic"], "authorisation");
    assert_eq!(post(&host, &[item("psp-3", OLD_KEY)]).await.status, 200);
    host.logged(&["admitted", "secret=previous"]).await;

    let mut forged = item("psp-4", KEY);
    forged["NotificationRequestItem"]["amount"]["value"] = json!(190_000);
    let mut unsigned = item("psp-5", KEY);
    unsigned["NotificationRequestItem"]["additionalData"] = json!({});
    for (items, reason) in [
        (vec![item("psp-6", KEY), forged], "no signature fits"),
        (vec![unsigned], "no signature fits"),
        (vec![], "claims nothing"),
        (vec![json!({})], "the body holds no items"),
        (vec![item("psp-7", "00112233445566778899")], "no signature fits"),
    ] {
        post(&host, &items).await.assert_problem(401, "the signature is missing or does not match");
        host.logged(&["adyen", "not proven", reason]).await;
    }
    assert_eq!(host.ran(3).await.len(), 3, "a batch with one forged item is no batch");
    host.end().await;
}

#[tokio::test]
async fn without_its_secret_nothing_is_proven() {
    let setup = setup().without("WEBHOOK_SECRET_ADYEN");
    let check = setup.run(&["check"]).await;
    assert_eq!(check.status.code(), Some(1));
    assert!(told(&check).contains("WEBHOOK_SECRET_ADYEN or "), "{}", told(&check));
    let host = setup.start().await;
    post(&host, &[item("psp-1", KEY)]).await.assert_problem(401, "");
    host.end().await;
}
