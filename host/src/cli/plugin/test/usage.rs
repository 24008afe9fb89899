//! What the calls of a case took of what they may take.

use std::time::Duration;

use serde_json::{Value, json};

use crate::model::terms::Limits;
use crate::plugin::Usage;

/// The most that any one call of a case took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Most {
    limits: Limits,
    time: Duration,
    memory: usize,
    answer: usize,
}

impl Most {
    /// Nothing yet, of a plugin with these limits.
    pub(super) fn within(limits: Limits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// Counts a call, and its answer as long as it is in JSON: that is close to what it is for the host.
    pub(super) fn count(&mut self, usage: Usage, answer: usize) {
        self.time = self.time.max(usage.time);
        self.memory = self.memory.max(usage.memory);
        self.answer = self.answer.max(answer);
    }

    /// Of two runs of the same case. Other programs can only make a run slower, so the quicker one counts.
    #[must_use]
    pub(super) fn either(self, other: Self) -> Self {
        Self {
            limits: self.limits,
            time: self.time.min(other.time),
            memory: self.memory.max(other.memory),
            answer: self.answer.max(other.answer),
        }
    }

    /// `0.3 of 200 ms, 1.2 of 32 MiB, 1 KiB of 16 MiB`.
    pub(super) fn as_text(&self) -> String {
        let mib = |bytes: usize| bytes as f64 / f64::from(1 << 20);
        format!(
            "{:.1} of {} ms, {:.1} of {} MiB, answer {} KiB of {} MiB",
            self.time.as_secs_f64() * 1_000.0,
            self.limits.call_time.as_millis(),
            mib(self.memory),
            self.limits.memory >> 20,
            self.answer.div_ceil(1 << 10),
            self.limits.output >> 20,
        )
    }

    pub(super) fn as_json(&self) -> Value {
        json!({
            "time_us": u64::try_from(self.time.as_micros()).unwrap_or(u64::MAX),
            "time_us_max": u64::try_from(self.limits.call_time.as_micros()).unwrap_or(u64::MAX),
            "memory_bytes": self.memory,
            "memory_bytes_max": self.limits.memory,
            "answer_bytes": self.answer,
            "answer_bytes_max": self.limits.output,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_several_calls_the_greatest_counts() {
        let mut most = Most::default();
        for (millis, memory, answer) in [(2, 1 << 20, 3_000), (1, 3 << 20, 10)] {
            most.count(Usage { time: Duration::from_millis(millis), memory, ..Usage::default() }, answer);
        }
        let busy = Most { time: Duration::from_secs(1), ..most };
        assert_eq!(most.either(busy), most);
        assert_eq!(most.as_text(), "2.0 of 200 ms, 3.0 of 32 MiB, answer 3 KiB of 16 MiB");
    }
}
