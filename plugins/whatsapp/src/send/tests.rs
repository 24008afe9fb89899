//! What is called, and what answers mean.

use hookhost_sdk::Provider as _;
use hookhost_sdk::testing::{answer, stepped, task as task_for, text_task as task};
use hookhost_sdk::types::{
    Blob, File, FormContent, Next, Origin, Payload, Response, Step, Subscription, Target, Task, Template,
    Unanswered,
};
use proptest::prelude::*;

use super::*;
use crate::WhatsApp;

fn begin(context: &Context, task: &Task) -> Progress {
    WhatsApp::begin(context, task)
}

fn resume(context: &Context, task: &Task, state: &[u8], answer: &Answer) -> Progress {
    WhatsApp::resume(context, task, state, answer)
}

fn context(attempt: u32) -> Context {
    Context { now_ms: 0, settings: vec![("phone_number_id".into(), "900".into())], attempt }
}

fn refused(code: i64) -> Answer {
    answer(400, &json!({"error": {"code": code, "message": "m"}}))
}

#[test]
fn a_long_text_goes_out_piece_by_piece() {
    let task = task("106/491700000001", &("x".repeat(4096) + "y"));
    let body = |text: &str| {
        json!({
            "messaging_product": "whatsapp", "recipient_type": "individual", "to": "491700000001",
            "type": "text", "text": {"body": text, "preview_url": false}, "biz_opaque_callback_data": "r1",
        })
    };
    let (path, sent, state) = stepped(&begin(&context(0), &task));
    assert_eq!((path.as_str(), sent), ("/v25.0/106/messages", body(&"x".repeat(4096))));

    let accepted = |id: &str| answer(200, &json!({"messages": [{"id": id}]}));
    let second = resume(&context(0), &task, &state, &accepted("wamid.a"));
    let (_, sent, state) = stepped(&second);
    assert_eq!((second.receipts[0].id.as_str(), sent), ("wamid.a", body("y")));

    let end = resume(&context(0), &task, &state, &accepted("wamid.b"));
    assert_eq!(end, Progress::done().with_receipt("wamid.b"));
}

#[test]
fn an_answer_comes_from_the_number_that_was_written_to() {
    for (conversation, path) in [("106/4917", "/v25.0/106/messages"), ("/4917", "/v25.0/900/messages")] {
        assert_eq!(stepped(&begin(&context(0), &task(conversation, "a"))).0, path);
    }
}

#[test]
fn what_is_too_fast_waits_with_its_kind() {
    let task = task("106/4917", "a");
    let (.., state) = stepped(&begin(&context(0), &task));
    let pair = || Bucket::new("pair", "106/4917");
    let number = || Bucket::new("number", "106");
    for (code, attempt, expected) in [
        (131_056, 0, Progress::retry(1_000, pair())),
        (131_056, 1, Progress::retry(4_000, pair())),
        (131_056, 5, Progress::retry(1_024_000, pair())),
        (131_056, u32::MAX, Progress::retry(1_024_000, pair())),
        (130_429, 0, Progress::retry(1_000, number())),
        (130_429, u32::MAX, Progress::retry(64_000, number())),
        (80_007, 0, Progress::retry(60_000, Bucket::new("account", "106"))),
        (4, 0, Progress::retry(60_000, Bucket::new("app", ""))),
        (4, u32::MAX, Progress::retry(960_000, Bucket::new("app", ""))),
        (131_057, 0, Progress::retry(60_000, number())),
        (131_000, 0, Progress::retry(None, None)),
    ] {
        assert_eq!(resume(&context(attempt), &task, &state, &refused(code)), expected, "{code} {attempt}");
    }
}

#[test]
fn what_may_have_been_sent_is_not_sent_again() {
    let task = task("106/4917", "a");
    let (.., state) = stepped(&begin(&context(0), &task));
    for (maybe_done, expected) in [(false, Progress::retry(None, None)), (true, Progress::unsure("restart"))]
    {
        let lost = Answer::Unanswered(Unanswered { maybe_done, reason: "restart".into() });
        assert_eq!(resume(&context(0), &task, &state, &lost), expected);
    }
}

#[test]
fn what_cannot_be_begun_says_so() {
    let bare = Context { now_ms: 0, settings: vec![], attempt: 0 };
    let subscription = Subscription { url: "https://example.com".into(), active: true };
    for (context, task, expected) in [
        (context(0), task("somewhere", "a"), "conversation"),
        (bare, task("/4917", "a"), "no-number"),
        (context(0), task("106/4917", " "), "empty"),
        (context(0), Task::Subscribe(subscription), "unknown-task"),
    ] {
        let progress = begin(&context, &task);
        let Next::Failed(failure) = progress.next else { panic!("{progress:?}") };
        assert_eq!(failure.code, expected);
    }
}

/// A reply that answers a message which came to the account 300.
fn answering(reply: Reply) -> Task {
    let Task::Send(outgoing) = task_for("106/4917", reply) else { panic!() };
    let handback = vec![("waba".into(), "300".into())];
    let origin = Some(Origin { message: Some("wamid.in".into()), occurred_ms: None, handback });
    Task::Send(Outgoing { origin, ..outgoing })
}

fn step(progress: &Progress) -> &Step {
    let Next::Step(step) = &progress.next else { panic!("{progress:?}") };
    step
}

#[test]
fn a_call_is_counted_for_all_that_may_be_limited() {
    let text = |body: &str| match task("", body) {
        Task::Send(outgoing) => outgoing.reply,
        _ => panic!(),
    };
    let progress = begin(&context(0), &answering(text("a")));
    let buckets = [
        Bucket::new("pair", "106/4917"),
        Bucket::new("number", "106"),
        Bucket::new("account", "300"),
        Bucket::new("app", ""),
    ];
    assert_eq!(step(&progress).call.buckets, buckets);
    // Marks are no messages to anybody.
    assert_eq!(step(&begin(&context(0), &answering(Reply::Seen))).call.buckets, buckets[1..]);
}

#[test]
fn a_message_is_marked_as_read_and_we_as_typing() {
    let marked = |more: &Value| {
        let mut body = json!({"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.in"});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let done = answer(200, &json!({"success": true}));
    for (reply, expected) in [
        (Reply::Seen, marked(&json!({}))),
        (Reply::Typing, marked(&json!({"typing_indicator": {"type": "text"}}))),
    ] {
        let task = answering(reply);
        let (path, sent, state) = stepped(&begin(&context(0), &task));
        assert_eq!((path.as_str(), sent), ("/v25.0/106/messages", expected));
        assert_eq!(resume(&context(0), &task, &state, &done), Progress::done());
        let lost = Answer::Unanswered(Unanswered { maybe_done: true, reason: "timeout".into() });
        assert_eq!(resume(&context(0), &task, &state, &lost), Progress::retry(None, None));
    }
}

#[test]
fn a_file_of_the_hosts_is_uploaded_first() {
    let blob =
        Blob { id: "b7".into(), size: 9, media_type: Some("image/png".into()), sha256: "c0ffee".into() };
    let file = File {
        kind: "image".into(),
        source: Source::Blob(blob),
        caption: Some("Look".into()),
        filename: None,
        media_type: None,
    };
    let task = task_for("106/4917", Reply::Media(file));
    let first = begin(&context(0), &task);
    let upload = step(&first);
    assert_eq!(upload.call.target, Target::Path("/v25.0/106/media".into()));
    let Payload::Multipart(parts) = &upload.call.payload else { panic!("{upload:?}") };
    let said: Vec<_> = parts.iter().map(|part| (part.name.as_str(), &part.content)).collect();
    let text = |text: &str| FormContent::Text(text.into());
    let expected = [text("whatsapp"), text("image/png"), FormContent::Blob("b7".into())];
    assert_eq!(said, [("messaging_product", &expected[0]), ("type", &expected[1]), ("file", &expected[2])]);

    let uploaded = answer(200, &json!({"id": "77"}));
    let second = resume(&context(0), &task, &upload.state, &uploaded);
    let (path, sent, state) = stepped(&second);
    assert_eq!(
        (path.as_str(), &sent["image"]),
        ("/v25.0/106/messages", &json!({"id": "77", "caption": "Look"}))
    );
    let end = resume(&context(0), &task, &state, &answer(200, &json!({"messages": [{"id": "wamid.a"}]})));
    assert_eq!(end, Progress::done().with_receipt("wamid.a"));

    // What was uploaded twice is seen by nobody.
    let lost = Answer::Unanswered(Unanswered { maybe_done: true, reason: "restart".into() });
    assert_eq!(resume(&context(0), &task, &upload.state, &lost), Progress::retry(None, None));
    let Next::Failed(failure) = resume(&context(0), &task, &upload.state, &answer(200, &json!({}))).next
    else {
        panic!()
    };
    assert_eq!(failure.code, "no-id");
}

#[test]
fn an_answer_after_24_hours_is_the_fallback_template_or_none() {
    let task = task("106/4917", "Hello");
    let (.., state) = stepped(&begin(&context(0), &task));
    let late = refused(131_047);
    let Next::Failed(failure) = resume(&context(0), &task, &state, &late).next else { panic!() };
    assert_eq!((failure.scope, failure.code.as_str()), (FailureScope::Message, "131047"));
    assert!(failure.message.contains("fallback_template") && failure.message.ends_with("(m)"), "{failure:?}");

    let mut context = context(0);
    context.settings.push(("fallback_template".into(), "come_back".into()));
    let (_, sent, state) = stepped(&resume(&context, &task, &state, &late));
    assert_eq!(sent["template"], json!({"name": "come_back", "language": {"code": "en_US"}}));
    assert_eq!((&sent["to"], &sent["biz_opaque_callback_data"]), (&json!("4917"), &json!("r1")));
    let accepted = answer(200, &json!({"messages": [{"id": "wamid.t"}]}));
    assert_eq!(resume(&context, &task, &state, &accepted), Progress::done().with_receipt("wamid.t"));
    assert!(matches!(resume(&context, &task, &state, &late).next, Next::Failed(_)), "once is enough");

    let template =
        Template { name: "order".into(), language: "en".into(), parameters: vec![], components: None };
    let task = task_for("106/4917", Reply::Template(template));
    let (.., state) = stepped(&begin(&context, &task));
    assert!(matches!(resume(&context, &task, &state, &late).next, Next::Failed(_)), "it was a template");
}

#[test]
fn a_state_of_an_earlier_version_is_understood_and_of_a_later_one_is_not() {
    let task = task("106/4917", "a");
    let accepted = answer(200, &json!({"messages": []}));
    assert_eq!(resume(&context(0), &task, br#"{"message": 0}"#, &accepted), Progress::done());
    for state in [r#"{"message": 0, "stage": "tomorrow"}"#, r#"{"message": 0, "stage": "upload"}"#, "{}", ""]
    {
        let Next::Failed(failure) = resume(&context(0), &task, state.as_bytes(), &refused(131_047)).next
        else {
            panic!("{state}")
        };
        assert!(["state", "131047"].contains(&failure.code.as_str()), "{state}: {failure:?}");
    }
}

proptest! {
    #[test]
    fn an_arbitrary_state_or_answer_never_panics(
        state in proptest::collection::vec(any::<u8>(), 0..40),
        status in 100_u16..600,
        body in ".{0,40}",
        code: i64,
    ) {
        let task = task("106/4917", "a");
        let answer = Answer::Response(Response { status, headers: vec![], body: body.into_bytes() });
        let _ = resume(&context(0), &task, &state, &answer);
        let (.., state) = stepped(&begin(&context(0), &task));
        let _ = (resume(&context(0), &task, &state, &answer), resume(&context(0), &task, &state, &refused(code)));
    }
}
