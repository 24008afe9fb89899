//! What `hookhost events` shows, as JSON.

use serde_json::Value;

use super::host::Host;
use super::setup::told;
use super::wait::{PATIENCE, QUIET};

impl Host {
    /// What the admin listener answers to `GET /api` and this.
    pub(crate) async fn admin(&self, path: &str) -> Value {
        let file = std::fs::read(self.dir().join("data/admin.json")).unwrap();
        let admin: Value = serde_json::from_slice(&file).unwrap();
        let (address, token) = (admin["address"].as_str().unwrap(), admin["token"].as_str().unwrap());
        let reply = self.get_with(&format!("http://{address}/api{path}"), token).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        reply.json()
    }

    /// How many replies ended in which way, as soon as none is owed any more.
    pub(crate) async fn replies_ended(&self) -> Value {
        let deadline = tokio::time::Instant::now() + 4 * PATIENCE;
        loop {
            let by = self.admin("/store").await["replies"]["by"].clone();
            let is_final = |state: &String| ["sent", "unsure", "failed"].contains(&state.as_str());
            if by.as_object().unwrap().keys().all(is_final) {
                return by;
            }
            assert!(tokio::time::Instant::now() < deadline, "waited in vain for all replies: {by}");
            tokio::time::sleep(QUIET).await;
        }
    }

    /// What `hookhost check` says, as text; it finds nothing that would be refused.
    pub(crate) async fn check(&self) -> String {
        let output = self.setup.run(&["check"]).await;
        assert_eq!(output.status.code(), Some(0), "{}", told(&output));
        told(&output)
    }

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
