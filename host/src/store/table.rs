//! The tables of the store, and what an engine has to offer over them.

use std::collections::BTreeMap;

use super::StoreError;

/// A sorted map from bytes to bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Table {
    /// Single values: the last sequence number.
    Meta,
    /// Delivery id -> what arrived, without its body.
    Deliveries,
    /// Delivery id -> the exact bytes.
    Bodies,
    /// Execution id -> an event and what became of it.
    Executions,
    /// Lane and sequence -> execution id, for events that wait or run.
    Runs,
    /// Execution id and number -> a reply.
    Replies,
    /// Lane, sequence and number -> execution id and number, for replies that are owed.
    Outbox,
    /// Hash of a provider's id of a message, or of a reply's own id -> execution id and number, for replies
    /// that statuses may name.
    Sent,
    /// Execution id and number -> what was heard of the messages of a reply.
    Statuses,
    /// Hash of a message's id and execution id, for statuses whose message nobody knows yet.
    Early,
    /// Time and execution id, for executions that are finished; what retention walks.
    Finished,
    /// Delivery id, for deliveries that wait for somebody to look, or for their plugin.
    Held,
    /// Provider and place -> delivery id, for held deliveries that wait for their plugin.
    Waiting,
    /// Provider -> its last good manifest.
    Manifests,
    /// Provider and hash of a session's name -> the last that was heard of it.
    Sessions,
    /// Provider -> what its plugin was granted.
    Grants,
    /// Parts of values that are too large for one.
    Pieces,
    /// Day and number -> entries of [`Table::Seen`], in the order in which they came; for engines that look
    /// for ids in memory.
    Ids,
    /// Hash of an event id -> its content's hash and its execution. One table for each day, because a day is
    /// forgotten as a whole.
    Seen(u32),
}

impl Table {
    /// All but the days of [`Table::Seen`].
    pub(crate) const FIXED: [Self; 18] = [
        Self::Meta,
        Self::Deliveries,
        Self::Bodies,
        Self::Executions,
        Self::Runs,
        Self::Replies,
        Self::Outbox,
        Self::Sent,
        Self::Statuses,
        Self::Early,
        Self::Finished,
        Self::Held,
        Self::Waiting,
        Self::Manifests,
        Self::Sessions,
        Self::Grants,
        Self::Pieces,
        Self::Ids,
    ];

    /// The name it has on disk.
    pub(crate) fn name(self) -> String {
        match self {
            Self::Meta => "meta".into(),
            Self::Deliveries => "deliveries".into(),
            Self::Bodies => "bodies".into(),
            Self::Executions => "executions".into(),
            Self::Runs => "runs".into(),
            Self::Replies => "replies".into(),
            Self::Outbox => "outbox".into(),
            Self::Sent => "sent".into(),
            Self::Statuses => "statuses".into(),
            Self::Early => "early".into(),
            Self::Finished => "finished".into(),
            Self::Held => "held".into(),
            Self::Waiting => "waiting".into(),
            Self::Manifests => "manifests".into(),
            Self::Sessions => "sessions".into(),
            Self::Grants => "grants".into(),
            Self::Pieces => "pieces".into(),
            Self::Ids => "ids".into(),
            Self::Seen(day) => format!("{SEEN}{day}"),
        }
    }

    /// The day of a [`Table::Seen`].
    pub(crate) fn day(self) -> Option<u32> {
        match self {
            Self::Seen(day) => Some(day),
            _ => None,
        }
    }

    /// The day of a [`Table::Seen`], from the name that it had on disk in the earlier format.
    pub(crate) fn seen_day(name: &[u8]) -> Option<u32> {
        std::str::from_utf8(name).ok()?.strip_prefix(SEEN)?.parse().ok()
    }
}

const SEEN: &str = "seen-";

/// A key and its value.
pub(crate) type Entry = (Vec<u8>, Vec<u8>);

/// What changes in one table: `None` removes.
pub(crate) type Entries = BTreeMap<Vec<u8>, Option<Vec<u8>>>;

/// What changes together.
pub(crate) type Changes = BTreeMap<Table, Entries>;

/// Reading tables, as an engine does it.
pub(crate) trait Tables {
    /// The value of a key.
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError>;

    /// The first entry whose key is at least `from` and begins with `prefix`.
    fn first(&self, table: Table, prefix: &[u8], from: &[u8]) -> Result<Option<Entry>, StoreError>;

    /// The last entry whose key is less than `before`.
    fn last(&self, table: Table, before: &[u8]) -> Result<Option<Entry>, StoreError>;

    /// How many entries there are.
    fn count(&self, table: Table) -> Result<usize, StoreError>;

    /// The days for which there is a [`Table::Seen`], oldest first.
    fn seen_days(&self) -> Result<Vec<u32>, StoreError>;

    /// How many entries there are in all [`Table::Seen`], without walking over them.
    fn ids(&self) -> usize;
}
