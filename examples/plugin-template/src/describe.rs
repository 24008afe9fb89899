//! What this adapter needs, and how its sender proves who it is. The host does all of that; the adapter
//! never sees a secret.

use hookhost_sdk::manifest::{
    Acknowledgement, Credential, CredentialValue, Endpoint, Manifest, Piece, Recipe, Secret, Setting,
};

/// The endpoint below which the API stands.
pub(crate) const API: &str = "api";

const ABOUT: &str = "Messages of plugin-template, and answers to them.";
const SIGNATURE: &str = "x-plugin-template-signature";
const ORIGIN: &str = "https://api.example.com";
const DAY_MS: u64 = 24 * 3600 * 1000;

pub(crate) fn manifest() -> Manifest {
    Manifest {
        // The kinds of reply that `send` knows; the host turns all others into text.
        replies: vec!["text".into()],
        // The secret of the first recipe is what deliveries are signed with.
        secrets: vec![
            Secret::required("webhook_secret", "the signing secret that the webhook's page shows"),
            Secret::required("api_token", "an API token that may write messages"),
        ],
        settings: vec![Setting {
            default: Some(ORIGIN.into()),
            ..Setting::optional("api_url", "another server with the same API, for example a test server")
        }],
        endpoints: vec![Endpoint {
            origin_setting: Some("api_url".into()),
            headers: vec![Credential {
                name: "authorization".into(),
                value: CredentialValue::Pieces(vec![Piece::text("Bearer "), Piece::secret("api_token")]),
            }],
            ..Endpoint::new(API, ORIGIN)
        }],
        // The header holds "sha256=" and the HMAC of the raw body in hex.
        verification: vec![Recipe::hmac_sha256_hex("webhook_secret", SIGNATURE, "sha256=")],
        // How long the sender repeats what was not acknowledged. Where it is not 0, a rejected delivery is
        // kept for the operator; where it is 0, the sender is told with a 400.
        acknowledgement: Acknowledgement { repeats_ms: DAY_MS, ..Acknowledgement::ok() },
        ..Manifest::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"), ABOUT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_recipe_and_the_endpoint_name_is_declared() {
        let manifest = manifest();
        let secrets: Vec<_> = manifest.secrets.iter().map(|secret| secret.name.as_str()).collect();
        assert_eq!(secrets, ["webhook_secret", "api_token"]);
        assert_eq!(manifest.verification[0].secret, secrets[0]);
        assert_eq!(manifest.endpoints[0].origin_setting.as_deref(), Some(manifest.settings[0].name.as_str()));
    }
}
