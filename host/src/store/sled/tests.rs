//! What only sled has: its files, and the ids in its records.

use std::path::Path;
use std::time::Duration;

use super::Sled;
use crate::model::bounds;
use crate::store::engine::Engine as _;
use crate::store::open::OpenError;
use crate::store::record::Raw;
use crate::store::table::{Changes, Entries, Table, Tables as _};
use crate::store::txn::{Limits, Txn};

/// sled may give up its lock a moment after it was dropped.
pub(super) fn open(folder: &Path) -> Sled {
    for _ in 0..500 {
        match Sled::open(folder, 0) {
            Err(OpenError::Locked(_)) => std::thread::sleep(Duration::from_millis(10)),
            opened => return opened.unwrap().0,
        }
    }
    panic!("it stays locked")
}

fn names(store: &Sled) -> Vec<sled::IVec> {
    store.with(|database| Ok(database.db.tree_names())).unwrap()
}

#[test]
fn values_of_any_size_leave_no_file_that_nothing_syncs() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    for (number, bytes) in [(0u8, 3 * 1024 * 1024), (1, 60 * 1024), (2, bounds::STORE_VALUE_BYTES)] {
        for copy in 0..40u8 {
            let (none, body) = (Changes::new(), Raw(vec![number; bytes / if number == 0 { 8 } else { 1 }]));
            let mut txn = Txn::new(&store, &none, Limits::NONE);
            txn.save(Table::Bodies, &[number, copy], &body).unwrap();
            store.commit(&txn.into_changes()).unwrap();
        }
    }
    let blobs = std::fs::read_dir(folder.path().join("blobs")).unwrap().count();
    assert_eq!(blobs, 0);
}

#[test]
fn ids_of_the_earlier_format_are_remembered() {
    let folder = tempfile::tempdir().unwrap();
    let ids = |count: u32| (0..count).map(|id| u128::from(id).to_be_bytes());
    {
        let db = sled::open(folder.path()).unwrap();
        for (day, count) in [(20_000, 3), (20_001, 25_000)] {
            let tree = db.open_tree(format!("seen-{day}")).unwrap();
            for id in ids(count) {
                tree.insert(id, [&[1], &[2; 8][..], &id].concat()).unwrap();
            }
        }
    }
    for _ in 0..2 {
        let store = open(folder.path());
        assert_eq!(store.seen_days().unwrap(), [20_000, 20_001]);
        for (day, count) in [(20_000, 3), (20_001, 25_000)] {
            assert_eq!(store.count(Table::Seen(day)).unwrap(), count as usize);
            for id in ids(count) {
                let value = store.get(Table::Seen(day), &id).unwrap();
                assert_eq!(value, Some([&[1], &[2; 8][..], &id].concat()));
            }
        }
        assert!(names(&store).iter().all(|name| Table::seen_day(name).is_none()));
    }
}

#[test]
fn a_day_is_forgotten_in_steps_and_for_good() {
    let folder = tempfile::tempdir().unwrap();
    let entries = |from: u32| {
        let keys = from..from + 50_000;
        keys.map(|id| (u128::from(id).to_be_bytes().to_vec(), Some(vec![1; 25]))).collect::<Entries>()
    };
    {
        let store = open(folder.path());
        store.commit(&Changes::from([(Table::Seen(1), entries(0)), (Table::Seen(2), entries(0))])).unwrap();
        assert!(!store.forget_day(1).unwrap(), "all at once");
        assert_eq!(store.get(Table::Seen(1), &0u128.to_be_bytes()).unwrap(), None);
        assert_eq!(store.seen_days().unwrap(), [1, 2], "the rest of its records was forgotten about");
        while !store.forget_day(1).unwrap() {}
        assert_eq!(store.seen_days().unwrap(), [2]);
        store.commit(&Changes::new()).unwrap();
    }
    let store = open(folder.path());
    assert_eq!((store.seen_days().unwrap(), store.count(Table::Seen(2)).unwrap()), (vec![2], 50_000));
}
