//! The plugins folder: whoever can write there decides what runs, but not what this process opens.

use std::ffi::OsStr;
use std::fs::{self, File, FileType, OpenOptions};
use std::io::Read as _;
use std::os::unix::fs::{FileTypeExt as _, OpenOptionsExt as _};
use std::path::Path;

use rustix::fs::OFlags;

use super::{BadFile, Found, Origin, ReadError};
use crate::model::bounds;
use crate::model::name::ProviderName;

/// What is in the folder, and what of it is unusable.
pub(super) fn list(folder: &Path) -> (Vec<Found>, Vec<BadFile>) {
    let (mut found, mut bad) = (Vec::new(), Vec::new());
    let mut report = |path: &Path, error| bad.push(BadFile { path: path.to_owned(), error });
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => {
            report(folder, ReadError::Io(error));
            return (found, bad);
        }
    };
    for entry in entries {
        let path = match entry {
            Ok(entry) => entry.path(),
            Err(error) => {
                report(folder, ReadError::Io(error));
                continue;
            }
        };
        if path.extension() != Some(OsStr::new("wasm")) {
            continue;
        }
        match look(&path) {
            Ok(name) => found.push(Found { name, origin: Origin::Folder(path) }),
            Err(error) => report(&path, error),
        }
    }
    bad.sort_by(|a, b| a.path.cmp(&b.path));
    (found, bad)
}

/// Looks at a file without opening it, since opening alone can block or start something.
fn look(path: &Path) -> Result<ProviderName, ReadError> {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let name = stem.parse().map_err(ReadError::Name)?;
    let about = fs::symlink_metadata(path).map_err(ReadError::Io)?;
    regular(about.file_type())?;
    bounded(about.len())?;
    Ok(name)
}

/// Opens a plugin and reads it, if it is a regular file of a bounded size.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, ReadError> {
    let file = open(path)?;
    // Of what was opened: the name may mean something else by now.
    let about = file.metadata().map_err(ReadError::Io)?;
    regular(about.file_type())?;
    bounded(about.len())?;
    let mut bytes = Vec::with_capacity(usize::try_from(about.len()).unwrap_or_default());
    file.take(bounds::PLUGIN_FILE_BYTES + 1).read_to_end(&mut bytes).map_err(ReadError::Io)?;
    bounded(bytes.len() as u64)?;
    Ok(bytes)
}

fn open(path: &Path) -> Result<File, ReadError> {
    // No link is followed, and nobody waits for the other end of a pipe.
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let opened = OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(path);
    opened.map_err(|error| match fs::symlink_metadata(path) {
        Ok(about) => regular(about.file_type()).err().unwrap_or(ReadError::Io(error)),
        Err(_) => ReadError::Io(error),
    })
}

fn regular(kind: FileType) -> Result<(), ReadError> {
    let what = match kind {
        kind if kind.is_file() => return Ok(()),
        kind if kind.is_symlink() => "a symbolic link",
        kind if kind.is_dir() => "a folder",
        kind if kind.is_fifo() => "a pipe",
        kind if kind.is_socket() => "a socket",
        _ => "a device",
    };
    Err(ReadError::Irregular(what))
}

fn bounded(bytes: u64) -> Result<(), ReadError> {
    if bytes > bounds::PLUGIN_FILE_BYTES { Err(ReadError::TooLarge) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plugin::source::discover;
    use std::os::unix::fs::symlink;
    use tempfile::TempDir;

    fn folder() -> TempDir {
        tempfile::tempdir().unwrap()
    }

    /// How one entry of a folder is told; empty when it is listed.
    fn told(make: impl FnOnce(&Path), name: &str) -> String {
        let folder = folder();
        let path = folder.path().join(name);
        make(&path);
        let (found, bad) = list(folder.path());
        assert_eq!(found.len() + bad.len(), 1, "{name}");
        if let Some(bad) = bad.first() {
            assert_eq!(bad.path, path);
            return bad.error.to_string();
        }
        String::new()
    }

    #[test]
    fn only_well_named_regular_files_are_plugins() {
        let file = |path: &Path| fs::write(path, b"x").unwrap();
        let large = |path: &Path| File::create(path).unwrap().set_len(bounds::PLUGIN_FILE_BYTES + 1).unwrap();
        let pipe = |path: &Path| {
            let mode = rustix::fs::Mode::RUSR;
            rustix::fs::mknodat(rustix::fs::CWD, path, rustix::fs::FileType::Fifo, mode, 0).unwrap();
        };
        assert_eq!(told(file, "good-1.wasm"), "");
        assert!(told(file, "Bad.wasm").contains("\"Bad\" is not a name"));
        for name in ["my_plugin.wasm", "..wasm", "a.b.wasm", "-a.wasm", "a b.wasm", "a\nb.wasm", "CON.wasm"] {
            assert!(told(file, name).contains("is not a name"), "{name:?}");
        }
        let socket = |path: &Path| drop(std::os::unix::net::UnixListener::bind(path).unwrap());
        assert!(told(socket, "socket.wasm").contains("a socket"));
        assert!(told(file, "whаtsapp.wasm").contains("is not a name"), "a look-alike");
        assert!(told(|path| fs::create_dir(path).unwrap(), "dir.wasm").contains("a folder"));
        assert!(told(|path| symlink("/etc/passwd", path).unwrap(), "link.wasm").contains("a symbolic link"));
        assert!(told(pipe, "pipe.wasm").contains("a pipe"));
        assert!(told(large, "large.wasm").contains("larger than"));
    }

    #[test]
    fn other_files_are_left_alone() {
        let folder = folder();
        for name in ["README.md", "a.wasm.sha256", ".wasm", "wasm"] {
            fs::write(folder.path().join(name), b"x").unwrap();
        }
        fs::create_dir(folder.path().join("below")).unwrap();
        fs::write(folder.path().join("below/deep.wasm"), b"x").unwrap();
        let (found, bad) = list(folder.path());
        assert!(found.is_empty() && bad.is_empty(), "{found:?} {bad:?}");
    }

    #[test]
    fn a_folder_that_is_not_there_is_told() {
        let (found, bad) = list(Path::new("/nonexistent/plugins"));
        assert!(found.is_empty());
        assert!(matches!(bad.as_slice(), [BadFile { error: ReadError::Io(_), .. }]), "{bad:?}");
    }

    #[test]
    fn a_file_in_the_folder_stands_in_for_a_shipped_plugin() {
        let folder = folder();
        let path = folder.path().join("generic.wasm");
        fs::write(&path, b"mine").unwrap();
        fs::write(folder.path().join("another.wasm"), b"other").unwrap();
        let (found, bad) = discover(Some(folder.path()));
        assert!(bad.is_empty());
        let generic: Vec<_> = found.iter().filter(|found| found.name.as_str() == "generic").collect();
        assert_eq!(generic[0].origin, Origin::Folder(path));
        assert_eq!(generic.len(), 1);
        assert_eq!(super::super::read(generic[0]).unwrap(), b"mine");
        assert!(found.is_sorted_by(|a, b| a.name < b.name));
    }

    #[test]
    fn a_file_that_may_not_be_read_is_told() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = folder();
        let path = folder.path().join("x.wasm");
        fs::write(&path, b"x").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
        match read(&path) {
            Err(ReadError::Io(error)) => assert_eq!(error.kind(), std::io::ErrorKind::PermissionDenied),
            Ok(_) if rustix::process::geteuid().is_root() => eprintln!("skipped: root may read every file"),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_has_changed_since_it_was_listed_is_not_read() {
        let folder = folder();
        let path = folder.path().join("x.wasm");
        fs::write(&path, b"x").unwrap();
        assert_eq!(read(&path).unwrap(), b"x");
        fs::remove_file(&path).unwrap();
        assert!(matches!(read(&path), Err(ReadError::Io(_))));
        symlink("/etc/passwd", &path).unwrap();
        assert!(matches!(read(&path), Err(ReadError::Irregular("a symbolic link"))));
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        assert!(matches!(read(&path), Err(ReadError::Irregular("a folder"))));
        let large = folder.path().join("large.wasm");
        File::create(&large).unwrap().set_len(bounds::PLUGIN_FILE_BYTES + 1).unwrap();
        assert!(matches!(read(&large), Err(ReadError::TooLarge)));
    }
}
