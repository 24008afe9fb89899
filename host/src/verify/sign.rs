//! Signs a request as its sender would, for trying out a provider: the inverse of `verify`.

use url::form_urlencoded;

use crate::model::http::{Field, Request};
use crate::model::recipe::{Atom, Encoding, Hash, Locator, Part, Recipe, Scheme};
use crate::model::secret::Secret;
use crate::model::time::Time;

use super::check::{RecipeError, check_recipe, values};
use super::encoding::encode;
use super::freshness;
use super::hash::{digest, hmac};
use super::json;
use super::key::{Key, KeyBytes, KeyError};
use super::locate::{Values, same_place};
use super::message::{Message, assemble};
use super::private_key::PrivateKey;
use super::reading::readings;
use super::refusal::Refusal;
use super::signature;

/// What a sender would add to its request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// To be sent with the body.
    pub headers: Vec<Field>,
    /// To be sent after the address and a `?`, exactly as it stands; empty: nothing.
    pub raw_query: String,
    /// To be sent in place of the body, where the recipe wants something in it.
    pub body: Option<Vec<u8>>,
}

/// Why a request cannot be signed here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// The plugin's author has to change the recipe.
    #[error("the recipe cannot be carried out: {0}")]
    Recipe(#[from] RecipeError),
    /// The operator has to change the secret.
    #[error("the secret cannot be used: {0}")]
    Key(#[from] KeyError),
    /// It is not the private key of this scheme.
    #[error("the private key cannot be used: it is not {expected}")]
    PrivateKey {
        /// What was expected.
        expected: &'static str,
    },
    /// The body has no place for it.
    #[error("{what} belongs into the body, at {pointer}, and the body is no JSON with such a place")]
    InBody {
        /// Where it belongs.
        pointer: String,
        /// What belongs there.
        what: &'static str,
    },
    /// The body or the configuration lacks something that is signed.
    #[error("it cannot be signed: {0}")]
    Message(#[from] Refusal),
}

/// Signs a request to `public_url` as its sender would; `verify` accepts what comes of it.
///
/// `delivery` is put where the recipe wants an id or a nonce: something random, in `[A-Za-z0-9-]`. Where the
/// secret of the recipe is the sender's public key ([`needs_private_key`]), `secret` is the private one.
///
/// # Errors
/// What is missing, or why this recipe cannot be used for it.
pub fn sign(
    recipe: &Recipe,
    secret: &Secret,
    public_url: Option<&str>,
    method: &str,
    body: &[u8],
    now: Time,
    delivery: &str,
) -> Result<Signed, SignError> {
    check_recipe(recipe)?;
    let mut draft = Draft::new(method, body);
    draft.fill(recipe, now, delivery)?;

    let text = match recipe.scheme {
        Scheme::Token => secret.expose().to_owned(),
        Scheme::Basic => encode(recipe.signature.encoding, &shared(recipe, secret)?),
        Scheme::Hmac(hash) => {
            let key = shared(recipe, secret)?;
            draft.signature(recipe, secret, public_url, |message| hmac(hash, &key, message).to_vec())?
        }
        Scheme::Digest(hash) => {
            draft.signature(recipe, secret, public_url, |message| digest(hash, message).to_vec())?
        }
        Scheme::Ed25519 | Scheme::EcdsaP256Sha256 => {
            let key = PrivateKey::new(recipe.scheme, secret)?;
            draft.signature(recipe, secret, public_url, |message| key.sign(&message.concat()))?
        }
    };
    let text = signature::write(recipe, &text, &draft.fields);
    draft.put(&recipe.signature.at[0], "the signature", text)?;
    let Request { headers, raw_query, body: written, .. } = draft.request;
    Ok(Signed { headers, raw_query, body: (written != body).then_some(written) })
}

/// Whether only somebody with a key that the host does not have can sign by this recipe.
pub fn needs_private_key(recipe: &Recipe) -> bool {
    matches!(recipe.scheme, Scheme::Ed25519 | Scheme::EcdsaP256Sha256)
}

fn shared<'s>(recipe: &Recipe, secret: &'s Secret) -> Result<KeyBytes<'s>, SignError> {
    match Key::new(recipe, secret)? {
        Key::Shared(bytes) => Ok(bytes),
        Key::Ed25519(_) | Key::P256(_) => unreachable!("schemes with a public key are signed otherwise"),
    }
}

/// Whether a request without this value is refused.
fn requires(recipe: &Recipe, at: &Locator) -> bool {
    recipe.signed.iter().any(|part| match part {
        Part::Value(value) => same_place(value, at),
        Part::Sorted(atoms) => atoms.contains(&Atom::Value(at.clone())),
        _ => false,
    })
}

/// A request in the making.
struct Draft {
    request: Request,
    fields: Vec<Field>,
}

impl Draft {
    fn new(method: &str, body: &[u8]) -> Self {
        let request = Request {
            method: method.to_owned(),
            path: String::new(),
            raw_query: String::new(),
            query: Vec::new(),
            headers: Vec::new(),
            body: body.to_vec(),
        };
        Self { request, fields: Vec::new() }
    }

    fn values(&self) -> Values<'_> {
        Values::new(&self.request, &self.fields)
    }

    /// Puts a timestamp, ids and the body's hash where the recipe looks for them.
    fn fill(&mut self, recipe: &Recipe, now: Time, delivery: &str) -> Result<(), SignError> {
        if let Some(rule) = &recipe.timestamp {
            match &rule.at {
                Locator::Json(_) if freshness::check(rule, self.values(), now).is_ok() => {}
                at => self.put(at, "a timestamp of this moment", freshness::write(rule.format, now))?,
            }
        }
        for at in recipe.delivery.iter().chain(values(recipe)) {
            let is_there = self.values().get(at)?.is_some();
            let comes_later = recipe.signature.at.iter().any(|signature| same_place(signature, at));
            // What is joined may be missing, and a body is changed only where it has to be.
            let may_be_missing = matches!(at, Locator::Json(_)) && !requires(recipe, at);
            if !is_there && !comes_later && !may_be_missing {
                self.put(at, "an id", delivery.to_owned())?;
            }
        }
        if let Some(parameter) = &recipe.body_sha256_query {
            let hash = encode(Encoding::Hex, &digest(Hash::Sha256, &[&self.request.body]));
            self.put(&Locator::Query(parameter.clone()), "the hash", hash)?;
        }
        Ok(())
    }

    fn put(&mut self, at: &Locator, what: &'static str, value: String) -> Result<(), SignError> {
        match at {
            Locator::Header(name) => self.request.headers.push((name.clone(), value)),
            Locator::SignatureField(name) => self.fields.push((name.clone(), value)),
            Locator::Query(name) => {
                self.request.query.push((name.clone(), value));
                let mut query = form_urlencoded::Serializer::new(String::new());
                self.request.raw_query = query.extend_pairs(&self.request.query).finish();
            }
            Locator::Json(pointer) => {
                let no_place = || SignError::InBody { pointer: pointer.clone(), what };
                self.request.body = json::with(&self.request.body, pointer, &value).ok_or_else(no_place)?;
            }
        }
        Ok(())
    }

    fn signature(
        &self,
        recipe: &Recipe,
        secret: &Secret,
        public_url: Option<&str>,
        make: impl Fn(&Message<'_>) -> Vec<u8>,
    ) -> Result<String, SignError> {
        let reading =
            readings(recipe, public_url, &self.request)?.next().expect("the first reading always is");
        let message = assemble(&recipe.signed, self.values(), &reading, secret)?;
        Ok(encode(recipe.signature.encoding, &make(&message)))
    }
}
