//! What this adapter needs, how Telegram proves who it is, and how fast it may be called.

use hookhost_sdk::manifest::{Acknowledgement, Endpoint, Manifest, Pace, Piece, Recipe, Secret, Setting};

/// The endpoint below which all methods of the Bot API stand.
pub(crate) const BOT: &str = "bot";
/// The endpoint below which files lie.
pub(crate) const FILE: &str = "file";
/// The bucket of all messages of the bot.
pub(crate) const PACE_BOT: &str = "bot";
/// The bucket of the messages to one chat.
pub(crate) const PACE_CHAT: &str = "chat";
/// The bucket of the messages to one group, which gets fewer.
pub(crate) const PACE_GROUP: &str = "group";

const API: &str = "https://api.telegram.org";
/// How long Telegram shows that somebody types.
const TYPING_MS: u32 = 5_000;
const DAY_MS: u64 = 24 * 3600 * 1000;

pub(crate) fn manifest() -> Manifest {
    let replies = [
        "text",
        "image",
        "audio",
        "voice",
        "video",
        "animation",
        "video_note",
        "document",
        "sticker",
        "location",
        "contact",
        "buttons",
        "menu",
        "reaction",
        "typing",
        "seen",
        "raw",
    ];
    let below = |name: &str, prefix: &str| Endpoint {
        origin_setting: Some("api_url".into()),
        prefix: vec![Piece::text(prefix), Piece::secret("bot_token")],
        ..Endpoint::new(name, API)
    };
    Manifest {
        replies: replies.map(String::from).into(),
        typing_ms: Some(TYPING_MS),
        secrets: vec![
            Secret::required("secret_token", "the `secret_token` that was given to setWebhook"),
            Secret::required("bot_token", "the token that BotFather gave out, like 123456:ABC-DEF"),
        ],
        settings: vec![
            Setting {
                default: Some(API.into()),
                ..Setting::optional("api_url", "a Bot API server of your own")
            },
            Setting::optional("bot_username", "the bot's name; without it /command@name is never ours"),
            Setting::optional("allow_bots", "other bots that are heard: ids and names with commas, or *"),
        ],
        endpoints: vec![below(BOT, "/bot"), below(FILE, "/file/bot")],
        verification: vec![Recipe::token("secret_token", "x-telegram-bot-api-secret-token")],
        acknowledgement: Acknowledgement {
            within_ms: 60_000,
            repeats_ms: DAY_MS,
            honours_retry_after: true,
            ..Acknowledgement::ok()
        },
        pacing: vec![
            // Telegram asks for one message a second to one chat and lets short bursts pass; where one is too
            // long it answers 429 with the wait, which is kept to.
            Pace { bucket: PACE_CHAT.into(), calls: 1, per_ms: 1_000, burst: 20 },
            Pace { bucket: PACE_GROUP.into(), calls: 20, per_ms: 60_000, burst: 20 },
            Pace { bucket: PACE_BOT.into(), calls: 30, per_ms: 1_000, burst: 30 },
        ],
        ..Manifest::new("telegram", env!("CARGO_PKG_VERSION"), "A Telegram bot: messages in, answers out.")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_endpoint_and_the_recipe_name_is_declared() {
        let manifest = manifest();
        let secrets: Vec<_> = manifest.secrets.iter().map(|secret| secret.name.as_str()).collect();
        assert_eq!(manifest.verification[0].secret, secrets[0]);
        assert_eq!(manifest.endpoints[0].prefix[1], Piece::secret(secrets[1]));
        assert_eq!(manifest.endpoints[0].origin_setting.as_deref(), Some(manifest.settings[0].name.as_str()));
        assert_eq!(manifest.settings[0].default.as_deref(), Some(manifest.endpoints[0].origin.as_str()));
    }
}
