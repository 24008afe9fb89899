//! Whether the host is alive, and whether it can do its work.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::{Response, StatusCode};
use serde_json::json;

use super::Receiver;
use super::reply::json_reply;
use crate::dispatch::circuit::Open;
use crate::model::name::ProviderName;

/// Answers `GET /health`: the process is alive.
pub(super) async fn health() -> Response<Body> {
    json_reply(StatusCode::OK, &json!({ "status": "ok" }))
}

/// Answers `GET /ready`: the store takes writes, and every configured provider is loaded. Providers that refuse
/// every reply are named, but deliveries are taken in all the same: whoever balances load must not take a host out
/// for one wrong token, which every other host has too.
pub(super) async fn ready(State(receiver): State<Arc<Receiver>>) -> Response<Body> {
    if receiver.store.is_broken() {
        return json_reply(StatusCode::SERVICE_UNAVAILABLE, &json!({ "status": "the store is broken" }));
    }
    let setup = receiver.live.now();
    let missing: Vec<_> = setup.providers.not_loaded().map(|name| name.as_str()).collect();
    if !missing.is_empty() {
        let body = json!({ "status": "not ready", "not_loaded": missing });
        return json_reply(StatusCode::SERVICE_UNAVAILABLE, &body);
    }
    let refusing = receiver.circuits.open();
    let mut body = json!({ "status": "ready" });
    if !refusing.is_empty() {
        // The code alone: what the provider said is for the operator.
        let row = |(name, open): (&ProviderName, &Open)| json!({ "provider": name, "code": open.code });
        body["refused_by"] = refusing.iter().map(row).collect();
    }
    let paused: Vec<_> = setup.providers.paused().map(|name| name.as_str()).collect();
    // Their deliveries are taken in all the same, so nobody has to send them elsewhere.
    if !paused.is_empty() {
        body["paused"] = json!(paused);
    }
    json_reply(StatusCode::OK, &body)
}
