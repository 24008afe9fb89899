//! Whatever Meta, or somebody in its name, sends and answers: nothing panics, and the host takes what we make of
//! it. `FUZZ_SECONDS=600 cargo test -p hookhost-plugin-whatsapp --test fuzz` looks for longer.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use hookhost_plugin_whatsapp::WhatsApp;
use hookhost_sdk::Provider;
use hookhost_sdk::testing::{assert_sound_progress, assert_sound_verdict, fuzz, stepped, task};
use hookhost_sdk::types::{
    Answer, Button, ButtonAction, Buttons, Context, Media, Reply, Request, Response, Task, Text, TextFormat,
};
use serde_json::{Value, json};

fn context() -> Context {
    let settings = [("max_age", "1h"), ("fallback_template", "back")];
    let settings = settings.map(|(name, value)| (name.into(), value.into())).into();
    Context { now_ms: 1_790_000_000_000, settings, attempt: 3 }
}

fn bytes(value: &Value) -> Vec<u8> {
    value.to_string().into_bytes()
}

/// Deliveries of every kind that is read.
fn deliveries() -> Vec<Vec<u8>> {
    let of = |kind: &str, body: Value| json!({"from": "4917", "from_user_id": "DE.1", "id": "wamid.a", "timestamp": "1790000000", "type": kind, kind: body});
    let file = json!({"id": "77", "mime_type": "a/b", "sha256": "c0", "caption": "/x y", "voice": true});
    let reply = |kind: &str, body: Value| of("interactive", json!({"type": kind, kind: body}));
    let messages = [
        of("text", json!({"body": "/sum a\u{e4}\u{1f606}"})),
        of("image", file.clone()),
        of("audio", file.clone()),
        of("location", json!({"latitude": 1.5, "longitude": "-2", "url": "u"})),
        of("contacts", json!([{"name": {"first_name": "A"}, "phones": [{"wa_id": 7}]}])),
        reply("button_reply", json!({"id": "y", "title": "Yes"})),
        reply("list_reply", json!({"id": "y", "title": "Yes", "description": "d"})),
        reply("nfm_reply", json!({"name": "flow", "response_json": "{\"a\":1}"})),
        of("button", json!({"payload": "p", "text": "t"})),
        of("reaction", json!({"message_id": "wamid.o", "emoji": "\u{1f44d}"})),
        of("order", json!({"catalog_id": "1", "product_items": [{"quantity": 1}]})),
        of("system", json!({"type": "user_changed_number", "wa_id": "4918"})),
        of("edit", json!({"original_message_id": "wamid.o", "message": of("image", file)})),
        of("revoke", json!({"original_message_id": "wamid.o"})),
        json!({"id": "m", "type": "unsupported", "group_id": "G", "errors": [{"code": 131_051, "title": "t"}],
            "context": {"id": "q", "forwarded": true}, "referral": {"a": {"b": 1}}}),
    ];
    let statuses = json!([{"id": "wamid.o", "status": "failed", "recipient_participant_id": 49,
        "biz_opaque_callback_data": "r", "errors": [{"code": 131_047, "error_data": {"details": "d"}}]}]);
    let delivery = |field: &str, value: &Value| {
        let change = json!({"field": field, "value": value});
        bytes(&json!({"object": "whatsapp_business_account",
            "entry": [{"id": "300", "time": 1_790_000_000, "changes": [change]}]}))
    };
    let value = |list: &str, items: &Value| {
        json!({"metadata": {"phone_number_id": "106"},
            "contacts": [{"profile": {"name": "Ada"}, "wa_id": "4917", "user_id": "DE.1"}], list: items})
    };
    let mut corpus: Vec<_> =
        messages.iter().map(|one| delivery("messages", &value("messages", &json!([one, one])))).collect();
    corpus.push(delivery("messages", &value("statuses", &statuses)));
    corpus.push(delivery("calls", &value("calls", &json!([{"id": "c", "event": "connect"}]))));
    corpus.push(delivery("account_update", &json!({"event": "ACCOUNT_DELETED"})));
    corpus
}

#[test]
fn no_delivery_breaks_us_or_is_held() {
    let context = context();
    fuzz(&deliveries(), |body| {
        let request = Request {
            method: "POST".into(),
            path: String::new(),
            query: vec![],
            headers: vec![],
            body: body.into(),
        };
        assert_sound_verdict(&WhatsApp::receive(&context, &request));
    });
}

/// Something to send, something to fetch, something to mark.
fn tasks() -> Vec<Task> {
    let text = Reply::Text(Text { body: "x".repeat(5_000), format: TextFormat::Plain });
    let button = |title: &str| Button { title: title.into(), action: ButtonAction::Choose(title.into()) };
    let buttons = vec![button("Yes"), button("No")];
    let asked = Buttons { body: "y".repeat(1_500), header: None, footer: None, buttons };
    let media = Media {
        kind: "image".into(),
        handle: "77".into(),
        media_type: None,
        filename: None,
        size: None,
        sha256: None,
    };
    vec![task("106/4917", text), task("106/4917", Reply::Buttons(asked)), Task::Fetch(media)]
}

#[test]
fn no_answer_and_no_state_break_us() {
    let (context, tasks) = (context(), tasks());
    let (.., begun) = stepped(&WhatsApp::begin(&context, &tasks[0]));
    let answers = [
        json!({"messages": [{"id": "wamid.a"}], "contacts": [{"wa_id": "4917"}]}),
        json!({"error": {"code": 131_056, "message": "m", "error_subcode": 33, "error_data": {"details": "d"}}}),
        json!({"error": {"code": 131_047, "message": "m"}}),
        json!({"url": "https://lookaside.fbsbx.com/x?a=b", "id": "77"}),
    ];
    let states = [begun.as_slice(), b"link", b"bytes", br#"{"stage":"fallback","message":1,"media":"7"}"#];
    // The status, the state and the body stand in one input, so that each of them is changed.
    let corpus = answers
        .iter()
        .flat_map(|answer| states.iter().map(|state| [&b"400\n"[..], state, b"\n", &bytes(answer)].concat()));
    fuzz(&corpus.collect::<Vec<_>>(), |input| {
        let mut parts = input.splitn(3, |byte| *byte == b'\n');
        let mut part = || parts.next().unwrap_or_default();
        let status = std::str::from_utf8(part()).ok().and_then(|text| text.parse().ok()).unwrap_or(200);
        let (state, body) = (part(), part());
        let answer = Answer::Response(Response { status, headers: vec![], body: body.into() });
        for task in &tasks {
            assert_sound_progress(&WhatsApp::resume(&context, task, state, &answer));
        }
        let raw = Reply::Raw(String::from_utf8_lossy(body).into_owned());
        assert_sound_progress(&WhatsApp::begin(&context, &task("106/4917", raw)));
    });
}
