//! Whether the plugins folder has changed.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

/// How a folder's plugins look from outside. Equal ones are taken for unchanged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fingerprint(Vec<(OsString, [i128; 4])>);

/// Looks at the plugins of a folder without opening them; a folder that is not there has none.
pub fn fingerprint(folder: &Path) -> Fingerprint {
    let Ok(entries) = fs::read_dir(folder) else { return Fingerprint::default() };
    let mut files: Vec<_> = entries
        .filter_map(Result::ok)
        .filter(|entry| Path::new(&entry.file_name()).extension().is_some_and(|end| end == "wasm"))
        .filter_map(|entry| {
            // Of a link, the link itself: it is not followed.
            let about = entry.metadata().ok()?;
            let changed = i128::from(about.ctime()) * 1_000_000_000 + i128::from(about.ctime_nsec());
            let written = i128::from(about.mtime()) * 1_000_000_000 + i128::from(about.mtime_nsec());
            Some((entry.file_name(), [about.ino().into(), about.len().into(), written, changed]))
        })
        .collect();
    files.sort();
    Fingerprint(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plugin_that_comes_goes_or_is_written_anew_is_a_change() {
        let folder = tempfile::tempdir().unwrap();
        let (file, other) = (folder.path().join("x.wasm"), folder.path().join("README.md"));
        let mut last = fingerprint(folder.path());
        let mut changes = |is_changed: bool, what: &str| {
            let now = fingerprint(folder.path());
            assert_eq!(now != last, is_changed, "{what}");
            last = now;
        };
        changes(false, "nothing");
        fs::write(&file, "one").unwrap();
        changes(true, "it came");
        fs::write(&other, "text").unwrap();
        changes(false, "no plugin");
        fs::write(folder.path().join("y"), "two").unwrap();
        fs::rename(folder.path().join("y"), &file).unwrap();
        changes(true, "another file of the same size");
        fs::remove_file(&file).unwrap();
        changes(true, "it went");
        assert_eq!(fingerprint(Path::new("/nonexistent")), Fingerprint::default());
    }
}
