//! Waiting for what must happen, and for what must not.

use std::time::Duration;

use tokio::time::{Instant, sleep};

/// How long anything may take, on a machine that is busy with other tests.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// How long nothing must happen before it counts as "nothing more".
pub(crate) const QUIET: Duration = Duration::from_millis(250);

/// How long is waited between two looks.
pub(crate) const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// Looks until there is something; panics with `what` when there never is.
pub(crate) async fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "waited in vain for {what}");
        sleep(LOOK_AGAIN).await;
    }
}
