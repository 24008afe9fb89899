//! Reads the header `Retry-After`.

use std::time::{Duration, UNIX_EPOCH};

use crate::model::time::Time;

/// How long is asked to be waited: a number of seconds, or the time until a date (none, if it has
/// passed). `None` when it is neither.
pub(super) fn read(value: &str, now: Time) -> Option<Duration> {
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = httpdate::parse_http_date(value).ok()?;
    let since_1970 = date.duration_since(UNIX_EPOCH).ok()?;
    Some(since_1970.saturating_sub(Duration::from_millis(now.millis())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_and_dates_are_understood() {
        for (value, expected) in [
            ("0", Some(0)),
            ("120", Some(120)),
            ("Thu, 09 Oct 2025 08:55:20 GMT", Some(120)),
            ("Thu, 09 Oct 2025 08:53:19 GMT", Some(0)),
            ("-1", None),
            ("1.5", None),
            ("soon", None),
            ("", None),
        ] {
            let now = Time(1_760_000_000_000);
            assert_eq!(read(value, now), expected.map(Duration::from_secs), "{value}");
        }
    }
}
