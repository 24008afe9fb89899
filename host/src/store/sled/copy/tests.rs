//! What a copy holds that is made while the store is written to.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use proptest::prelude::*;

use crate::store::backup::{BackupError, Finish};
use crate::store::engine::Engine as _;
use crate::store::meta;
use crate::store::sled::Sled;
use crate::store::sled::tests::open;
use crate::store::table::{Changes, Entry, Table, Tables as _};

/// Everything that is on disk.
fn everything(store: &Sled) -> Vec<(Table, Entry)> {
    let mut all = Vec::new();
    for table in Table::FIXED {
        let mut from = Vec::new();
        while let Some((key, value)) = store.first(table, &[], &from).unwrap() {
            from = [&key[..], &[0]].concat();
            all.push((table, (key, value)));
        }
    }
    all
}

/// Goes on until the copy is whole.
fn finish(store: &Sled) -> Finish {
    loop {
        if let Some(finish) = store.copy_some(7).unwrap() {
            return finish;
        }
    }
}

fn modes(folder: &Path) -> BTreeMap<u32, usize> {
    let mut modes = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap()) {
        let mode = entry.metadata().unwrap().permissions().mode() & 0o7777;
        if entry.file_type().unwrap().is_file() {
            *modes.entry(mode).or_default() += 1;
        }
    }
    modes
}

#[test]
fn a_copy_opens_as_a_store_and_is_for_its_user_alone() {
    let (folder, into) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let store = open(folder.path());
    let mut changes = Changes::from([(Table::Held, [(vec![1], Some(vec![]))].into())]);
    meta::put_commits(&mut changes, 7);
    store.commit(&changes).unwrap();
    // An empty folder may be there already.
    for into in [into.path().join("new"), into.path().join("empty")] {
        if into.ends_with("empty") {
            std::fs::create_dir(&into).unwrap();
        }
        store.begin_copy(&into).unwrap();
        assert!(matches!(store.begin_copy(&into), Err(BackupError::Busy)));
        let copied = finish(&store)().unwrap();
        assert_eq!(copied.entries as usize, everything(&store).len());
        let mode = std::fs::metadata(&into).unwrap().permissions().mode();
        assert_eq!((mode & 0o7777, modes(&into).into_keys().collect::<Vec<_>>()), (0o700, vec![0o600]));
        assert!(matches!(store.begin_copy(&into), Err(BackupError::NotEmpty(_))));
        let copy = open(&into);
        assert_eq!(everything(&copy), everything(&store));
        assert_eq!(meta::commits(&copy).unwrap(), 7);
    }
}

#[test]
fn nothing_is_left_of_a_copy_that_is_given_up_or_has_no_place() {
    let (folder, beside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let store = open(folder.path());
    let into = beside.path().join("copy");
    store.begin_copy(&into).unwrap();
    store.abandon_copy();
    assert!(store.copy_some(1).is_err());
    assert_eq!(std::fs::read_dir(beside.path()).unwrap().count(), 0);
    // The store opened anew has forgotten it, too.
    store.begin_copy(&into).unwrap();
    while store.reopen().is_err() {}
    assert!(matches!(store.copy_some(1), Err(BackupError::Store(_))));
    let nowhere = beside.path().join("nothing/copy");
    assert!(matches!(store.begin_copy(&nowhere), Err(BackupError::Folder(..))));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn a_copy_is_what_the_store_is_when_it_ends_whatever_is_written_meanwhile(
        begins_with in prop::collection::vec((0usize..16, 0u16..2_000), 600..1_200),
        meanwhile in prop::collection::vec((0usize..16, 0u16..2_000, any::<bool>(), 0u8..3), 0..60),
    ) {
        let key = |number: u16| number.to_be_bytes().to_vec();
        let change = |table: usize, number: u16, value: Option<Vec<u8>>| {
            Changes::from([(Table::FIXED[table], [(key(number), value)].into())])
        };
        let (folder, beside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let store = open(folder.path());
        let mut begins = Changes::new();
        for (table, number) in begins_with {
            // The numbers of the store itself have a form.
            let table = Table::FIXED[table.max(1)];
            begins.entry(table).or_default().insert(key(number), Some(vec![0; usize::from(number % 900)]));
        }
        store.commit(&begins).unwrap();
        store.begin_copy(&beside.path().join("copy")).unwrap();
        let mut whole = None;
        for (table, number, is_put, steps) in meanwhile {
            if whole.is_some() {
                break;
            }
            for _ in 0..steps {
                whole = whole.or(store.copy_some(0).unwrap_or_default());
            }
            if whole.is_none() {
                store.commit(&change(table.max(1), number, is_put.then(|| vec![1]))).unwrap();
            }
        }
        let whole = whole.unwrap_or_else(|| finish(&store));
        let expected = everything(&store);
        whole().unwrap();
        let copied = sled::open(beside.path().join("copy")).unwrap();
        let mut found = Vec::new();
        for table in Table::FIXED {
            let tree = copied.open_tree(table.name()).unwrap();
            for entry in tree.iter() {
                let (key, value) = entry.unwrap();
                found.push((table, (key.to_vec(), value.to_vec())));
            }
        }
        prop_assert_eq!(found, expected);
    }
}
