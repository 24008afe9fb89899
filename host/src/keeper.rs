//! Keeps the data folder small: forgets what is finished, what no sender repeats any more and files that no
//! link leads to, in small steps.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::media::shelf::Shelf;
use crate::model::time::Time;
use crate::store::{Forgotten, SharedStore, StoreError};

/// How long things are kept.
#[derive(Debug, Clone, Copy)]
pub struct Keep {
    /// Finished events with their deliveries and replies.
    pub finished: Duration,
    /// Ids of events.
    pub ids: Duration,
}

/// How often the keeper looks for what is old.
const EVERY: Duration = Duration::from_secs(600);
/// Ids are forgotten by whole days, so an outcome is kept a day longer than its id has to be.
const DAY: Duration = Duration::from_secs(86_400);
/// What it forgets in one transaction, so that admissions never wait long for it.
const STEP: usize = 200;
/// Its rest between two steps.
const REST: Duration = Duration::from_millis(50);

/// Looks at once and then every ten minutes, until `stop`.
pub async fn run(store: SharedStore, shelf: Arc<Shelf>, keep: Keep, stop: CancellationToken) {
    let mut ticks = tokio::time::interval(EVERY);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = stop.cancelled() => return,
        }
        shelf.sweep(Time::now());
        match forget(&store, keep, &stop).await {
            Ok((Forgotten { looked_at: 0, .. }, 0)) => {}
            Ok((gone, days_of_ids)) => tracing::info!(
                events = gone.executions,
                deliveries = gone.deliveries,
                days_of_ids,
                kept_for_longer = gone.put_off,
                "forgot what was old"
            ),
            Err(error) => tracing::warn!(%error, "could not forget what is old"),
        }
    }
}

async fn forget(
    store: &SharedStore,
    keep: Keep,
    stop: &CancellationToken,
) -> Result<(Forgotten, usize), StoreError> {
    let days = store.forget_ids(Time::now(), keep.ids).await?;
    let mut all = Forgotten::default();
    while !stop.is_cancelled() {
        let step = store.forget_finished(Time::now(), keep.finished, keep.ids + DAY, STEP).await?;
        all.looked_at += step.looked_at;
        all.put_off += step.put_off;
        all.executions += step.executions;
        all.deliveries += step.deliveries;
        if step.looked_at < STEP {
            break;
        }
        tokio::time::sleep(REST).await;
    }
    Ok((all, days))
}
