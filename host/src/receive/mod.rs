//! HTTP in: from a request to an acknowledgement. The only place that chooses status codes.

mod alarm;
mod body;
mod claimed;
mod count;
pub mod executions;
mod health;
mod rate;
mod read;
pub mod reply;
pub mod server;
mod wait;
mod webhook;

use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use tokio::sync::Semaphore;

use self::alarm::Alarm;
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
    /// Who tells of ends.
    pub completions: Completions,
    /// Which providers refuse replies.
    pub circuits: Arc<Circuits>,
    /// The largest body, in bytes.
    pub body_limit: usize,
    /// What is counted.
    pub metrics: Metrics,
    in_flight: Arc<Semaphore>,
    too_many_ids: Alarm,
    bodies: body::Budget,
    handshakes: rate::Rate,
    diagnoses: rate::Rate,
    claimed: rate::Rate,
}

impl Receiver {
    /// Puts the parts together.
    pub fn new(
        store: SharedStore,
        live: Live,
        arrivals: Announcements,
        completions: Completions,
        circuits: Arc<Circuits>,
        body_limit: usize,
        metrics: Metrics,
    ) -> Self {
        let in_flight = Arc::new(Semaphore::new(bounds::DELIVERIES_IN_FLIGHT));
        Self {
            store,
            live,
            arrivals,
            completions,
            circuits,
            body_limit,
            metrics,
            in_flight,
            too_many_ids: Alarm::default(),
            bodies: body::Budget::default(),
            handshakes: rate::Rate::new(bounds::HANDSHAKES_PER_WINDOW),
            diagnoses: rate::Rate::new(bounds::DIAGNOSES_PER_WINDOW),
            claimed: rate::Rate::new(bounds::CLAIMED_PER_WINDOW),
        }
    }
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
