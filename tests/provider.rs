//! `hookhost provider telegram`: what is set up at Telegram's side, with one command each.

use serde_json::{Value, json};

use crate::support::bot_api::refused;
use crate::support::setup::{MARK, PACING_OFF, Setup, TELEGRAM_BOT_TOKEN, TELEGRAM_SECRET_TOKEN, told};
use crate::support::stand_in::{Answer, Call, StandIn};

const PUBLIC: &str = "[server]\npublic_url = \"https://hooks.example.com\"";
const URL: &str = "https://hooks.example.com/webhooks/telegram";

fn api() -> StandIn {
    StandIn::start(|call: &Call, _| {
        let result = match call.path.rsplit('/').next().unwrap() {
            "getMe" => json!({ "id": 70001, "is_bot": true, "first_name": "Hook", "username": "hookbot" }),
            "getWebhookInfo" => json!({
                "url": URL, "has_custom_certificate": false, "pending_update_count": 3, "max_connections": 40,
                "last_error_date": 1_790_000_000, "last_error_message": "Connection refused",
                "allowed_updates": ["message"],
            }),
            _ => json!(true),
        };
        Answer::Json(200, json!({ "ok": true, "result": result }))
    })
}

fn setup(api: &StandIn) -> Setup {
    let keys = format!("{PACING_OFF}\nworkflows = [\"daily-report\", \"sum\"]");
    Setup::new()
        .config(PUBLIC)
        .telegram_with(api, &keys)
        .script("daily-report", "true")
        .script("sum", "true")
        .script("private", "true")
}

/// What the command told, after it ended as expected.
async fn run(setup: &Setup, arguments: &[&str], succeeds: bool) -> String {
    let output = setup.run(&[&["provider", "telegram"], arguments].concat()).await;
    let told = told(&output);
    assert_eq!(output.status.code(), Some(i32::from(!succeeds)), "{arguments:?}: {told}");
    assert!(!told.contains(MARK), "a secret is shown: {told}");
    told
}

fn methods(api: &StandIn) -> Vec<(String, Value)> {
    let below = format!("/bot{TELEGRAM_BOT_TOKEN}/");
    let one = |call: &Call| (call.path.strip_prefix(&below).unwrap().to_owned(), call.body.clone());
    api.calls().iter().map(one).collect()
}

#[tokio::test]
async fn the_webhook_is_set_to_the_public_url_with_the_secret_token() {
    let api = api();
    let told = run(&setup(&api), &["set-webhook", "--max-connections", "80"], true).await;
    assert!(told.contains(URL), "{told}");
    let [(method, body)] = methods(&api).try_into().unwrap();
    assert_eq!((method.as_str(), &body["url"]), ("setWebhook", &json!(URL)));
    assert_eq!(
        (&body["secret_token"], &body["max_connections"]),
        (&json!(TELEGRAM_SECRET_TOKEN), &json!(80))
    );
    let kinds = body["allowed_updates"].as_array().unwrap();
    for kind in ["message", "chat_member", "message_reaction", "pre_checkout_query", "subscription"] {
        assert!(kinds.contains(&json!(kind)), "{kind}");
    }
    let some = ["set-webhook", "--allowed-updates", "message,callback_query", "--drop-pending"];
    run(&setup(&api), &some, true).await;
    let (_, body) = methods(&api).pop().unwrap();
    assert_eq!(body["allowed_updates"], json!(["message", "callback_query"]));
    assert_eq!((&body["drop_pending_updates"], &body["max_connections"]), (&json!(true), &json!(40)));
}

#[tokio::test]
async fn what_telegram_reports_is_shown() {
    let api = api();
    let told = run(&setup(&api), &["info"], true).await;
    for part in
        ["@hookbot", URL, "waiting      3", "Connection refused", "settings.bot_username = \"hookbot\""]
    {
        assert!(told.contains(part), "{told}");
    }
    let shown: Value = serde_json::from_str(&run(&setup(&api), &["info", "--json"], true).await).unwrap();
    assert_eq!(shown["webhook"]["pending_update_count"], 3);
}

#[tokio::test]
async fn the_webhook_is_deleted() {
    let api = api();
    run(&setup(&api), &["delete"], true).await;
    assert_eq!(methods(&api), [("deleteWebhook".to_owned(), json!({ "drop_pending_updates": false }))]);
}

#[tokio::test]
async fn the_commands_are_the_workflows_that_may_be_run_there() {
    let api = api();
    let told = run(&setup(&api), &["commands"], true).await;
    assert_eq!(told, "daily_report - daily report\nsum - sum\nhelp - What I can do\n");
    assert_eq!(methods(&api), []);
    run(&setup(&api), &["commands", "--push"], true).await;
    let [(method, body)] = methods(&api).try_into().unwrap();
    assert_eq!(method, "setMyCommands");
    assert_eq!(body["commands"][0], json!({ "command": "daily_report", "description": "daily report" }));
}

#[tokio::test]
async fn what_is_missing_is_named_with_the_next_step() {
    let api = api();
    for (setup, arguments, expected) in [
        (Setup::new().telegram(&api), vec!["set-webhook"], "public_url"),
        (setup(&api).without("TELEGRAM_SECRET_TOKEN"), vec!["set-webhook"], "WEBHOOK_SECRET_TELEGRAM"),
        (
            setup(&api).env("TELEGRAM_SECRET_TOKEN", "hush! no token"),
            vec!["set-webhook"],
            "openssl rand -hex 32",
        ),
        (setup(&api).without("TELEGRAM_BOT_TOKEN"), vec!["info"], "TELEGRAM_BOT_TOKEN"),
        (setup(&api).env("TELEGRAM_API_URL", "http://127.0.0.1:9"), vec!["info"], "allow_hosts"),
        (setup(&api), vec!["info", "--name", "other"], "bots are: telegram"),
    ] {
        let told = run(&setup, &arguments, false).await;
        assert!(told.contains("hint: ") && told.contains(expected), "{arguments:?}: {told}");
    }
    assert_eq!(methods(&api), []);
    for (answer, expected) in [
        (refused(401, "Unauthorized"), "BotFather"),
        (refused(400, "Bad Request: bad webhook: HTTPS url must be provided for webhook"), "443, 80, 88"),
    ] {
        api.answers(answer);
        let told = run(&setup(&api), &["set-webhook"], false).await;
        assert!(told.contains(expected), "{told}");
    }
}
