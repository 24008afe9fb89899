//! Ids that the host gives out.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::time::Time;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Uuid);

        impl $name {
            /// A new one; later ones sort after earlier ones.
            #[expect(clippy::new_without_default, reason = "every call gives another value")]
            pub fn new() -> Self {
                Self(Uuid::now_v7())
            }

            /// The 16 bytes it is stored under.
            pub fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }

            /// When it was given out.
            pub fn given_at(&self) -> Time {
                let [a, b, c, d, e, f, ..] = *self.as_bytes();
                Time(u64::from_be_bytes([0, 0, a, b, c, d, e, f]))
            }

            /// Reads what [`Self::as_bytes`] gave; `None` when it is not 16 bytes long.
            pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
                Uuid::from_slice(bytes).ok().map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.simple().fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = BadId;

            fn from_str(text: &str) -> Result<Self, BadId> {
                Uuid::try_parse(text).map(Self).map_err(|_| BadId)
            }
        }

        impl TryFrom<String> for $name {
            type Error = BadId;

            fn try_from(text: String) -> Result<Self, BadId> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.to_string()
            }
        }
    };
}

id! {
    /// One request of a sender, from admission on.
    DeliveryId
}
id! {
    /// One event and its run, from admission on. It is the `Idempotency-Key` of every attempt.
    ExecutionId
}
id! {
    /// One reply that is owed. Given to the provider where it gives it back with statuses.
    OutgoingId
}

id! {
    /// One opening of a store. What is claimed in it is void once the store was opened anew.
    OpeningId
}

/// A text that is no id: 32 hexadecimal digits are one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an id: 32 hexadecimal digits are expected")]
pub struct BadId;

/// 128 random bits as 32 hexadecimal digits, for capability links and generated secrets.
pub fn random_token() -> String {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    hex::encode(bytes)
}

/// The smallest key of an id that is given out at this time.
pub fn first_given_at(at: Time) -> [u8; 16] {
    let mut key = [0; 16];
    // 48 bits of milliseconds last until the year 10889.
    key[..6].copy_from_slice(&at.millis().min((1 << 48) - 1).to_be_bytes()[2..]);
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_knows_when_it_was_given_out() {
        let before = Time::now();
        let id = ExecutionId::new();
        let after = Time::now();
        assert!((before..=after).contains(&id.given_at()), "{:?}", id.given_at());
        assert!(first_given_at(before) <= *id.as_bytes());
        assert!(first_given_at(Time(after.millis() + 1)) > *id.as_bytes());
        assert_eq!(first_given_at(Time(u64::MAX))[..6], [0xff; 6]);
    }
}
