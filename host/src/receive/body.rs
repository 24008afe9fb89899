//! Reads a body, never more of it than is allowed.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
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

/// Counts the bytes of all bodies that are in memory: whoever sends them is not proven yet.
#[derive(Clone, Default)]
pub(super) struct Budget(Arc<AtomicUsize>);

/// Bytes that are counted until this is dropped.
pub(super) struct Counted {
    budget: Budget,
    bytes: usize,
}

impl Budget {
    pub(super) fn start(&self) -> Counted {
        Counted { budget: self.clone(), bytes: 0 }
    }
}

impl Counted {
    fn add(&mut self, bytes: usize) -> Result<(), Problem> {
        self.bytes += bytes;
        let all = self.budget.0.fetch_add(bytes, Ordering::Relaxed) + bytes;
        if all > bounds::BODIES_BYTES { Err(Problem::Busy("too many bodies at once")) } else { Ok(()) }
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.budget.0.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// The whole body, if it has at most `limit` bytes and `counted` has room for it.
pub(super) async fn read(
    headers: &HeaderMap,
    mut body: Body,
    limit: usize,
    counted: &mut Counted,
) -> Result<Vec<u8>, Problem> {
    let announced =
        headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > limit) {
        drain(body);
        return Err(Problem::TooLarge(limit));
    }
    // Not more than has come: what is announced costs the sender nothing.
    let mut bytes = Vec::new();
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
        counted.add(data.len())?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_have_a_common_bound_that_is_free_again_after_them() {
        let budget = Budget::default();
        let mut first = budget.start();
        first.add(bounds::BODIES_BYTES).unwrap();
        let mut second = budget.start();
        assert!(matches!(second.add(1), Err(Problem::Busy(_))));
        drop((first, second));
        assert_eq!(budget.start().add(bounds::BODIES_BYTES), Ok(()));
    }
}
