//! Decides whether a request was signed recently enough.

use jiff::Timestamp as Instant;

use crate::model::recipe::{TimeFormat, Timestamp};
use crate::model::time::Time;

use super::locate::{Values, place};
use super::refusal::Refusal;

/// Whether a request's timestamp is within its tolerance, in both directions.
pub(super) fn check(rule: &Timestamp, values: Values<'_>, now: Time) -> Result<(), Refusal> {
    let signed = values
        .get(&rule.at)?
        .and_then(|text| read(rule.format, &text))
        .ok_or_else(|| Refusal::TimestampUnreadable { at: place(&rule.at), form: name(rule.format) })?;
    let off_ms = i128::from(signed.millis()) - i128::from(now.millis());
    if off_ms.unsigned_abs() <= u128::from(rule.tolerance_s) * 1_000 {
        return Ok(());
    }
    let off_s = (off_ms.abs() + 999) / 1_000 * off_ms.signum();
    Err(Refusal::Stale { off_s: i64::try_from(off_s).unwrap_or(i64::MAX), tolerance_s: rule.tolerance_s })
}

/// A timestamp as a sender would write it.
pub(super) fn write(format: TimeFormat, time: Time) -> String {
    match format {
        TimeFormat::UnixS => (time.millis() / 1_000).to_string(),
        TimeFormat::UnixMs => time.millis().to_string(),
        TimeFormat::Rfc3339 => {
            let millis = i64::try_from(time.millis()).unwrap_or(i64::MAX);
            Instant::from_millisecond(millis).unwrap_or(Instant::MAX).to_string()
        }
    }
}

fn read(format: TimeFormat, text: &str) -> Option<Time> {
    match format {
        TimeFormat::UnixS => digits(text)?.checked_mul(1_000).map(Time),
        TimeFormat::UnixMs => digits(text).map(Time),
        TimeFormat::Rfc3339 => {
            let instant: Instant = text.parse().ok()?;
            u64::try_from(instant.as_millisecond()).ok().map(Time)
        }
    }
}

/// A number without sign, space or fraction; `parse` alone would take `+1`.
fn digits(text: &str) -> Option<u64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

fn name(format: TimeFormat) -> &'static str {
    match format {
        TimeFormat::UnixS => "seconds since 1970",
        TimeFormat::UnixMs => "milliseconds since 1970",
        TimeFormat::Rfc3339 => "RFC 3339",
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn timestamps_are_read_in_the_declared_form_only() {
        use TimeFormat::{Rfc3339, UnixMs, UnixS};
        for (format, text, expected) in [
            (UnixS, "1531420618", Some(1_531_420_618_000)),
            (UnixS, "+1531420618", None),
            (UnixS, "-1", None),
            (UnixS, " 1", None),
            (UnixS, "1.5", None),
            (UnixS, "", None),
            (UnixS, "99999999999999999999", None),
            (UnixS, "18446744073709551615", None),
            (UnixMs, "1531420618123", Some(1_531_420_618_123)),
            (Rfc3339, "2022-03-29T16:50:36.182123456Z", Some(1_648_572_636_182)),
            (Rfc3339, "2020-01-01T00:00:00-07:00", Some(1_577_862_000_000)),
            (Rfc3339, "2020-01-01T00:00:00", None),
            (Rfc3339, "yesterday", None),
        ] {
            assert_eq!(read(format, text), expected.map(Time), "{format:?} {text:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(millis in 0_u64..253_402_000_000_000, text in ".{0,30}") {
            for (format, unit) in
                [(TimeFormat::UnixS, 1_000), (TimeFormat::UnixMs, 1), (TimeFormat::Rfc3339, 1)]
            {
                let expected = Some(Time(millis / unit * unit));
                prop_assert_eq!(read(format, &write(format, Time(millis))), expected);
                // Any other text is read or refused, without a panic.
                let _ = read(format, &text);
            }
        }
    }
}
