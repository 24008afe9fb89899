//! Keeps what was compiled, so that the next start does not compile it again.
//!
//! An entry is machine code, which would run outside of any sandbox. So it is used only with a seal that this host
//! has made, from a folder that belongs to its user alone; whatever else stands there is compiled again.

mod native;
mod seal;

use std::collections::BTreeSet;
use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::hash::{Hash as _, Hasher};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use rustix::process::geteuid;
use sha2::{Digest as _, Sha256};
use tracing::{debug, warn};
use wasmtime::Engine;
use wasmtime::component::Component;

use self::seal::Seals;
use crate::model::bounds;

/// In the data folder.
const FOLDER: &str = "compiled";

/// Compiled plugins in a data folder. Clones share it.
#[derive(Clone)]
pub struct Compiled {
    folder: PathBuf,
    seals: Seals,
}

/// Why an entry is not used.
#[derive(Debug, thiserror::Error)]
enum Unusable {
    #[error("it cannot be read: {0}")]
    Io(#[from] io::Error),
    #[error("it is not a file of this user alone")]
    Foreign,
    #[error("it has {0} bytes; {max} are the most", max = bounds::COMPILED_BYTES)]
    TooLarge(u64),
    #[error("this host has not written it, or not so")]
    Unsealed,
    #[error("the engine does not take it: {0:#}")]
    Stale(wasmtime::Error),
}

impl Compiled {
    /// Those of a data folder that is there; makes what is missing in it.
    ///
    /// # Errors
    /// The folder cannot be written, or what is to hold the entries is another user's.
    pub fn open(data: &Path) -> io::Result<Self> {
        let folder = data.join(FOLDER);
        match DirBuilder::new().mode(0o700).create(&folder) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => own(&folder)?,
        }
        // Others may have written there. What they wrote has no seal.
        fs::set_permissions(&folder, Permissions::from_mode(0o700))?;
        Ok(Self { folder, seals: Seals::open(data)? })
    }

    /// Those that a host keeps in this data folder, for commands that only look; `None` where there are none, or
    /// where another user's host keeps them.
    pub fn existing(data: &Path) -> Option<Self> {
        let folder = data.join(FOLDER);
        own(&folder).ok()?;
        let seals = Seals::existing(data).ok()??;
        Some(Self { folder, seals })
    }

    /// What was compiled of the bytes with this digest by this engine.
    pub(super) fn find(&self, engine: &Engine, digest: &str) -> Option<Component> {
        let entry = entry(engine, digest);
        match self.read(engine, &entry) {
            Ok(component) => Some(component),
            Err(Unusable::Io(error)) if error.kind() == io::ErrorKind::NotFound => None,
            Err(why) => {
                warn!(entry, "a compiled plugin is not used and will be compiled again: {why}");
                None
            }
        }
    }

    fn read(&self, engine: &Engine, entry: &str) -> Result<Component, Unusable> {
        let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed();
        let file = OpenOptions::new().read(true).custom_flags(flags).open(self.folder.join(entry))?;
        let about = file.metadata()?;
        if !about.is_file() || about.uid() != geteuid().as_raw() || about.mode() & 0o022 != 0 {
            return Err(Unusable::Foreign);
        }
        let sealed = bounded(&file, about.len())?;
        let code = self.seals.check(entry, &sealed).ok_or(Unusable::Unsealed)?;
        native::revive(engine, &code).map_err(Unusable::Stale)
    }

    /// Keeps a component that was just compiled of the bytes with this digest. Where that fails, the next start
    /// compiles it again.
    pub(super) fn keep(&self, engine: &Engine, digest: &str, component: &Component) {
        let entry = entry(engine, digest);
        if let Err(error) = self.write(&entry, component) {
            warn!(entry, "a compiled plugin cannot be kept for the next start: {error:#}");
        }
    }

    fn write(&self, entry: &str, component: &Component) -> wasmtime::Result<()> {
        let sealed = self.seals.seal(entry, &component.serialize()?);
        if sealed.len() as u64 > bounds::COMPILED_BYTES {
            debug!(entry, bytes = sealed.len(), "a compiled plugin is too large to be kept");
            return Ok(());
        }
        // Under another name until it is whole. What a power cut leaves of it has no seal, so nothing is synced.
        let mut file = tempfile::Builder::new().prefix(".new-").tempfile_in(&self.folder)?;
        file.write_all(&sealed)?;
        file.persist(self.folder.join(entry))?;
        Ok(())
    }

    /// Removes the oldest entries beyond [`bounds::COMPILED_IDLE_BYTES`]; those that `engine` made of the bytes
    /// with the `served` digests stay, and are not counted.
    pub(super) fn forget_idle(&self, engine: &Engine, served: &BTreeSet<String>) {
        let served: BTreeSet<String> = served.iter().map(|digest| entry(engine, digest)).collect();
        if let Err(error) = self.sweep(&served) {
            warn!(folder = %self.folder.display(), %error, "old compiled plugins cannot be removed");
        }
    }

    fn sweep(&self, served: &BTreeSet<String>) -> io::Result<()> {
        let mut idle: Vec<(i64, u64, PathBuf)> = Vec::new();
        for file in fs::read_dir(&self.folder)? {
            let file = file?;
            let about = fs::symlink_metadata(file.path())?;
            if !served.contains(&*file.file_name().to_string_lossy()) && !about.is_dir() {
                idle.push((about.mtime(), about.len(), file.path()));
            }
        }
        // The newest first.
        idle.sort_by(|one, other| other.cmp(one));
        let mut kept = 0;
        for (_, bytes, path) in idle {
            kept += bytes;
            if kept > bounds::COMPILED_IDLE_BYTES {
                fs::remove_file(path)?;
            }
        }
        Ok(())
    }
}

/// The file of what `engine` makes of bytes with this digest.
fn entry(engine: &Engine, digest: &str) -> String {
    /// Hashes what the engine says about itself: all that its code depends on.
    struct Fingerprint(Sha256);
    impl Hasher for Fingerprint {
        fn write(&mut self, bytes: &[u8]) {
            self.0.update(bytes);
        }

        fn finish(&self) -> u64 {
            let hash = self.0.clone().finalize();
            u64::from_be_bytes(*hash.first_chunk().expect("the hash has 32 bytes"))
        }
    }
    let mut fingerprint = Fingerprint(Sha256::new());
    engine.precompile_compatibility_hash().hash(&mut fingerprint);
    format!("{digest}-{:016x}", fingerprint.finish())
}

/// Whether a folder is one, no link to one, and this user's.
fn own(folder: &Path) -> io::Result<()> {
    let about = fs::symlink_metadata(folder)?;
    if about.is_dir() && about.uid() == geteuid().as_raw() {
        return Ok(());
    }
    let what = format!("{} is not a folder of this user", folder.display());
    Err(io::Error::new(io::ErrorKind::PermissionDenied, what))
}

fn bounded(file: &File, bytes: u64) -> Result<Vec<u8>, Unusable> {
    if bytes > bounds::COMPILED_BYTES {
        return Err(Unusable::TooLarge(bytes));
    }
    let mut read = Vec::with_capacity(usize::try_from(bytes).unwrap_or_default());
    file.take(bounds::COMPILED_BYTES).read_to_end(&mut read)?;
    Ok(read)
}

#[cfg(test)]
mod tests;
