//! A small manifest for this module's tests, told only what matters to each.

use crate::model::manifest::{Acknowledgement, Endpoint, Manifest, SecretNeed, SettingNeed};
use crate::model::recipe::{
    Encoding, Hash, KeyEncoding, Locator, Recipe, Scheme, Signature, SignatureFormat,
};

/// A manifest that asks for nothing.
pub(super) fn manifest() -> Manifest {
    Manifest {
        name: "test".into(),
        version: "1.0.0".into(),
        about: String::new(),
        topics: Vec::new(),
        replies: Vec::new(),
        typing_ms: None,
        secrets: Vec::new(),
        settings: Vec::new(),
        endpoints: Vec::new(),
        verification: Vec::new(),
        handshakes: Vec::new(),
        acknowledgement: Acknowledgement {
            status: 200,
            headers: Vec::new(),
            body: Vec::new(),
            within_ms: 10_000,
            repeats_ms: 0,
            honours_retry_after: false,
            hold_ms: None,
        },
        pacing: Vec::new(),
        attributes: Vec::new(),
    }
}

impl Manifest {
    /// Also asks for this secret.
    pub(super) fn secret(mut self, name: &str, required: bool) -> Self {
        self.secrets.push(SecretNeed { name: name.into(), about: format!("about {name}"), required });
        self
    }

    /// Also takes a signature made with this secret.
    pub(super) fn verified_by(mut self, secret: &str) -> Self {
        self.verification.push(Recipe {
            scheme: Scheme::Hmac(Hash::Sha256),
            secret: secret.into(),
            key: KeyEncoding::Utf8,
            signature: Signature {
                at: vec![Locator::Header("x-signature".into())],
                format: SignatureFormat::Raw,
                encoding: Encoding::Hex,
                max: 1,
            },
            signed: Vec::new(),
            timestamp: None,
            delivery: None,
            body_sha256_query: None,
        });
        self
    }

    /// Also reads this setting.
    pub(super) fn setting(mut self, name: &str, required: bool, default: Option<&str>) -> Self {
        let default = default.map(str::to_owned);
        self.settings.push(SettingNeed {
            name: name.into(),
            about: format!("about {name}"),
            required,
            default,
        });
        self
    }

    /// Calls these.
    pub(super) fn endpoints(mut self, endpoints: impl IntoIterator<Item = Endpoint>) -> Self {
        self.endpoints.extend(endpoints);
        self
    }
}

/// An endpoint with these places.
pub(super) fn endpoint(origin: &str, origin_setting: Option<&str>, hosts: &[&str]) -> Endpoint {
    Endpoint {
        name: "api".into(),
        origin: origin.into(),
        origin_setting: origin_setting.map(str::to_owned),
        prefix: Vec::new(),
        query: Vec::new(),
        headers: Vec::new(),
        hosts: hosts.iter().map(|host| (*host).to_owned()).collect(),
    }
}
