//! What is counted, for Prometheus.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, Response};

use super::Admin;
use super::refusal::Refusal;
use crate::metrics;

/// Where it is asked for.
pub(super) const PATH: &str = "/metrics";

/// Answers `GET /metrics`.
pub(super) async fn show(State(admin): State<Arc<Admin>>) -> Result<Response<Body>, Refusal> {
    let scrape = Arc::clone(&admin.scrape);
    // It looks at the disk, which may be slow.
    let text = tokio::task::spawn_blocking(move || scrape()).await.map_err(|_| Refusal::BrokeOff)?;
    let mut response = Response::new(Body::from(text));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(metrics::CONTENT_TYPE));
    Ok(response)
}
