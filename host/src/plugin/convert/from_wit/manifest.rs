//! Manifests, apart from recipes and handshakes.

use super::super::all;
use crate::model::manifest::{
    Acknowledgement, Credential, CredentialValue, Endpoint, Manifest, Pace, Piece, SecretNeed, SettingNeed,
};
use crate::plugin::bindings::hookhost::provider::manifest as wit;

impl From<wit::Manifest> for Manifest {
    fn from(manifest: wit::Manifest) -> Self {
        Self {
            name: manifest.name,
            version: manifest.version,
            about: manifest.about,
            topics: manifest.topics,
            replies: manifest.replies,
            typing_ms: manifest.typing_ms,
            secrets: all(manifest.secrets),
            settings: all(manifest.settings),
            endpoints: all(manifest.endpoints),
            verification: all(manifest.verification),
            handshakes: all(manifest.handshakes),
            acknowledgement: manifest.acknowledgement.into(),
            pacing: all(manifest.pacing),
            attributes: manifest.attributes,
        }
    }
}

impl From<wit::Secret> for SecretNeed {
    fn from(wit::Secret { name, about, required }: wit::Secret) -> Self {
        Self { name, about, required }
    }
}

impl From<wit::Setting> for SettingNeed {
    fn from(wit::Setting { name, about, required, default }: wit::Setting) -> Self {
        Self { name, about, required, default }
    }
}

impl From<wit::Endpoint> for Endpoint {
    fn from(endpoint: wit::Endpoint) -> Self {
        Self {
            name: endpoint.name,
            origin: endpoint.origin,
            origin_setting: endpoint.origin_setting,
            prefix: all(endpoint.prefix),
            query: all(endpoint.query),
            headers: all(endpoint.headers),
            hosts: endpoint.hosts,
        }
    }
}

impl From<wit::Piece> for Piece {
    fn from(piece: wit::Piece) -> Self {
        match piece {
            wit::Piece::Text(text) => Self::Text(text),
            wit::Piece::Secret(name) => Self::Secret(name),
            wit::Piece::Setting(name) => Self::Setting(name),
        }
    }
}

impl From<wit::Credential> for Credential {
    fn from(wit::Credential { name, value }: wit::Credential) -> Self {
        let value = match value {
            wit::CredentialValue::Pieces(pieces) => CredentialValue::Pieces(all(pieces)),
            wit::CredentialValue::Basic(wit::Basic { user, password }) => {
                CredentialValue::Basic { user: all(user), password: all(password) }
            }
        };
        Self { name, value }
    }
}

impl From<wit::Acknowledgement> for Acknowledgement {
    fn from(acknowledgement: wit::Acknowledgement) -> Self {
        Self {
            status: acknowledgement.status,
            headers: acknowledgement.headers,
            body: acknowledgement.body,
            within_ms: acknowledgement.within_ms,
            repeats_ms: acknowledgement.repeats_ms,
            honours_retry_after: acknowledgement.honours_retry_after,
            hold_ms: acknowledgement.hold_ms,
        }
    }
}

impl From<wit::Pace> for Pace {
    fn from(wit::Pace { bucket, calls, per_ms, burst }: wit::Pace) -> Self {
        Self { bucket, calls, per_ms, burst }
    }
}
