//! Keeping the store: what it holds, whether it agrees with itself, and a copy of it.

use std::path::PathBuf;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{RawQuery, Request, State};
use axum::http::{Response, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::Admin;
use super::body::json_body;
use super::events::fields;
use super::refusal::Refusal;
use crate::model::http::field;
use crate::receive::reply::json_reply;

/// The body of `POST /api/store/backup`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct BackupRequest {
    /// An absolute path, on the host's machine.
    pub(crate) folder: PathBuf,
}

/// Answers `GET /api/store`.
pub(super) async fn stats(State(admin): State<Arc<Admin>>) -> Result<Response<Body>, Refusal> {
    Ok(json_reply(StatusCode::OK, &json!(admin.inspector.stats().await?)))
}

/// Answers `GET /api/store/verify`; `from` is what the last look named as `next`.
pub(super) async fn verify(
    State(admin): State<Arc<Admin>>,
    RawQuery(query): RawQuery,
) -> Result<Response<Body>, Refusal> {
    let malformed = |error| Refusal::Malformed(format!("from: {error}"));
    let from =
        field(&fields(query.as_deref()), "from").map(|from| from.parse().map_err(malformed)).transpose()?;
    let from = from.unwrap_or_default();
    Ok(json_reply(StatusCode::OK, &json!(admin.inspector.verify(from).await?)))
}

/// Answers `POST /api/store/backup`, when the copy is whole.
pub(super) async fn backup(
    State(admin): State<Arc<Admin>>,
    request: Request,
) -> Result<Response<Body>, Refusal> {
    let BackupRequest { folder } = json_body(request).await?;
    if !folder.is_absolute() {
        return Err(Refusal::Malformed("folder: an absolute path is needed".into()));
    }
    Ok(json_reply(StatusCode::OK, &json!(admin.inspector.backup(&folder).await?)))
}
