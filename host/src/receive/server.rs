//! Accepts connections, bounded in number, headers and time.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use ipnet::IpNet;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::alarm::Alarm;
use super::peer;
use super::peers::Peers;
use crate::metrics::Level;
use crate::model::bounds;
use crate::model::time::Time;

/// How long `accept` rests after the operating system refused, which is mostly for want of descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Who may connect.
pub struct Door {
    /// Connections at one time; more wait to be accepted.
    pub connections: usize,
    /// Whose connections are not counted by their address: they come for many.
    pub trusted_proxies: Vec<IpNet>,
    /// Those that are open.
    pub open: Level,
}

/// Serves until `stop`, then lets the requests that were begun end, and leaves when nobody is left. Connections on
/// which nothing was begun are closed at once.
pub async fn serve(listener: TcpListener, router: Router, door: Door, stop: CancellationToken) {
    let graceful = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(door.connections));
    let (peers, too_many) = (Peers::new(&door.trusted_proxies), Alarm::default());
    loop {
        let place = tokio::select! {
            place = Arc::clone(&places).acquire_owned() => place.expect("the semaphore is never closed"),
            () = stop.cancelled() => break,
        };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stop.cancelled() => break,
        };
        let (stream, peer) = match accepted {
            Ok((stream, address)) => (stream, address.ip()),
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let Some(counted) = peers.count(peer) else {
            if too_many.is_due(Time::now()) {
                tracing::warn!(%peer, most = bounds::CONNECTIONS_PER_PEER, "too many connections from one address; more are closed");
            }
            continue;
        };
        // An answer is one small write; waiting to fill a packet only delays it.
        let _ = stream.set_nodelay(true);
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(bounds::REQUEST_READ)
            .max_headers(bounds::REQUEST_HEADERS)
            .max_buf_size(bounds::REQUEST_HEAD_BYTES)
            .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router.clone()));
        let connection = graceful.watch(connection);
        let open = door.open.one_more();
        tokio::spawn(async move {
            // A sender that breaks off is its own affair.
            let _: Result<(), hyper::Error> = peer::answering(peer, connection).await;
            drop((place, counted, open));
        });
    }
    drop(listener);
    graceful.shutdown().await;
}
