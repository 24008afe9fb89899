//! Takes a verified delivery in: understands it, makes it durable, and tells who is to know.

use std::sync::Arc;

use super::reply::Problem;
use super::share::Share;
use super::{Receiver, count};
use crate::adapt::{Adapted, adapt};
use crate::metrics::{Kind as _, Verdict};
use crate::model::fault_point::FaultPoint;
use crate::model::http;
use crate::model::time::Time;
use crate::model::trace::TraceParent;
use crate::provider::Provider;
use crate::store::StoreError;
use crate::store::admission::{Admission, Admitted, Arrival, Judged};
use crate::telemetry::execution_span;
use crate::verify::Verified;

/// What was taken in, and what is to be answered.
pub(super) struct Taken {
    pub(super) admission: Admission,
    pub(super) held_for: Option<String>,
    pub(super) response: Option<http::Response>,
}

/// Takes a verified delivery in. It runs as a task of its own, since a sender that hangs up ends its
/// request: what is durable by then must be announced all the same, for its repeat is only a duplicate.
pub(super) async fn take_in(
    receiver: &Arc<Receiver>,
    provider: &Arc<Provider>,
    verified: Verified,
    now: Time,
    counted: Share,
) -> Result<Taken, Problem> {
    let mut in_flight = receiver.in_flight.share(&provider.intake.in_flight);
    if !in_flight.take(1) {
        provider.metrics.deliveries.count(Verdict::Unavailable);
        return Err(Problem::Busy("too many deliveries at once"));
    }
    let (receiver, provider) = (Arc::clone(receiver), Arc::clone(provider));
    let taking = tokio::spawn(async move {
        let _turn = receiver.turns.turn(&provider.intake.turns).await;
        let taken = understand_and_admit(&receiver, &provider, verified, now).await;
        // The body is on disk; whoever waits for a result keeps no memory of it.
        drop((in_flight, counted));
        if let Err(problem) = &taken {
            provider.metrics.deliveries.count(count::not_stored(problem));
        }
        taken
    });
    taking.await.unwrap_or_else(|error| {
        tracing::error!(%error, "taking a delivery in broke off");
        Err(Problem::Busy("the delivery could not be taken in"))
    })
}

async fn understand_and_admit(
    receiver: &Receiver,
    provider: &Provider,
    verified: Verified,
    now: Time,
) -> Result<Taken, Problem> {
    let secret = verified.secret();
    // Kept until the delivery is stored. Only then the setup is asked: what enters after an exchange must be
    // understood by what was put in place, or it would wait for a plugin that is back already.
    let must_queue = provider.queue.enter().await;
    let setup = receiver.live.now();
    let provider = setup.providers.get(&provider.name).map_or(provider, |current| current);
    let Adapted { judged, response } = if *must_queue {
        provider.try_out(verified.request(), now).await;
        Adapted::queued()
    } else {
        adapt(provider, &setup, verified.request(), now).await?
    };
    FaultPoint::Adapted.reached();
    let held_for = match &judged {
        Judged::Held(reason) | Judged::Waiting(reason) => Some(reason.clone()),
        Judged::Accepted(_) | Judged::Ignored(_) => None,
    };
    let judged_as = count::judged(&judged);
    let is_first_to_wait = !*must_queue && begins_a_queue(provider, &judged);
    let waits = provider.manifest.acknowledgement.hold_ms.is_some();
    let arrival = Arrival::new(provider.name.clone(), verified, judged, now, provider.window, waits);
    let trace = arrival.trace();
    let admission = receiver.store.admit(arrival).await.map_err(|error| {
        log_refused(receiver, provider, &error, now);
        Problem::from(&error)
    })?;
    drop(must_queue);
    FaultPoint::Admitted.reached();
    let verdict = judged_as.unwrap_or_else(|| count::accepted(&admission.events));
    provider.metrics.deliveries.count(verdict);
    announce(receiver, provider, &admission, (secret, trace), held_for.as_deref());
    if is_first_to_wait {
        receiver.backlog.begin(provider).await;
    }
    Ok(Taken { admission, held_for, response })
}

/// Whether others have to wait from now on: it waits itself, or its plugin has just failed once too often.
fn begins_a_queue(provider: &Provider, judged: &Judged) -> bool {
    let waits = matches!(judged, Judged::Waiting(_));
    provider.plugin.is_some() && (waits || provider.calls.receiving_pause().is_some())
}

/// At a ceiling every delivery may be refused for days: that is said now and then.
fn log_refused(receiver: &Receiver, provider: &Provider, error: &StoreError, now: Time) {
    let provider = &provider.name;
    match error {
        StoreError::TooManyIds { .. } if receiver.alarms.too_many_ids.is_due(now) => {
            tracing::error!(%provider, %error, "deliveries with new ids are refused; raise `max_ids` in [store], or shorten `dedupe_window`");
        }
        StoreError::QueueFull { .. } if receiver.alarms.queue_is_full.is_due(now) => {
            tracing::error!(%provider, %error, "deliveries are refused until some have run; look at what runs them, or raise `max_queued` in [store]");
        }
        StoreError::TooManyIds { .. } | StoreError::QueueFull { .. } => {
            tracing::debug!(%provider, %error, "a delivery was refused");
        }
        _ => tracing::error!(%provider, %error, "a delivery was refused"),
    }
}

/// Tells the workers and the log what was admitted.
fn announce(
    receiver: &Receiver,
    provider: &Provider,
    admission: &Admission,
    (secret, trace): (Option<usize>, Option<TraceParent>),
    held_for: Option<&str>,
) {
    let (mut new, mut repeated) = (0, 0);
    for admitted in &admission.events {
        provider.metrics.events.count(count::admitted(admitted));
        match admitted {
            Admitted::New(ticket) => {
                new += 1;
                receiver.arrivals.arrived(ticket.lane);
            }
            Admitted::Recorded(_) => new += 1,
            Admitted::Duplicate(_) | Admitted::Stale(_) => repeated += 1,
            Admitted::Conflict { first, recorded } => {
                repeated += 1;
                tracing::warn!(provider = %provider.name, delivery = %admission.delivery, %first, %recorded, "an id came again with other content; it is not run");
            }
        }
    }
    let (delivery, secret) = (admission.delivery, count::secret(secret).as_str());
    match held_for {
        Some(reason) => tracing::warn!(provider = %provider.name, %delivery, %secret, %reason, "held"),
        None => match &admission.events[..] {
            // What is logged of it later stands under the same span.
            [Admitted::New(ticket)] => {
                let span = execution_span(ticket.execution, &provider.name, Some(delivery), trace);
                span.in_scope(|| tracing::info!(%secret, new, not_run = repeated, "admitted"));
            }
            _ => {
                tracing::info!(provider = %provider.name, %delivery, %secret, new, not_run = repeated, "admitted");
            }
        },
    }
}
