//! HTTP in: from a request to an acknowledgement. The only place that chooses status codes.

mod alarm;
mod body;
mod claimed;
mod count;
pub mod executions;
mod forwarded;
mod health;
mod intake;
mod peer;
mod peers;
mod rate;
mod read;
pub mod reply;
pub mod server;
mod share;
mod turns;
mod wait;
mod webhook;

use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use ipnet::IpNet;
use tokio_util::sync::CancellationToken;

use self::alarm::Alarm;
use crate::backlog::Backlog;
use crate::dispatch::circuit::Circuits;
use crate::dispatch::completions::Completions;
use crate::dispatch::workers::Announcements;
use crate::live::Live;
use crate::metrics::Metrics;
use crate::model::bounds;
use crate::store::SharedStore;

/// What receiving needs.
pub struct Receiver {
    /// Where deliveries become durable.
    pub store: SharedStore,
    /// Who may send, and what they may call, as of now.
    pub live: Live,
    /// Who is told of new events.
    pub arrivals: Announcements,
    /// Who takes up what waits for a plugin.
    pub backlog: Backlog,
    /// Who tells of ends.
    pub completions: Completions,
    /// Which providers refuse replies.
    pub circuits: Arc<Circuits>,
    /// What holds for all requests.
    pub settings: Settings,
    /// What is counted.
    pub metrics: Metrics,
    in_flight: share::Pool,
    turns: turns::Turns,
    bodies: share::Pool,
    alarms: Alarms,
    handshakes: rate::Rate,
    diagnoses: rate::Rate,
    claimed: rate::Rate,
    refusals_told: rate::Rate,
}

/// What holds for all requests.
pub struct Settings {
    /// The largest body, in bytes.
    pub body_limit: usize,
    /// From whom it is believed who sent a request that they hand on.
    pub trusted_proxies: Vec<IpNet>,
    /// When this is cancelled, no run begins any more.
    pub stop: CancellationToken,
}

impl Receiver {
    /// Puts the parts together.
    pub fn new(
        store: SharedStore,
        live: Live,
        (arrivals, backlog): (Announcements, Backlog),
        completions: Completions,
        circuits: Arc<Circuits>,
        settings: Settings,
        metrics: Metrics,
    ) -> Self {
        Self {
            store,
            live,
            arrivals,
            backlog,
            completions,
            circuits,
            settings,
            metrics,
            in_flight: share::Pool::of(bounds::DELIVERIES_IN_FLIGHT),
            turns: turns::Turns::new(),
            bodies: share::Pool::of(bounds::BODIES_BYTES),
            alarms: Alarms::default(),
            handshakes: rate::Rate::new(bounds::HANDSHAKES_PER_WINDOW),
            diagnoses: rate::Rate::new(bounds::DIAGNOSES_PER_WINDOW),
            claimed: rate::Rate::new(bounds::CLAIMED_PER_WINDOW),
            refusals_told: rate::Rate::new(bounds::REFUSALS_TOLD_PER_WINDOW),
        }
    }
}

/// What every delivery may meet for days, each told now and then.
#[derive(Default)]
struct Alarms {
    too_many_ids: Alarm,
    queue_is_full: Alarm,
}

/// All paths of the public listener.
pub fn router(receiver: Receiver) -> Router {
    Router::new()
        .route("/health", get(health::health))
        .route("/ready", get(health::ready))
        .route("/executions/{id}", get(executions::show))
        // Providers may have any path, so they are found by the handler.
        .fallback(webhook::receive)
        .with_state(Arc::new(receiver))
}
