//! A sender whose scheme no recipe can say: its adapter says what must be proven, the host proves it.

use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::future::join_all;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::support::adapter;
use crate::support::generic::{call, hmac_hex};
use crate::support::host::Host;
use crate::support::reply::Reply;
use crate::support::setup::{Setup, told};
use crate::support::wait::until;
use crate::support::workflow::{ECHO, NOTE};

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

const WITNESS: &str = "hush-witness-key";

/// Tells the witness what to claim, signed as it should be.
async fn tell(host: &Host, order: &str) -> Reply {
    host.post("/webhooks/witness", &[("x-witness-signature", &*hmac_hex(WITNESS, order))], order).await
}

#[tokio::test]
async fn an_adapter_that_claims_what_it_should_not_proves_nobody_and_holds_up_no_other() {
    let host = setup()
        .file("plugins/witness.wasm", adapter::built("witness"))
        .config("[[routes]]\nprovider = \"witness\"\ntopic = \"*\"\nworkflow = \"note\"")
        // A tenth of it is enough for everything that ends, however busy the machine is.
        .config("[providers.witness]\nlimits = { call_time = \"5s\" }")
        .env("WEBHOOK_SECRET_WITNESS", WITNESS)
        .generic()
        .script("echo", ECHO)
        .start()
        .await;
    for (n, (order, reason)) in (1..).zip([
        ("spin", "computed for too long"),
        ("allocate", "more memory than its limits allow"),
        ("recurse", "ran out of stack"),
        ("panic", "as I was told"),
        ("flood", "hands over more than 16384 KiB"),
        ("chatter", "computed for too long"),
        ("a long story", "\\u{1b}[31m\\r\\n"),
        ("nothing", "claims nothing, too much, or what proves nothing"),
        ("too much", "claims nothing, too much, or what proves nothing"),
        ("another secret", "claims nothing, too much, or what proves nothing"),
        ("no signature", "claims nothing, too much, or what proves nothing"),
        ("nothing of the body", "claims nothing, too much, or what proves nothing"),
        ("other words", "no signature fits"),
    ]) {
        let begun = Instant::now();
        tell(&host, order).await.assert_problem(401, "the signature is missing or does not match");
        assert!(begun.elapsed() < Duration::from_secs(5), "{order} took {:?}", begun.elapsed());
        let told =
            || host.log().lines().filter(|line| line.contains("not proven")).nth(n - 1).map(String::from);
        let told = until("the reason of a refusal", told).await;
        assert!(told.contains("witness") && told.contains(reason), "{order}: {told}");
        assert_eq!(tell(&host, &format!("the truth after {order}")).await.status, 200, "after {order}");
        // Those of the other provider run too.
        assert_eq!(host.ran(2 * n - 1).await.len(), 2 * n - 1, "nothing is run for {order}");
        assert_eq!(post(&host, &[item(&format!("psp-{n}"), KEY)]).await.status, 200, "beside {order}");
        let other = host.generic(&call("echo", "hello")).await;
        assert_eq!(other.json()["result"], "hello", "{other:?}");
    }
    assert!(!host.log().contains("chatter"), "strangers fill no log: {}", host.log());
    host.end().await;
}

#[tokio::test]
async fn claims_that_never_end_hold_up_nobody_however_many_ask_for_them() {
    let host = setup()
        .file("plugins/witness.wasm", adapter::built("witness"))
        .env("WEBHOOK_SECRET_WITNESS", WITNESS)
        .generic()
        .script("echo", ECHO)
        .start()
        .await;
    let spinning = join_all((0..64).map(|_| tell(&host, "spin")));
    let others = async {
        for n in 0..5 {
            let other = host.generic(&call("echo", "hello")).await;
            assert_eq!(other.json()["result"], "hello", "{other:?}");
            assert_eq!(post(&host, &[item(&format!("psp-{n}"), KEY)]).await.status, 200);
            assert_eq!(tell(&host, &format!("the truth of {n}")).await.status, 200);
        }
    };
    let (spun, ()) = tokio::join!(spinning, others);
    for reply in spun {
        reply.assert_problem(401, "");
    }
    let refused = [("provider", "witness"), ("reason", "claims")];
    host.counted("hookhost_verification_failures_total", &refused, 64.0).await;
    let faults = [("plugin", "witness"), ("function", "prove"), ("kind", "cpu")];
    host.counted("hookhost_plugin_faults_total", &faults, 64.0).await;
    assert!(!host.log().contains("the plugin is paused"), "strangers pause nothing: {}", host.log());
    host.end().await;
}
