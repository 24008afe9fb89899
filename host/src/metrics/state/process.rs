//! What is seen of the process itself.

use super::State;
use super::seen::Value::One;
use super::seen::{Seen, float, gauge, one, seconds};

impl State {
    pub(super) fn of_the_process(&self) -> Vec<Seen> {
        let version = vec![("version", env!("CARGO_PKG_VERSION").to_owned())];
        vec![
            gauge("hookhost_build_info", "This program, with its version as a label", [(version, One(1.0))]),
            gauge(
                "process_start_time_seconds",
                "When it was started, since 1970",
                one(seconds(self.started)),
            ),
            gauge(
                "process_resident_memory_bytes",
                "What it has in memory",
                one(self.resident_bytes.map(float)),
            ),
        ]
    }
}
