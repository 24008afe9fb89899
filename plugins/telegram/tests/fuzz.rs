//! Odd updates and odd answers: whatever comes, nothing panics, and what is answered keeps to the contract's
//! bounds. A short run belongs to the tests; `FUZZ_SECONDS=600 cargo test -p hookhost-plugin-telegram --test fuzz`
//! is a long one.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::{Duration, Instant};

use hookhost_plugin_telegram::Telegram;
use hookhost_sdk::Provider as _;
use hookhost_sdk::types::{
    Answer, Content, Context, Event, Media, Next, Origin, Outgoing, Progress, Reply, Request, Response,
    Target, Task, Text, TextFormat, Unanswered, Verdict,
};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestError, TestRunner};
use serde_json::{Value, json};

/// The contract's bounds.
const TOPIC_BYTES: usize = 128;
const ID_BYTES: usize = 512;
const STATE_BYTES: usize = 16 * 1024;

/// Checks so many cases, or for so long as `FUZZ_SECONDS` says.
fn check<S: Strategy>(cases: S, checked: impl Fn(S::Value) -> Result<(), TestCaseError>)
where
    S::Value: Clone,
{
    let seconds = std::env::var("FUZZ_SECONDS").ok().and_then(|seconds| seconds.parse().ok());
    let until = seconds.map(|seconds| Instant::now() + Duration::from_secs(seconds));
    let mut cases_run = 0_u64;
    loop {
        // A runner is done after its cases, so each round has one of its own.
        let mut runner =
            TestRunner::new(Config { cases: 1_000, failure_persistence: None, ..Config::default() });
        match runner.run(&cases, &checked) {
            Ok(()) => cases_run += 1_000,
            Err(TestError::Fail(reason, case)) => panic!("{reason}: {case:?}"),
            Err(aborted) => panic!("{aborted}"),
        }
        if until.is_none_or(|until| Instant::now() >= until) {
            eprintln!("{cases_run} cases");
            return;
        }
    }
}

#[test]
fn any_bytes_are_an_update_or_are_refused() {
    let cases = (bodies(), proptest::option::of("[a-z_]{0,8}"), proptest::option::of(".{0,8}"));
    check(cases, |(body, name, allowed)| {
        let settings = [("bot_username", name), ("allow_bots", allowed)];
        let settings = settings.into_iter().filter_map(|(name, value)| Some((name.into(), value?))).collect();
        let request =
            Request { method: "POST".into(), path: String::new(), query: vec![], headers: vec![], body };
        let context = Context { now_ms: 0, settings, attempt: 0 };
        let verdict = Telegram::receive(&context, &request);
        prop_assert_eq!(&verdict, &Telegram::receive(&context, &request), "the same twice");
        match verdict {
            Verdict::Accept(acceptance) => acceptance.events.iter().try_for_each(keeps_bounds)?,
            Verdict::Ignore(reason) | Verdict::Reject(reason) => prop_assert!(reason.len() < 200),
        }
        Ok(())
    });
}

fn keeps_bounds(event: &Event) -> Result<(), TestCaseError> {
    let bounded = |text: &str, max| (1..=max).contains(&text.len());
    prop_assert!(
        bounded(&event.topic, TOPIC_BYTES) && !event.topic.contains(char::is_control),
        "{}",
        event.topic
    );
    prop_assert!(event.id.as_deref().is_some_and(|id| bounded(id, ID_BYTES)));
    prop_assert!(event.conversation.as_deref().is_none_or(|name| bounded(name, ID_BYTES)));
    if let Content::Moved(to) = &event.content {
        prop_assert!(bounded(to, ID_BYTES));
    }
    // Whatever is named as the place of an answer can be answered.
    if let Some(conversation) = &event.conversation {
        let progress = Telegram::begin(&context(), &send(conversation, "Hello", TextFormat::Plain));
        prop_assert!(matches!(progress.next, Next::Step(_)), "{progress:?}");
    }
    Ok(())
}

#[test]
fn any_answer_leads_somewhere() {
    let conversation = prop_oneof![
        Just("-100/33".to_owned()),
        Just("7@bc".to_owned()),
        Just("inline_query/7".to_owned()),
        Just("pre_checkout_query/7".to_owned()),
        ".{0,12}",
    ];
    let task = (conversation, texts(), any::<bool>(), any::<bool>());
    let state = prop_oneof![Just(None), proptest::collection::vec(any::<u8>(), 0..60).prop_map(Some)];
    check(
        (task, state, answers(), 0_u32..3),
        |((conversation, text, is_markdown, is_fetch), state, answer, attempt)| {
            let format = if is_markdown { TextFormat::Markdown } else { TextFormat::Plain };
            let task = if is_fetch { fetch(&text) } else { send(&conversation, &text, format) };
            let begun = Telegram::begin(&context(), &task);
            goes_on(&begun)?;
            let own = match begun.next {
                Next::Step(step) => step.state,
                _ => Vec::new(),
            };
            let context = Context { attempt, ..context() };
            let progress = Telegram::resume(&context, &task, &state.unwrap_or(own), &answer);
            goes_on(&progress)
        },
    );
}

fn goes_on(progress: &Progress) -> Result<(), TestCaseError> {
    match &progress.next {
        Next::Step(step) => {
            prop_assert!(step.state.len() <= STATE_BYTES);
            let Target::Path(path) = &step.call.target else { panic!("{step:?}") };
            prop_assert!(path.starts_with('/') && !path.contains(['?', '#', '\\', ' ']), "{path}");
        }
        Next::Retry(_) | Next::Done | Next::Failed(_) | Next::Media(_) => {}
        other => panic!("{other:?}"),
    }
    Ok(())
}

fn context() -> Context {
    Context { now_ms: 0, settings: vec![], attempt: 0 }
}

fn send(conversation: &str, body: &str, format: TextFormat) -> Task {
    let origin = Origin { message: Some("-100:41".into()), occurred_ms: None, handback: vec![] };
    Task::Send(Outgoing {
        id: "r1".into(),
        conversation: conversation.into(),
        reply: Reply::Text(Text { body: body.into(), format }),
        origin: Some(origin),
        attributes: vec![("quote".into(), "true".into())],
    })
}

fn fetch(handle: &str) -> Task {
    let handle = handle.to_owned();
    Task::Fetch(Media {
        kind: "image".into(),
        handle,
        media_type: None,
        filename: None,
        size: None,
        sha256: None,
    })
}

/// Bytes, JSON, and updates of ours in which something is not as it should be.
fn bodies() -> impl Strategy<Value = Vec<u8>> {
    let damaged = (updates(), any::<prop::sample::Index>(), any::<u8>()).prop_map(|(update, at, byte)| {
        let mut bytes = update.to_string().into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        bytes
    });
    prop_oneof![
        1 => proptest::collection::vec(any::<u8>(), 0..200),
        1 => json_of(3).prop_map(|json| json.to_string().into_bytes()),
        2 => damaged,
        4 => (updates(), json_of(2), any::<prop::sample::Index>()).prop_map(|(mut update, odd, at)| {
            let mut places = Vec::new();
            all_places(&update, String::new(), &mut places);
            *update.pointer_mut(&places[at.index(places.len())]).unwrap() = odd;
            update.to_string().into_bytes()
        }),
    ]
}

/// Every place in a document.
fn all_places(value: &Value, here: String, places: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                all_places(value, format!("{here}/{name}"), places);
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                all_places(value, format!("{here}/{index}"), places);
            }
        }
        _ => {}
    }
    places.push(here);
}

/// An update of each form, with words of any kind.
fn updates() -> impl Strategy<Value = Value> {
    let kind = prop_oneof![
        Just("message"),
        Just("edited_message"),
        Just("channel_post"),
        Just("business_message"),
        Just("guest_message"),
        Just("callback_query"),
        Just("inline_query"),
        Just("pre_checkout_query"),
        Just("message_reaction"),
        Just("chat_member"),
        Just("of_tomorrow"),
    ];
    let content = prop_oneof![
        Just("text"),
        Just("photo"),
        Just("document"),
        Just("sticker"),
        Just("venue"),
        Just("contact"),
        Just("poll"),
        Just("rich_message"),
        Just("pinned_message"),
        Just("migrate_to_chat_id"),
    ];
    (kind, content, texts(), any::<i64>()).prop_map(|(kind, content, text, number)| {
        let user = json!({"id": 7, "is_bot": number % 5 == 0, "first_name": "Ada", "username": "ada"});
        let file = json!({"file_id": "f", "file_size": number, "mime_type": text, "width": 3, "height": 4});
        let value = match content {
            "photo" => json!([file]),
            "text" => json!(text),
            "venue" => json!({"location": {"latitude": 1.5, "longitude": 2.5}, "title": text}),
            "contact" => json!({"phone_number": text, "first_name": text}),
            "rich_message" => json!({"blocks": [{"text": [text, {"text": text}]}]}),
            "migrate_to_chat_id" => json!(number),
            _ => file,
        };
        let mut news = json!({
            "id": number.to_string(), "message_id": number, "date": number, "from": user, "user": user,
            "chat": {"id": number, "type": "supergroup"}, "caption": text, "data": text, "query": text,
            "entities": [{"type": "bot_command", "offset": 0, "length": number % 9}],
            "caption_entities": [{"type": "bot_command", "offset": 0, "length": 4}],
            "message_thread_id": number, "is_topic_message": number % 2 == 0, "media_group_id": text,
            "business_connection_id": text, "guest_query_id": "q1", "reply_to_message": {"message_id": 3},
            "message": {"message_id": 3, "chat": {"id": number, "type": "private"}},
            "new_reaction": [{"type": "emoji", "emoji": text}], "old_reaction": [],
        });
        news[content] = value;
        json!({"update_id": number, kind: news})
    })
}

fn texts() -> impl Strategy<Value = String> {
    prop_oneof![
        "(?s).{0,20}",
        "/[a-z_]{1,6}(@[a-z]{1,5})?( .{0,5})?",
        "[*_`\\[\\]()>#~| \na-z]{0,60}",
        Just("true".to_owned()),
        Just(r#"{"results": [{"type": "article"}]}"#.to_owned()),
        "[a-z 😆]{1,20}".prop_map(|words| words.repeat(600)),
    ]
}

fn answers() -> impl Strategy<Value = Answer> {
    let said = prop_oneof![
        json_of(3),
        (any::<i64>(), texts()).prop_map(|(number, text)| json!({
            "ok": false, "error_code": 400, "description": text,
            "parameters": {"retry_after": number, "migrate_to_chat_id": number},
        })),
        (any::<i64>(), texts()).prop_map(|(number, text)| json!({
            "ok": true, "result": {"message_id": number, "file_path": text, "chat": {"id": number}},
        })),
        Just(json!({"ok": false, "error_code": 400, "description": "can't parse entities"})),
    ];
    let response = (100_u16..600, said).prop_map(|(status, body)| {
        Answer::Response(Response { status, headers: vec![], body: body.to_string().into_bytes() })
    });
    let lost = any::<bool>()
        .prop_map(|maybe_done| Answer::Unanswered(Unanswered { maybe_done, reason: "timeout".into() }));
    prop_oneof![6 => response, 1 => lost]
}

fn json_of(depth: u32) -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,6}".prop_map(Value::from),
    ];
    leaf.prop_recursive(depth, 16, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map("[a-z_]{0,8}", inner, 0..4)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}
