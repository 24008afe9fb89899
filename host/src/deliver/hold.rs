//! Who must not be called for a while: a chat that was written to too fast, or a provider as a whole.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::model::name::ProviderName;
use crate::model::task::Bucket;
use crate::model::time::Time;

/// Holds, shared by all workers. Forgotten at a restart: the provider says it again.
#[derive(Debug, Default)]
pub struct Holds {
    until: Mutex<HashMap<(ProviderName, Bucket), Time>>,
}

/// Entries above which those that are over are swept out.
const SWEEP_AT: usize = 1_024;

impl Holds {
    /// Nobody calls with this bucket before `until`.
    pub fn hold(&self, provider: &ProviderName, bucket: Bucket, until: Time, now: Time) {
        let mut held = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        if held.len() >= SWEEP_AT {
            held.retain(|_, until| *until > now);
        }
        let entry = held.entry((provider.clone(), bucket)).or_insert(until);
        *entry = (*entry).max(until);
    }

    /// Whose buckets are held, each provider as often as it has such buckets.
    pub fn held(&self, now: Time) -> Vec<ProviderName> {
        let held = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        held.iter().filter(|(_, until)| **until > now).map(|((provider, _), _)| provider.clone()).collect()
    }

    /// When a call with these buckets may be made, if not now.
    pub fn held_until(&self, provider: &ProviderName, buckets: &[Bucket], now: Time) -> Option<Time> {
        let held = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        let until = |bucket: &Bucket| held.get(&(provider.clone(), bucket.clone())).copied();
        buckets.iter().filter_map(until).filter(|until| *until > now).max()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hold_counts_for_its_bucket_and_provider_until_it_is_over() {
        let (telegram, other): (ProviderName, ProviderName) =
            ("telegram".parse().unwrap(), "other".parse().unwrap());
        let chat = |key: &str| Bucket { name: "chat".into(), key: key.into() };
        let holds = Holds::default();
        holds.hold(&telegram, chat("1"), Time(50), Time(0));
        holds.hold(&telegram, chat("1"), Time(40), Time(0));
        for (provider, key, now, expected) in [
            (&telegram, "1", 0, Some(Time(50))),
            (&telegram, "1", 49, Some(Time(50))),
            (&telegram, "1", 50, None),
            (&telegram, "2", 0, None),
            (&other, "1", 0, None),
        ] {
            assert_eq!(holds.held_until(provider, &[chat("0"), chat(key)], Time(now)), expected);
        }
        assert_eq!(holds.held(Time(49)), [telegram]);
        assert!(holds.held(Time(50)).is_empty());
    }
}
