//! What the host exports for Prometheus, read by a parser of others.

use prometheus_parse::{Scrape, Value};
use tokio::time::{Instant, sleep};

use super::host::Host;
use super::reply::Reply;
use super::wait::{LOOK_AGAIN, PATIENCE};

/// One scrape.
pub(crate) struct Metrics {
    scrape: Scrape,
}

impl Metrics {
    /// The value of the one series with this name and these labels; 0 where it is not exported.
    pub(crate) fn value(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        self.find(name, labels).unwrap_or_default()
    }

    /// The same, and `None` where it is not exported.
    pub(crate) fn find(&self, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
        let samples = self.scrape.samples.iter().filter(|sample| {
            sample.metric == name
                && sample.labels.len() == labels.len()
                && labels.iter().all(|(label, value)| sample.labels.get(label) == Some(value))
        });
        let values: Vec<f64> = samples
            .map(|sample| match &sample.value {
                Value::Counter(value) | Value::Gauge(value) | Value::Untyped(value) => *value,
                other => panic!("{name} is {other:?}"),
            })
            .collect();
        assert!(values.len() <= 1, "{name} {labels:?} is there more than once");
        values.first().copied()
    }
}

impl Host {
    /// What it exports now.
    pub(crate) async fn metrics(&self) -> Metrics {
        let reply = self.scrape().await;
        assert_eq!(reply.status, 200, "{reply:?}");
        assert_eq!(reply.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
        let lines = reply.body.lines().map(|line| Ok(line.to_owned()));
        Metrics { scrape: Scrape::parse(lines).unwrap() }
    }

    /// Waits until a series has this value, and gives the scrape that says so.
    pub(crate) async fn counted(&self, name: &str, labels: &[(&str, &str)], expected: f64) -> Metrics {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let metrics = self.metrics().await;
            let is = metrics.value(name, labels);
            if is == expected {
                return metrics;
            }
            assert!(Instant::now() < deadline, "{name} {labels:?} is {is} and not {expected}");
            sleep(LOOK_AGAIN).await;
        }
    }

    /// The answer to a scrape without a token.
    pub(crate) async fn scrape(&self) -> Reply {
        let file = std::fs::read(self.dir().join("data/admin.json")).unwrap();
        let admin: serde_json::Value = serde_json::from_slice(&file).unwrap();
        self.get_from(admin["address"].as_str().unwrap(), "/metrics").await
    }
}
