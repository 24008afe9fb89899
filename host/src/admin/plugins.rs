//! What the plugins are, how they behave, and what they are granted.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{Response, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::time::timeout;

use super::Admin;
use super::refusal::Refusal;
use crate::inspect::grant::NothingGranted;
use crate::model::bounds;
use crate::model::name::ProviderName;
use crate::receive::reply::json_reply;

/// The body of `POST /api/grants`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct GrantRequest {
    /// Whose plugin is granted what it asks for.
    pub(crate) provider: ProviderName,
    /// The plugin that the operator has looked at, so that no other one is meant.
    pub(crate) digest: String,
}

/// Answers `GET /api/plugins`.
pub(super) async fn list(State(admin): State<Arc<Admin>>) -> Response<Body> {
    json_reply(StatusCode::OK, &json!(admin.inspector.plugins()))
}

/// Answers `POST /api/grants`. The provider is made anew soon after.
pub(super) async fn grant(
    State(admin): State<Arc<Admin>>,
    request: Request,
) -> Result<Response<Body>, Refusal> {
    let reading = to_bytes(request.into_body(), bounds::ADMIN_BODY_BYTES);
    let body = timeout(bounds::REQUEST_READ, reading).await.map_err(|_| Refusal::TooSlow)?;
    let body = body.map_err(|_| Refusal::TooLarge(bounds::ADMIN_BODY_BYTES))?;
    let GrantRequest { provider, digest } =
        serde_json::from_slice(&body).map_err(|error| Refusal::Malformed(error.to_string()))?;
    admin.inspector.grant(&provider, &digest).await?.map_err(|nothing| match nothing {
        NothingGranted::NoProvider(_) => Refusal::NotFound(nothing.to_string()),
        NothingGranted::Replaced(_) => Refusal::Conflict(nothing.to_string()),
    })?;
    admin.granted.notify_one();
    Ok(json_reply(StatusCode::OK, &json!({ "granted": provider })))
}
