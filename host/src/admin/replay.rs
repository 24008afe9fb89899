//! What can be repaired.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Response, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::Admin;
use super::body::json_body;
use super::refusal::Refusal;
use crate::inspect::Inspector;
use crate::inspect::replay::Replayed;
use crate::model::bounds;
use crate::receive::reply::json_reply;
use crate::store::StoreError;

/// The body of `POST /api/replay`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReplayRequest {
    /// Of events and held deliveries, in the order in which they are replayed.
    pub(crate) ids: Vec<String>,
}

/// Answers `POST /api/replay`: one result for each id, in their order.
pub(super) async fn replay(
    State(admin): State<Arc<Admin>>,
    request: Request,
) -> Result<Response<Body>, Refusal> {
    let ReplayRequest { ids } = json_body(request).await?;
    if ids.len() > bounds::REPLAYS_PER_REQUEST {
        let most = bounds::REPLAYS_PER_REQUEST;
        return Err(Refusal::Malformed(format!("replay at most {most} at a time")));
    }
    // A caller that hangs up ends its request; what is queued by then must be announced all the same.
    let replaying = tokio::spawn(async move { replay_all(&admin.inspector, &ids).await });
    let replayed = replaying.await.map_err(|_| Refusal::BrokeOff)??;
    Ok(json_reply(StatusCode::OK, &json!(replayed)))
}

async fn replay_all(inspector: &Inspector, ids: &[String]) -> Result<Vec<Replayed>, StoreError> {
    let mut replayed = Vec::with_capacity(ids.len());
    for id in ids {
        replayed.push(inspector.replay(id).await?);
    }
    Ok(replayed)
}
