//! What a plugin asks for, what it was granted, and what a new version may do that asks for more. Pure.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::manifest::{Credential, CredentialValue, Endpoint, Manifest, Piece, SecretNeed};
use super::name::ProviderName;
use super::recipe::{Handshake, Recipe};
use super::time::Time;

/// The attribute by which a plugin says that it proves its senders by claims.
const CLAIMS: &str = "claims";

/// Everything in a manifest that an operator has to agree to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ask {
    /// The secrets that are read for it.
    pub secrets: Vec<SecretNeed>,
    /// Where it calls, and which secrets go there.
    pub endpoints: Vec<Endpoint>,
    /// How its senders prove themselves.
    pub verification: Vec<Recipe>,
    /// What the host answers in its name, with secrets.
    pub handshakes: Vec<Handshake>,
    /// The secret of its claims.
    pub claims: Option<String>,
}

/// What a provider's plugin was granted, as it is remembered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// The name of the plugin's file; another plugin is another matter.
    pub plugin: ProviderName,
    /// The version that asked for it.
    pub version: String,
    /// The SHA-256 of its file.
    pub digest: String,
    /// Whether it came with the host.
    pub is_shipped: bool,
    /// How the version that came with the host verified, if one ever did: a file in its place may do the same.
    pub shipped_recipes: Vec<Recipe>,
    /// What it may have.
    pub ask: Ask,
    /// When it was granted.
    pub at: Time,
}

/// One thing that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// To call a host.
    Host(String),
    /// To have a secret read for it.
    Secret(String),
    /// To have a secret sent somewhere.
    Sends {
        /// The secret.
        secret: String,
        /// The host.
        to: String,
    },
    /// To prove senders so.
    Recipe(Box<Recipe>),
    /// To answer for it so.
    Handshake(Box<Handshake>),
    /// To prove senders by what it computes itself.
    Claims(String),
}

/// What is to be done about what a plugin asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// It is granted from now on, as the configuration says: nothing was granted before, or it came with the host.
    Granted,
    /// It was granted already.
    Covered,
    /// It asks for more than was granted, and the operator has to say so.
    Beyond(Vec<Item>),
}

/// A manifest with nothing in it but what was granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restricted {
    /// What holds for now.
    pub manifest: Manifest,
    /// The endpoints that must not be called.
    pub endpoints: BTreeSet<String>,
}

/// Decides about what a plugin asks for.
///
/// What came with the host is as much the operator's own choice as the host itself. A file of the folder is
/// granted what the first version asks for; from then on only the operator adds to it, also where the file takes
/// the place of a shipped plugin.
pub fn decide(granted: Option<&Grant>, plugin: &ProviderName, is_shipped: bool, asked: &Ask) -> Decision {
    let Some(granted) = granted.filter(|granted| granted.plugin == *plugin) else { return Decision::Granted };
    if is_shipped {
        let is_known = granted.is_shipped && granted.ask == *asked;
        return if is_known { Decision::Covered } else { Decision::Granted };
    }
    let beyond = asked.beyond(&granted.ask);
    if beyond.is_empty() { Decision::Covered } else { Decision::Beyond(beyond) }
}

impl Ask {
    /// What this manifest asks for.
    pub fn of(manifest: &Manifest) -> Self {
        Self {
            secrets: manifest.secrets.clone(),
            endpoints: manifest.endpoints.clone(),
            verification: manifest.verification.clone(),
            handshakes: manifest.handshakes.clone(),
            claims: manifest.claims_secret().map(str::to_owned),
        }
    }

    /// What stands here and not there, each thing once.
    pub fn beyond(&self, granted: &Self) -> Vec<Item> {
        let granted = granted.items();
        self.items().into_iter().filter(|item| !granted.contains(item)).collect()
    }

    /// All of it, each thing once.
    pub fn items(&self) -> Vec<Item> {
        let secrets = self.secrets.iter().map(|need| Item::Secret(need.name.clone()));
        let calls = self.endpoints.iter().flat_map(items_of);
        let proofs = self.verification.iter().map(|recipe| Item::Recipe(Box::new(recipe.clone())));
        let handshakes = self.handshakes.iter().map(|one| Item::Handshake(Box::new(one.clone())));
        let claims = self.claims.iter().map(|secret| Item::Claims(secret.clone()));
        let mut items = Vec::new();
        for item in secrets.chain(calls).chain(proofs).chain(handshakes).chain(claims) {
            if !items.contains(&item) {
                items.push(item);
            }
        }
        items
    }

    /// A newer manifest without what is not granted here.
    ///
    /// Senders prove themselves as before as soon as anything about that has changed; secrets that are new are
    /// not read; endpoints that are new, or send a secret that was not sent there, are not called.
    pub fn restrict(&self, mut manifest: Manifest) -> Restricted {
        let granted = self.items();
        let is_granted = |item: &Item| granted.contains(item);
        let beyond = Ask::of(&manifest).beyond(self);
        let proves = |item: &Item| matches!(item, Item::Recipe(_) | Item::Handshake(_) | Item::Claims(_));
        manifest.secrets.retain(|need| is_granted(&Item::Secret(need.name.clone())));
        if beyond.iter().any(proves) {
            manifest.verification.clone_from(&self.verification);
            manifest.handshakes.clone_from(&self.handshakes);
            manifest.attributes.retain(|(name, _)| name != CLAIMS);
            manifest.attributes.extend(self.claims.iter().map(|secret| (CLAIMS.to_owned(), secret.clone())));
            for need in &self.secrets {
                if !manifest.secrets.iter().any(|known| known.name == need.name) {
                    manifest.secrets.push(need.clone());
                }
            }
        }
        let is_new = |endpoint: &&Endpoint| !items_of(endpoint).iter().all(is_granted);
        let endpoints =
            manifest.endpoints.iter().filter(is_new).map(|endpoint| endpoint.name.clone()).collect();
        Restricted { manifest, endpoints }
    }
}

/// The hosts of an endpoint, and the secrets that go to each of them.
fn items_of(endpoint: &Endpoint) -> Vec<Item> {
    let origin = match &endpoint.origin_setting {
        Some(setting) => format!("{} (or as the setting {setting} says)", endpoint.origin),
        None => endpoint.origin.clone(),
    };
    let of_piece = |piece: &Piece| match piece {
        Piece::Secret(name) => Some(name.clone()),
        Piece::Text(_) | Piece::Setting(_) => None,
    };
    let of_value = |credential: &Credential| -> Vec<String> {
        match &credential.value {
            CredentialValue::Pieces(pieces) => pieces.iter().filter_map(of_piece).collect(),
            CredentialValue::Basic { user, password } => {
                user.iter().chain(password).filter_map(of_piece).collect()
            }
        }
    };
    let mut secrets: BTreeSet<String> = endpoint.prefix.iter().filter_map(of_piece).collect();
    secrets.extend(endpoint.query.iter().chain(&endpoint.headers).flat_map(of_value));
    let hosts: Vec<String> = [origin].into_iter().chain(endpoint.hosts.iter().cloned()).collect();
    let sends = |to: &String| -> Vec<Item> {
        secrets.iter().map(|secret| Item::Sends { secret: secret.clone(), to: to.clone() }).collect()
    };
    hosts.iter().flat_map(|host| [vec![Item::Host(host.clone())], sends(host)].concat()).collect()
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let json = |value: serde_json::Result<String>| value.expect("it is plain data");
        match self {
            Self::Host(host) => write!(f, "to call {host}"),
            Self::Secret(name) => write!(f, "to use the secret {name}"),
            Self::Sends { secret, to } => write!(f, "to send the secret {secret} to {to}"),
            Self::Recipe(recipe) => write!(f, "to verify by {}", json(serde_json::to_string(recipe))),
            Self::Handshake(one) => write!(f, "to answer handshakes by {}", json(serde_json::to_string(one))),
            Self::Claims(secret) => write!(f, "to verify by claims of its own with the secret {secret}"),
        }
    }
}

#[cfg(test)]
mod tests;
