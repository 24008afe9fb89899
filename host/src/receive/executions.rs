//! What became of an execution, for those who were given its token.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use axum::http::Response;
use axum::response::IntoResponse;
use subtle::ConstantTimeEq as _;

use super::reply::Problem;
use super::{Receiver, wait};
use crate::store::execution::Execution;

/// Answers `GET /executions/{id}?token=...`; without the right token, as if there were none.
pub(super) async fn show(
    State(receiver): State<Arc<Receiver>>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Response<Body> {
    let found = find(&receiver, &id, query.as_deref().unwrap_or_default()).await;
    let told = match found {
        Ok(execution) => wait::told(&receiver, &execution).await,
        Err(problem) => Err(problem),
    };
    told.unwrap_or_else(IntoResponse::into_response)
}

async fn find(receiver: &Receiver, id: &str, query: &str) -> Result<Execution, Problem> {
    let not_found = || Problem::NotFound("there is no such execution, or the token is not its own".into());
    let id = id.parse().map_err(|_| not_found())?;
    let execution = receiver.store.execution(id).await.map_err(|error| wait::unreadable(id, &error))?;
    let given = url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "token");
    match (execution, given) {
        (Some(execution), Some((_, given))) if is_token(&execution, &given) => Ok(execution),
        _ => Err(not_found()),
    }
}

fn is_token(execution: &Execution, given: &str) -> bool {
    execution.token.as_ref().is_some_and(|token| token.as_bytes().ct_eq(given.as_bytes()).into())
}
