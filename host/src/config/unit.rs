//! Durations and sizes as people write them: one whole number and a unit.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::error::Wrong;

const DURATIONS: [(&str, u64); 5] =
    [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];
const SIZES: [(&str, u64); 4] = [("B", 1), ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30)];

/// Reads `250ms`, `30s`, `5m`, `1h` or `8d`.
///
/// # Errors
/// When it is written otherwise or is out of range; the hint says what to write.
pub fn duration(text: &str, range: RangeInclusive<Duration>) -> Result<Duration, Wrong> {
    let duration = Duration::from_millis(scaled(text, &DURATIONS, "duration", "30s, 5m, 1h or 8d")?);
    if range.contains(&duration) {
        return Ok(duration);
    }
    let shown =
        |duration: &Duration| written(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX), &DURATIONS);
    Err(out_of_range(text, &shown(range.start()), &shown(range.end())))
}

/// Reads `512B`, `64KiB`, `3MiB` or `1GiB`, as bytes.
///
/// # Errors
/// When it is written otherwise or is out of range; the hint says what to write.
pub fn size(text: &str, range: RangeInclusive<u64>) -> Result<u64, Wrong> {
    let size = scaled(text, &SIZES, "size", "64KiB, 3MiB or 1GiB")?;
    if range.contains(&size) {
        return Ok(size);
    }
    Err(out_of_range(text, &written(*range.start(), &SIZES), &written(*range.end(), &SIZES)))
}

fn scaled(text: &str, units: &[(&str, u64)], noun: &str, examples: &str) -> Result<u64, Wrong> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let factor = units.iter().find(|(name, _)| *name == unit.trim_start()).map(|(_, factor)| *factor);
    let value =
        number.parse::<u64>().ok().zip(factor).and_then(|(number, factor)| number.checked_mul(factor));
    value.ok_or_else(|| {
        let hint = format!("write one whole number and a unit, such as {examples}");
        Wrong::new(format!("{text:?} is not a {noun}"), hint)
    })
}

/// The value in the largest unit that leaves no fraction.
fn written(value: u64, units: &[(&str, u64)]) -> String {
    let fits = |(_, factor): &&(&str, u64)| value.is_multiple_of(*factor);
    let (name, factor) = if value == 0 { units.first() } else { units.iter().rfind(fits) }
        .copied()
        .expect("the first unit has the factor 1");
    format!("{}{name}", value / factor)
}

fn out_of_range(text: &str, least: &str, most: &str) -> Wrong {
    Wrong::new(format!("{text:?} is out of range"), format!("write {least} to {most}"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_duration(text: &str) -> Option<u128> {
        duration(text, Duration::ZERO..=Duration::MAX).ok().map(|duration| duration.as_millis())
    }

    #[test]
    fn a_duration_is_one_number_and_a_unit() {
        for (text, millis) in [
            ("0s", Some(0)),
            ("250ms", Some(250)),
            ("30s", Some(30_000)),
            ("30 s", Some(30_000)),
            ("5m", Some(300_000)),
            ("1h", Some(3_600_000)),
            ("8d", Some(691_200_000)),
            ("", None),
            ("30", None),
            ("s", None),
            ("1h30m", None),
            ("1.5h", None),
            ("-1s", None),
            ("30S", None),
            ("30sec", None),
            ("99999999999999999999s", None),
            ("18446744073709551615d", None),
        ] {
            assert_eq!(any_duration(text), millis, "{text}");
        }
    }

    #[test]
    fn a_size_is_one_number_and_a_unit() {
        for (text, bytes) in [
            ("0B", Some(0)),
            ("512B", Some(512)),
            ("64KiB", Some(65_536)),
            ("3MiB", Some(3_145_728)),
            ("1GiB", Some(1_073_741_824)),
            ("3MB", None),
            ("3mib", None),
            ("3", None),
            ("", None),
        ] {
            assert_eq!(size(text, 0..=u64::MAX).ok(), bytes, "{text}");
        }
    }

    #[test]
    fn what_is_out_of_range_names_the_range() {
        let wrong = duration("2h", Duration::from_secs(1)..=Duration::from_secs(3600)).unwrap_err();
        assert_eq!((&*wrong.what, &*wrong.hint), ("\"2h\" is out of range", "write 1s to 1h"));
        let wrong = size("2GiB", 0..=1536 * 1024).unwrap_err();
        assert_eq!((&*wrong.what, &*wrong.hint), ("\"2GiB\" is out of range", "write 0B to 1536KiB"));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,12}") {
            let _ = any_duration(&text);
            let _ = size(&text, 0..=u64::MAX);
        }

        #[test]
        fn what_is_written_is_read_back(value in 0..u64::MAX / 2) {
            prop_assert_eq!(any_duration(&written(value, &DURATIONS)), Some(u128::from(value)));
            prop_assert_eq!(size(&written(value, &SIZES), 0..=u64::MAX).ok(), Some(value));
        }
    }
}
