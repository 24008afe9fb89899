//! Files that were brought, kept as long as their links hold.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tempfile::NamedTempFile;

use crate::link::Attached;
use crate::model::bounds;
use crate::model::reply::Blob;
use crate::model::time::Time;

/// Below the data folder. Nothing in it outlives the process.
const FOLDER: &str = "media";

/// The files and where they are. Their number of bytes in all is bounded, and they leave the store its reserve.
pub struct Shelf {
    data: PathBuf,
    folder: PathBuf,
    kept_bytes_max: u64,
    reserve_bytes: u64,
    kept: Mutex<HashMap<Attached, Entry>>,
}

struct Entry {
    /// Removed from the disk when it is dropped; whoever has opened it reads it to its end.
    file: NamedTempFile,
    blob: Blob,
    since: Time,
}

/// A file that was opened, with what is known of it.
#[derive(Debug)]
pub struct Kept {
    /// At its beginning.
    pub file: File,
    /// Its size, its type and its digest.
    pub blob: Blob,
}

impl Shelf {
    /// Begins empty: what an earlier process left is removed. Nothing is brought that might leave less than
    /// `reserve_bytes` free on the disk.
    ///
    /// # Errors
    /// The data folder cannot be written.
    pub fn open(data: &Path, reserve_bytes: u64) -> io::Result<Self> {
        Self::with_room(data, reserve_bytes, bounds::MEDIA_KEPT_BYTES)
    }

    fn with_room(data: &Path, reserve_bytes: u64, kept_bytes_max: u64) -> io::Result<Self> {
        let folder = data.join(FOLDER);
        match fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        Ok(Self { data: data.to_owned(), folder, kept_bytes_max, reserve_bytes, kept: Mutex::default() })
    }

    /// Where files are to be made that are to be put here. There is none before the first.
    ///
    /// # Errors
    /// The data folder cannot be written.
    pub fn folder(&self) -> io::Result<&Path> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.folder)?;
        Ok(&self.folder)
    }

    /// Whether the largest file would fit.
    pub fn has_room(&self) -> bool {
        // When the file system cannot say, writing will.
        let Ok(stat) = rustix::fs::statvfs(&self.data) else { return true };
        let free = stat.f_bavail.saturating_mul(stat.f_frsize);
        free >= self.reserve_bytes.saturating_add(bounds::MEDIA_BYTES)
    }

    /// The file, if it is still there.
    pub fn get(&self, attached: Attached) -> Option<Kept> {
        let kept = self.lock();
        let entry = kept.get(&attached)?;
        Some(Kept { file: entry.file.reopen().ok()?, blob: entry.blob.clone() })
    }

    /// Keeps a file; the oldest give way where there is no room. Gives it back, opened.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn put(&self, attached: Attached, file: NamedTempFile, blob: Blob, now: Time) -> io::Result<Kept> {
        let opened = Kept { file: file.reopen()?, blob: blob.clone() };
        let mut kept = self.lock();
        kept.insert(attached, Entry { file, blob, since: now });
        while kept.values().map(|entry| entry.blob.size).sum::<u64>() > self.kept_bytes_max {
            let oldest = kept.iter().min_by_key(|(attached, entry)| (entry.since, **attached));
            let Some(oldest) = oldest.map(|(attached, _)| *attached) else { break };
            kept.remove(&oldest);
        }
        Ok(opened)
    }

    /// Removes what no link leads to any more.
    pub fn sweep(&self, now: Time) {
        self.lock().retain(|_, entry| now.since(entry.since) <= bounds::MEDIA_LINK);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Attached, Entry>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::time::Duration;

    use super::*;
    use crate::model::id::ExecutionId;

    const NOW: Time = Time(1_790_000_000_000);

    fn put(shelf: &Shelf, content: &str, now: Time) -> Attached {
        let attached = Attached { execution: ExecutionId::new(), number: 0 };
        let mut file = NamedTempFile::new_in(shelf.folder().unwrap()).unwrap();
        file.write_all(content.as_bytes()).unwrap();
        let size = content.len() as u64;
        let blob = Blob { id: "1".into(), size, media_type: None, sha256: String::new() };
        shelf.put(attached, file, blob, now).unwrap();
        attached
    }

    fn text(kept: Option<Kept>) -> Option<String> {
        let mut text = String::new();
        kept?.file.read_to_string(&mut text).unwrap();
        Some(text)
    }

    fn files(shelf: &Shelf) -> usize {
        fs::read_dir(shelf.folder().unwrap()).unwrap().count()
    }

    #[test]
    fn a_file_is_kept_as_long_as_its_link_holds() {
        let data = tempfile::tempdir().unwrap();
        let shelf = Shelf::open(data.path(), 0).unwrap();
        let attached = put(&shelf, "a cat", NOW);
        shelf.sweep(NOW.plus(bounds::MEDIA_LINK));
        assert_eq!(text(shelf.get(attached)).as_deref(), Some("a cat"));
        assert_eq!(text(shelf.get(attached)).as_deref(), Some("a cat"), "from its beginning");
        let opened = shelf.get(attached);
        shelf.sweep(NOW.plus(bounds::MEDIA_LINK + Duration::from_millis(1)));
        assert!(shelf.get(attached).is_none());
        assert_eq!((text(opened).as_deref(), files(&shelf)), (Some("a cat"), 0));
    }

    #[test]
    fn the_oldest_give_way_where_there_is_no_room() {
        let data = tempfile::tempdir().unwrap();
        let shelf = Shelf::with_room(data.path(), 0, 10).unwrap();
        let [first, second, third] =
            [0, 1, 2].map(|later| put(&shelf, "12345", NOW.plus(Duration::from_secs(later))));
        assert!(shelf.get(first).is_none());
        assert!(shelf.get(second).is_some() && shelf.get(third).is_some());
        put(&shelf, "far too large to be kept", NOW.plus(DAY));
        assert_eq!(files(&shelf), 0);
    }

    const DAY: Duration = Duration::from_secs(86_400);

    #[test]
    fn what_an_earlier_process_left_is_gone_and_the_store_keeps_its_reserve() {
        let data = tempfile::tempdir().unwrap();
        let shelf = Shelf::open(data.path(), u64::MAX).unwrap();
        assert!(!shelf.has_room());
        fs::write(shelf.folder().unwrap().join("left"), "a cat").unwrap();
        assert_eq!(files(&Shelf::open(data.path(), 0).unwrap()), 0);
    }
}
