//! Telegram: what is said in a chat, and what is answered there.

use futures_util::future::join_all;
use serde_json::json;
use unicode_segmentation::UnicodeSegmentation as _;

use crate::support::bot_api::{self, chats, texts};
use crate::support::setup::{Setup, TELEGRAM_BOT_TOKEN, now_s};
use crate::support::telegram::{self, group_update, update};
use crate::support::workflow::{ECHO, ECHO_NOTED, NOTE};

#[tokio::test]
async fn a_command_is_answered_in_the_chat_it_came_from() {
    let api = bot_api::start();
    let host = Setup::new().telegram(&api).script("echo", ECHO).start().await;
    let reply = host.telegram(&update(1, 4711, "/echo hello")).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    let calls = api.received_only(1).await;
    assert_eq!(calls[0].method, "POST");
    assert_eq!(calls[0].path, format!("/bot{TELEGRAM_BOT_TOKEN}/sendMessage"));
    assert_eq!(calls[0].headers["content-type"], "application/json");
    assert_eq!((chats(&calls), texts(&calls)), (vec![4711], vec!["hello".to_owned()]));
    host.end().await;
}

#[tokio::test]
async fn an_update_that_comes_ten_times_at_once_runs_once() {
    let api = bot_api::start();
    let host = Setup::new().telegram(&api).script("echo", &format!("{NOTE}{ECHO_NOTED}")).start().await;
    let update = update(1, 4711, "/echo hello");
    for reply in join_all((0..10).map(|_| host.telegram(&update))).await {
        assert_eq!(reply.status, 200, "{reply:?}");
    }
    api.received_only(1).await;
    let late = host.telegram(&update).await;
    assert_eq!(late.status, 200, "{late:?}");
    api.received_only(1).await;
    assert_eq!(host.documents().len(), 1);
    host.end().await;
}

#[tokio::test]
async fn a_long_result_is_cut_between_graphemes_and_arrives_in_order() {
    let result = long_text();
    let api = bot_api::start();
    let host =
        Setup::new().telegram(&api).file("long.txt", &result).script("read", "cat long.txt").start().await;
    host.telegram_all(&[update(1, 7, "/read")]).await;
    let calls = api.received(3).await;
    host.telegram_all(&[update(2, 7, "/start")]).await;
    let calls = api.received(calls.len() + 1).await;
    let mut pieces = texts(&calls);
    pieces.pop().expect("the last is the answer to /start");
    assert_eq!(pieces.concat(), result);

    let boundaries: Vec<usize> = result.grapheme_indices(true).map(|(at, _)| at).collect();
    let mut at = 0;
    for piece in &pieces {
        let units = piece.encode_utf16().count();
        assert!((1..=4096).contains(&units), "a piece of {units} units");
        assert!(boundaries.binary_search(&at).is_ok(), "a grapheme is cut at byte {at}");
        at += piece.len();
    }
    host.end().await;
}

/// 10,000 characters: words, a family of seven characters, a flag of two, letters with marks of their own.
fn long_text() -> String {
    let words =
        ["hello ", "👨\u{200d}👩\u{200d}👧\u{200d}👦", "🇨🇭", "e\u{301}a\u{308}\u{323}", "Привет, ", "你好"];
    words.into_iter().cycle().flat_map(str::chars).take(9_999).chain(['.']).collect()
}

#[tokio::test]
async fn a_chat_is_told_what_can_be_done() {
    let api = bot_api::start();
    let setup = Setup::new().telegram(&api).script("echo", ECHO).script("weather", "echo sun");
    let host = setup.start().await;
    for (id, (text, expected)) in (1..).zip([
        ("/start", ["/echo", "/weather"]),
        ("/help", ["/echo", "/weather"]),
        ("/nosuch thing", ["/nosuch", "/echo"]),
        ("good morning", ["command", "/echo"]),
    ]) {
        host.telegram_all(&[update(id, 7, text)]).await;
        let said = texts(&api.received(usize::try_from(id).unwrap()).await).pop().unwrap();
        assert!(expected.iter().all(|part| said.contains(part)), "{text}: {said}");
    }
    host.end().await;
}

#[tokio::test]
async fn plain_text_runs_the_workflow_that_it_is_routed_to() {
    let api = bot_api::start();
    let host = Setup::new().telegram(&api).script("echo", ECHO).route("echo").start().await;
    host.telegram_all(&[update(1, 7, "good morning")]).await;
    assert_eq!(texts(&api.received_only(1).await), ["good morning"]);
    host.end().await;
}

#[tokio::test]
async fn a_group_hears_nothing_that_nobody_asked_for() {
    let api = bot_api::start();
    let host = Setup::new().telegram(&api).script("echo", ECHO).start().await;
    let said = ["/nosuch", "good morning", "/echo hello"];
    host.telegram_all(&(1..).zip(said).map(|(id, text)| group_update(id, text)).collect::<Vec<_>>()).await;
    let calls = api.received_only(1).await;
    assert_eq!((chats(&calls), texts(&calls)), (vec![-100_200], vec!["hello".to_owned()]));
    host.end().await;
}

#[tokio::test]
async fn a_message_of_last_month_is_not_run() {
    let api = bot_api::start();
    let host = Setup::new().telegram(&api).script("echo", ECHO).start().await;
    let mut old = update(1, 7, "/echo old");
    old["message"]["date"] = json!(now_s() - 30 * 24 * 3600);
    host.telegram_all(&[old, update(2, 7, "/echo new")]).await;
    assert_eq!(texts(&api.received_only(1).await), ["new"]);
    host.end().await;
}

#[tokio::test]
async fn strangers_and_workflows_of_others_are_left_alone() {
    let api = bot_api::start();
    let host = Setup::new()
        .telegram_with(&api, "allow_senders = [\"42\"]\nworkflows = [\"echo\"]")
        .script("echo", ECHO)
        .script("private", &format!("{NOTE}{ECHO_NOTED}"))
        .start()
        .await;
    let mut of_a_stranger = update(1, 7, "/echo hello");
    of_a_stranger["message"]["from"]["id"] = json!(43);
    host.telegram_all(&[of_a_stranger, update(2, 7, "/private hello"), update(3, 7, "/start")]).await;
    let said = texts(&api.received_only(2).await);
    assert!(
        said[0].contains("/private") && said[0].contains("/echo"),
        "there is no such thing here: {said:?}"
    );
    assert!(said[1].contains("/echo") && !said[1].contains("private"), "{said:?}");
    assert_eq!(host.documents().len(), 0);
    host.end().await;
}

#[tokio::test]
async fn two_bots_with_the_same_numbers_do_not_mix() {
    let (api, support_api) = (bot_api::start(), bot_api::start());
    let host = Setup::new()
        .telegram(&api)
        .config(&format!(
            "[providers.support-bot]\nplugin = \"telegram\"\npath = \"/hooks/support\"\n\
             allow_hosts = [\"{}\"]\nsettings = {{ api_url = \"{}\" }}",
            support_api.host(),
            support_api.url()
        ))
        .env("SUPPORT_BOT_SECRET_TOKEN", "hush-support-secret-token")
        .env("SUPPORT_BOT_BOT_TOKEN", "70002:hush-support-bot-token")
        .script("echo", ECHO)
        .start()
        .await;
    let update = update(1, 7, "/echo hello");
    host.telegram_all(std::slice::from_ref(&update)).await;
    let header = (telegram::HEADER, "hush-support-secret-token");
    assert_eq!(host.post("/hooks/support", &[header], update.to_string()).await.status, 200);
    assert_eq!(host.post("/webhooks/telegram", &[header], update.to_string()).await.status, 401);
    assert_eq!(host.post("/webhooks/support-bot", &[header], update.to_string()).await.status, 404);
    assert_eq!(api.received_only(1).await.len(), 1);
    let calls = support_api.received_only(1).await;
    assert_eq!(calls[0].path, "/bot70002:hush-support-bot-token/sendMessage");
    host.end().await;
}

#[tokio::test]
async fn a_signed_body_that_is_no_update_is_held_and_acknowledged() {
    let api = bot_api::start();
    let host = Setup::new().telegram(&api).script("echo", ECHO).start().await;
    for (body, reason) in [("{not json", "not JSON"), ("[]", "not a JSON object"), ("{}", "update_id")] {
        let reply = host.telegram_body(body).await;
        assert_eq!(reply.status, 200, "{body}: {reply:?}");
        host.logged(&["held", "telegram", reason]).await;
    }
    host.telegram_all(&[update(1, 7, "/echo hello")]).await;
    assert_eq!(texts(&api.received_only(1).await), ["hello"]);
    host.end().await;
}
