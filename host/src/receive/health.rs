//! Whether the host is alive, and whether it can do its work.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::{Response, StatusCode};
use serde_json::json;

use super::Receiver;
use super::reply::json_reply;

/// Answers `GET /health`: the process is alive.
pub(super) async fn health() -> Response<Body> {
    json_reply(StatusCode::OK, &json!({ "status": "ok" }))
}

/// Answers `GET /ready`: the store takes writes, and every configured provider is loaded.
pub(super) async fn ready(State(receiver): State<Arc<Receiver>>) -> Response<Body> {
    if receiver.store.is_broken() {
        return json_reply(StatusCode::SERVICE_UNAVAILABLE, &json!({ "status": "the store is broken" }));
    }
    let setup = receiver.live.now();
    let missing: Vec<_> = setup.providers.not_loaded().map(|name| name.as_str()).collect();
    if missing.is_empty() {
        json_reply(StatusCode::OK, &json!({ "status": "ready" }))
    } else {
        json_reply(StatusCode::SERVICE_UNAVAILABLE, &json!({ "status": "not ready", "not_loaded": missing }))
    }
}
