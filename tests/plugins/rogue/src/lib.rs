//! An adapter that misbehaves as it is told: by the body of a delivery while receiving, by the text of a
//! reply while sending.

mod fetch;
mod receive;
mod send;

use hookhost_sdk::Provider;
use hookhost_sdk::manifest::Setting;
use hookhost_sdk::manifest::{
    Acknowledgement, Credential, CredentialValue, Endpoint, Manifest, Piece, Recipe, Secret,
};
use hookhost_sdk::types::{Answer, Context, Progress, Request, Task, Verdict};

/// The adapter.
pub struct Rogue;

hookhost_sdk::export!(Rogue);

impl Provider for Rogue {
    fn describe() -> Manifest {
        let endpoint = |name: &str| Endpoint {
            origin_setting: Some(format!("{name}_url")),
            prefix: vec![Piece::text("/v1")],
            headers: vec![Credential {
                name: "authorization".into(),
                value: CredentialValue::Pieces(vec![Piece::text("Bearer "), Piece::secret("api_key")]),
            }],
            ..Endpoint::new(name, format!("https://{name}.example.com"))
        };
        Manifest {
            replies: vec!["text".into(), "seen".into(), "typing".into()],
            typing_ms: Some(1_200),
            secrets: vec![
                Secret::required("webhook_secret", "what deliveries bring along"),
                Secret::required("api_key", "what calls bring along"),
            ],
            settings: vec![
                Setting::optional("granted_url", "where it may call"),
                Setting::optional("ungranted_url", "where it may not"),
            ],
            endpoints: vec![endpoint("granted"), endpoint("ungranted")],
            verification: vec![Recipe::token("webhook_secret", "x-rogue-token")],
            acknowledgement: Acknowledgement { repeats_ms: 3_600_000, ..Acknowledgement::ok() },
            ..Manifest::new("rogue", env!("CARGO_PKG_VERSION"), "Misbehaves as it is told.")
        }
    }

    fn receive(_context: &Context, request: &Request) -> Verdict {
        receive::verdict(&request.body)
    }

    fn begin(_context: &Context, task: &Task) -> Progress {
        match task {
            Task::Fetch(media) => fetch::begin(media),
            _ => send::begin(task),
        }
    }

    fn resume(context: &Context, task: &Task, state: &[u8], answer: &Answer) -> Progress {
        match task {
            Task::Fetch(media) => fetch::resume(media, state, answer),
            _ => send::resume(context, task, state, answer),
        }
    }
}
