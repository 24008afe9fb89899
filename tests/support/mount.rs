//! A small disk of its own, where tests may mount one.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A file system in memory over a folder. Dropped, it is unmounted, also when its test fails.
pub(crate) struct Mount {
    at: PathBuf,
}

impl Mount {
    /// Mounts one of so many MiB; `None`, and a word on standard error, where this process may not.
    pub(crate) fn over(at: &Path, mib: u64) -> Option<Self> {
        fs::create_dir_all(at).unwrap();
        let options = format!("size={mib}m");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(at).output();
        if mounted.is_ok_and(|output| output.status.success()) {
            return Some(Self { at: at.to_owned() });
        }
        eprintln!("SKIPPED: this process may not mount, so a full or read-only disk cannot be tried");
        None
    }

    /// Nothing can be written to it any more.
    pub(crate) fn make_read_only(&self) {
        let remounted = Command::new("mount").args(["-o", "remount,ro"]).arg(&self.at).status();
        assert!(remounted.unwrap().success());
    }

    /// Fills it with a file, until so many bytes are free; gives the file.
    pub(crate) fn fill(&self, leaving: u64) -> PathBuf {
        let stat = rustix::fs::statvfs(&self.at).unwrap();
        let free = (stat.f_bavail * stat.f_frsize).saturating_sub(leaving);
        let filler = self.at.join("filler");
        fs::write(&filler, vec![0; usize::try_from(free).unwrap()]).unwrap();
        filler
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        // A host of a test that failed may still be there: the mount goes when it is gone.
        let unmounted = Command::new("umount").arg("--lazy").arg(&self.at).status();
        if !unmounted.is_ok_and(|status| status.success()) {
            eprintln!("{} could not be unmounted", self.at.display());
            return;
        }
        // The folder was busy when the test's setup removed it.
        if let Some(folder) = self.at.parent() {
            let _ = fs::remove_dir_all(folder);
        }
    }
}
