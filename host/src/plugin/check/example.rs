//! A manifest with one of everything that the rules are about, for their tests.

use crate::model::manifest::{
    Acknowledgement, Credential, CredentialValue, Endpoint, Manifest, Pace, Piece, SecretNeed, SettingNeed,
};
use crate::model::recipe::{
    Encoding, Handshake, HandshakeHmac, HandshakePart, Hash, KeyEncoding, Locator, Recipe, Scheme,
    SecretCheck, Signature, SignatureFormat,
};

/// Nothing is wrong with it.
pub(super) fn example() -> Manifest {
    let secret = |name: &str| SecretNeed { name: name.into(), about: "a secret".into(), required: true };
    let locator = || Locator::Header("x-signature".into());
    Manifest {
        name: "example".into(),
        version: "1.0.0".into(),
        about: "An example.".into(),
        topics: vec!["message.text".into()],
        replies: vec!["text".into()],
        typing_ms: None,
        secrets: vec![secret("app_secret"), secret("token"), secret("verify_token")],
        settings: vec![SettingNeed {
            name: "api_url".into(),
            about: "where".into(),
            required: false,
            default: None,
        }],
        endpoints: vec![Endpoint {
            name: "api".into(),
            origin: "https://api.example.com".into(),
            origin_setting: Some("api_url".into()),
            prefix: vec![Piece::Text("/v1/".into()), Piece::Setting("api_url".into())],
            query: Vec::new(),
            headers: vec![Credential {
                name: "authorization".into(),
                value: CredentialValue::Pieces(vec![
                    Piece::Text("Bearer ".into()),
                    Piece::Secret("token".into()),
                ]),
            }],
            hosts: Vec::new(),
        }],
        verification: vec![Recipe {
            scheme: Scheme::Hmac(Hash::Sha256),
            secret: "app_secret".into(),
            key: KeyEncoding::Utf8,
            signature: Signature {
                at: vec![locator()],
                format: SignatureFormat::Raw,
                encoding: Encoding::Hex,
                max: 1,
            },
            signed: Vec::new(),
            timestamp: None,
            delivery: None,
            body_sha256_query: None,
        }],
        handshakes: vec![Handshake {
            method: "GET".into(),
            conditions: Vec::new(),
            signed: false,
            check: Some(SecretCheck { at: locator(), secret: "verify_token".into() }),
            refusal: 403,
            learn: None,
            status: 200,
            headers: Vec::new(),
            body: vec![HandshakePart::Hmac(HandshakeHmac {
                value: locator(),
                secret: "app_secret".into(),
                hash: Hash::Sha256,
                encoding: Encoding::Hex,
            })],
        }],
        acknowledgement: Acknowledgement {
            status: 200,
            headers: Vec::new(),
            body: Vec::new(),
            within_ms: 10_000,
            repeats_ms: 0,
            honours_retry_after: false,
            hold_ms: None,
        },
        pacing: vec![Pace { bucket: "chat".into(), calls: 1, per_ms: 1000, burst: 1 }],
        attributes: Vec::new(),
    }
}
