//! From a queued event to its outcome: lanes and workers, one attempt after the other.

use std::time::Duration;

use crate::store::StoreError;

pub mod at_work;
pub mod circuit;
pub mod completions;
pub mod judge;
pub mod lanes;
pub mod outage;
pub mod runs;
pub mod shares;
pub mod workers;

/// How long a verb of the store rests after it failed.
pub(crate) const STORE_PAUSE: Duration = Duration::from_secs(1);

/// Repeats a verb of the store until it is done: what a workflow or a provider has answered must not be
/// asked for again because the store had a bad moment.
///
/// # Errors
/// Those that repeating cannot mend.
pub(crate) async fn until_stored<F>(verb: impl Fn() -> F) -> Result<(), StoreError>
where
    F: Future<Output = Result<(), StoreError>>,
{
    loop {
        match verb().await {
            Err(error @ (StoreError::Full { .. } | StoreError::Unavailable(_))) => {
                tracing::error!(%error, "what came of a run or a call waits for the store");
                tokio::time::sleep(STORE_PAUSE).await;
            }
            ended => return ended,
        }
    }
}

/// A random number in `0.0..1.0`, for spreading retries.
pub(crate) fn jitter() -> f64 {
    let mut bytes = [0; 4];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    f64::from(u32::from_be_bytes(bytes)) / (f64::from(u32::MAX) + 1.0)
}
