//! Families of metrics as they are seen at one moment.

use prometheus_client::metrics::MetricType;

use self::Value::One;
use crate::metrics::series::Labels;
use crate::model::time::Time;

/// A family as it is seen at one moment.
pub(super) struct Seen {
    pub(super) name: &'static str,
    pub(super) help: &'static str,
    pub(super) kind: MetricType,
    pub(super) samples: Vec<(Labels, Value)>,
}

pub(super) enum Value {
    One(f64),
    /// The sum, and the numbers in each bucket alone.
    Many {
        sum: f64,
        buckets: Vec<(f64, u64)>,
    },
}

/// Several of one family, by a label.
pub(super) fn by<'v>(
    label: &'static str,
    values: impl IntoIterator<Item = (&'v str, f64)>,
) -> Vec<(Labels, Value)> {
    values.into_iter().map(|(name, value)| (vec![(label, name.to_owned())], One(value))).collect()
}

pub(super) fn truth(is: bool) -> f64 {
    f64::from(u8::from(is))
}

pub(super) fn gauge(
    name: &'static str,
    help: &'static str,
    samples: impl IntoIterator<Item = (Labels, Value)>,
) -> Seen {
    Seen { name, help, kind: MetricType::Gauge, samples: samples.into_iter().collect() }
}

/// The only one of its family, if it is known.
pub(super) fn one(value: impl Into<Option<f64>>) -> Option<(Labels, Value)> {
    value.into().map(|value| (Labels::new(), One(value)))
}

pub(super) fn count(number: usize) -> f64 {
    float(u64::try_from(number).unwrap_or(u64::MAX))
}

#[expect(clippy::cast_precision_loss, reason = "a number beyond 2^53 needs no last digit")]
pub(super) fn float(number: u64) -> f64 {
    number as f64
}

pub(super) fn seconds(time: Time) -> f64 {
    float(time.millis()) / 1_000.0
}
