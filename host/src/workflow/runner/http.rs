//! Runs a workflow that is an HTTP endpoint.

use std::error::Error;

use reqwest::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use reqwest::{Client, RequestBuilder, StatusCode};
use url::Url;

use crate::model::bounds::WORKFLOW_OUTPUT_BYTES;
use crate::model::time::Time;
use crate::model::trace;

use super::{Job, RunError, Workflow, out_of_time, retry_after, signing, too_much, try_again};

/// Posts the document and gives the body of a 2xx answer.
pub(super) async fn post(
    client: &Client,
    url: &Url,
    workflow: &Workflow,
    job: Job<'_>,
) -> Result<Vec<u8>, RunError> {
    let mut request = client
        .post(url.clone())
        .header(CONTENT_TYPE, "application/json")
        .header("idempotency-key", job.execution.to_string());
    if let Some(trace) = job.trace {
        request = request.header(trace::HEADER, trace.to_string());
    }
    if let Some(secret) = &workflow.secret {
        let headers = signing::headers(secret, job.execution, job.now, &job.document)
            .map_err(|error| RunError::Final(error.to_string()))?;
        for (name, value) in headers {
            request = request.header(name, value);
        }
    }
    match tokio::time::timeout(workflow.timeout, exchange(request.body(job.document), job.now)).await {
        Ok(answered) => answered,
        Err(_) => Err(out_of_time(workflow.timeout)),
    }
}

async fn exchange(request: RequestBuilder, now: Time) -> Result<Vec<u8>, RunError> {
    let mut response = request.send().await.map_err(|error| unanswered(&error))?;
    judge(response.status(), response.headers(), now)?;
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| unanswered(&error))? {
        if body.len() + chunk.len() > WORKFLOW_OUTPUT_BYTES {
            return Err(too_much());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn judge(status: StatusCode, headers: &HeaderMap, now: Time) -> Result<(), RunError> {
    let reason = format!("it answered {}", status.as_u16());
    let after = || retry_after::read(headers.get(RETRY_AFTER)?.to_str().ok()?, now);
    match status.as_u16() {
        200..300 => Ok(()),
        300..400 => Err(RunError::Final(format!("{reason}: redirects are not followed"))),
        429 => Err(RunError::TryAgain { reason, after: after() }),
        503 => Err(RunError::Unreachable { reason, after: after() }),
        500.. => Err(RunError::TryAgain { reason, after: after() }),
        _ => Err(RunError::Final(reason)),
    }
}

/// What a failed exchange means. Only where no connection came about, surely nothing ran.
fn unanswered(error: &reqwest::Error) -> RunError {
    let cause = innermost(error);
    if error.is_builder() {
        // Such as a scheme other than http and https. The cause might quote the URL.
        RunError::Final("its URL cannot be called".into())
    } else if error.is_connect() {
        RunError::Unreachable { reason: format!("it cannot be reached: {cause}"), after: None }
    } else {
        try_again(format!("the connection broke: {cause}"))
    }
}

/// The cause that says most, and, unlike reqwest's own text, never holds the URL.
fn innermost(error: &reqwest::Error) -> String {
    let mut cause: Option<&dyn Error> = error.source();
    while let Some(deeper) = cause.and_then(Error::source) {
        cause = Some(deeper);
    }
    cause.map_or_else(|| "no reason is known".into(), ToString::to_string)
}

#[cfg(test)]
mod tests;
