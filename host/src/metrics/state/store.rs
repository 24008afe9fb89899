//! What is seen of the store: what waits in it, and where it is kept.

use super::State;
use super::seen::{Seen, by, count, float, gauge, one, truth};
use crate::model::time::Time;

impl State {
    pub(super) fn of_the_queues(&self) -> Vec<Seen> {
        let age = |since: Option<Time>| since.map_or(0.0, |since| self.now.since(since).as_secs_f64());
        let events = [("queued", float(self.events_queued)), ("running", float(self.events_running))];
        let ages = [
            ("events", age(self.oldest_event)),
            ("replies", age(self.oldest_reply)),
            ("held", age(self.oldest_held)),
        ];
        let lanes = [("events", count(self.event_lanes)), ("replies", count(self.reply_lanes))];
        let held = "Deliveries that wait for somebody to look, or for their plugin";
        let oldest = "How long ago that came in which waits longest, 0 where nothing waits";
        vec![
            gauge(
                "hookhost_events_waiting",
                "Events that have not ended, by how far they are",
                by("state", events),
            ),
            gauge("hookhost_replies_waiting", "Replies that are owed", one(float(self.replies_owed))),
            gauge("hookhost_deliveries_held", held, one(float(self.deliveries_held))),
            gauge("hookhost_oldest_waiting_seconds", oldest, by("what", ages)),
            gauge(
                "hookhost_lanes",
                "Conversations in which something waits or is worked on",
                by("of", lanes),
            ),
        ]
    }

    pub(super) fn of_the_disk(&self) -> Vec<Seen> {
        let broken = "Whether the store refuses everything until it is open again";
        vec![
            gauge("hookhost_ids_remembered", "Ids of events that would be known again", one(count(self.ids))),
            gauge("hookhost_ids_max", "How many may be remembered", one(f64::from(self.ids_max))),
            gauge("hookhost_store_is_broken", broken, one(truth(self.store_is_broken))),
            gauge("hookhost_data_bytes", "What the data folder takes", one(self.data_bytes.map(float))),
            gauge(
                "hookhost_disk_free_bytes",
                "What is free on its disk",
                one(self.disk_free_bytes.map(float)),
            ),
        ]
    }
}
