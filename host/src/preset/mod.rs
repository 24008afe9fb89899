//! How known senders sign, answer and name things, by name: what `verification = "stripe"` stands for.
//!
//! The presets stand in `host/presets/*.toml`, one section each:
//!
//! ```toml
//! [acme]                                    # its name; `-` and `_` are the same
//! title = "Acme"                            # the sender, for people
//! about_secret = "the webhook's secret"     # where an operator finds the secret of the record
//! setup = "Settings, Webhooks: ..."         # what to do on the sender's side
//! topic_at = "header x-event, body /type"   # where a delivery says what it is; see plugins/generic
//! id_at = "body /id"                        # and where its id stands
//! within_s = 10                             # the sender gives up waiting after this
//! repeats_h = 24                            # how long it repeats what was not acknowledged
//! secrets.verify_token = "..."              # further secrets, each with where to find it
//! answer = { status = 204 }                 # how a delivery is acknowledged; left out: 200
//!
//! [acme.record]                             # as in hookhost.toml: `crate::model::recipe::Recipe`
//! [[acme.handshakes]]                       # `crate::model::recipe::Handshake`
//! ```

mod read;
#[cfg(test)]
mod tests;

use std::sync::LazyLock;

use crate::model::manifest::{Acknowledgement, SecretNeed};
use crate::model::recipe::{Handshake, Recipe};

/// What is known of a sender.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preset {
    /// How it is called in a configuration: `stripe`, `standard_webhooks`.
    pub name: String,
    /// The sender, for people.
    pub title: String,
    /// What to do on the sender's side.
    pub setup: String,
    /// How its deliveries prove who sent them.
    pub recipe: Recipe,
    /// The secret of the recipe first, then those of handshakes.
    pub secrets: Vec<SecretNeed>,
    /// What is answered natively.
    pub handshakes: Vec<Handshake>,
    /// How a delivery is acknowledged, and how long the sender repeats it.
    pub acknowledgement: Acknowledgement,
    /// Where a delivery says what it is, as the plugin `generic` reads it.
    pub topic_at: Option<String>,
    /// Where a delivery has its id, as the plugin `generic` reads it.
    pub id_at: Option<String>,
}

/// What was compiled in; it never changes.
static PRESETS: LazyLock<Vec<Preset>> = LazyLock::new(read::embedded);

/// All presets, in the order of their names.
pub fn all() -> &'static [Preset] {
    &PRESETS
}

/// The preset of this name; `-` and `_` are the same.
pub fn find(name: &str) -> Option<&'static Preset> {
    let name = name.replace('-', "_");
    all().iter().find(|preset| preset.name == name)
}

/// The names of all presets.
pub fn names() -> Vec<&'static str> {
    all().iter().map(|preset| preset.name.as_str()).collect()
}
