//! Reads a body, never more of it than is allowed.

use std::time::Duration;

use axum::body::Body;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_LENGTH;
use http_body_util::BodyExt as _;

use super::reply::Problem;
use crate::model::bounds;

/// What is read and thrown away after a refusal, so that a sender that is still writing sees the answer
/// rather than a broken connection.
const DRAIN_BYTES: usize = 16 * 1024 * 1024;
const DRAIN_TIME: Duration = Duration::from_secs(5);

/// The whole body, if it has at most `limit` bytes.
pub(super) async fn read(headers: &HeaderMap, mut body: Body, limit: usize) -> Result<Vec<u8>, Problem> {
    let announced =
        headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > limit) {
        drain(body);
        return Err(Problem::TooLarge(limit));
    }
    let mut bytes = Vec::with_capacity(announced.unwrap_or_default());
    let deadline = tokio::time::Instant::now() + bounds::REQUEST_READ;
    loop {
        let frame = tokio::time::timeout_at(deadline, body.frame()).await.map_err(|_| Problem::TooSlow)?;
        let Some(frame) = frame else { return Ok(bytes) };
        let frame = frame.map_err(|_| Problem::Malformed("the body broke off".into()))?;
        let Ok(data) = frame.into_data() else { continue };
        if bytes.len() + data.len() > limit {
            drain(body);
            return Err(Problem::TooLarge(limit));
        }
        bytes.extend_from_slice(&data);
    }
}

/// Throws away what a refused sender still writes, within bounds.
pub(super) fn drain(mut body: Body) {
    tokio::spawn(tokio::time::timeout(DRAIN_TIME, async move {
        let mut drained = 0;
        while let Some(Ok(frame)) = body.frame().await {
            drained += frame.data_ref().map_or(0, |data| data.len());
            if drained > DRAIN_BYTES {
                break;
            }
        }
    }));
}
