//! Proves who sent a request, by the recipes of a manifest. Pure: the clock and the secrets are handed in.
//!
//! The path of one request: [`answer_handshake`], [`verify`], [`answer_signed_handshake`]. When a manifest
//! is loaded: [`check_recipe`], [`check_handshake`] and, for each secret, [`check_secret`]. [`sign`] is the
//! inverse, for trying things out.

mod address;
mod check;
mod encoding;
mod freshness;
mod handshake;
mod hash;
mod json;
mod key;
mod locate;
mod message;
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
pub use handshake::check::{HandshakeError, check_handshake};
pub use handshake::{HandshakeAnswer, HandshakeRefusal, answer_handshake, answer_signed_handshake};
pub use key::{KeyError, check_secret};
pub use locate::PlaceError;
pub use refusal::Refusal;
pub use secrets::Secrets;
pub use sign::{SignError, Signed, sign};
pub use verified::{Cleared, Delivery, Verified};

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
    let mut furthest = Refusal::NoRecipe;
    for recipe in recipes {
        match proof::prove(recipe, secrets.active(&recipe.secret), public_url, &request, now) {
            Ok(proof) => return Ok(Verified::proven(recipes, request, proof)),
            Err(refusal) => furthest = furthest.max(refusal),
        }
    }
    Err(furthest)
}
