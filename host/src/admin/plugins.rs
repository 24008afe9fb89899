//! What the plugins are and how they behave.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::{Response, StatusCode};
use serde_json::json;

use super::Admin;
use crate::receive::reply::json_reply;

/// Answers `GET /api/plugins`.
pub(super) async fn list(State(admin): State<Arc<Admin>>) -> Response<Body> {
    json_reply(StatusCode::OK, &json!(admin.inspector.plugins()))
}
