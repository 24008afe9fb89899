//! Recipes and handshakes.

use super::super::all;
use crate::model::recipe::{
    Atom, BodyForm, Condition, Encoding, Handshake, HandshakeHeader, HandshakeHmac, HandshakePart, Hash,
    Joined, KeyEncoding, Locator, Pairs, Part, Recipe, Scheme, SecretCheck, Signature, SignatureFormat,
    TimeFormat, Timestamp, UrlForm,
};
use crate::plugin::bindings::hookhost::provider::manifest as wit;

impl From<wit::Recipe> for Recipe {
    fn from(recipe: wit::Recipe) -> Self {
        Self {
            scheme: recipe.scheme.into(),
            secret: recipe.secret,
            key: recipe.key.into(),
            signature: recipe.signature.into(),
            signed: all(recipe.signed),
            timestamp: recipe.timestamp.map(Into::into),
            delivery: recipe.delivery.map(Into::into),
            body_sha256_query: recipe.body_sha256_query,
        }
    }
}

impl From<wit::Scheme> for Scheme {
    fn from(scheme: wit::Scheme) -> Self {
        match scheme {
            wit::Scheme::Token => Self::Token,
            wit::Scheme::Basic => Self::Basic,
            wit::Scheme::Hmac(hash) => Self::Hmac(hash.into()),
            wit::Scheme::Digest(hash) => Self::Digest(hash.into()),
            wit::Scheme::Ed25519 => Self::Ed25519,
            wit::Scheme::EcdsaP256Sha256 => Self::EcdsaP256Sha256,
        }
    }
}

impl From<wit::Hash> for Hash {
    fn from(hash: wit::Hash) -> Self {
        match hash {
            wit::Hash::Sha1 => Self::Sha1,
            wit::Hash::Sha256 => Self::Sha256,
            wit::Hash::Sha384 => Self::Sha384,
            wit::Hash::Sha512 => Self::Sha512,
        }
    }
}

impl From<wit::KeyEncoding> for KeyEncoding {
    fn from(encoding: wit::KeyEncoding) -> Self {
        match encoding {
            wit::KeyEncoding::Utf8 => Self::Utf8,
            wit::KeyEncoding::Hex => Self::Hex,
            wit::KeyEncoding::Base64 => Self::Base64,
            wit::KeyEncoding::Whsec => Self::Whsec,
            wit::KeyEncoding::Whpk => Self::Whpk,
            wit::KeyEncoding::SpkiBase64 => Self::SpkiBase64,
        }
    }
}

impl From<wit::Encoding> for Encoding {
    fn from(encoding: wit::Encoding) -> Self {
        match encoding {
            wit::Encoding::Hex => Self::Hex,
            wit::Encoding::Base64 => Self::Base64,
            wit::Encoding::Base64url => Self::Base64Url,
        }
    }
}

impl From<wit::Signature> for Signature {
    fn from(wit::Signature { at, format, encoding, max }: wit::Signature) -> Self {
        Self { at: all(at), format: format.into(), encoding: encoding.into(), max }
    }
}

impl From<wit::SignatureFormat> for SignatureFormat {
    fn from(format: wit::SignatureFormat) -> Self {
        match format {
            wit::SignatureFormat::Raw => Self::Raw,
            wit::SignatureFormat::Prefix(prefix) => Self::Prefix(prefix),
            wit::SignatureFormat::Pairs(pairs) => Self::Pairs(pairs.into()),
            wit::SignatureFormat::Versioned(pairs) => Self::Versioned(pairs.into()),
        }
    }
}

impl From<wit::Pairs> for Pairs {
    fn from(wit::Pairs { separator, equals, label }: wit::Pairs) -> Self {
        Self { separator, equals, label }
    }
}

impl From<wit::Locator> for Locator {
    fn from(locator: wit::Locator) -> Self {
        match locator {
            wit::Locator::Header(name) => Self::Header(name),
            wit::Locator::Query(name) => Self::Query(name),
            wit::Locator::Json(pointer) => Self::Json(pointer),
            wit::Locator::SignatureField(label) => Self::SignatureField(label),
        }
    }
}

impl From<wit::Part> for Part {
    fn from(part: wit::Part) -> Self {
        match part {
            wit::Part::Text(text) => Self::Text(text),
            wit::Part::Value(locator) => Self::Value(locator.into()),
            wit::Part::Secret => Self::Secret,
            wit::Part::Method => Self::Method,
            wit::Part::Body(wit::BodyForm::Raw) => Self::Body(BodyForm::Raw),
            wit::Part::Body(wit::BodyForm::RawOrEscaped) => Self::Body(BodyForm::RawOrEscaped),
            wit::Part::Url(form) => Self::Url(form.into()),
            wit::Part::FormSorted => Self::FormSorted,
            wit::Part::Sorted(atoms) => Self::Sorted(all(atoms)),
            wit::Part::Joined(wit::Joined { separator, values }) => {
                Self::Joined(Joined { separator, values: all(values) })
            }
        }
    }
}

impl From<wit::Atom> for Atom {
    fn from(atom: wit::Atom) -> Self {
        match atom {
            wit::Atom::Secret => Self::Secret,
            wit::Atom::Value(locator) => Self::Value(locator.into()),
        }
    }
}

impl From<wit::UrlForm> for UrlForm {
    fn from(form: wit::UrlForm) -> Self {
        match form {
            wit::UrlForm::Configured => Self::Configured,
            wit::UrlForm::WithoutQuery => Self::WithoutQuery,
            wit::UrlForm::PortVariants => Self::PortVariants,
            wit::UrlForm::HubspotDecoded => Self::HubspotDecoded,
        }
    }
}

impl From<wit::Timestamp> for Timestamp {
    fn from(wit::Timestamp { at, format, tolerance_s }: wit::Timestamp) -> Self {
        let format = match format {
            wit::TimeFormat::UnixS => TimeFormat::UnixS,
            wit::TimeFormat::UnixMs => TimeFormat::UnixMs,
            wit::TimeFormat::Rfc3339 => TimeFormat::Rfc3339,
        };
        Self { at: at.into(), format, tolerance_s }
    }
}

impl From<wit::Handshake> for Handshake {
    fn from(handshake: wit::Handshake) -> Self {
        Self {
            method: handshake.method,
            conditions: all(handshake.conditions),
            signed: handshake.signed,
            check: handshake.check.map(Into::into),
            refusal: handshake.refusal,
            learn: handshake.learn.map(Into::into),
            status: handshake.status,
            headers: all(handshake.headers),
            body: all(handshake.body),
        }
    }
}

impl From<wit::Condition> for Condition {
    fn from(wit::Condition { at, equals }: wit::Condition) -> Self {
        Self { at: at.into(), equals }
    }
}

impl From<wit::SecretCheck> for SecretCheck {
    fn from(wit::SecretCheck { at, secret }: wit::SecretCheck) -> Self {
        Self { at: at.into(), secret }
    }
}

impl From<wit::HandshakeHeader> for HandshakeHeader {
    fn from(wit::HandshakeHeader { name, value }: wit::HandshakeHeader) -> Self {
        Self { name, value: all(value) }
    }
}

impl From<wit::HandshakePart> for HandshakePart {
    fn from(part: wit::HandshakePart) -> Self {
        match part {
            wit::HandshakePart::Text(text) => Self::Text(text),
            wit::HandshakePart::Value(locator) => Self::Value(locator.into()),
            wit::HandshakePart::JsonString(locator) => Self::JsonString(locator.into()),
            wit::HandshakePart::Hmac(wit::HandshakeHmac { value, secret, hash, encoding }) => {
                Self::Hmac(HandshakeHmac {
                    value: value.into(),
                    secret,
                    hash: hash.into(),
                    encoding: encoding.into(),
                })
            }
        }
    }
}
