//! Keys that this host makes for itself and keeps in its data folder, for its user alone.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;

use rustix::fs::OFlags;
use rustix::process::geteuid;

use crate::model::id::random_token;

/// How many characters a key has: 256 random bits in hexadecimal.
const CHARS: usize = 64;

/// The key of this name in this folder, which is made where there is none.
///
/// A file that was cut off, or that another user can read or has made, holds no secret: it gives way to a new key,
/// and what was signed with the old one holds no more.
///
/// # Errors
/// The folder cannot be read or written.
pub fn open(folder: &Path, name: &str) -> io::Result<String> {
    match existing(folder, name)? {
        Some(key) => Ok(key),
        None => make(folder, name),
    }
}

/// The same, for whoever must not write: `None` where [`open`] would make a key.
///
/// # Errors
/// The file cannot be read.
pub fn existing(folder: &Path, name: &str) -> io::Result<Option<String>> {
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed();
    match OpenOptions::new().read(true).custom_flags(flags).open(folder.join(name)) {
        Ok(file) => read(&file),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        // A symbolic link: whoever made it knows the key.
        Err(error) if error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error()) => Ok(None),
        Err(error) => Err(error),
    }
}

fn read(file: &File) -> io::Result<Option<String>> {
    let about = file.metadata()?;
    let is_private = about.is_file() && about.uid() == geteuid().as_raw() && about.mode() & 0o077 == 0;
    let mut key = Vec::new();
    file.take(CHARS as u64 + 1).read_to_end(&mut key)?;
    Ok(String::from_utf8(key).ok().filter(|key| is_private && key.len() == CHARS))
}

fn make(folder: &Path, name: &str) -> io::Result<String> {
    let key = format!("{}{}", random_token(), random_token());
    // Made with mode 0600, so that there is no moment at which others may read it.
    let mut file = tempfile::Builder::new().prefix(name).tempfile_in(folder)?;
    file.write_all(key.as_bytes())?;
    file.persist(folder.join(name))?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    #[test]
    fn a_key_stays_the_same_and_is_for_its_user_alone() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(existing(folder.path(), "a.key").unwrap(), None);
        let key = open(folder.path(), "a.key").unwrap();
        assert_eq!(key.len(), CHARS);
        assert_eq!(open(folder.path(), "a.key").unwrap(), key);
        assert_eq!(existing(folder.path(), "a.key").unwrap(), Some(key.clone()));
        assert_ne!(open(folder.path(), "b.key").unwrap(), key);
        assert_eq!(fs::metadata(folder.path().join("a.key")).unwrap().mode() & 0o777, 0o600);
    }

    #[test]
    fn what_others_may_know_is_no_key() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.key");
        let key = "a".repeat(CHARS);
        let private = |text: &str| {
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        };
        let with_mode = |mode| {
            private(&key);
            fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        };
        let read = || existing(folder.path(), "a.key").unwrap();
        private(&key);
        assert_eq!(read(), Some(key.clone()));
        private(&key[1..]);
        assert_eq!(read(), None, "cut off");
        private(&format!("{key}a"));
        assert_eq!(read(), None, "too long");
        for mode in [0o604, 0o640, 0o660, 0o606] {
            with_mode(mode);
            assert_eq!(read(), None, "{mode:o}");
        }
        let made = open(folder.path(), "a.key").unwrap();
        assert_ne!(made, key, "it gave way to a new one");
        fs::rename(&path, folder.path().join("elsewhere")).unwrap();
        symlink("elsewhere", &path).unwrap();
        assert_eq!(read(), None, "a link");
        assert_ne!(open(folder.path(), "a.key").unwrap(), made);
        assert!(!path.is_symlink());
    }
}
