//! What a plugin says about itself, as data that the host carries out.

use serde::{Deserialize, Serialize};

use super::http::{Field, field};
use super::recipe::{Handshake, Recipe};

/// Everything that a plugin declares once, when it is loaded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The plugin's own name.
    pub name: String,
    /// Its version, for people.
    pub version: String,
    /// What it is, in one sentence.
    pub about: String,
    /// What its events may be called; empty: anything.
    pub topics: Vec<String>,
    /// The kinds of reply that it can send; others reach it as text.
    pub replies: Vec<String>,
    /// How long a `typing` is seen, in milliseconds; `None`: there is none.
    pub typing_ms: Option<u32>,
    /// The secrets it needs. Their values never reach it.
    pub secrets: Vec<SecretNeed>,
    /// The plain values it reads.
    pub settings: Vec<SettingNeed>,
    /// Where it wants to call.
    pub endpoints: Vec<Endpoint>,
    /// Any one must hold; empty: nothing is accepted without the operator's `verification = "none"`.
    pub verification: Vec<Recipe>,
    /// The first that applies is answered by the host.
    pub handshakes: Vec<Handshake>,
    /// How a delivery is acknowledged.
    pub acknowledgement: Acknowledgement,
    /// How fast the provider may be called.
    pub pacing: Vec<Pace>,
    /// What may grow.
    pub attributes: Vec<Field>,
}

impl Manifest {
    /// The media type that bodies must have (attribute `accepts`); `None`: any.
    pub fn accepts(&self) -> Option<&str> {
        field(&self.attributes, "accepts")
    }

    /// The endpoint of this name.
    pub fn endpoint(&self, name: &str) -> Option<&Endpoint> {
        self.endpoints.iter().find(|endpoint| endpoint.name == name)
    }

    /// The secret of the plugin's claims, where it proves its senders by those (attribute `claims`): only
    /// where it declares no recipe.
    pub fn claims_secret(&self) -> Option<&str> {
        if self.verification.is_empty() { field(&self.attributes, "claims") } else { None }
    }

    /// The secret that proves who sent a delivery, as the first recipe names it, else the claims.
    pub fn inbound_secret(&self) -> Option<&str> {
        let of_recipe = self.verification.first().map(|recipe| recipe.secret.as_str());
        of_recipe.or_else(|| self.claims_secret())
    }
}

/// A secret that the operator sets, read from `<PROVIDER>_<NAME>`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretNeed {
    /// In lower case with `_`.
    pub name: String,
    /// Where an operator finds it.
    pub about: String,
    /// Whether the provider is of no use without it.
    pub required: bool,
}

/// A plain value that the operator may set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettingNeed {
    /// In lower case with `_`.
    pub name: String,
    /// What it changes.
    pub about: String,
    /// Whether the provider is of no use without it.
    pub required: bool,
    /// What holds when it is not set.
    pub default: Option<String>,
}

/// Somewhere a plugin may call, once the operator has granted the hosts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoint {
    /// How calls name it.
    pub name: String,
    /// `https://graph.facebook.com`, with a path where the API has a fixed one.
    pub origin: String,
    /// The setting that replaces [`Self::origin`].
    pub origin_setting: Option<String>,
    /// Before every path.
    pub prefix: Vec<Piece>,
    /// Sent with every call.
    pub query: Vec<Credential>,
    /// Sent with every call.
    pub headers: Vec<Credential>,
    /// Where absolute URLs may point, with the same headers: `lookaside.fbsbx.com`, `*.fbcdn.net`.
    pub hosts: Vec<String>,
}

/// A piece of a prefix, a query parameter or a header.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Piece {
    /// A literal.
    Text(String),
    /// The value of a secret; only the host knows it.
    Secret(String),
    /// The value of a setting.
    Setting(String),
}

/// A named value that may hold secrets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credential {
    /// The header or query parameter.
    pub name: String,
    /// What it is made of.
    pub value: CredentialValue,
}

/// What a credential is made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CredentialValue {
    /// Concatenated.
    Pieces(Vec<Piece>),
    /// HTTP Basic.
    Basic {
        /// Concatenated.
        user: Vec<Piece>,
        /// Concatenated.
        password: Vec<Piece>,
    },
}

/// How a delivery is acknowledged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acknowledgement {
    /// What the sender takes as success.
    pub status: u16,
    /// Headers of the answer.
    pub headers: Vec<Field>,
    /// Body of the answer.
    #[serde(with = "super::bytes")]
    pub body: Vec<u8>,
    /// The sender gives up after this.
    pub within_ms: u32,
    /// How long it repeats what was not acknowledged; 0: it does not.
    pub repeats_ms: u64,
    /// Whether it waits as long as `Retry-After` says.
    pub honours_retry_after: bool,
    /// Wait this long for the result before acknowledging; `None`: acknowledge at once.
    pub hold_ms: Option<u32>,
}

/// At most `calls` in `per_ms` for each key of the bucket, after `burst` free ones.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the sentence above names each")]
pub struct Pace {
    pub bucket: String,
    pub calls: u32,
    pub per_ms: u32,
    pub burst: u32,
}
