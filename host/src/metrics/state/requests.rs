//! What is seen of senders while they are there.

use super::State;
use super::seen::{Seen, float, gauge, one};

impl State {
    pub(super) fn of_requests(&self) -> Vec<Seen> {
        let connections = "Connections of the public listener that are open";
        let requests =
            "Requests for webhooks that are being handled, with those whose senders wait for a result";
        vec![
            gauge("hookhost_connections", connections, one(float(self.connections))),
            gauge("hookhost_requests_in_flight", requests, one(float(self.requests))),
        ]
    }
}
