//! `admin.json` in the data folder: where the admin listener is and what opens it, for commands of the same
//! user.

use std::fs;
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::token::Token;

const NAME: &str = "admin.json";

/// How to reach the admin listener of a running host.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AdminFile {
    /// Where it listens.
    pub address: SocketAddr,
    /// What opens it.
    pub token: Token,
}

/// A file that stands as long as this lives.
#[derive(Debug)]
pub struct Published {
    path: PathBuf,
}

impl AdminFile {
    /// Writes it into the data folder, in the place of one that a crash left. Only this user can read it,
    /// and nobody ever sees half of it.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn publish(&self, folder: &Path) -> io::Result<Published> {
        let path = folder.join(NAME);
        // Made with mode 0600, so that there is no moment at which others may read it.
        let mut file = tempfile::Builder::new().prefix(NAME).tempfile_in(folder)?;
        serde_json::to_writer(&mut file, self)?;
        file.flush()?;
        file.persist(&path)?;
        Ok(Published { path })
    }

    /// Reads it; `None` where no host runs, or none that was stopped properly.
    ///
    /// # Errors
    /// It cannot be read, mostly because it is another user's.
    pub fn read(folder: &Path) -> io::Result<Option<Self>> {
        match fs::read(folder.join(NAME)) {
            Ok(bytes) => Ok(Some(serde_json::from_slice(&bytes)?)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl Drop for Published {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_file(&self.path) {
            tracing::warn!(path = %self.path.display(), %error, "could not be removed");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn it_is_for_its_user_alone_and_goes_with_the_host() {
        let folder = tempfile::tempdir().unwrap();
        let file = AdminFile { address: "127.0.0.1:7863".parse().unwrap(), token: Token::generate() };
        // What a crash left is replaced, whatever its mode.
        fs::write(folder.path().join(NAME), "{").unwrap();
        let published = file.publish(folder.path()).unwrap();
        let mode = fs::metadata(folder.path().join(NAME)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let read = AdminFile::read(folder.path()).unwrap().unwrap();
        assert_eq!(read.address, file.address);
        assert!(read.token.is_shown_by(&file.token.authorization()));
        drop(published);
        assert!(AdminFile::read(folder.path()).unwrap().is_none());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
