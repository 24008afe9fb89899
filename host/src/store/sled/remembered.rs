//! The ids in a sled database: many to a record, read when it is opened, and looked for in memory only.

use std::sync::{MutexGuard, PoisonError};

use super::database::{Database, unavailable};
use crate::store::StoreError;
use crate::store::ids::{self, Ids, Writing};
use crate::store::table::{Changes, Entries, Table};

/// Records of ids that are taken away in one step, each of about 140 ids, while nothing else can be written.
const FORGET_STEP: usize = 200;
/// Ids of the earlier format that are written anew at a time.
const MOVE_STEP: usize = 10_000;

/// New ids of a day, and how they are written.
pub(super) type NewIds<'c> = (u32, &'c Entries, Writing);

impl Database {
    /// Only ids are looked at and changed under this lock, and a panic elsewhere cannot leave them half done.
    pub(super) fn remembered(&self) -> MutexGuard<'_, Ids> {
        self.ids.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How the new ids of a group are to be written.
    pub(super) fn writings<'c>(&self, changes: &'c Changes) -> Vec<NewIds<'c>> {
        let days = changes.iter().filter_map(|(table, entries)| Some((table.day()?, entries)));
        let ids = self.remembered();
        days.map(|(day, entries)| (day, entries, ids.writing(day, entries))).collect()
    }

    /// Remembers what is on disk now.
    pub(super) fn written(&self, new_ids: Vec<NewIds<'_>>) {
        let mut ids = self.remembered();
        for (day, entries, writing) in new_ids {
            ids.written(day, entries, writing);
        }
    }

    /// Reads them day by day, so that memory is asked for once, and in the right size.
    pub(super) fn read_ids(&self) -> Result<(), StoreError> {
        let tree = self.tree(Table::Ids)?;
        let mut from = 0;
        while let Some((key, _)) = self.first(Table::Ids, &[], &ids::key(from, 0))? {
            let unreadable = || StoreError::Unreadable("a record of remembered ids has no day".into());
            let (day, _) = ids::parse_key(&key).ok_or_else(unreadable)?;
            let records = tree.scan_prefix(day.to_be_bytes());
            let records = records.map(|record| {
                let (key, record) = record.map_err(unavailable)?;
                Ok((key.to_vec(), record.to_vec()))
            });
            self.remembered().read_day(day, records)?;
            let Some(next) = day.checked_add(1) else { break };
            from = next;
        }
        Ok(())
    }

    /// Writes anew what the first format kept in a tree for each day.
    pub(super) fn move_days(&self) -> Result<(), StoreError> {
        for name in self.db.tree_names() {
            if let Some(day) = Table::seen_day(&name) {
                self.move_day(&name, day)?;
            }
        }
        Ok(())
    }

    fn move_day(&self, name: &[u8], day: u32) -> Result<(), StoreError> {
        let tree = self.db.open_tree(name).map_err(unavailable)?;
        let mut entries =
            tree.iter().map(|entry| entry.map(|(key, value)| (key.to_vec(), Some(value.to_vec()))));
        loop {
            let some: Entries =
                entries.by_ref().take(MOVE_STEP).collect::<Result<_, _>>().map_err(unavailable)?;
            if some.is_empty() {
                break;
            }
            self.commit(&Changes::from([(Table::Seen(day), some)]))?;
        }
        self.db.drop_tree(name).map_err(unavailable)?;
        Ok(())
    }

    /// Forgets the ids of a day at once, and takes away a share of their records. Gives whether that was the
    /// last of them.
    pub(super) fn forget_day(&self, day: u32) -> Result<bool, StoreError> {
        self.remembered().clear(day);
        let tree = self.tree(Table::Ids)?;
        let mut gone = Entries::new();
        for key in tree.scan_prefix(day.to_be_bytes()).keys().take(FORGET_STEP) {
            let key = key.map_err(unavailable)?;
            tree.remove(&key).map_err(unavailable)?;
            gone.insert(key.to_vec(), None);
        }
        self.copying().follow(Table::Ids, &gone);
        let is_last = gone.len() < FORGET_STEP;
        if is_last {
            self.remembered().remove(day);
        }
        Ok(is_last)
    }
}

/// What writing these ids changes in [`Table::Ids`].
pub(super) fn records(new_ids: &[NewIds<'_>]) -> Entries {
    let mut records = Entries::new();
    for (day, _, writing) in new_ids {
        records.extend(writing.remove.clone().map(|number| (ids::key(*day, number), None)));
        records.extend(
            writing.put.iter().map(|(number, record)| (ids::key(*day, *number), Some(record.clone()))),
        );
    }
    records
}
