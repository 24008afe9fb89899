//! Says what stays wrong for long now and then, and not for each delivery.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::model::time::Time;

/// How long it is silent after it was heard.
const SILENCE: Duration = Duration::from_secs(60);

/// When it was heard last.
#[derive(Default)]
pub(super) struct Alarm {
    at_ms: AtomicU64,
}

impl Alarm {
    /// Whether it is to be heard now; if so, not again within [`SILENCE`].
    pub(super) fn is_due(&self, now: Time) -> bool {
        let due = |last: u64| (last == 0 || now.since(Time(last)) >= SILENCE).then_some(now.millis());
        self.at_ms.fetch_update(Ordering::Relaxed, Ordering::Relaxed, due).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_heard_at_once_and_then_every_minute() {
        let alarm = Alarm::default();
        let began = Time(1_790_000_000_000);
        for (seconds, is_heard) in [(0, true), (0, false), (59, false), (60, true), (119, false), (500, true)]
        {
            assert_eq!(alarm.is_due(began.plus(Duration::from_secs(seconds))), is_heard, "{seconds} s");
        }
    }
}
