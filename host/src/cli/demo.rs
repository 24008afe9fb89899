//! `hookhost serve --demo`: everything at work with nothing configured.
//!
//! A neighbour on loopback stands in for the echo workflow and for the chats' servers; it prints what would
//! have been said. The rest is the real thing: the same plugins, signatures, store and delivery.

mod neighbour;
mod try_it;

use std::fmt::Write as _;

use super::ServeArgs;
use super::failure::Failure;
use super::serve::{prepare, run, say_listening};
use crate::config::environment::Environment;
use crate::config::read::parse;
use crate::model::id::random_token;
use crate::telemetry::Redacting;

/// Serves the shipped plugins with generated secrets in a scratch folder that goes when the host stops.
pub(super) async fn serve(args: &ServeArgs, redacting: Redacting) -> Result<(), Failure> {
    let cannot = |what: &str, error: std::io::Error| Failure::new(format!("{what}: {error}"), "");
    let scratch = tempfile::tempdir().map_err(|error| cannot("a scratch folder cannot be made", error))?;
    let neighbour =
        neighbour::start().await.map_err(|error| cannot("nothing can listen on loopback", error))?;
    let secrets = Secrets::generate();
    let file = scratch.path().join("hookhost.toml");
    let mut config = parse(&configuration(neighbour), &file)?;
    args.overrides().apply(&mut config);
    let host = prepare(Box::new(move || Ok(config.clone())), secrets.environment(), redacting).await?;
    let address = host.address().map_err(|error| cannot("the listener has no address", error))?;
    println!("{}", try_it::commands(address, &secrets));
    say_listening(&host, args.log)?;
    run(host).await
}

/// What the senders of the demo sign with.
struct Secrets {
    generic: String,
    telegram: String,
    whatsapp: String,
    whatsapp_verify_token: String,
}

impl Secrets {
    fn generate() -> Self {
        Self {
            generic: random_token(),
            telegram: random_token(),
            whatsapp: random_token(),
            whatsapp_verify_token: random_token(),
        }
    }

    fn environment(&self) -> Environment {
        let variables = [
            ("WEBHOOK_SECRET_GENERIC", self.generic.as_str()),
            ("TELEGRAM_SECRET_TOKEN", &self.telegram),
            ("TELEGRAM_BOT_TOKEN", "demo-bot-token"),
            ("WHATSAPP_APP_SECRET", &self.whatsapp),
            ("WHATSAPP_VERIFY_TOKEN", &self.whatsapp_verify_token),
            ("WHATSAPP_ACCESS_TOKEN", "demo-access-token"),
            ("WHATSAPP_PHONE_NUMBER_ID", try_it::PHONE_NUMBER_ID),
        ];
        variables.into_iter().collect()
    }
}

fn configuration(neighbour: std::net::SocketAddr) -> String {
    let mut toml = format!(
        "[store]\nurl = \"sled:data\"\nmin_free = \"1MiB\"\n\n[workflows.echo]\nhttp = \"http://{neighbour}/echo\"\n\n\
         [[routes]]\nworkflow = \"echo\"\n\n[providers.generic]\n"
    );
    for chat in ["telegram", "whatsapp"] {
        let section = write!(
            toml,
            "\n[providers.{chat}]\nallow_hosts = [\"{neighbour}\"]\nsettings = {{ api_url = \"http://{neighbour}\" }}\n"
        );
        section.expect("writing to a text never fails");
    }
    toml
}
