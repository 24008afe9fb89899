//! The least of what tests start from. Each changes what it is about.

use super::event::{Content, Event};
use super::http::Request;
use super::manifest::{Acknowledgement, Endpoint, Manifest, SecretNeed};
use super::recipe::{
    BodyForm, Encoding, Hash, KeyEncoding, Locator, Part, Recipe, Scheme, Signature, SignatureFormat,
};

/// A POST that says nothing but its body.
pub fn request(body: &[u8]) -> Request {
    Request {
        method: "POST".into(),
        path: String::new(),
        raw_query: String::new(),
        query: vec![],
        headers: vec![],
        body: body.to_vec(),
    }
}

/// An event without an id, from nobody, in no conversation.
pub fn event(topic: &str, content: Content) -> Event {
    Event {
        id: None,
        topic: topic.into(),
        occurred_ms: None,
        account: None,
        conversation: None,
        sender: None,
        content,
        raw: None,
        handback: vec![],
        attributes: vec![],
    }
}

/// A manifest that asks for nothing.
pub fn manifest(name: &str) -> Manifest {
    Manifest {
        name: name.into(),
        version: "1.0.0".into(),
        about: String::new(),
        topics: vec![],
        replies: vec![],
        typing_ms: None,
        secrets: vec![],
        settings: vec![],
        endpoints: vec![],
        verification: vec![],
        handshakes: vec![],
        acknowledgement: Acknowledgement {
            status: 200,
            headers: vec![],
            body: vec![],
            within_ms: 10_000,
            repeats_ms: 0,
            honours_retry_after: false,
            hold_ms: None,
        },
        pacing: vec![],
        attributes: vec![],
    }
}

/// A secret that must be there.
pub fn secret(name: &str) -> SecretNeed {
    SecretNeed { name: name.into(), about: format!("about {name}"), required: true }
}

/// An endpoint that is given no credentials.
pub fn endpoint(name: &str, origin: &str) -> Endpoint {
    Endpoint {
        name: name.into(),
        origin: origin.into(),
        origin_setting: None,
        prefix: vec![],
        query: vec![],
        headers: vec![],
        hosts: vec![],
    }
}

/// HMAC-SHA256 of the body, hexadecimal.
pub fn hmac_of_body(secret: &str, at: Locator) -> Recipe {
    Recipe {
        scheme: Scheme::Hmac(Hash::Sha256),
        secret: secret.into(),
        key: KeyEncoding::Utf8,
        signature: Signature { at: vec![at], format: SignatureFormat::Raw, encoding: Encoding::Hex, max: 8 },
        signed: vec![Part::Body(BodyForm::Raw)],
        timestamp: None,
        delivery: None,
        body_sha256_query: None,
    }
}
