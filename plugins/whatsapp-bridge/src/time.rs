//! Reads times as bridges write them: seconds or milliseconds since 1970, as a number or as its digits, or
//! `2026-09-21T13:46:40Z`.

use serde_json::Value;

/// Seconds beyond this are milliseconds: it is the year 5138, and as milliseconds 1973.
const SECONDS_MAX: u64 = 100_000_000_000;
/// Later dates are no dates.
const YEAR_MAX: i64 = 9_999;

/// Milliseconds since 1970; `None` where it is no time.
pub(crate) fn millis(value: &Value) -> Option<u64> {
    match value {
        Value::Number(number) => number.as_u64().map(scaled).or_else(|| fraction(number.as_f64()?)),
        Value::String(text) => text.parse().ok().map(scaled).or_else(|| rfc3339(text)),
        _ => None,
    }
}

fn scaled(number: u64) -> u64 {
    if number < SECONDS_MAX { number * 1_000 } else { number }
}

/// Seconds with a fraction, as Python writes them.
fn fraction(seconds: f64) -> Option<u64> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is checked to be in range"
    )]
    (0.0..SECONDS_MAX as f64).contains(&seconds).then_some((seconds * 1_000.0) as u64)
}

/// `2026-09-21T13:46:40.5+02:00`; without an offset it is UTC.
fn rfc3339(text: &str) -> Option<u64> {
    let (date, time) = text.split_once(['T', 't', ' '])?;
    let mut date = date.splitn(3, '-').map(|part| part.parse::<i64>().ok());
    let (year, month, day) = (date.next()??, date.next()??, date.next()??);
    let (clock, offset_minutes) = match time.find(['Z', 'z', '+', '-']) {
        Some(at) => (&time[..at], offset_minutes(&time[at..])?),
        None => (time, 0),
    };
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, ""));
    let mut clock = clock.splitn(3, ':').map(|part| part.parse::<i64>().ok());
    let (hour, minute, second) = (clock.next()??, clock.next()??, clock.next().unwrap_or(Some(0))?);
    let is_date = (1970..=YEAR_MAX).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
    let is_time = (0..24).contains(&hour) && (0..60).contains(&minute) && (0..=60).contains(&second);
    if !is_date || !is_time {
        return None;
    }
    let minutes = (days(year, month, day) * 24 + hour) * 60 + minute - offset_minutes;
    let millis: i64 = format!("{fraction:0<3}").get(..3)?.parse().ok()?;
    u64::try_from((minutes * 60 + second) * 1_000 + millis).ok()
}

fn offset_minutes(text: &str) -> Option<i64> {
    let sign = match text.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return Some(0),
    };
    let digits: String = text[1..].chars().filter(|c| *c != ':').collect();
    let digits = if digits.len() == 2 { digits + "00" } else { digits };
    let number: i64 = digits.parse().ok().filter(|_| digits.len() == 4)?;
    Some(sign * (number / 100 * 60 + number % 100))
}

/// Days since 1970, counted in years that begin in March, so that a leap day is the last one.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    year * 365 + year / 4 - year / 100 + year / 400 + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_time_is_read_in_every_way_of_writing_it() {
        for (value, expected) in [
            (json!(1_790_000_000), Some(1_790_000_000_000)),
            (json!("1790000000"), Some(1_790_000_000_000)),
            (json!(1_790_000_000_500_u64), Some(1_790_000_000_500)),
            (json!(1_790_000_000.5), Some(1_790_000_000_500)),
            (json!("2026-09-21T13:33:20Z"), Some(1_789_997_600_000)),
            (json!("2026-09-21T15:33:20.5+02:00"), Some(1_789_997_600_500)),
            (json!("2026-09-21 13:33:20.123456"), Some(1_789_997_600_123)),
            (json!("2026-09-21T13:33"), Some(1_789_997_580_000)),
            (json!("1970-01-01T00:00:00Z"), Some(0)),
            (json!("2000-02-29T23:59:59-0030"), Some(951_870_599_000)),
            (json!("1970-01-01T00:00:00+01"), None),
            (json!("2026-13-01T00:00:00Z"), None),
            (json!("2026-09-21T25:00:00Z"), None),
            (json!("2026-09-21"), None),
            (json!("soon"), None),
            (json!(-1), None),
            (json!(null), None),
        ] {
            assert_eq!(millis(&value), expected, "{value}");
        }
    }

    proptest! {
        #[test]
        fn nothing_panics(text in ".{0,30}", near in "[0-9TZ:.+ -]{0,30}", number: f64) {
            let _ = (millis(&json!(text)), millis(&json!(near)), millis(&json!(number)));
        }
    }
}
