//! What `hookhost events` shows, as JSON.

use serde_json::Value;

use super::host::Host;
use super::setup::told;
use super::wait::{PATIENCE, QUIET};

impl Host {
    /// What `hookhost events` prints with these arguments and `--json`.
    pub(crate) async fn events(&self, arguments: &[&str]) -> Value {
        let output = self.setup.run(&[&["events"], arguments, &["--json"]].concat()).await;
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", told(&output));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// The newest event as a whole.
    pub(crate) async fn newest_event(&self) -> Value {
        let newest = self.events(&["list", "--limit", "1"]).await;
        self.events(&["show", newest[0]["id"].as_str().unwrap()]).await
    }

    /// The newest event, as soon as it is so; `what` is told when it never is.
    pub(crate) async fn newest_event_when(&self, what: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            let event = self.newest_event().await;
            if is_so(&event) {
                return event;
            }
            assert!(tokio::time::Instant::now() < deadline, "waited in vain for {what}: {event:#}");
            tokio::time::sleep(QUIET).await;
        }
    }
}
