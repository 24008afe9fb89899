//! Proves who sent a request, by the recipes of a manifest. Pure: the clock and the secrets are handed in.
//!
//! The path of one request: [`answer_handshake`], [`verify`], [`answer_signed_handshake`]. When a manifest
//! is loaded: [`check_recipe`], [`check_handshake`] and, for each secret, [`check_secret`]. [`sign`] is the
//! inverse, for trying things out; [`Unproven`] finds out why a request is refused.

mod address;
mod check;
mod claims;
mod diagnosis;
mod encoding;
mod freshness;
mod handshake;
mod hash;
mod json;
mod key;
mod locate;
mod message;
mod private_key;
mod proof;
mod reading;
mod refusal;
mod secrets;
mod sign;
mod signature;

mod verified;

#[cfg(test)]
mod tests;

use crate::model::http::Request;
use crate::model::recipe::Recipe;
use crate::model::time::Time;

pub use check::{RecipeError, check_recipe, covers_body};
pub use claims::verify_claims;
pub use handshake::check::{HandshakeError, check_handshake};
pub use handshake::{
    HandshakeAnswer, HandshakeRefusal, answer_handshake, answer_signed_handshake, is_signed_handshake,
};
pub use key::{KeyError, check_secret};
pub use locate::PlaceError;
pub use refusal::Refusal;
pub use secrets::Secrets;
pub use sign::{SignError, Signed, needs_private_key, sign};
pub use verified::{Delivery, Verified};

/// Proves who sent a request: any one of the recipes must hold.
///
/// `public_url` is this provider's address as its senders call it, without a query. Signatures over the
/// URL are checked against it, never against the `Host` header. The recipes have passed [`check_recipe`].
///
/// # Errors
/// The request is to be answered with 401 and [`Refusal::PUBLIC`]. Of several recipes, the refusal is that
/// of the one that came furthest, since that is the one the sender meant.
pub fn verify(
    recipes: &[Recipe],
    secrets: &Secrets,
    public_url: Option<&str>,
    request: Request,
    now: Time,
) -> Result<Verified, Refusal> {
    verify_or_explain(recipes, secrets, public_url, request, now).map_err(|unproven| unproven.refusal)
}

/// A request that was refused.
#[derive(Debug, Clone)]
pub struct Unproven {
    /// Why.
    pub refusal: Refusal,
    request: Request,
}

impl Unproven {
    /// What probably went wrong, a sentence without anything of the request but an address that it proves;
    /// `None`: the refusal says all there is to say.
    pub fn diagnose(
        &self,
        recipes: &[Recipe],
        secrets: &Secrets,
        public_url: Option<&str>,
        now: Time,
    ) -> Option<String> {
        diagnosis::diagnose(&self.refusal, recipes, secrets, public_url, &self.request, now)
    }
}

/// A request as a plugin may see it that is asked for claims: without credentials of others.
pub fn unverified_for_plugin(request: &Request) -> Request {
    let mut request = request.clone();
    request.headers.retain(|(name, _)| !verified::is_never_for_plugins(name));
    request
}

/// The same as [`verify`], for whoever wants to know more of a refusal.
///
/// # Errors
/// As [`verify`], with what it takes to find the cause.
pub fn verify_or_explain(
    recipes: &[Recipe],
    secrets: &Secrets,
    public_url: Option<&str>,
    request: Request,
    now: Time,
) -> Result<Verified, Box<Unproven>> {
    let mut refusal = Refusal::NoRecipe;
    for recipe in recipes {
        let begun = |place| secrets.begun(recipe, place);
        let active = secrets.active(&recipe.secret, now);
        match proof::prove(recipe, active, begun, public_url, &request, now) {
            Ok(proof) => return Ok(Verified::proven(recipes, request, proof)),
            Err(other) => refusal = refusal.max(other),
        }
    }
    Err(Box::new(Unproven { refusal, request }))
}
