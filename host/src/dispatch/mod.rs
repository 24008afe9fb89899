//! From a queued event to its outcome: lanes and workers, one attempt after the other.

pub mod completions;
pub mod judge;
pub mod lanes;
pub mod runs;
pub mod workers;

/// A random number in `0.0..1.0`, for spreading retries.
pub(crate) fn jitter() -> f64 {
    let mut bytes = [0; 4];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    f64::from(u32::from_be_bytes(bytes)) / (f64::from(u32::MAX) + 1.0)
}
