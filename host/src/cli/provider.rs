//! `hookhost provider`: sets up what stands at a provider's side.

mod bot_api;
mod telegram;

use clap::{Args, Subcommand, value_parser};

use super::ConfigArgs;
use super::failure::Failure;

#[derive(Debug, Subcommand)]
pub(super) enum ProviderCommand {
    /// Set up a Telegram bot: where it delivers to, and which commands it shows
    #[command(subcommand)]
    Telegram(TelegramCommand),
}

#[derive(Debug, Subcommand)]
pub(super) enum TelegramCommand {
    /// Print the bot's commands, as they follow from the workflows
    Commands {
        #[command(flatten)]
        bot: BotArgs,
        /// Let Telegram show them
        #[arg(long)]
        push: bool,
        /// Print one JSON array
        #[arg(long)]
        json: bool,
    },
    /// Let Telegram deliver here: to the public URL, with the secret token
    SetWebhook {
        #[command(flatten)]
        bot: BotArgs,
        #[command(flatten)]
        webhook: WebhookArgs,
    },
    /// Show what Telegram reports: where it delivers to, what waits, what went wrong
    Info {
        #[command(flatten)]
        bot: BotArgs,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Let Telegram deliver nowhere; it keeps what comes for a day
    Delete {
        #[command(flatten)]
        bot: BotArgs,
        /// Throw away what waits
        #[arg(long)]
        drop_pending: bool,
    },
}

#[derive(Debug, Args)]
pub(super) struct BotArgs {
    /// Which bot is meant, as hookhost.toml calls it
    #[arg(long, value_name = "PROVIDER", default_value = "telegram")]
    name: String,
    #[command(flatten)]
    config: ConfigArgs,
}

#[derive(Debug, Args)]
pub(super) struct WebhookArgs {
    /// How many connections Telegram opens at the same time
    #[arg(long, value_name = "COUNT", default_value_t = 40, value_parser = value_parser!(u8).range(1..=100))]
    max_connections: u8,
    /// Which kinds of updates are delivered, with commas between [default: all]
    #[arg(long, value_name = "KINDS", value_delimiter = ',')]
    allowed_updates: Vec<String>,
    /// Throw away what waits
    #[arg(long)]
    drop_pending: bool,
}

pub(super) async fn provider(command: ProviderCommand) -> Result<(), Failure> {
    match command {
        ProviderCommand::Telegram(command) => telegram::run(command).await,
    }
}
