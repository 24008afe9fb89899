//! Turns a secret's text into the key that a scheme needs.

use std::ops::Deref;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::VerifyingKey as Ed25519Key;
use p256::ecdsa::VerifyingKey as P256Key;
use p256::pkcs8::DecodePublicKey as _;
use zeroize::Zeroizing;

use crate::model::bounds;
use crate::model::recipe::{KeyEncoding, Recipe, Scheme};
use crate::model::secret::Secret;

/// Why a secret cannot be the key of its recipe. Says nothing about its content.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum KeyError {
    /// Everybody knows the empty key.
    #[error("it is empty")]
    Empty,
    /// It can be guessed.
    #[error("its key has less than {} bytes", bounds::SECRET_BYTES_MIN)]
    TooShort,
    /// The text is written in another way.
    #[error("it is not {expected}")]
    Encoding {
        /// What was expected.
        expected: &'static str,
    },
    /// The bytes are no key of this kind.
    #[error("it is not {expected}")]
    PublicKey {
        /// What was expected.
        expected: &'static str,
    },
}

/// Says whether a secret can be the key of this recipe, so that a bad one is found before the first
/// delivery is refused for it. One that decodes to a short key is refused here and not by
/// [`super::verify`]: whoever only checks a request has not chosen its secret.
///
/// # Errors
/// What the operator has to change about the secret.
pub fn check_secret(recipe: &Recipe, secret: &Secret) -> Result<(), KeyError> {
    match Key::new(recipe, secret)? {
        Key::Shared(bytes) if bytes.len() < bounds::SECRET_BYTES_MIN => Err(KeyError::TooShort),
        Key::Shared(_) | Key::Ed25519(_) | Key::P256(_) => Ok(()),
    }
}

/// A key, ready for use.
pub(super) enum Key<'s> {
    /// Of every scheme in which both sides know the secret.
    Shared(KeyBytes<'s>),
    Ed25519(Ed25519Key),
    P256(Box<P256Key>),
}

/// The bytes of a key; a secret that is its own key is not copied for it.
pub(super) enum KeyBytes<'s> {
    Text(&'s str),
    Decoded(Zeroizing<Vec<u8>>),
}

impl Deref for KeyBytes<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Decoded(bytes) => bytes,
        }
    }
}

impl<'s> Key<'s> {
    pub(super) fn new(recipe: &Recipe, secret: &'s Secret) -> Result<Self, KeyError> {
        let bytes = bytes(recipe.key, secret.expose())?;
        if bytes.is_empty() {
            return Err(KeyError::Empty);
        }
        match recipe.scheme {
            Scheme::Token | Scheme::Basic | Scheme::Hmac(_) | Scheme::Digest(_) => Ok(Self::Shared(bytes)),
            Scheme::Ed25519 => <[u8; 32]>::try_from(&*bytes)
                .ok()
                .and_then(|bytes| Ed25519Key::from_bytes(&bytes).ok())
                .map(Self::Ed25519)
                .ok_or(KeyError::PublicKey { expected: "an Ed25519 public key of 32 bytes" }),
            Scheme::EcdsaP256Sha256 => P256Key::from_public_key_der(&bytes)
                .map(|key| Self::P256(Box::new(key)))
                .map_err(|_| KeyError::PublicKey { expected: "a P-256 public key in DER" }),
        }
    }
}

fn bytes(encoding: KeyEncoding, text: &str) -> Result<KeyBytes<'_>, KeyError> {
    let decoded = |bytes: Option<Vec<u8>>, expected| {
        bytes.map(|bytes| KeyBytes::Decoded(bytes.into())).ok_or(KeyError::Encoding { expected })
    };
    let base64 = |text: &str, expected| decoded(STANDARD.decode(text).ok(), expected);
    match encoding {
        KeyEncoding::Utf8 => Ok(KeyBytes::Text(text)),
        KeyEncoding::Hex => decoded(hex::decode(text).ok(), "hexadecimal"),
        KeyEncoding::Base64 | KeyEncoding::SpkiBase64 => base64(text, "base64"),
        KeyEncoding::Whsec => base64(text.strip_prefix("whsec_").unwrap_or(text), "base64 after whsec_"),
        KeyEncoding::Whpk => base64(text.strip_prefix("whpk_").unwrap_or(text), "base64 after whpk_"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_decoded_strictly() {
        use KeyEncoding::{Base64, Hex, Utf8, Whpk, Whsec};
        for (encoding, text, expected) in [
            (Utf8, "whsec_YWJj", Some("whsec_YWJj")),
            (Hex, "616263", Some("abc")),
            (Hex, "61626", None),
            (Base64, "YWJj", Some("abc")),
            (Base64, "YWJj\n", None),
            (Base64, "YWI", None),
            (Whsec, "whsec_YWJj", Some("abc")),
            (Whsec, "YWJj", Some("abc")),
            (Whsec, "whpk_YWJj", None),
            (Whpk, "whpk_YWJj", Some("abc")),
        ] {
            let got = bytes(encoding, text).ok().map(|bytes| String::from_utf8(bytes.to_vec()).unwrap());
            assert_eq!(got.as_deref(), expected, "{encoding:?} {text:?}");
        }
    }
}
