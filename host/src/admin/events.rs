//! What can be looked at.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use axum::http::{Response, StatusCode};
use serde::Serialize;
use serde_json::json;

use super::Admin;
use super::refusal::Refusal;
use crate::inspect::query::{read_events, read_held};
use crate::model::http::{Field, field};
use crate::receive::reply::json_reply;

type Answer = Result<Response<Body>, Refusal>;

/// Answers `GET /api/events`.
pub(super) async fn list(State(admin): State<Arc<Admin>>, RawQuery(query): RawQuery) -> Answer {
    let (filter, look) = read_events(&fields(query.as_deref()))?;
    Ok(found(&admin.inspector.events(&filter, look).await?))
}

/// Answers `GET /api/held`.
pub(super) async fn held(State(admin): State<Arc<Admin>>, RawQuery(query): RawQuery) -> Answer {
    let (origin, look) = read_held(&fields(query.as_deref()))?;
    Ok(found(&admin.inspector.held(&origin, look).await?))
}

/// Answers `GET /api/events/{id}`.
pub(super) async fn show(
    State(admin): State<Arc<Admin>>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Answer {
    let id = id.parse().map_err(|_| not_found("event"))?;
    let event = admin.inspector.event(id, wants_body(query.as_deref())).await?;
    Ok(found(&event.ok_or_else(|| not_found("event"))?))
}

/// Answers `GET /api/deliveries/{id}`.
pub(super) async fn delivery(
    State(admin): State<Arc<Admin>>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Answer {
    let id = id.parse().map_err(|_| not_found("delivery"))?;
    let delivery = admin.inspector.delivery(id, wants_body(query.as_deref())).await?;
    Ok(found(&delivery.ok_or_else(|| not_found("delivery"))?))
}

/// Answers `GET /api/providers`.
pub(super) async fn providers(State(admin): State<Arc<Admin>>) -> Answer {
    Ok(found(&admin.inspector.providers()?))
}

fn found(what: &impl Serialize) -> Response<Body> {
    json_reply(StatusCode::OK, &json!(what))
}

fn not_found(what: &str) -> Refusal {
    Refusal::NotFound(format!("there is no {what} with this id"))
}

pub(super) fn fields(query: Option<&str>) -> Vec<Field> {
    url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned().collect()
}

fn wants_body(query: Option<&str>) -> bool {
    field(&fields(query), "body") == Some("true")
}
