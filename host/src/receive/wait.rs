//! For senders that wait for a result: the outcome, or where to ask for it later.

use std::time::Duration;

use axum::body::Body;
use axum::http::header::LOCATION;
use axum::http::{HeaderValue, Response, StatusCode};
use serde_json::{Value, json};

use super::Receiver;
use super::reply::{Problem, json_reply};
use crate::dispatch::completions::Waiting;
use crate::model::id::ExecutionId;
use crate::model::outcome::Outcome;
use crate::provider::Provider;
use crate::store::StoreError;
use crate::store::admission::{Admitted, Ticket};
use crate::store::execution::{Execution, State};
use crate::store::status::{Standing, standing};

/// How often a run is looked at while the host stops: it may be put back.
const LOOK_AGAIN: Duration = Duration::from_millis(200);

/// Waits as long as the manifest says and answers with what there is then. A repeated request waits for
/// the first one's outcome.
pub(super) async fn for_outcome(
    receiver: &Receiver,
    provider: &Provider,
    admitted: &Admitted,
    prefers_async: bool,
) -> Result<Response<Body>, Problem> {
    let (ticket, is_replay) = match admitted {
        Admitted::New(ticket) => (ticket, false),
        Admitted::Duplicate(ticket) => (ticket, true),
        Admitted::Conflict { .. } => return Err(Problem::IdReused),
        Admitted::Recorded(_) => return Err(Problem::Malformed("nothing is run for it".into())),
        Admitted::Stale(_) => return Err(Problem::Malformed("it happened too long ago".into())),
    };
    let patience = match provider.manifest.acknowledgement.hold_ms {
        Some(millis) if !prefers_async => Duration::from_millis(millis.into()),
        _ => Duration::ZERO,
    };
    let execution = settled_within(receiver, ticket, patience).await;
    let execution = execution.map_err(|error| unreadable(ticket.execution, &error))?;
    let Some(execution) = execution else { return Err(Problem::Gone) };
    let mut response = told(receiver, &execution).await?;
    if is_replay {
        response.headers_mut().insert("idempotent-replayed", HeaderValue::from_static("true"));
    }
    Ok(response)
}

async fn settled_within(
    receiver: &Receiver,
    ticket: &Ticket,
    patience: Duration,
) -> Result<Option<Execution>, StoreError> {
    let waiting = if patience.is_zero() { None } else { receiver.completions.wait_for(ticket.execution) };
    let execution = receiver.store.execution(ticket.execution).await?;
    match (waiting, execution) {
        (Some(mut waiting), Some(execution)) if !execution.state.is_final() => {
            // When time is up, the execution is looked at once more all the same.
            let _ = tokio::time::timeout(patience, until_nothing_comes(receiver, &mut waiting, ticket)).await;
            receiver.store.execution(ticket.execution).await
        }
        (_, execution) => Ok(execution),
    }
}

/// Waits until the execution is settled, or until the host stops and nobody is at work on it: then nothing comes
/// before the next start, and the sender is told where to ask.
async fn until_nothing_comes(receiver: &Receiver, waiting: &mut Waiting, ticket: &Ticket) {
    tokio::select! {
        () = waiting.until_settled() => return,
        () = receiver.settings.stop.cancelled() => {}
    }
    let is_running = |execution: Execution| execution.state == State::Running;
    while receiver.store.execution(ticket.execution).await.is_ok_and(|one| one.is_some_and(is_running)) {
        if tokio::time::timeout(LOOK_AGAIN, waiting.until_settled()).await.is_ok() {
            return;
        }
    }
}

/// What is told of an execution now: its outcome, and where the replies stand that it owed, if any.
pub(super) async fn told(receiver: &Receiver, execution: &Execution) -> Result<Response<Body>, Problem> {
    if execution.state.is_final() {
        let mut body = finished(execution);
        if execution.replies > 0 {
            let replies = replies(receiver, execution.id).await;
            body["replies"] = replies.map_err(|error| unreadable(execution.id, &error))?;
        }
        return Ok(json_reply(StatusCode::OK, &body));
    }
    let body = json!({ "status": "running", "execution_id": execution.id });
    let mut response = json_reply(StatusCode::ACCEPTED, &body);
    if let Some(token) = &execution.token {
        let location = format!("/executions/{}?token={token}", execution.id);
        let location = HeaderValue::from_str(&location).expect("ids and tokens are hexadecimal");
        response.headers_mut().insert(LOCATION, location);
    }
    Ok(response)
}

pub(super) fn unreadable(execution: ExecutionId, error: &StoreError) -> Problem {
    tracing::error!(%execution, %error, "an outcome cannot be read");
    Problem::from(error)
}

async fn replies(receiver: &Receiver, execution: ExecutionId) -> Result<Value, StoreError> {
    let statuses = receiver.store.statuses(execution).await?;
    let replies = receiver.store.replies(execution).await?;
    let told = replies.iter().zip(&statuses).map(|(reply, statuses)| {
        let Standing { state, reason, at } = standing(reply, statuses);
        json!({ "id": reply.id, "state": state, "reason": reason, "since_ms": at })
    });
    Ok(told.collect())
}

fn finished(execution: &Execution) -> Value {
    let failed = |error: &str| json!({ "status": "failed", "execution_id": execution.id, "error": error });
    match &execution.outcome {
        Some(Outcome::Succeeded(result)) => json!({
            "status": "succeeded",
            "execution_id": execution.id,
            "workflow": execution.workflow,
            "result": result,
        }),
        Some(Outcome::Failed(error)) => failed(error),
        None => failed("nothing was run"),
    }
}
