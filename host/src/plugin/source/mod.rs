//! Where plugins come from: the binary itself and the plugins folder.

mod change;
mod folder;
mod shipped;

use std::io;
use std::path::{Path, PathBuf};

pub use self::change::{Fingerprint, fingerprint};
use crate::model::bounds;
use crate::model::name::{NameError, ProviderName};

/// Where a plugin's bytes are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// In this binary.
    Shipped,
    /// In this file.
    Folder(PathBuf),
}

/// A plugin that could be loaded; nothing of it has been read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The plugin's name: the file's, without `.wasm`.
    pub name: ProviderName,
    /// Where it is.
    pub origin: Origin,
}

/// Something in the plugins folder that is no plugin, or the folder itself.
#[derive(Debug)]
pub struct BadFile {
    /// Where it is.
    pub path: PathBuf,
    /// What is wrong with it.
    pub error: ReadError,
}

/// Why a file is not read as a plugin.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Another name helps.
    #[error("a plugin's file is called after it: {0}")]
    Name(#[source] NameError),
    /// The file itself must stand there: what a link points to can change, a pipe never ends.
    #[error("it is {0}, not a regular file; copy the plugin itself there")]
    Irregular(&'static str),
    /// More than [`bounds::PLUGIN_FILE_BYTES`].
    #[error("it is larger than the {} bytes that a plugin may have", bounds::PLUGIN_FILE_BYTES)]
    TooLarge,
    /// It is gone, or this process may not read it.
    #[error("it cannot be read: {0}")]
    Io(#[source] io::Error),
    /// This binary was built without it.
    #[error("no plugin of this name is built in")]
    NotShipped,
}

/// All plugins there are, in order of their names. One in the folder stands in for a shipped one of the
/// same name. What is unusable is told, and hinders nothing; files that do not end in `.wasm` are left alone.
pub fn discover(folder: Option<&Path>) -> (Vec<Found>, Vec<BadFile>) {
    let (mut found, bad) = folder.map(folder::list).unwrap_or_default();
    for name in shipped::names() {
        if !found.iter().any(|other| other.name == name) {
            found.push(Found { name, origin: Origin::Shipped });
        }
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    (found, bad)
}

/// A plugin's bytes, read once: what is hashed, checked and compiled must be the same.
///
/// # Errors
/// When the file has changed into something that [`discover`] would not have listed, or cannot be read.
pub fn read(found: &Found) -> Result<Vec<u8>, ReadError> {
    match &found.origin {
        Origin::Shipped => shipped::bytes(&found.name).map(<[u8]>::to_vec).ok_or(ReadError::NotShipped),
        Origin::Folder(path) => folder::read(path),
    }
}
