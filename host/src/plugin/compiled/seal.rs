//! Tells code that this host has compiled from bytes that anybody may have written.

use std::io;
use std::path::Path;
use std::sync::Arc;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::key_file;

/// In the data folder, beside the folder of the entries, so that who copies one has not copied both.
const KEY_FILE: &str = "compiled.key";

/// What a seal is for, so that it is never one of another kind or format.
const PURPOSE: &[u8] = b"hookhost compiled plugin 1\0";

const SEAL_BYTES: usize = 32;

/// The key of one data folder.
#[derive(Clone)]
pub(super) struct Seals(Arc<str>);

/// Bytes that were written by a host with the same key, for this very entry; only a seal makes them.
pub(super) struct Authentic<'b>(&'b [u8]);

impl Seals {
    /// With a key that is made where there is none.
    pub(super) fn open(data: &Path) -> io::Result<Self> {
        Ok(Self(key_file::open(data, KEY_FILE)?.into()))
    }

    /// `None` where there is no key.
    pub(super) fn existing(data: &Path) -> io::Result<Option<Self>> {
        Ok(key_file::existing(data, KEY_FILE)?.map(|key| Self(key.into())))
    }

    /// What is written: the seal, then the bytes.
    pub(super) fn seal(&self, entry: &str, code: &[u8]) -> Vec<u8> {
        [&self.mac(entry, code).finalize().into_bytes()[..], code].concat()
    }

    /// The bytes below a seal, if they are what was sealed for this entry.
    pub(super) fn check<'b>(&self, entry: &str, sealed: &'b [u8]) -> Option<Authentic<'b>> {
        let (seal, code) = sealed.split_at_checked(SEAL_BYTES)?;
        self.mac(entry, code).verify_slice(seal).ok()?;
        Some(Authentic(code))
    }

    fn mac(&self, entry: &str, code: &[u8]) -> Hmac<Sha256> {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(self.0.as_bytes()).expect("HMAC takes keys of every length");
        for part in [PURPOSE, entry.as_bytes(), b"\0", code] {
            mac.update(part);
        }
        mac
    }
}

impl Authentic<'_> {
    pub(super) fn bytes(&self) -> &[u8] {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seal_holds_for_its_bytes_its_entry_and_its_key() {
        let (folder, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let seals = Seals::open(folder.path()).unwrap();
        let sealed = seals.seal("one", b"code");
        assert_eq!(seals.check("one", &sealed).unwrap().bytes(), b"code");
        let reopened = Seals::existing(folder.path()).unwrap().unwrap();
        assert!(reopened.check("one", &sealed).is_some());
        assert!(seals.check("two", &sealed).is_none(), "another entry");
        assert!(Seals::open(other.path()).unwrap().check("one", &sealed).is_none(), "another host");
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(seals.check("one", &changed).is_none(), "byte {at}");
            assert!(seals.check("one", &sealed[..at]).is_none(), "cut off at {at}");
        }
    }
}
