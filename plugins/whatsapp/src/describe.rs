//! What this adapter needs, how Meta proves who it is, and how fast it may be called.

use hookhost_sdk::manifest::{
    Acknowledgement, BodyForm, Condition, Credential, CredentialValue, Endpoint, Handshake, HandshakeHeader,
    HandshakePart, Locator, Manifest, Pace, Part, Piece, Recipe, Secret, SecretCheck, Setting,
};

/// The endpoint of the Graph API, version included.
pub(crate) const GRAPH: &str = "graph";
/// The bucket of all messages from one of our numbers.
pub(crate) const PACE_NUMBER: &str = "number";
/// The bucket of the messages from one of our numbers to one person or group.
pub(crate) const PACE_PAIR: &str = "pair";
/// The bucket of everything that concerns one WhatsApp Business Account.
pub(crate) const PACE_ACCOUNT: &str = "account";
/// The bucket of everything.
pub(crate) const PACE_APP: &str = "app";

const API: &str = "https://graph.facebook.com";
/// Where the links to files lead.
const FILES: &str = "lookaside.fbsbx.com";
/// How long Meta shows that we are typing, if no message comes before.
const TYPING_MS: u32 = 25_000;
const DAY_MS: u64 = 24 * 3600 * 1000;

pub(crate) fn manifest() -> Manifest {
    let replies = [
        "text", "image", "audio", "voice", "video", "document", "sticker", "location", "contact", "buttons",
        "menu", "template", "reaction", "typing", "seen", "raw",
    ];
    Manifest {
        replies: replies.map(String::from).into(),
        typing_ms: Some(TYPING_MS),
        secrets: vec![
            Secret::required("app_secret", "App Dashboard, App settings, Basic, App secret"),
            Secret::required("verify_token", "a text of your own, also entered beside the callback URL"),
            Secret::required("access_token", "a system user's token with whatsapp_business_messaging"),
        ],
        settings: vec![
            Setting::optional("phone_number_id", "sends what belongs to none of your numbers yet"),
            Setting::optional("graph_version", "another version of the Graph API than v25.0, such as v26.0"),
            Setting::optional("api_url", "a server of your own in place of the Graph API, version included"),
            Setting::optional("max_age", "messages that come later than this are not run, such as 2h"),
            Setting::optional(
                "fallback_template",
                "sent where an answer comes after 24 hours; has no parameters",
            ),
            Setting {
                default: Some("en_US".into()),
                ..Setting::optional("fallback_template_language", "in Meta's spelling")
            },
        ],
        endpoints: vec![Endpoint {
            origin_setting: Some("api_url".into()),
            headers: vec![Credential {
                name: "authorization".into(),
                value: CredentialValue::Pieces(vec![Piece::text("Bearer "), Piece::secret("access_token")]),
            }],
            hosts: vec![FILES.into()],
            ..Endpoint::new(GRAPH, API)
        }],
        verification: vec![Recipe {
            signed: vec![Part::Body(BodyForm::RawOrEscaped)],
            ..Recipe::hmac_sha256_hex("app_secret", "x-hub-signature-256", "sha256=")
        }],
        handshakes: vec![handshake()],
        acknowledgement: Acknowledgement {
            within_ms: 5_000,
            repeats_ms: 7 * DAY_MS,
            ..Acknowledgement::ok()
        },
        pacing: vec![
            // One message in 6 seconds to one person; a burst of 45 is lent and has to be paid back.
            Pace { bucket: PACE_PAIR.into(), calls: 1, per_ms: 6_000, burst: 45 },
            Pace { bucket: PACE_NUMBER.into(), calls: 80, per_ms: 1_000, burst: 80 },
            // No pace of these is known: they are here to be held when Meta says that they are too fast.
            Pace { bucket: PACE_ACCOUNT.into(), calls: 10_000, per_ms: 1_000, burst: 10_000 },
            Pace { bucket: PACE_APP.into(), calls: 10_000, per_ms: 1_000, burst: 10_000 },
        ],
        ..Manifest::new(
            "whatsapp",
            env!("CARGO_PKG_VERSION"),
            "WhatsApp messages in, answers out (Cloud API).",
        )
    }
}

/// Meta asks for it whenever the callback URL or the verify token is set.
fn handshake() -> Handshake {
    let query = |name: &str| Locator::Query(name.into());
    Handshake {
        method: "GET".into(),
        conditions: vec![
            Condition { at: query("hub.mode"), equals: Some("subscribe".into()) },
            Condition { at: query("hub.challenge"), equals: None },
        ],
        signed: false,
        check: Some(SecretCheck { at: query("hub.verify_token"), secret: "verify_token".into() }),
        refusal: 403,
        learn: None,
        status: 200,
        headers: vec![HandshakeHeader {
            name: "content-type".into(),
            value: vec![HandshakePart::Text("text/plain".into())],
        }],
        body: vec![HandshakePart::Value(query("hub.challenge"))],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_named_is_declared() {
        let manifest = manifest();
        let is_secret = |name: &str| manifest.secrets.iter().any(|secret| secret.name == name);
        let is_setting = |name: &str| manifest.settings.iter().any(|setting| setting.name == name);
        assert!(is_secret(&manifest.verification[0].secret));
        assert!(manifest.handshakes[0].check.as_ref().is_some_and(|check| is_secret(&check.secret)));
        assert!(manifest.endpoints[0].origin_setting.as_deref().is_some_and(is_setting));
    }

    #[test]
    fn what_a_limit_is_about_can_be_held() {
        let manifest = manifest();
        for bucket in [PACE_PAIR, PACE_NUMBER, PACE_ACCOUNT, PACE_APP] {
            assert!(manifest.pacing.iter().any(|pace| pace.bucket == bucket), "{bucket}");
        }
    }

    #[test]
    fn only_an_exact_200_is_success_for_meta() {
        assert_eq!(manifest().acknowledgement.status, 200);
    }
}
