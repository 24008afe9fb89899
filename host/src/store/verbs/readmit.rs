//! A held delivery after its plugin has looked at it again.

use crate::model::id::DeliveryId;
use crate::model::name::ProviderName;
use crate::model::trace::TraceParent;
use crate::store::StoreError;
use crate::store::admission::{Incoming, Judged, Readmission, Readmitted};
use crate::store::key;
use crate::store::table::Table;
use crate::store::tally::Queue;
use crate::store::txn::Txn;

use super::admit::{Terms, admit_events, keep_delivery};
use super::show;

/// Tells a workflow that an event was held on its way.
const LATE: (&str, &str) = ("late", "true");

/// Admits the events of a delivery that is still held, or keeps the new reason why it is. One that goes on
/// waiting for its plugin keeps its place.
pub(crate) fn readmit(txn: &mut Txn<'_>, again: Readmission) -> Result<Readmitted, StoreError> {
    txn.require_space()?;
    let Readmission { delivery: id, judged, now, window, sender_waits } = again;
    // Its body is what an event without a part of its own is compared by.
    let Some(mut delivery) = show::delivery(txn, id)?.filter(|delivery| delivery.is_held()) else {
        return Ok(Readmitted::NotHeld);
    };
    let goes_on_waiting = matches!(judged, Judged::Waiting(_));
    let (verdict, mut events) = judged.into_verdict();
    match delivery.place {
        _ if goes_on_waiting => {}
        // Those that came after it have queued behind it, so it is not late.
        Some(place) => {
            txn.remove(Table::Waiting, &key::waiting(&delivery.provider, place));
            delivery.place = None;
        }
        None => {
            for Incoming { event, .. } in &mut events {
                event.attributes.push((LATE.0.into(), LATE.1.into()));
            }
        }
    }
    delivery.verdict = verdict;
    txn.leave(Queue::Held, id.as_bytes())?;
    let (body_hash, trace) =
        (key::body_hash(&delivery.request.body), TraceParent::of(&delivery.request.headers));
    let terms = Terms { body_hash, now, window, sender_waits, trace };
    let admitted = admit_events(txn, &delivery, events, &terms)?;
    let verdict = delivery.verdict.clone();
    keep_delivery(txn, delivery, &admitted, now)?;
    Ok(Readmitted::Judged(verdict, admitted))
}

/// The first of the deliveries that wait for a provider's plugin.
pub(crate) fn first_waiting(
    txn: &Txn<'_>,
    provider: &ProviderName,
) -> Result<Option<DeliveryId>, StoreError> {
    let first = txn.first(Table::Waiting, &key::waiting_for(provider))?;
    let unreadable = || StoreError::Unreadable("a place of a waiting delivery holds no id".into());
    first.map(|(_, id)| DeliveryId::from_bytes(&id).ok_or_else(unreadable)).transpose()
}
