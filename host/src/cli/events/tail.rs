//! `hookhost events tail`: events as they come and change.

use std::collections::HashMap;
use std::time::Duration;

use super::args::TailArgs;
use super::list::{self, event_cells};
use super::source::Source;
use super::{say, say_json};
use crate::cli::client::running;
use crate::cli::failure::Failure;
use crate::cli::open;
use crate::inspect::view::event::EventRow;
use crate::model::bounds::EVENTS_PER_LOOK;
use crate::model::id::ExecutionId;
use crate::model::time::Time;
use crate::store::listing::{EventFilter, Look};

const EVERY: Duration = Duration::from_secs(1);
/// Events that are shown at first, so that there is something to see.
const AT_FIRST: usize = 10;
/// Looks at one time: an event that waits while very many others pass is lost sight of.
const LOOKS: usize = 5;
/// An event is seen this long after its id was given out: it has to become durable first.
const LATEST: Duration = Duration::from_secs(5);

pub(super) async fn tail(args: &TailArgs) -> Result<(), Failure> {
    let config = open::config(&args.store.config, args.store.overrides())?;
    let Some(client) = running(&config.store.path).await? else {
        let what = format!("no host runs on {}", config.store.path.display());
        return Err(Failure::new(what, "start it with: hookhost serve; or name its folder with --data"));
    };
    let (source, filter) = (Source::Running(client), args.filter());
    let mut followed = Followed::default();
    let mut looked_at = Time::now();
    let mut rows = list::events(&source, &filter, AT_FIRST).await?;
    loop {
        for event in followed.take_in(rows, looked_at) {
            if !print(&event, args.json) {
                return Ok(());
            }
        }
        tokio::time::sleep(EVERY).await;
        looked_at = Time::now();
        rows = look(&source, &followed.narrowed(&filter)).await?;
    }
}

async fn look(source: &Source, filter: &EventFilter) -> Result<Vec<EventRow>, Failure> {
    let (mut rows, mut before) = (Vec::new(), None);
    for _ in 0..LOOKS {
        let page = source.events(filter, Look { before, max: EVENTS_PER_LOOK }).await?;
        rows.extend(page.items);
        before = page.next;
        if before.is_none() {
            break;
        }
    }
    Ok(rows)
}

/// What was printed, as far as it may change or something may come beside it.
#[derive(Debug, Default)]
struct Followed {
    known: HashMap<ExecutionId, EventRow>,
    /// When the first of all that was printed was taken in.
    began: Option<Time>,
    /// Nothing older is looked at.
    since: Time,
}

impl Followed {
    /// The filter without what is not looked at any more.
    fn narrowed(&self, filter: &EventFilter) -> EventFilter {
        let mut filter = filter.clone();
        filter.origin.since = filter.origin.since.max(Some(self.since));
        filter
    }

    /// Remembers what a look found, newest first, and gives what is new or changed, oldest first.
    fn take_in(&mut self, rows: Vec<EventRow>, looked_at: Time) -> Vec<EventRow> {
        let mut news: Vec<EventRow> =
            rows.iter().filter(|row| self.known.get(&row.id) != Some(*row)).cloned().collect();
        news.reverse();
        let seen_until = looked_at.minus(LATEST);
        let began = *self.began.get_or_insert(rows.last().map_or(seen_until, |row| row.admitted_at_ms));
        let unfinished = rows.iter().filter(|row| !row.state.is_final()).map(|row| row.admitted_at_ms).min();
        self.since = unfinished.map_or(seen_until, |at| at.min(seen_until)).max(began);
        self.known = rows.into_iter().map(|row| (row.id, row)).collect();
        news
    }
}

/// Whether anybody still reads.
fn print(event: &EventRow, as_json: bool) -> bool {
    if as_json { say_json(event) } else { say(&format!("{}\n", event_cells(event).join("  ").trim_end())) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::id::DeliveryId;
    use crate::store::execution::StateName;

    const SECOND: Duration = Duration::from_secs(1);

    fn row(admitted_at: Time, state: StateName) -> EventRow {
        EventRow {
            id: ExecutionId::new(),
            admitted_at_ms: admitted_at,
            received_at_ms: admitted_at,
            provider: "telegram".parse().unwrap(),
            topic: "message.text".into(),
            account: None,
            conversation: None,
            sender: None,
            state,
            reason: None,
            attempts: 0,
            workflow: None,
            delivery: DeliveryId::new(),
            replay_of: None,
            replays: vec![],
        }
    }

    #[test]
    fn an_event_is_printed_when_it_comes_and_when_it_changes() {
        let now = Time(1_790_000_000_000);
        let mut followed = Followed::default();
        let done = row(now.minus(SECOND * 60), StateName::Done);
        let waits = row(now.minus(SECOND * 30), StateName::Queued);
        assert_eq!(followed.take_in(vec![waits.clone(), done.clone()], now), [done, waits.clone()]);
        assert_eq!(followed.since, waits.admitted_at_ms, "what has ended is not looked at again");
        assert_eq!(followed.take_in(vec![waits.clone()], now.plus(SECOND)), []);

        let ran = EventRow { state: StateName::Done, ..waits };
        let new = row(now.plus(SECOND), StateName::Done);
        let later = now.plus(SECOND * 2);
        assert_eq!(followed.take_in(vec![new.clone(), ran.clone()], later), [ran, new.clone()]);
        assert_eq!(followed.since, later.minus(LATEST));
        assert_eq!(followed.take_in(vec![new], later.plus(SECOND)), []);
    }

    #[test]
    fn what_came_before_the_first_look_is_not_looked_for() {
        let now = Time(1_790_000_000_000);
        let mut followed = Followed::default();
        followed.take_in(vec![row(now, StateName::Done)], now);
        assert_eq!(followed.since, now);
        let asked = EventFilter::default();
        assert_eq!(followed.narrowed(&asked).origin.since, Some(now));

        let mut nothing = Followed::default();
        assert_eq!((nothing.take_in(vec![], now), nothing.since), (vec![], now.minus(LATEST)));
    }
}
