//! Known senders: no code but a name in the configuration.

use std::process::Output;

use serde_json::{Value, json};

use crate::support::generic::hmac_hex;
use crate::support::host::Host;
use crate::support::reply::Reply;
use crate::support::setup::{Setup, now_s, told};
use crate::support::workflow::NOTE;

const SECRET: &str = "hush-endpoint-secret";
const OLD_SECRET: &str = "hush-endpoint-secret-before";

/// A host that notes what happens at one known sender.
fn noting(provider: &str, keys: &str) -> Setup {
    Setup::new()
        .config(&format!("[providers.{provider}]\n{keys}"))
        .config(&format!("[[routes]]\nprovider = \"{provider}\"\ntopic = \"*\"\nworkflow = \"note\""))
        .script("note", NOTE)
}

fn stripe() -> Setup {
    noting("stripe", "verification = \"stripe\"").env("WEBHOOK_SECRET_STRIPE", SECRET)
}

fn charge(id: &str) -> String {
    json!({ "id": id, "type": "charge.succeeded", "data": { "object": { "amount": 1900 } } }).to_string()
}

fn signed(secret: &str, body: &str) -> String {
    let now = now_s();
    format!("t={now},v1={}", hmac_hex(secret, &format!("{now}.{body}")))
}

async fn post(host: &Host, secret: &str, body: &str) -> Reply {
    host.post("/webhooks/stripe", &[("stripe-signature", &signed(secret, body))], body).await
}

/// Everything that is stored, by topic.
async fn topics(host: &Host) -> Vec<String> {
    let listed = host.setup.run(&["events", "list", "--json"]).await;
    let listed: Value =
        serde_json::from_slice(&listed.stdout).unwrap_or_else(|_| panic!("{}", told(&listed)));
    listed.as_array().unwrap().iter().map(|event| event["topic"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_known_sender_runs_workflows_once_for_each_event() {
    let host = stripe().start().await;
    for _ in 0..2 {
        let reply = post(&host, SECRET, &charge("evt_1")).await;
        assert_eq!((reply.status, &*reply.body), (200, ""), "{reply:?}");
    }
    post(&host, SECRET, &charge("evt_2")).await;
    let documents = host.ran(2).await;
    for document in &documents {
        let event = &document["event"];
        assert_eq!((&event["provider"], &event["topic"]), (&json!("stripe"), &json!("charge.succeeded")));
        assert_eq!(event["data"]["data"]["object"]["amount"], 1900, "{document}");
    }
    host.logged(&["admitted", "secret=current", "not_run=1"]).await;
    assert_eq!(topics(&host).await, ["charge.succeeded"; 2]);
    host.end().await;
}

#[tokio::test]
async fn a_delivery_that_comes_again_under_an_id_that_nobody_signed_runs_once() {
    let setup = noting("github", "verification = \"github\"").env("WEBHOOK_SECRET_GITHUB", SECRET);
    let host = setup.start().await;
    let push = |number: u32| json!({ "ref": "refs/heads/main", "number": number }).to_string();
    let other = push(2);
    for (delivery, body) in
        [("72d3162e", push(1)), ("72d3162e", push(1)), ("forged-1", push(1)), ("72d3162e", other)]
    {
        let signature = format!("sha256={}", hmac_hex(SECRET, &body));
        let headers = [
            ("x-hub-signature-256", &*signature),
            ("x-github-event", "push"),
            ("x-github-delivery", delivery),
        ];
        let reply = host.post("/webhooks/github", &headers, body).await;
        assert!((200..300).contains(&reply.status), "{reply:?}");
    }
    assert_eq!(host.ran(1).await[0]["event"]["data"]["number"], 1);
    let listed = host.setup.run(&["events", "list", "--state", "conflict", "--json"]).await;
    let conflicts: Value = serde_json::from_slice(&listed.stdout).unwrap();
    assert_eq!(conflicts.as_array().unwrap().len(), 1, "{conflicts}");
    assert_eq!(topics(&host).await, ["push"; 2]);
    host.end().await;
}

#[tokio::test]
async fn what_is_signed_on_the_command_line_is_a_request_of_that_sender() {
    let setup = Setup::new()
        .config("[server]\npublic_url = \"https://hooks.example.com\"")
        .config("[providers.linear]\nverification = \"linear\"\n[providers.twilio]\nverification = \"twilio-form\"")
        .config("[providers.discord]\nverification = \"discord\"")
        .config("[[routes]]\ntopic = \"*\"\nworkflow = \"note\"")
        .script("note", NOTE)
        .env("WEBHOOK_SECRET_LINEAR", SECRET)
        .env("TWILIO_AUTH_TOKEN", SECRET)
        // The first test vector of RFC 8032.
        .env("DISCORD_PUBLIC_KEY", "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
        .file("key", "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60\n")
        .file("linear.json", r#"{"type": "Issue", "action": "create"}"#)
        .file("twilio.form", "MessageStatus=delivered&To=%2B15550142")
        .file("discord.json", r#"{"type": 2, "id": "7", "token": "x"}"#);
    let host = setup.start().await;
    for (arguments, answer) in [
        (&["send", "linear", "--body", "linear.json"][..], "200 OK\n"),
        (&["send", "twilio", "--body", "twilio.form"], "200 OK\n<Response></Response>"),
        (&["send", "discord", "--body", "discord.json", "--private-key-file", "key"], "204 No Content\n"),
    ] {
        let sent = host.setup.run(&[arguments, &["--url", &host.url("")]].concat()).await;
        assert!(told(&sent).starts_with(answer), "{arguments:?}: {}", told(&sent));
    }
    let mut topics: Vec<Value> =
        host.ran(3).await.iter().map(|document| document["event"]["topic"].clone()).collect();
    topics.sort_by_key(Value::to_string);
    assert_eq!(topics, ["2", "Issue", "delivered"]);
    let form = host.documents().into_iter().find(|one| one["event"]["topic"] == "delivered").unwrap();
    assert_eq!(form["event"]["data"], json!({ "MessageStatus": "delivered", "To": "+15550142" }));

    let refused = host.setup.run(&["sign", "discord", "--body", "discord.json"]).await;
    assert_eq!(refused.status.code(), Some(1));
    assert!(told(&refused).contains("hint: ") && told(&refused).contains("--private-key-file"));
    host.end().await;
}

#[tokio::test]
async fn a_record_of_one_s_own_replaces_the_plugin_s_recipes() {
    let record = "settings = { topic_at = \"body /kind\" }\n[providers.acme.verification]\n\
                  scheme = { hmac = \"sha256\" }\nsigned = [\"method\", { body = \"raw\" }]\n\
                  signature = { at = [{ header = \"x-acme\" }], encoding = \"hex\" }";
    let host = noting("acme", record).env("WEBHOOK_SECRET_ACME", SECRET).start().await;
    let body = r#"{"kind": "order.paid"}"#;
    let mac = hmac_hex(SECRET, &format!("POST{body}"));
    let reply = host.post("/webhooks/acme", &[("x-acme", &mac)], body).await;
    assert_eq!((reply.status, &*reply.body), (200, ""), "{reply:?}");
    assert_eq!(host.ran(1).await[0]["event"]["topic"], "order.paid");
    let of_the_plugin = hmac_hex(SECRET, body);
    let refused = host.post("/webhooks/acme", &[("x-signature", &of_the_plugin)], body).await;
    refused.assert_problem(401, "");
    host.end().await;
}

#[tokio::test]
async fn handshakes_are_answered_and_never_stored_and_not_too_often() {
    let host = noting("slack", "verification = \"slack\"").env("WEBHOOK_SECRET_SLACK", SECRET).start().await;
    let body = r#"{"type": "url_verification", "challenge": "3eZbrw1a", "token": "x"}"#;
    let mut answered = 0;
    let limited = loop {
        let reply = host.post("/webhooks/slack", &[], body).await;
        if reply.status != 200 {
            break reply;
        }
        assert_eq!((&*reply.body, reply.header("content-type")), ("3eZbrw1a", "text/plain; charset=utf-8"));
        answered += 1;
    };
    assert_eq!(answered, 60);
    limited.assert_problem(429, "too often");
    assert_eq!(limited.header("retry-after"), "60");
    // Deliveries are not held up by it.
    host.post("/webhooks/slack", &[], r#"{"type": "event_callback"}"#).await.assert_problem(401, "");
    assert_eq!(topics(&host).await, [""; 0]);
    host.end().await;
}

#[tokio::test]
async fn a_handshake_by_get_may_need_a_signature() {
    let host = noting("wechat", "verification = \"wechat\"")
        .env("WEBHOOK_SECRET_WECHAT", SECRET)
        .file("empty", "")
        .start()
        .await;
    let printed = told(&host.setup.run(&["sign", "wechat", "--body", "empty"]).await);
    let query = printed.trim().strip_prefix('?').unwrap();
    let reply = host.get(&format!("/webhooks/wechat?{query}&echostr=17")).await;
    assert_eq!((reply.status, &*reply.body), (200, "17"), "{reply:?}");
    host.get("/webhooks/wechat?signature=00&timestamp=1&nonce=1&echostr=17").await.assert_problem(401, "");
    host.get(&format!("/webhooks/wechat?{query}")).await.assert_problem(405, "POST");
    assert_eq!(topics(&host).await, [""; 0]);
    host.end().await;
}

#[tokio::test]
async fn a_previous_secret_holds_until_its_end() {
    for (until, status) in [(None, 200), (Some("2999-01-01"), 200), (Some("2020-01-01T00:00:00Z"), 401)] {
        let mut setup = stripe().env("WEBHOOK_SECRET_STRIPE_PREVIOUS", OLD_SECRET);
        if let Some(until) = until {
            setup = setup.env("WEBHOOK_SECRET_STRIPE_PREVIOUS_UNTIL", until);
        }
        let host = setup.start().await;
        assert_eq!(post(&host, OLD_SECRET, &charge("evt_1")).await.status, status, "{until:?}");
        assert_eq!(post(&host, SECRET, &charge("evt_2")).await.status, 200, "{until:?}");
        host.logged(&["admitted", "secret=current"]).await;
        if status == 200 {
            host.logged(&["admitted", "secret=previous"]).await;
        }
        host.end().await;
    }
    let garbled = stripe().env("WEBHOOK_SECRET_STRIPE_PREVIOUS_UNTIL", "soon");
    let check = garbled.run(&["check"]).await;
    assert_eq!(check.status.code(), Some(1));
    assert!(told(&check).contains("WEBHOOK_SECRET_STRIPE_PREVIOUS_UNTIL is no date"), "{}", told(&check));
}

#[tokio::test]
async fn the_operator_is_told_what_the_sender_is_not() {
    let host = stripe().start().await;
    let spaced = charge("evt_1").replace(':', ": ").replace(',', ", ");
    let of_the_original = signed(SECRET, &charge("evt_1"));
    let of_another = signed("another secret", &spaced);
    let old = format!("t=1700000000,v1={}", hmac_hex(SECRET, &format!("1700000000.{spaced}")));
    for (signature, words) in [
        (&of_the_original, "wrote it anew"),
        (&of_another, "another secret"),
        (&old, "behind this machine's clock"),
    ] {
        let reply = host.post("/webhooks/stripe", &[("stripe-signature", signature)], spaced.as_str()).await;
        reply.assert_problem(401, "the signature is missing or does not match");
        assert!(!reply.body.contains(words), "{reply:?}");
        host.logged(&["stripe", words]).await;
    }
    host.end().await;
}

#[tokio::test]
async fn a_key_that_decodes_to_a_few_bytes_is_refused_in_a_configuration() {
    let setup = noting("airtable", "verification = \"airtable\"").env("AIRTABLE_MAC_SECRET", "c2hvcnQ=");
    let check = setup.run(&["check"]).await;
    assert_eq!(check.status.code(), Some(1));
    assert!(told(&check).contains("its key has less than 8 bytes"), "{}", told(&check));
    let setup = setup.file("secret", "c2hvcnQ=").file("request.http", "POST / HTTP/1.1\n\n{}");
    let verify = &["verify", "--recipe", "airtable", "--secret-file", "secret", "request.http"];
    assert!(told(&setup.run(verify).await).contains("not genuine: header x-airtable-content-mac is missing"));
}

#[tokio::test]
async fn a_recorded_request_is_judged_with_and_without_a_configuration() {
    let body = charge("evt_1");
    let good = format!("t=1700000000,v1={}", hmac_hex(SECRET, &format!("1700000000.{body}")));
    let recorded = |signature: &str| {
        format!("POST /webhooks/stripe HTTP/1.1\r\nHost: h\r\nStripe-Signature: {signature}\r\n\r\n{body}")
    };
    let setup = stripe()
        .file("good.http", recorded(&good))
        .file("bad.http", recorded(&good.replace("v1=", "v1=00")))
        .file("late.http", recorded(&good).replace("\r\n", "\n"))
        .file("no.http", "not a request")
        .file("secret", format!("{SECRET}\n"))
        .file("other", OLD_SECRET);
    let by_name = ["--recipe", "stripe", "--secret-file", "other", "--secret-file", "secret"];
    let now = ["--now", "1700000000"];
    for (arguments, code, words) in [
        ([&["stripe", "good.http"][..], &now].concat(), 0, "genuine"),
        ([&by_name[..], &["good.http"], &now].concat(), 0, "signed with secret 2"),
        ([&by_name[..4], &["good.http"], &now].concat(), 1, "hint: no usual mistake explains it"),
        ([&["stripe", "bad.http"][..], &now].concat(), 1, "error: not genuine: no signature fits"),
        (vec!["stripe", "late.http"], 1, "behind this machine's clock"),
        ([&by_name[..], &["no.http"], &now].concat(), 1, "no.http is no request"),
        ([&by_name[..], &["none.http"]].concat(), 2, "none.http cannot be read"),
        (vec!["strip", "good.http"], 2, "there is no provider strip"),
        (vec!["--recipe", "strip", "--secret-file", "secret", "good.http"], 2, "did you mean \"stripe\"?"),
        (vec!["--recipe", "stripe", "good.http"], 2, "--secret-file"),
        (vec!["good.http"], 2, "name a provider"),
    ] {
        let judged = setup.run(&[&["verify"][..], &arguments].concat()).await;
        assert_eq!(judged.status.code(), Some(code), "{arguments:?}: {}", told(&judged));
        assert!(told(&judged).contains(words), "{arguments:?}: {}", told(&judged));
        assert_eq!(judged.stdout.is_empty(), code != 0, "reasons are for standard error");
        assert!(!told(&judged).contains(SECRET), "{arguments:?}");
    }
}

#[tokio::test]
async fn the_known_senders_are_listed_and_shown() {
    let setup = Setup::new();
    let listed = setup.run(&["recipes", "list", "--json"]).await;
    let listed: Value = serde_json::from_slice(&listed.stdout).unwrap();
    assert!(listed.as_array().unwrap().iter().any(|one| one["name"] == "stripe"));
    let shown = told(&setup.run(&["recipes", "show", "standard-webhooks"]).await);
    for words in ["standard_webhooks", "WEBHOOK_SECRET_STANDARD_WEBHOOKS", "verification = ", "whsec"] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    let json = setup.run(&["recipes", "show", "meta", "--json"]).await;
    let json: Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(json["secrets"][1]["variables"], json!(["META_VERIFY_TOKEN"]));
    let unknown: Output = setup.run(&["recipes", "show", "strpe"]).await;
    assert_eq!(unknown.status.code(), Some(1));
    assert!(told(&unknown).contains("did you mean \"stripe\"?"), "{}", told(&unknown));
}
