//! The ids that are remembered: where they are looked for in memory, and how they are laid out on disk.
//!
//! Hashes of ids are spread over all of a tree, so that looking one up on disk reads another page each time,
//! and sled keeps hundreds of bytes of memory for every page of sixteen entries. So they are written in the
//! order in which they come, many to a record, and looked for only here.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use super::StoreError;
use super::table::Entries;
use crate::model::bounds;

/// All remembered ids, by the day on which they came.
#[derive(Default)]
pub(crate) struct Ids {
    days: BTreeMap<u32, Day>,
}

/// How some new ids of one day are written. A day's records are numbered in the order of writing; small ones
/// at the end are replaced by a large one as soon as they fill it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Writing {
    /// Records that go.
    pub(crate) remove: Range<u32>,
    /// Records that come.
    pub(crate) put: Vec<(u32, Vec<u8>)>,
    end: End,
}

/// The end of a day's records, which is still to be replaced by a full one.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
struct End {
    /// What the records from `from` on hold.
    entries: Vec<u8>,
    from: u32,
    next: u32,
}

#[derive(Default)]
struct Day {
    index: Index,
    end: End,
}

const VERSION: u8 = 1;
const KEY_BYTES: usize = 16;

impl Ids {
    /// What is remembered of an id.
    pub(crate) fn get(&self, day: u32, key: &[u8]) -> Option<Vec<u8>> {
        self.days.get(&day)?.index.get(key).map(<[u8]>::to_vec)
    }

    /// How many ids came on a day.
    pub(crate) fn count(&self, day: u32) -> usize {
        self.days.get(&day).map_or(0, |day| day.index.count)
    }

    /// How many ids there are.
    pub(crate) fn count_all(&self) -> usize {
        self.days.values().map(|day| day.index.count).sum()
    }

    /// The days for which there are ids or records, oldest first.
    pub(crate) fn days(&self) -> Vec<u32> {
        self.days.keys().copied().collect()
    }

    /// How these entries of a day are to be written.
    pub(crate) fn writing(&self, day: u32, entries: &Entries) -> Writing {
        let mut fresh = Vec::new();
        for (key, value) in set(entries) {
            encode(&mut fresh, key, value);
        }
        let none = End::default();
        let End { entries: tail, from, next } = self.days.get(&day).map_or(&none, |day| &day.end);
        let all = [&tail[..], &fresh].concat();
        if all.len() < bounds::STORE_VALUE_BYTES {
            let end = End { entries: all, from: *from, next: next + 1 };
            return Writing { remove: 0..0, put: vec![(*next, record(&fresh))], end };
        }
        let blocks = blocks(&all);
        let put: Vec<_> = (*next..).zip(blocks.iter().map(|block| record(block))).collect();
        let last = put.last().map_or(*next, |(number, _)| *number);
        let end = End {
            entries: blocks.last().map_or(Vec::new(), |block| block.to_vec()),
            from: last,
            next: last + 1,
        };
        Writing { remove: *from..*next, put, end }
    }

    /// Remembers what was written.
    pub(crate) fn written(&mut self, day: u32, entries: &Entries, writing: Writing) {
        let day = self.days.entry(day).or_default();
        for (key, value) in set(entries) {
            day.index.insert(key, value);
        }
        day.end = writing.end;
    }

    /// Takes in what an earlier process wrote on a day: the numbers of its records in order, and the records.
    pub(crate) fn read_day(
        &mut self,
        day: u32,
        records: impl Iterator<Item = Result<(Vec<u8>, Vec<u8>), StoreError>>,
    ) -> Result<(), StoreError> {
        let unreadable = || StoreError::Unreadable("a record of remembered ids has an unknown form".into());
        let (mut entries, mut next) = (Vec::new(), 0);
        for record in records {
            let (key, record) = record?;
            let [VERSION, rest @ ..] = &record[..] else { return Err(unreadable()) };
            entries.extend(rest);
            next = parse_key(&key).ok_or_else(unreadable)?.1 + 1;
        }
        let index = Index::of(&entries).ok_or_else(unreadable)?;
        // What is there is not replaced any more: a start leaves at most one record's worth of small ones.
        let end = End { entries: Vec::new(), from: next, next };
        self.days.insert(day, Day { index, end });
        Ok(())
    }

    /// Forgets the ids of a day; it stays in [`Self::days`] until its records are gone too.
    pub(crate) fn clear(&mut self, day: u32) {
        if let Some(day) = self.days.get_mut(&day) {
            day.index = Index::default();
        }
    }

    /// Nothing is left of a day.
    pub(crate) fn remove(&mut self, day: u32) {
        self.days.remove(&day);
    }
}

/// Where a record of a day stands.
pub(crate) fn key(day: u32, number: u32) -> Vec<u8> {
    [day.to_be_bytes(), number.to_be_bytes()].concat()
}

/// The day and the number in a [`key`].
pub(crate) fn parse_key(key: &[u8]) -> Option<(u32, u32)> {
    let (day, number) = key.split_first_chunk()?;
    Some((u32::from_be_bytes(*day), u32::from_be_bytes(number.try_into().ok()?)))
}

/// No id is forgotten alone, so that entries are only ever set.
fn set(entries: &Entries) -> impl Iterator<Item = (&[u8], &[u8])> {
    entries.iter().filter_map(|(key, value)| Some((&key[..], value.as_deref()?)))
}

fn record(entries: &[u8]) -> Vec<u8> {
    [&[VERSION], entries].concat()
}

fn encode(entries: &mut Vec<u8>, key: &[u8], value: &[u8]) {
    entries.extend(key);
    entries
        .push(u8::try_from(value.len()).expect("what is remembered of an id has far fewer than 256 bytes"));
    entries.extend(value);
}

/// The first entry, and what comes after it.
fn decode(entries: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let (key, rest) = entries.split_at_checked(KEY_BYTES)?;
    let (length, rest) = rest.split_first()?;
    let (value, rest) = rest.split_at_checked(usize::from(*length))?;
    Some((key, value, rest))
}

/// Entries in blocks that each fit into a record.
fn blocks(entries: &[u8]) -> Vec<&[u8]> {
    let mut blocks = Vec::new();
    let (mut start, mut at) = (0, 0);
    while let Some((_, _, rest)) = decode(&entries[at..]) {
        let end = entries.len() - rest.len();
        if end - start >= bounds::STORE_VALUE_BYTES {
            blocks.push(&entries[start..at]);
            start = at;
        }
        at = end;
    }
    blocks.push(&entries[start..]);
    blocks
}

/// Entries of one day. In 256 parts, because a part that grows is copied, and everybody waits meanwhile.
struct Index {
    parts: Vec<Part>,
    count: usize,
}

#[derive(Default)]
struct Part {
    places: HashMap<[u8; KEY_BYTES], u32>,
    /// Lengths and values, one after the other.
    values: Vec<u8>,
}

impl Default for Index {
    fn default() -> Self {
        Self { parts: (0..256).map(|_| Part::default()).collect(), count: 0 }
    }
}

impl Index {
    /// Of entries one after the other, without room to spare; `None` where they are cut off.
    fn of(entries: &[u8]) -> Option<Self> {
        let mut sizes = [(0, 0); 256];
        let mut index = Self::default();
        for is_measuring in [true, false] {
            let mut rest = entries;
            while !rest.is_empty() {
                let (key, value, after) = decode(rest)?;
                let (count, bytes) = &mut sizes[usize::from(key[0])];
                if is_measuring {
                    (*count, *bytes) = (*count + 1, *bytes + 1 + value.len());
                } else {
                    index.insert(key, value);
                }
                rest = after;
            }
            if is_measuring {
                for (part, (count, bytes)) in index.parts.iter_mut().zip(sizes) {
                    *part = Part { places: HashMap::with_capacity(count), values: Vec::with_capacity(bytes) };
                }
            }
        }
        Some(index)
    }

    fn get(&self, key: &[u8]) -> Option<&[u8]> {
        let key: &[u8; KEY_BYTES] = key.try_into().ok()?;
        let part = &self.parts[usize::from(key[0])];
        let (length, rest) = part.values[*part.places.get(key)? as usize..].split_first()?;
        rest.get(..usize::from(*length))
    }

    fn insert(&mut self, key: &[u8], value: &[u8]) {
        let key: [u8; KEY_BYTES] = key.try_into().expect("ids are remembered by 16 bytes");
        let Part { places, values } = &mut self.parts[usize::from(key[0])];
        let place = u32::try_from(values.len()).expect("the ceiling of ids keeps a part far below 4 GiB");
        let needed = 1 + value.len();
        if values.capacity() - values.len() < needed {
            // Doubling would leave a quarter of the memory unused.
            values.reserve_exact(needed.max(values.len() / 8));
        }
        values.push(u8::try_from(value.len()).expect("a value that was encoded is short"));
        values.extend(value);
        self.count += usize::from(places.insert(key, place).is_none());
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn entry(number: u16) -> (Vec<u8>, Option<Vec<u8>>) {
        let mut key = [0; KEY_BYTES];
        key[..2].copy_from_slice(&number.to_be_bytes());
        (key.to_vec(), Some(vec![7; usize::from(number % 40)]))
    }

    /// What a disk holds after these writings.
    fn write(disk: &mut BTreeMap<Vec<u8>, Vec<u8>>, day: u32, writing: &Writing) {
        for number in writing.remove.clone() {
            assert!(disk.remove(&key(day, number)).is_some(), "record {number} is not there");
        }
        for (number, record) in &writing.put {
            assert!(record.len() <= bounds::STORE_VALUE_BYTES);
            assert!(disk.insert(key(day, *number), record.clone()).is_none(), "record {number} is there");
        }
    }

    fn read_again(disk: &BTreeMap<Vec<u8>, Vec<u8>>) -> Ids {
        let mut ids = Ids::default();
        for day in 0..2 {
            let records = disk.range(key(day, 0)..key(day + 1, 0));
            let mut records = records.map(|(key, record)| Ok((key.clone(), record.clone()))).peekable();
            if records.peek().is_some() {
                ids.read_day(day, records).unwrap();
            }
        }
        ids
    }

    proptest! {
        #[test]
        fn what_is_written_in_any_portions_is_found_again_by_the_next_process(
            portions in prop::collection::vec((0u32..2, 1u16..400, any::<bool>()), 1..20),
        ) {
            let (mut disk, mut ids) = (BTreeMap::new(), Ids::default());
            let mut expected: BTreeMap<u32, Entries> = BTreeMap::new();
            let mut next = 0;
            for (day, count, restarts) in portions {
                let entries: Entries = (next..next + count).map(entry).collect();
                next += count;
                let writing = ids.writing(day, &entries);
                write(&mut disk, day, &writing);
                ids.written(day, &entries, writing);
                expected.entry(day).or_default().extend(entries);
                if restarts {
                    ids = read_again(&disk);
                }
            }
            prop_assert_eq!(ids.days(), expected.keys().copied().collect::<Vec<_>>());
            for (day, entries) in expected {
                prop_assert_eq!(ids.count(day), entries.len());
                for (key, value) in entries {
                    prop_assert_eq!(ids.get(day, &key), value);
                }
            }
        }
    }

    #[test]
    fn ids_that_come_one_by_one_end_up_in_few_records() {
        let (mut disk, mut ids) = (BTreeMap::new(), Ids::default());
        for number in 0..10_000 {
            let entries = Entries::from([entry(number)]);
            let writing = ids.writing(1, &entries);
            write(&mut disk, 1, &writing);
            ids.written(1, &entries, writing);
        }
        let bytes: usize = disk.values().map(Vec::len).sum();
        assert!(disk.len() < 2 * bytes / bounds::STORE_VALUE_BYTES + 400, "{} records", disk.len());
    }

    #[test]
    fn a_record_of_an_unknown_form_is_refused() {
        let mut whole = vec![VERSION];
        encode(&mut whole, &[1; KEY_BYTES], b"value");
        for (key, record, is_read) in [
            (&key(1, 1)[..], &whole[..], true),
            (&key(1, 1)[..7], &whole, false),
            (&key(1, 1), &whole[..whole.len() - 1], false),
            (&key(1, 1), &[9], false),
            (&key(1, 1), &[], false),
        ] {
            let records = [Ok((key.to_vec(), record.to_vec()))];
            assert_eq!(Ids::default().read_day(1, records.into_iter()).is_ok(), is_read, "{record:?}");
        }
    }
}
