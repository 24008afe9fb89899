//! A manifest with one of everything that the rules are about, for their tests.

use crate::model::manifest::{Credential, CredentialValue, Endpoint, Manifest, Pace, Piece, SettingNeed};
use crate::model::recipe::{Encoding, Handshake, HandshakeHmac, HandshakePart, Hash, Locator, SecretCheck};
use crate::model::testing::{endpoint, hmac_of_body, manifest, secret};

/// Nothing is wrong with it.
pub(super) fn example() -> Manifest {
    let locator = || Locator::Header("x-signature".into());
    Manifest {
        about: "An example.".into(),
        topics: vec!["message.text".into()],
        replies: vec!["text".into()],
        secrets: vec![secret("app_secret"), secret("token"), secret("verify_token")],
        settings: vec![SettingNeed {
            name: "api_url".into(),
            about: "where".into(),
            required: false,
            default: None,
        }],
        endpoints: vec![Endpoint {
            origin_setting: Some("api_url".into()),
            prefix: vec![Piece::Text("/v1/".into()), Piece::Setting("api_url".into())],
            headers: vec![Credential {
                name: "authorization".into(),
                value: CredentialValue::Pieces(vec![
                    Piece::Text("Bearer ".into()),
                    Piece::Secret("token".into()),
                ]),
            }],
            ..endpoint("api", "https://api.example.com")
        }],
        verification: vec![hmac_of_body("app_secret", locator())],
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
        pacing: vec![Pace { bucket: "chat".into(), calls: 1, per_ms: 1000, burst: 1 }],
        ..manifest("example")
    }
}
