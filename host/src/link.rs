//! Links to attachments: whoever has one may fetch that one file, for an hour.
//!
//! A link names the event and the attachment and is signed with a key that never leaves the data folder, so
//! nothing has to be remembered of the links that were given out.

use std::io;
use std::path::Path;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::key_file;
use crate::model::bounds;
use crate::model::id::ExecutionId;
use crate::model::time::Time;

/// In the data folder, for its user alone.
const KEY_FILE: &str = "media.key";

/// 128 bits, which nobody guesses within the hour.
const MAC_BYTES: usize = 16;

/// Event (16), attachment (2), end (8).
const CLAIM_BYTES: usize = 26;

/// An attachment of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Attached {
    /// The event's execution.
    pub execution: ExecutionId,
    /// Its place among the attachments, from 0.
    pub number: u16,
}

/// Makes links and reads them. Clones share the key.
#[derive(Clone)]
pub struct Links {
    key: Arc<str>,
    base: Arc<str>,
}

impl Links {
    /// With the key of this data folder, which is made where there is none. Links begin with `base`, an
    /// address without a `/` at its end.
    ///
    /// # Errors
    /// The folder cannot be read or written.
    pub fn open(folder: &Path, base: &str) -> io::Result<Self> {
        // Links of a key that is lost hold no more; there are new ones with every attempt.
        let key = key_file::open(folder, KEY_FILE)?;
        Ok(Self { key: key.into(), base: base.into() })
    }

    /// The address of an attachment, good for [`bounds::MEDIA_LINK`].
    pub fn to(&self, attached: Attached, now: Time) -> String {
        let Attached { execution, number } = attached;
        let end = now.plus(bounds::MEDIA_LINK).millis();
        let claim = [&execution.as_bytes()[..], &number.to_be_bytes(), &end.to_be_bytes()].concat();
        let mac = self.mac(&claim).finalize().into_bytes();
        let token = URL_SAFE_NO_PAD.encode([&claim[..], &mac[..MAC_BYTES]].concat());
        format!("{}/media/{token}", self.base)
    }

    /// What the token of a link stands for; `None` when it is none of ours, or no longer holds.
    pub fn read(&self, token: &str, now: Time) -> Option<Attached> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (claim, mac) = bytes.split_at_checked(CLAIM_BYTES).filter(|(_, mac)| mac.len() == MAC_BYTES)?;
        self.mac(claim).verify_truncated_left(mac).ok()?;
        let (execution, rest) = claim.split_first_chunk::<16>()?;
        let (number, end) = rest.split_first_chunk()?;
        let end = Time(u64::from_be_bytes(end.try_into().ok()?));
        let attached =
            Attached { execution: ExecutionId::from_bytes(execution)?, number: u16::from_be_bytes(*number) };
        (now <= end).then_some(attached)
    }

    fn mac(&self, claim: &[u8]) -> Hmac<Sha256> {
        let key = self.key.as_bytes();
        let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of every length");
        mac.update(claim);
        mac
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;

    const NOW: Time = Time(1_790_000_000_000);

    fn token(link: &str) -> &str {
        link.strip_prefix("https://hooks.example.com/media/").unwrap()
    }

    fn links() -> (tempfile::TempDir, Links) {
        let folder = tempfile::tempdir().unwrap();
        let links = Links::open(folder.path(), "https://hooks.example.com").unwrap();
        (folder, links)
    }

    #[test]
    fn a_link_holds_for_an_hour_and_after_a_start() {
        let (folder, links) = links();
        let attached = Attached { execution: ExecutionId::new(), number: 3 };
        let link = links.to(attached, NOW);
        let reopened = Links::open(folder.path(), "").unwrap();
        let hour = bounds::MEDIA_LINK;
        for (later, expected) in [
            (Duration::ZERO, Some(attached)),
            (hour, Some(attached)),
            (hour + Duration::from_millis(1), None),
        ] {
            assert_eq!(reopened.read(token(&link), NOW.plus(later)), expected, "{later:?}");
        }
    }

    #[test]
    fn each_folder_has_a_key_of_its_own() {
        let (folder, mine) = links();
        let (_other_folder, others) = links();
        let link = mine.to(Attached { execution: ExecutionId::new(), number: 0 }, NOW);
        assert_eq!(others.read(token(&link), NOW), None);
        std::fs::write(folder.path().join(KEY_FILE), "cut o").unwrap();
        assert_eq!(Links::open(folder.path(), "").unwrap().read(token(&link), NOW), None);
    }

    proptest! {
        #[test]
        fn what_was_changed_in_one_place_opens_nothing(at in 0_usize..56, other in "[A-Za-z0-9_-]") {
            let (_folder, links) = links();
            let link = links.to(Attached { execution: ExecutionId::new(), number: 1 }, NOW);
            let whole = token(&link);
            let changed = format!("{}{other}{}", &whole[..at], &whole[at + 1..]);
            prop_assume!(changed != whole);
            prop_assert_eq!(links.read(&changed, NOW), None);
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,80}") {
            let (_folder, links) = links();
            prop_assert_eq!(links.read(&text, NOW), None);
        }
    }
}
