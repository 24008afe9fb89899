//! What the adapter needs and how its deliveries are verified.

use hookhost_sdk::manifest::{
    Acknowledgement, Credential, CredentialValue, Endpoint, Manifest, Piece, Recipe, Secret, Setting,
};

/// The endpoint of the bridge's HTTP API.
pub(crate) const BRIDGE: &str = "bridge";

/// Where many bridges listen.
const API: &str = "http://127.0.0.1:3000";

pub(crate) fn manifest() -> Manifest {
    Manifest {
        // What it cannot say reaches it as text.
        replies: ["text", "raw"].map(String::from).into(),
        secrets: vec![
            Secret::required("webhook_secret", "what the bridge signs its webhooks with"),
            Secret {
                required: false,
                ..Secret::required("token", "the bridge's API, if it wants a bearer token")
            },
        ],
        settings: vec![Setting {
            default: Some(API.into()),
            ..Setting::optional("api_url", "the bridge's HTTP API")
        }],
        endpoints: vec![Endpoint {
            origin_setting: Some("api_url".into()),
            headers: vec![Credential {
                name: "authorization".into(),
                value: CredentialValue::Pieces(vec![Piece::text("Bearer "), Piece::secret("token")]),
            }],
            ..Endpoint::new(BRIDGE, API)
        }],
        verification: vec![Recipe::hmac_sha256_hex("webhook_secret", "x-webhook-signature", "")],
        acknowledgement: Acknowledgement {
            headers: vec![("content-type".into(), "application/json".into())],
            body: br#"{"status":"acknowledged"}"#.into(),
            ..Acknowledgement::ok()
        },
        ..Manifest::new(
            "whatsapp-bridge",
            env!("CARGO_PKG_VERSION"),
            "WhatsApp messages in, answers out (a bridge of your own).",
        )
    }
}
