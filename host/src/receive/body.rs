//! Reads a body, never more of it than is allowed.

use std::time::Duration;

use axum::body::Body;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_LENGTH;
use http_body_util::BodyExt as _;
use tokio::time::{Instant, timeout_at};

use super::reply::Problem;
use super::share::Share;
use crate::model::bounds;

/// What is read and thrown away after a refusal, so that a sender that is still writing sees the answer
/// rather than a broken connection.
const DRAIN_BYTES: usize = 16 * 1024 * 1024;
const DRAIN_TIME: Duration = Duration::from_secs(5);

/// The whole body, if it has at most `limit` bytes and there is room for it in the share of its provider: whoever
/// sends it is not proven yet.
pub(super) async fn read(
    headers: &HeaderMap,
    mut body: Body,
    limit: usize,
    counted: &mut Share,
) -> Result<Vec<u8>, Problem> {
    let announced =
        headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > limit) {
        drain(body);
        return Err(Problem::TooLarge(limit));
    }
    // Not more than has come: what is announced costs the sender nothing.
    let mut bytes = Vec::new();
    let deadline = Instant::now() + bounds::REQUEST_READ;
    loop {
        let patience = deadline.min(Instant::now() + bounds::BODY_PAUSE);
        let frame = timeout_at(patience, body.frame()).await.map_err(|_| Problem::TooSlow)?;
        let Some(frame) = frame else { return Ok(bytes) };
        let frame = frame.map_err(|_| Problem::Malformed("the body broke off".into()))?;
        let Ok(data) = frame.into_data() else { continue };
        if bytes.len() + data.len() > limit {
            drain(body);
            return Err(Problem::TooLarge(limit));
        }
        if !counted.take(data.len()) {
            return Err(Problem::Busy("too many bodies at once"));
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
