//! Short ways to write a manifest.

use crate::manifest::{
    Acknowledgement, BodyForm, Encoding, Endpoint, Hash, KeyEncoding, Locator, Manifest, Part, Piece, Recipe,
    Scheme, Secret, Setting, Signature, SignatureFormat,
};

impl Manifest {
    /// A provider that needs nothing, sends nothing, cannot be verified and takes 200 for success. For
    /// `Manifest { secrets, ..Manifest::new(name, version, about) }`.
    pub fn new(name: impl Into<String>, version: impl Into<String>, about: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            version: version.into(),
            about: about.into(),
            topics: Vec::new(),
            replies: Vec::new(),
            typing_ms: None,
            secrets: Vec::new(),
            settings: Vec::new(),
            endpoints: Vec::new(),
            verification: Vec::new(),
            handshakes: Vec::new(),
            acknowledgement: Acknowledgement::ok(),
            pacing: Vec::new(),
            attributes: Vec::new(),
        }
    }
}

impl Acknowledgement {
    /// 200 without a body, at once, to a sender that waits 10 seconds and repeats nothing.
    pub fn ok() -> Self {
        Self {
            status: 200,
            headers: Vec::new(),
            body: Vec::new(),
            within_ms: 10_000,
            repeats_ms: 0,
            honours_retry_after: false,
            hold_ms: None,
        }
    }
}

impl Secret {
    /// A secret without which the provider is of no use; `about` says where an operator finds it.
    pub fn required(name: impl Into<String>, about: impl Into<String>) -> Self {
        Self { name: name.into(), about: about.into(), required: true }
    }
}

impl Setting {
    /// A setting that may be left out.
    pub fn optional(name: impl Into<String>, about: impl Into<String>) -> Self {
        Self { name: name.into(), about: about.into(), required: false, default: None }
    }
}

impl Endpoint {
    /// Somewhere to call without credentials. For `Endpoint { headers, ..Endpoint::new(name, origin) }`.
    pub fn new(name: impl Into<String>, origin: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            origin: origin.into(),
            origin_setting: None,
            prefix: Vec::new(),
            query: Vec::new(),
            headers: Vec::new(),
            hosts: Vec::new(),
        }
    }
}

impl Piece {
    /// A literal.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// The value of a secret.
    pub fn secret(name: impl Into<String>) -> Self {
        Self::Secret(name.into())
    }
}

impl Recipe {
    /// The header holds the secret itself.
    pub fn token(secret: impl Into<String>, header: impl Into<String>) -> Self {
        Self::new(Scheme::Token, secret.into(), header.into(), SignatureFormat::Raw, Vec::new())
    }

    /// The header holds the HMAC-SHA256 of the raw body in hex, after `prefix`; with an empty prefix it is
    /// the whole value.
    pub fn hmac_sha256_hex(secret: impl Into<String>, header: impl Into<String>, prefix: &str) -> Self {
        let format = match prefix {
            "" => SignatureFormat::Raw,
            prefix => SignatureFormat::Prefix(prefix.into()),
        };
        let signed = vec![Part::Body(BodyForm::Raw)];
        Self::new(Scheme::Hmac(Hash::Sha256), secret.into(), header.into(), format, signed)
    }

    fn new(
        scheme: Scheme,
        secret: String,
        header: String,
        format: SignatureFormat,
        signed: Vec<Part>,
    ) -> Self {
        let at = vec![Locator::Header(header)];
        Self {
            scheme,
            secret,
            key: KeyEncoding::Utf8,
            signature: Signature { at, format, encoding: Encoding::Hex, max: 1 },
            signed,
            timestamp: None,
            delivery: None,
            body_sha256_query: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hmac_without_prefix_is_the_whole_value() {
        for (prefix, expected) in [("", "Raw"), ("sha256=", "Prefix")] {
            let format = Recipe::hmac_sha256_hex("s", "x-signature", prefix).signature.format;
            assert!(format!("{format:?}").contains(expected), "{prefix}: {format:?}");
        }
    }

    #[test]
    fn a_new_manifest_accepts_nobody() {
        assert_eq!(Manifest::new("a", "1", "b").verification, []);
    }
}
