//! Reads what a command asks for.

use axum::body::to_bytes;
use axum::extract::Request;
use serde::de::DeserializeOwned;
use tokio::time::timeout;

use super::refusal::Refusal;
use crate::model::bounds;

/// The body of a request, as JSON of this form.
pub(super) async fn json_body<T: DeserializeOwned>(request: Request) -> Result<T, Refusal> {
    let reading = to_bytes(request.into_body(), bounds::ADMIN_BODY_BYTES);
    let body = timeout(bounds::REQUEST_READ, reading).await.map_err(|_| Refusal::TooSlow)?;
    let body = body.map_err(|_| Refusal::TooLarge(bounds::ADMIN_BODY_BYTES))?;
    serde_json::from_slice(&body).map_err(|error| Refusal::Malformed(error.to_string()))
}
