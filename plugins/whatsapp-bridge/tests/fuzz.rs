//! Whatever a bridge, or somebody in its name, sends and answers: nothing panics, and the host takes what we make
//! of it. `FUZZ_SECONDS=600 cargo test -p hookhost-plugin-whatsapp-bridge --test fuzz` looks for longer.

use hookhost_plugin_whatsapp_bridge::WhatsAppBridge;
use hookhost_sdk::Provider;
use hookhost_sdk::testing::{assert_sound_progress, assert_sound_verdict, fuzz, text_task};
use hookhost_sdk::types::{Answer, Context, Request, Response};
use serde_json::json;

fn context() -> Context {
    Context { now_ms: 1_790_000_000_000, settings: vec![], attempt: 0 }
}

#[test]
fn no_webhook_breaks_us_or_is_held() {
    let data = json!({"from_number": "4917@c.us", "to_number": "4930", "message_id": "false_4917@c.us_3EB0",
        "text": "/sum 1", "media_url": "https://x.example/7", "media_type": "image/png", "status": "open",
        "session_id": "s1", "error": {"code": 7, "message": "m"}, "timestamp": "2026-09-21T13:33:20.5+02:00"});
    let kinds = ["message.received", "message.sent", "message.failed", "connection.status", "call.received"];
    let corpus = kinds.map(|kind| json!({"event_type": kind, "timestamp": 1_790_000_000, "data": data}));
    let corpus = corpus.map(|webhook| webhook.to_string().into_bytes());
    let context = context();
    fuzz(&corpus, |body| {
        let request = Request {
            method: "POST".into(),
            path: String::new(),
            query: vec![],
            headers: vec![],
            body: body.into(),
        };
        assert_sound_verdict(&WhatsAppBridge::receive(&context, &request));
    });
}

#[test]
fn no_answer_and_no_state_break_us() {
    let task = text_task("4917", "Hello");
    let corpus =
        [&b"0\n{\"message_id\":\"3EB0\"}"[..], b"1\n{\"error\":{\"message\":\"m\"}}"].map(<[u8]>::to_vec);
    let context = context();
    fuzz(&corpus, |input| {
        let mut parts = input.splitn(2, |byte| *byte == b'\n');
        let (state, body) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        for status in [200, 404, 429, 500] {
            let answer = Answer::Response(Response { status, headers: vec![], body: body.into() });
            assert_sound_progress(&WhatsAppBridge::resume(&context, &task, state, &answer));
        }
    });
}
