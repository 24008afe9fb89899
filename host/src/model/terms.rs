//! On which terms a plugin runs: what an operator may change of its sandbox.

use std::time::Duration;

use super::bounds;

/// What a provider's plugin may take and import.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Terms {
    /// What each call may take.
    pub limits: Limits,
    /// Whether it may import the rest of WASI, of which nothing works: some toolchains import it whatever the
    /// program does.
    pub is_compat: bool,
}

/// What one call of a plugin may take. The rest of what bounds it is the same for all, in [`bounds`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Limits {
    /// Bytes of all its memories together.
    pub memory: usize,
    /// Processor time of `receive`, `begin` or `resume`.
    pub call_time: Duration,
    /// Bytes that it may hand over at once.
    pub output: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory: bounds::PLUGIN_MEMORY_BYTES,
            call_time: bounds::PLUGIN_CALL_TIME,
            output: bounds::PLUGIN_OUTPUT_BYTES,
        }
    }
}

impl Limits {
    /// The time of a call in whole ticks of [`bounds::PLUGIN_TICK`].
    pub fn call_ticks(&self) -> u64 {
        let ticks = self.call_time.as_nanos().div_ceil(bounds::PLUGIN_TICK.as_nanos());
        u64::try_from(ticks).unwrap_or(u64::MAX)
    }

    /// That of `prove`, a tenth: it runs on bytes that nobody has verified, and a sender must not buy more of it
    /// with a forged request than a genuine one of a thousand items takes.
    pub fn prove_ticks(&self) -> u64 {
        self.call_ticks().div_ceil(10)
    }

    /// That of `describe`, which runs once and may initialise a language runtime.
    pub fn describe_ticks(&self) -> u64 {
        self.call_ticks().max(bounds::PLUGIN_DESCRIBE_TICKS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_counted_in_whole_ticks() {
        for (millis, call, prove, describe) in
            [(10, 2, 1, 200), (11, 3, 1, 200), (200, 40, 4, 200), (5_000, 1_000, 100, 1_000)]
        {
            let limits = Limits { call_time: Duration::from_millis(millis), ..Limits::default() };
            let ticks = (limits.call_ticks(), limits.prove_ticks(), limits.describe_ticks());
            assert_eq!(ticks, (call, prove, describe), "{millis} ms");
        }
        assert_eq!(Limits::default().call_time, Duration::from_millis(200));
    }
}
