//! What is measured of the store's commits.

use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

/// From a flush into the cache of a good disk to a disk that hardly answers.
const SECONDS: [f64; 12] =
    [0.0001, 0.000_25, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0];
/// Up to the largest group.
const VERBS: [f64; 10] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0];

/// Measures the commits of a store. By default nobody sees what it measures.
#[derive(Debug, Clone)]
pub struct StoreMetrics {
    seconds: Histogram,
    verbs: Histogram,
    failures: Counter,
}

impl Default for StoreMetrics {
    fn default() -> Self {
        let (seconds, verbs) = (Histogram::new(SECONDS), Histogram::new(VERBS));
        Self { seconds, verbs, failures: Counter::default() }
    }
}

impl StoreMetrics {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let metrics = Self::default();
        let help = "How long it took to make a group of changes durable";
        registry.register("store_commit_duration_seconds", help, metrics.seconds.clone());
        let help = "How many verbs were committed as one group";
        registry.register("store_commit_verbs", help, metrics.verbs.clone());
        let help = "Groups of changes that could not be made durable, each of which broke the store";
        registry.register("store_failures", help, metrics.failures.clone());
        metrics
    }

    /// A group of so many verbs was made durable.
    pub fn committed(&self, verbs: usize, took: Duration) {
        self.seconds.observe(took.as_secs_f64());
        self.verbs.observe(u32::try_from(verbs).map_or(f64::INFINITY, f64::from));
    }

    /// A group could not be made durable.
    pub fn failed(&self) {
        self.failures.inc();
    }
}
