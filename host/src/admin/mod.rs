//! The admin listener: JSON for the commands of an operator on the same machine.
//!
//! | request | answer |
//! |---|---|
//! | `GET /api` | that this is hookhost, and its version |
//! | `GET /api/events` | events, newest first; [`crate::inspect::query`] has the parameters |
//! | `GET /api/events/{id}` | one of them as a whole; with `?body=true` the bytes that brought it |
//! | `GET /api/held` | deliveries that wait for somebody to look |
//! | `GET /api/deliveries/{id}` | one delivery; with `?body=true` its bytes |
//! | `GET /api/providers` | each provider: its plugin, whether it refuses every reply, its sessions |
//! | `GET /api/store` | what the store holds |
//! | `GET /api/store/verify` | whether its records can be read and agree; `from` takes the `next` of the last look |
//! | `POST /api/store/backup` | `{"folder": "/..."}` gets a copy of the store, which is whole when this is answered |
//! | `GET /api/plugins` | an array of the plugins in use: [`crate::inspect::view::plugin::PluginView`] |
//! | `POST /api/grants` | `{"provider": ..., "digest": ...}`: the plugin with this digest may have what it asks for |
//! | `POST /api/replay` | `{"ids": [...]}` run again or adapted again, one result for each |
//! | `GET /metrics` | what is counted, as text for Prometheus; [`crate::metrics`] has the list |
//!
//! Every request needs the bearer token of `admin.json` and must name this listener in `Host`, so that no
//! page in a browser gets in by giving its own name this address. Only `/metrics` needs no token where the
//! listener is on loopback, so that a Prometheus beside it needs no file of the host. Refusals are
//! `problem+json`.

mod body;
mod events;
pub mod file;
mod guard;
mod metrics;
mod own_host;
pub(crate) mod plugins;
mod refusal;
pub(crate) mod replay;
pub(crate) mod store;
pub mod token;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{Response, StatusCode};
use axum::routing::{get, post};
use axum::{Router, middleware};
use serde_json::json;
use tokio::sync::Notify;

use crate::inspect::Inspector;
use crate::receive::reply::json_reply;

use self::refusal::Refusal;
use self::token::Token;

/// What the listener needs.
pub struct Admin {
    /// Who looks and repairs.
    pub inspector: Inspector,
    /// What every request must show.
    pub token: Token,
    /// Where it listens.
    pub address: SocketAddr,
    /// Writes down what is counted and how things stand, as text for Prometheus. It may look at the disk.
    pub scrape: Scrape,
    /// Who makes providers anew when something was granted.
    pub granted: Arc<Notify>,
}

/// Writes one scrape.
pub type Scrape = Arc<dyn Fn() -> String + Send + Sync>;

/// All paths of the admin listener.
pub fn router(admin: Admin) -> Router {
    let admin = Arc::new(admin);
    Router::new()
        .route("/api", get(about))
        .route("/api/events", get(events::list))
        .route("/api/events/{id}", get(events::show))
        .route("/api/held", get(events::held))
        .route("/api/deliveries/{id}", get(events::delivery))
        .route("/api/providers", get(events::providers))
        .route("/api/store", get(store::stats))
        .route("/api/store/verify", get(store::verify))
        .route("/api/store/backup", post(store::backup))
        .route("/api/plugins", get(plugins::list))
        .route("/api/grants", post(plugins::grant))
        .route("/api/replay", post(replay::replay))
        .route(metrics::PATH, get(metrics::show))
        .fallback(async || Refusal::NotFound("there is nothing at this address".into()))
        .method_not_allowed_fallback(async || Refusal::MethodNotAllowed)
        // Outside of everything else, so that not even a 404 is told to strangers.
        .layer(middleware::from_fn_with_state(Arc::clone(&admin), guard::guard))
        .with_state(admin)
}

async fn about() -> Response<Body> {
    json_reply(StatusCode::OK, &json!({ "hookhost": env!("CARGO_PKG_VERSION") }))
}

#[cfg(test)]
mod tests;
