//! What is made of measurements: rates and percentiles.

use std::time::Duration;

use super::load::Sent;

/// What one side showed in one row, all its turns together.
#[derive(Debug, Default)]
pub(super) struct Figures {
    latencies: Vec<u32>,
    answered: usize,
    time: Duration,
    cpu: Option<Duration>,
    commits: Option<u64>,
}

/// One turn of one side.
#[derive(Debug)]
pub(super) struct Turn {
    pub(super) sent: Sent,
    /// Processor time of the server, until it had nothing left to do.
    pub(super) cpu: Option<Duration>,
    /// Groups that the server made durable.
    pub(super) commits: Option<u64>,
}

impl Figures {
    pub(super) fn add(&mut self, turn: Turn) {
        let Turn { sent, cpu, commits } = turn;
        self.latencies.extend(sent.latencies);
        self.answered += sent.accepted + sent.refused;
        self.time += sent.time;
        self.cpu = cpu.map(|cpu| self.cpu.unwrap_or_default() + cpu);
        self.commits = commits.map(|commits| self.commits.unwrap_or_default() + commits);
    }

    /// Answers in a second.
    #[expect(clippy::cast_precision_loss, reason = "figures for people")]
    pub(super) fn per_second(&self) -> f64 {
        ratio(self.answered as f64, self.time.as_secs_f64())
    }

    /// Commits in a second.
    #[expect(clippy::cast_precision_loss, reason = "figures for people")]
    pub(super) fn commits_per_second(&self) -> Option<f64> {
        Some(ratio(self.commits? as f64, self.time.as_secs_f64()))
    }

    /// Processor time for each answer, in microseconds.
    #[expect(clippy::cast_precision_loss, reason = "figures for people")]
    pub(super) fn cpu_us(&self) -> Option<f64> {
        Some(ratio(self.cpu?.as_secs_f64() * 1e6, self.answered as f64))
    }

    /// The time, in milliseconds, that this share of the requests needed at most.
    pub(super) fn percentile_ms(&self, share: f64) -> f64 {
        let mut latencies = self.latencies.clone();
        latencies.sort_unstable();
        f64::from(percentile(&latencies, share)) / 1000.0
    }
}

/// What stands at this share of sorted numbers; 0 where there are none.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a place in a list of some thousand numbers"
)]
pub(super) fn percentile(sorted: &[u32], share: f64) -> u32 {
    let place = (sorted.len() as f64 * share).ceil() as usize;
    sorted.get(place.saturating_sub(1)).copied().unwrap_or_default()
}

/// A ratio; 0 where nothing was measured.
pub(super) fn ratio(of: f64, to: f64) -> f64 {
    if to > 0.0 { of / to } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_one_of_the_numbers() {
        let numbers: Vec<u32> = (1..=1000).collect();
        for (share, expected) in [(0.5, 500), (0.99, 990), (0.999, 999), (1.0, 1000)] {
            assert_eq!(percentile(&numbers, share), expected);
        }
        assert_eq!((percentile(&[7], 0.5), percentile(&[], 0.5)), (7, 0));
    }
}
