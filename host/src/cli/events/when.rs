//! A time as people say it: how long ago, or as it stands in a log.

use std::str::FromStr;
use std::time::Duration;

use jiff::Timestamp;

use crate::config::unit::duration;
use crate::model::bounds;
use crate::model::time::Time;

/// A time as people say it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum When {
    /// Counted from now.
    Ago(Duration),
    /// As it stands in a log.
    At(Time),
}

impl When {
    pub(super) fn at(&self, now: Time) -> Time {
        match self {
            Self::Ago(ago) => now.minus(*ago),
            Self::At(at) => *at,
        }
    }
}

impl FromStr for When {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(at) = text.parse::<Timestamp>() {
            return Ok(Self::At(Time(u64::try_from(at.as_millisecond()).unwrap_or_default())));
        }
        duration(text, Duration::ZERO..=bounds::KEPT_MAX)
            .map(Self::Ago)
            .map_err(|_| "write how long ago (30s, 5m, 1h, 8d) or a time such as 2026-01-31T12:00:00Z".into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_said_from_now_or_as_it_stands_in_a_log() {
        const NOW: Time = Time(1_790_000_000_000);
        for (text, expected) in [
            ("1h", Some(1_789_996_400_000)),
            ("0s", Some(1_790_000_000_000)),
            ("2026-09-21T14:13:20Z", Some(1_790_000_000_000)),
            ("2026-09-21T16:13:20.5+02:00", Some(1_790_000_000_500)),
            ("1960-01-01T00:00:00Z", Some(0)),
            ("yesterday", None),
            ("2026-09-21", None),
            ("-1h", None),
        ] {
            assert_eq!(text.parse::<When>().ok().map(|when| when.at(NOW).millis()), expected, "{text}");
        }
    }
}
