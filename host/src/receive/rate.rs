//! How often something is done for one provider.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::model::bounds;
use crate::model::name::ProviderName;
use crate::model::time::Time;

/// Counts for each provider by itself, so that nobody is slowed down by what is sent to another.
pub(super) struct Rate {
    most: u32,
    /// When the current window began, and what was counted since; one for each configured provider.
    windows: Mutex<BTreeMap<ProviderName, (Time, u32)>>,
}

impl Rate {
    /// At most so many in [`bounds::RATE_WINDOW`].
    pub(super) fn new(most: u32) -> Self {
        Self { most, windows: Mutex::default() }
    }

    /// Counts one more for this provider; `false`: there were too many already.
    pub(super) fn admits(&self, provider: &ProviderName, now: Time) -> bool {
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        let (began, count) = windows.entry(provider.clone()).or_insert((now, 0));
        // A clock that was set back begins a window too.
        if now < *began || now.since(*began) >= bounds::RATE_WINDOW {
            (*began, *count) = (now, 0);
        }
        *count = count.saturating_add(1);
        *count <= self.most
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_provider_s_flood_ends_with_its_window_and_is_no_other_s() {
        let rate = Rate::new(2);
        let [a, b] = ["a", "b"].map(|name| name.parse().unwrap());
        let window = u64::try_from(bounds::RATE_WINDOW.as_millis()).unwrap();
        for (provider, now, expected) in [
            (&a, 1_000, true),
            (&a, 1_000, true),
            (&a, 1_001, false),
            (&b, 1_001, true),
            (&a, 1_000 + window, true),
            (&a, 500, true),
        ] {
            assert_eq!(rate.admits(provider, Time(now)), expected, "{provider} {now}");
        }
    }
}
