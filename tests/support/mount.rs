//! A small disk of its own, where tests may mount one.

use std::fs;
use std::io::{ErrorKind, Write as _};
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

    /// Fills it with a file until so many bytes are free; gives the file. Others may write meanwhile.
    pub(crate) fn fill(&self, leaving: u64) -> PathBuf {
        let path = self.at.join("filler");
        let mut filler = fs::File::create(&path).unwrap();
        while self.free() > leaving {
            match filler.write(&[0; 4096]) {
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::StorageFull => break,
                Err(error) => panic!("{error}"),
            }
        }
        path
    }

    fn free(&self) -> u64 {
        let stat = rustix::fs::statvfs(&self.at).unwrap();
        stat.f_bavail * stat.f_frsize
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
