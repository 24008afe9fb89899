//! Carries out one recipe on one request.

use ed25519_dalek::Signature as Ed25519Signature;
use p256::ecdsa::DerSignature;
use p256::ecdsa::signature::MultipartVerifier as _;
use subtle::ConstantTimeEq as _;

use crate::model::bounds;
use crate::model::http::Request;
use crate::model::recipe::{Encoding, Hash, Locator, Part, Recipe, Scheme};
use crate::model::secret::Secret;
use crate::model::time::Time;

use super::check::{has_message, is_signed};
use super::encoding;
use super::freshness;
use super::hash::{Begun, digest, hmac, same};
use super::key::Key;
use super::locate::Values;
use super::message::{Message, assemble};
use super::reading::readings;
use super::refusal::Refusal;
use super::signature;
use super::verified::{Delivery, Proof, token_in_body};

/// Whether the request fits this recipe with one of these secrets, of whose keyed hashes some are `begun`.
///
/// The cheap checks come first: a request without a signature costs no hash.
pub(super) fn prove<'k>(
    recipe: &Recipe,
    secrets: &[Secret],
    begun: impl Fn(usize) -> Option<&'k Begun>,
    public_url: Option<&str>,
    request: &Request,
    now: Time,
) -> Result<Proof, Refusal> {
    if secrets.is_empty() {
        return Err(Refusal::NoSecret { name: recipe.secret.clone() });
    }
    let found = signature::find(recipe, request)?;
    let values = Values::new(request, &found.fields);
    if let Some(rule) = &recipe.timestamp {
        freshness::check(rule, values, now)?;
    }
    let secret = matching(recipe, secrets, begun, public_url, values, &found.signatures)?;
    if let Some(parameter) = &recipe.body_sha256_query {
        check_body_hash(parameter, values)?;
    }
    Ok(Proof {
        delivery: delivery(recipe, values)?,
        secret,
        token_in_body: token_in_body(recipe, &secrets[secret]),
    })
}

/// Which secret made this signature of these bytes.
pub(super) fn proven_by(
    recipe: &Recipe,
    secrets: &[Secret],
    message: &[u8],
    signature: &[u8],
) -> Result<usize, Refusal> {
    let (message, signatures) = (vec![message.into()], [signature.to_vec()]);
    for (index, secret) in secrets.iter().enumerate() {
        let key =
            Key::new(recipe, secret).map_err(|error| Refusal::Key { name: recipe.secret.clone(), error })?;
        if fits(recipe.scheme, &key, &message, &signatures) {
            return Ok(index);
        }
    }
    Err(mismatch(recipe, secrets, &signatures))
}

/// Whether a signature fits, whatever its age and whatever else the recipe asks for.
pub(super) fn fits_some(
    recipe: &Recipe,
    secrets: &[Secret],
    public_url: Option<&str>,
    request: &Request,
) -> bool {
    signature::find(recipe, request).is_ok_and(|found| {
        let values = Values::new(request, &found.fields);
        matching(recipe, secrets, |_| None, public_url, values, &found.signatures).is_ok()
    })
}

/// Which secret made one of these signatures, over any reading of the request.
fn matching<'k>(
    recipe: &Recipe,
    secrets: &[Secret],
    begun: impl Fn(usize) -> Option<&'k Begun>,
    public_url: Option<&str>,
    values: Values<'_>,
    signatures: &[Vec<u8>],
) -> Result<usize, Refusal> {
    let key = |secret| {
        Key::new(recipe, secret).map_err(|error| Refusal::Key { name: recipe.secret.clone(), error })
    };
    if !has_message(recipe.scheme) {
        for (index, secret) in secrets.iter().enumerate() {
            if fits(recipe.scheme, &key(secret)?, &Message::new(), signatures) {
                return Ok(index);
            }
        }
        return Err(mismatch(recipe, secrets, signatures));
    }
    for reading in readings(recipe, public_url, values.request)? {
        for (index, secret) in secrets.iter().enumerate() {
            let message = assemble(&recipe.signed, values, &reading, secret)?;
            let fits = match begun(index) {
                Some(begun) => is_one_of(&begun.end(&message), signatures),
                None => fits(recipe.scheme, &key(secret)?, &message, signatures),
            };
            // Stopping at the first that fits tells its sender nothing that it does not know.
            if fits {
                return Ok(index);
            }
        }
    }
    Err(mismatch(recipe, secrets, signatures))
}

fn mismatch(recipe: &Recipe, secrets: &[Secret], signatures: &[Vec<u8>]) -> Refusal {
    let url = has_message(recipe.scheme) && recipe.signed.iter().any(|part| matches!(part, Part::Url(_)));
    Refusal::Mismatch { signatures: signatures.len(), secrets: secrets.len(), url }
}

/// Whether one of the signatures is what this key makes of this message.
fn fits(scheme: Scheme, key: &Key<'_>, message: &Message<'_>, signatures: &[Vec<u8>]) -> bool {
    let pieces = || -> Vec<&[u8]> { message.iter().map(AsRef::as_ref).collect() };
    let equals = |expected: &[u8]| is_one_of(expected, signatures);
    match (scheme, key) {
        (Scheme::Hmac(hash), Key::Shared(key)) => equals(&hmac(hash, key, message)),
        (Scheme::Digest(hash), Key::Shared(_)) => equals(&digest(hash, message)),
        (_, Key::Shared(token)) => signatures.iter().any(|found| same(found, token)),
        (_, Key::Ed25519(key)) => signatures
            .iter()
            .filter_map(|bytes| Ed25519Signature::from_slice(bytes).ok())
            .any(|signature| key.multipart_verify(&pieces(), &signature).is_ok()),
        (_, Key::P256(key)) => signatures
            .iter()
            .filter_map(|bytes| DerSignature::from_bytes(bytes).ok())
            .any(|signature| key.multipart_verify(&pieces(), &signature).is_ok()),
    }
}

/// Compares in a time that does not depend on where they differ.
fn is_one_of(expected: &[u8], signatures: &[Vec<u8>]) -> bool {
    signatures.iter().any(|signature| expected.ct_eq(signature).into())
}

fn check_body_hash(parameter: &str, values: Values<'_>) -> Result<(), Refusal> {
    let stated = values.require(&Locator::Query(parameter.to_owned()))?;
    let hash = digest(Hash::Sha256, &[&values.request.body]);
    match encoding::decode(Encoding::Hex, &stated) {
        Some(stated) if stated.ct_eq(&*hash).into() => Ok(()),
        _ => Err(Refusal::BodyHash { parameter: parameter.to_owned() }),
    }
}

fn delivery(recipe: &Recipe, values: Values<'_>) -> Result<Option<Delivery>, Refusal> {
    let Some(at) = &recipe.delivery else { return Ok(None) };
    let id = values.get(at)?.filter(|id| !id.is_empty() && id.len() <= bounds::EVENT_ID_BYTES);
    Ok(id.map(|id| Delivery { id: id.into_owned(), signed: is_signed(recipe, at) }))
}
