//! Feeds a function with inputs that are almost right.

use std::time::{Duration, Instant};

/// Inputs where nobody says how long.
const INPUTS: u32 = 2_000;
/// Longer ones find nothing that shorter ones do not.
const INPUT_BYTES: usize = 64 * 1024;
/// What parsers care about.
const ODD: [&[u8]; 14] = [
    b"\"",
    b"\\",
    b"\\ud800",
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b"null",
    b"-1",
    b"1e999",
    b"18446744073709551616",
    b"\xff",
];

/// Calls `target` with inputs that are made of those in `corpus` by a few small changes each: 2,000 of them, or
/// for as many seconds as the variable `FUZZ_SECONDS` says. They are the same ones every time. One that makes
/// the target panic is printed.
///
/// # Panics
/// When the target does.
pub fn fuzz(corpus: &[Vec<u8>], mut target: impl FnMut(&[u8])) {
    let seconds = std::env::var("FUZZ_SECONDS").ok().and_then(|seconds| seconds.parse().ok());
    let until = seconds.map(|seconds| Instant::now() + Duration::from_secs(seconds));
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let mut inputs = 0_u64;
    while until.map_or(inputs < INPUTS.into(), |until| Instant::now() < until) {
        let input = Input(changed(corpus, &mut dice));
        target(&input.0);
        inputs += 1;
    }
    if until.is_some() {
        eprintln!("{inputs} inputs");
    }
}

/// Says what it is when the target panics on it.
struct Input(Vec<u8>);

impl Drop for Input {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the input: {:?}", String::from_utf8_lossy(&self.0));
        }
    }
}

fn changed(corpus: &[Vec<u8>], dice: &mut Dice) -> Vec<u8> {
    let mut input = dice.one_of(corpus).cloned().unwrap_or_default();
    for _ in 0..=dice.below(6) {
        let at = dice.below(input.len() + 1);
        let end = (at + dice.below(24)).min(input.len());
        match dice.below(6) {
            0 if at < input.len() => input[at] ^= 1 << dice.below(8),
            1 => _ = input.drain(at..end),
            2 => input
                .splice(at..at, dice.one_of(&ODD).into_iter().flat_map(|odd| odd.iter().copied()))
                .for_each(drop),
            3 => input
                .splice(at..end, dice.one_of(&ODD).into_iter().flat_map(|odd| odd.iter().copied()))
                .for_each(drop),
            4 => {
                let piece = input[at..end].to_vec();
                let to = dice.below(input.len() + 1);
                input.splice(to..to, piece).for_each(drop);
            }
            _ => {
                let other = dice.one_of(corpus).map(Vec::as_slice).unwrap_or_default();
                let from = dice.below(other.len() + 1);
                input
                    .splice(at..end, other[from..(from + 64).min(other.len())].iter().copied())
                    .for_each(drop);
            }
        }
    }
    input.truncate(INPUT_BYTES);
    input
}

/// Numbers that look like chance and are always the same (xorshift64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        let end = u64::try_from(end.max(1)).unwrap_or(u64::MAX);
        usize::try_from((self.0 >> 11) % end).unwrap_or_default()
    }

    fn one_of<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        items.get(self.below(items.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inputs_are_many_different_and_the_same_every_time() {
        let corpus = [br#"{"a": 1}"#.to_vec(), b"[true]".to_vec()];
        let collected = || {
            let mut dice = Dice(1);
            (0..200).map(|_| changed(&corpus, &mut dice)).collect::<Vec<_>>()
        };
        let first = collected();
        assert_eq!(first, collected());
        let mut distinct = first.clone();
        distinct.sort();
        distinct.dedup();
        assert!(distinct.len() > 150, "{}", distinct.len());
        assert!(first.iter().any(|input| serde_json::from_slice::<serde_json::Value>(input).is_ok()));
    }
}
