//! What Hookhost is compared with: a handler written by hand, with the same verification and the same store, and
//! without plugins.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::native_events::events;
use super::sender::Sender;
use super::{BenchError, NO_CEILINGS};
use crate::metrics::Level;
use crate::metrics::StoreMetrics;
use crate::model::bounds;
use crate::model::http::Request;
use crate::model::name::ProviderName;
use crate::model::secret::Secret;
use crate::model::time::Time;
use crate::receive::server::{self, Door};
use crate::store::SharedStore;
use crate::store::admission::{Arrival, Incoming, Judged};
use crate::store::sled::SledStore;
use crate::verify::{Secrets, verify};

/// Nothing is run here, as nothing is for the senders that Hookhost is sent deliveries of.
const IDLE: &str = "sender not allowed";

struct Handler {
    sender: Sender,
    provider: ProviderName,
    secrets: Secrets,
    key: String,
    store: SharedStore,
}

/// Serves deliveries of this sender, signed with `secret`, until SIGTERM; keeps them in `data`.
///
/// # Errors
/// It cannot be served; the text says why.
pub async fn serve(sender: Sender, secret: &str, data: &Path) -> Result<(), BenchError> {
    let machine = |what| move |error| BenchError::Machine(what, error);
    let store = SledStore::open(data, bounds::STORE_REOPEN_BYTES_MIN, NO_CEILINGS, StoreMetrics::default())?;
    let name = sender.recipe().secret.clone();
    let handler = Handler {
        sender,
        provider: sender.plugin().parse().expect("it is a good name"),
        secrets: BTreeMap::from([(name, vec![Secret::new(secret)])]).into_iter().collect(),
        key: secret.to_owned(),
        store: Arc::new(store),
    };
    let router =
        Router::new().route("/", post(receive)).route("/bare", post(bare)).with_state(Arc::new(handler));
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.map_err(machine("no port can be had"))?;
    let address = listener.local_addr().map_err(machine("no port can be had"))?;
    let mut terminate = signal(SignalKind::terminate()).map_err(machine("signals cannot be received"))?;
    println!("listening on http://{address}");
    let stop = CancellationToken::new();
    let door = Door { connections: bounds::CONNECTIONS, trusted_proxies: Vec::new(), open: Level::default() };
    let serving = tokio::spawn(server::serve(listener, router, door, stop.clone()));
    terminate.recv().await;
    stop.cancel();
    serving.await.map_err(|error| BenchError::Machine("the native handler broke off", error.into()))
}

/// Verifies, understands, makes durable, acknowledges, and says so in the log.
async fn receive(State(handler): State<Arc<Handler>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let now = Time::now();
    let text = |value: &axum::http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let request = Request {
        method: "POST".into(),
        path: String::new(),
        raw_query: String::new(),
        query: Vec::new(),
        headers: headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect(),
        body: body.to_vec(),
    };
    let recipes = std::slice::from_ref(handler.sender.recipe());
    let Ok(verified) = verify(recipes, &handler.secrets, None, request, now) else {
        tracing::warn!("refused");
        return StatusCode::UNAUTHORIZED;
    };
    let Some(events) = events(handler.sender, &body) else { return StatusCode::BAD_REQUEST };
    let count = events.len();
    let arrival = Arrival::new(
        handler.provider.clone(),
        verified,
        Judged::Accepted(events.into_iter().map(|event| Incoming { event, idle: Some(IDLE) }).collect()),
        now,
        bounds::DEDUPE_WINDOW,
        false,
    );
    match handler.store.admit(arrival).await {
        Ok(admission) => {
            tracing::info!(delivery = %admission.delivery, new = count, "admitted");
            StatusCode::OK
        }
        Err(error) => {
            tracing::error!(%error, "refused");
            StatusCode::SERVICE_UNAVAILABLE
        }
    }
}

/// The least that somebody does who checks a signature: what refusing a forged delivery is measured by.
async fn bare(State(handler): State<Arc<Handler>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let is_genuine = match handler.sender {
        Sender::Whatsapp => header("x-hub-signature-256")
            .and_then(|value| hex::decode(value.strip_prefix("sha256=")?).ok())
            .is_some_and(|signature| {
                let mac = Hmac::<Sha256>::new_from_slice(handler.key.as_bytes());
                let mac = mac.expect("HMAC takes keys of every length").chain_update(&body);
                mac.verify_slice(&signature).is_ok()
            }),
        Sender::Telegram => header("x-telegram-bot-api-secret-token").is_some_and(|token| {
            subtle::ConstantTimeEq::ct_eq(token.as_bytes(), handler.key.as_bytes()).into()
        }),
    };
    if is_genuine { StatusCode::OK } else { StatusCode::UNAUTHORIZED }
}
