//! Instants, in milliseconds since 1970.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A point in time with millisecond precision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Time(pub u64);

impl Time {
    /// Reads the system's clock. Only the edges call this; decisions get the time handed in.
    pub fn now() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }

    /// Milliseconds since 1970.
    pub fn millis(self) -> u64 {
        self.0
    }

    /// That much later; the far end of time when it does not fit.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)))
    }

    /// That much earlier; 1970 when it does not fit.
    #[must_use]
    pub fn minus(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)))
    }

    /// How long ago `earlier` was; zero when it is later.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }

    /// Reads a time of RFC 3339, or a date, which is its beginning in UTC; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let instant: Timestamp = text.parse().or_else(|_| format!("{text}T00:00:00Z").parse()).ok()?;
        u64::try_from(instant.as_millisecond()).ok().map(Self)
    }

    /// For people: RFC 3339 in UTC, to the second.
    pub fn shown(self) -> String {
        let at = i64::try_from(self.0).ok().and_then(|millis| Timestamp::from_millisecond(millis).ok());
        at.map_or_else(|| "never".into(), |at| at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
    }

    /// The day since 1970, in UTC.
    pub fn day(self) -> u32 {
        u32::try_from(self.0 / 86_400_000).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_with_and_without_its_hours() {
        for (text, expected) in [
            ("2027-01-31", Some(1_801_353_600_000)),
            ("2027-01-31T12:00:00Z", Some(1_801_396_800_000)),
            ("2027-01-31T12:00:00+02:00", Some(1_801_389_600_000)),
            ("2027-01-31T12:00:00", None),
            ("2027-02-31", None),
            ("31.1.2027", None),
            ("", None),
        ] {
            assert_eq!(Time::parse(text), expected.map(Time), "{text}");
        }
    }
}
