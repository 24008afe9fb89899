//! What is to be done once for a Telegram bot, a command for each.

use serde_json::{Value, json};

use super::bot_api::Bot;
use super::{BotArgs, TelegramCommand, WebhookArgs};
use crate::cli::failure::Failure;
use crate::cli::plain::plain;
use crate::cli::sign::sign_body;
use crate::model::name::WorkflowName;
use crate::model::time::Time;

/// Every kind of update of Bot API 10.2. Telegram leaves some out where nobody asks for them by name.
const UPDATES: [&str; 26] = [
    "message",
    "edited_message",
    "channel_post",
    "edited_channel_post",
    "business_connection",
    "business_message",
    "edited_business_message",
    "deleted_business_messages",
    "guest_message",
    "message_reaction",
    "message_reaction_count",
    "inline_query",
    "chosen_inline_result",
    "callback_query",
    "shipping_query",
    "pre_checkout_query",
    "purchased_paid_media",
    "poll",
    "poll_answer",
    "my_chat_member",
    "chat_member",
    "chat_join_request",
    "chat_boost",
    "removed_chat_boost",
    "managed_bot",
    "subscription",
];
/// What Telegram shows at most.
const COMMANDS_MAX: usize = 100;

pub(super) async fn run(command: TelegramCommand) -> Result<(), Failure> {
    match command {
        TelegramCommand::Commands { bot, push, json } => commands(&open(&bot).await?, push, json).await,
        TelegramCommand::SetWebhook { bot, webhook } => set_webhook(&open(&bot).await?, &webhook).await,
        TelegramCommand::Info { bot, json } => info(&open(&bot).await?, json).await,
        TelegramCommand::Delete { bot, drop_pending } => {
            let bot = open(&bot).await?;
            bot.call("deleteWebhook", &json!({ "drop_pending_updates": drop_pending })).await?;
            println!("Telegram delivers nowhere now");
            Ok(())
        }
    }
}

async fn open(args: &BotArgs) -> Result<Bot, Failure> {
    Bot::open(&args.name, &args.config).await
}

async fn set_webhook(bot: &Bot, args: &WebhookArgs) -> Result<(), Failure> {
    let url = bot.provider.public_url.as_deref().ok_or_else(|| {
        Failure::new(
            "nobody said where this host is reached from outside",
            "set public_url = \"https://...\" in [server] of hookhost.toml",
        )
    })?;
    let allowed = match args.allowed_updates.as_slice() {
        [] => json!(UPDATES),
        some => json!(some),
    };
    let parameters = json!({
        "url": url,
        "secret_token": secret_token(bot)?,
        "max_connections": args.max_connections,
        "allowed_updates": allowed,
        "drop_pending_updates": args.drop_pending,
    });
    bot.call("setWebhook", &parameters).await?;
    println!("Telegram delivers to {url} now, with the secret token");
    Ok(())
}

/// What Telegram is to send along: the very header that proves it to us.
fn secret_token(bot: &Bot) -> Result<String, Failure> {
    let signed = sign_body(&bot.provider, None, b"")?;
    let token = signed.headers.into_iter().map(|(_, token)| token).next().unwrap_or_default();
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    if (1..=256).contains(&token.len()) && token.chars().all(fits) {
        return Ok(token);
    }
    Err(Failure::new(
        "Telegram takes secret tokens of at most 256 letters, digits, _ and -",
        "make another one with: openssl rand -hex 32",
    ))
}

async fn info(bot: &Bot, as_json: bool) -> Result<(), Failure> {
    let me = bot.call("getMe", &json!({})).await?;
    let webhook = bot.call("getWebhookInfo", &json!({})).await?;
    if as_json {
        println!("{}", json!({ "bot": me, "webhook": webhook }));
    } else {
        print!("{}", as_text(bot.provider.public_url.as_deref(), &me, &webhook));
        if !bot.provider.settings.iter().any(|(name, _)| name == "bot_username") {
            let username = plain(me["username"].as_str().unwrap_or_default());
            println!(
                "\nhint: set settings.bot_username = \"{username}\", or /command@{username} is never ours"
            );
        }
    }
    Ok(())
}

/// What Telegram reports, a line for each.
fn as_text(public_url: Option<&str>, me: &Value, webhook: &Value) -> String {
    let text = |value: &Value| match value {
        Value::String(text) => plain(text),
        Value::Array(items) => {
            items.iter().filter_map(Value::as_str).map(plain).collect::<Vec<_>>().join(", ")
        }
        value => value.to_string(),
    };
    let url = match webhook["url"].as_str().unwrap_or_default() {
        "" => "none: nothing is delivered".to_owned(),
        url if public_url == Some(url) => plain(url),
        url => format!("{} (not this host's public URL)", plain(url)),
    };
    let error = webhook["last_error_message"].as_str().map(|message| {
        let at = webhook["last_error_date"].as_u64().unwrap_or_default();
        format!("{} at {}", plain(message), Time(at.saturating_mul(1_000)).shown())
    });
    let mut lines = format!("bot          @{} ({})\n", text(&me["username"]), me["id"]);
    lines.push_str(&format!("delivers to  {url}\nwaiting      {}\n", webhook["pending_update_count"]));
    lines.push_str(&format!("last error   {}\n", error.unwrap_or_else(|| "none".into())));
    for (label, name) in
        [("connections", "max_connections"), ("updates", "allowed_updates"), ("address", "ip_address")]
    {
        if !webhook[name].is_null() {
            lines.push_str(&format!("{label:<13}{}\n", text(&webhook[name])));
        }
    }
    lines
}

async fn commands(bot: &Bot, push: bool, as_json: bool) -> Result<(), Failure> {
    let allowed = bot.assembled.setup.workflows.names().filter(|name| bot.provider.access.allows(name));
    let commands = menu(allowed);
    if push {
        bot.call("setMyCommands", &json!({ "commands": as_values(&commands) })).await?;
    }
    if as_json {
        println!("{}", as_values(&commands));
    } else {
        for (command, description) in &commands {
            println!("{command} - {description}");
        }
    }
    if push && !as_json {
        println!("\nTelegram shows them now");
    }
    Ok(())
}

fn as_values(commands: &[(String, String)]) -> Value {
    commands
        .iter()
        .map(|(command, description)| json!({ "command": command, "description": description }))
        .collect()
}

/// Commands and what is shown beside them. Telegram's have no `-`; a workflow answers to `_` in its place.
fn menu<'a>(workflows: impl Iterator<Item = &'a WorkflowName>) -> Vec<(String, String)> {
    let mut commands: Vec<(String, String)> = Vec::new();
    let words = |name: &str| name.replace(['-', '_'], " ").trim().to_owned();
    let all = workflows.map(|name| (name.as_str().replace('-', "_"), words(name.as_str())));
    for (command, description) in all.chain([("help".into(), "What I can do".into())]) {
        if !commands.iter().any(|(known, _)| *known == command) {
            commands.push((command, description));
        }
    }
    commands.truncate(COMMANDS_MAX);
    commands
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_workflow_is_a_command_that_telegram_can_show() {
        let names: Vec<WorkflowName> = ["daily-report", "daily_report", "sum", "help"]
            .iter()
            .map(|name| name.parse().unwrap())
            .collect();
        let expected = [("daily_report", "daily report"), ("sum", "sum"), ("help", "help")];
        let expected: Vec<_> = expected.map(|(command, shown)| (command.to_owned(), shown.to_owned())).into();
        assert_eq!(menu(names.iter()), expected);
        let many: Vec<WorkflowName> = (0..120).map(|n| format!("w{n}").parse().unwrap()).collect();
        assert_eq!(menu(many.iter()).len(), COMMANDS_MAX);
    }

    #[test]
    fn what_telegram_reports_is_shown_as_a_person_reads_it() {
        let me = json!({"id": 7, "username": "hookbot"});
        let webhook = json!({
            "url": "https://x.example/webhooks/telegram", "pending_update_count": 3, "max_connections": 40,
            "last_error_date": 1_790_000_000, "last_error_message": "Connection refused\u{1b}[2J",
            "allowed_updates": ["message", "poll"],
        });
        let shown = as_text(Some("https://x.example/webhooks/telegram"), &me, &webhook);
        for line in [
            "bot          @hookbot (7)",
            "delivers to  https://x.example/webhooks/telegram\n",
            "waiting      3",
            "updates      message, poll",
            r"Connection refused\u{1b}[2J at 2026-",
        ] {
            assert!(shown.contains(line), "{shown}");
        }
        let elsewhere = as_text(None, &me, &json!({"url": "https://y.example", "pending_update_count": 0}));
        assert!(
            elsewhere.contains("not this host's") && elsewhere.contains("last error   none"),
            "{elsewhere}"
        );
        assert!(as_text(None, &me, &json!({"url": ""})).contains("nothing is delivered"));
    }
}
