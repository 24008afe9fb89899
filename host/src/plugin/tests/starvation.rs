//! Guests that never end leave the rest of the process room to work.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use axum::Router;
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::super::*;
use super::rogue::receiving;
use super::{engine, load};
use crate::model::bounds;

const WORKERS: usize = 2;
/// Requests in a row, first without and then with spinning guests; and how often.
const REQUESTS: usize = 25;
const ROUNDS: usize = 4;

/// How long each of some requests took, from a thread of its own, so that only the server can be late.
async fn asked(address: SocketAddr) -> Vec<Duration> {
    let ask = move || {
        let mut connection = TcpStream::connect(address).unwrap();
        connection.set_nodelay(true).unwrap();
        let one = |_| {
            let begun = Instant::now();
            connection.write_all(b"GET /health HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
            let mut answer = [0; 1024];
            let length = connection.read(&mut answer).unwrap();
            assert!(answer[..length].starts_with(b"HTTP/1.1 200"));
            thread::sleep(Duration::from_millis(1));
            begun.elapsed() - Duration::from_millis(1)
        };
        (0..REQUESTS).map(one).collect()
    };
    tokio::task::spawn_blocking(ask).await.unwrap()
}

fn at(times: &mut [Duration], percent: usize) -> Duration {
    times.sort_unstable();
    times[(times.len() * percent / 100).min(times.len() - 1)]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_twice_as_many_spinning_guests_as_workers_others_are_served() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new().route("/health", get(|| async { "ok" }));
    let server = tokio::spawn(async { axum::serve(listener, router).await });
    let engine = engine();
    let spinner = load(&engine, receiving("(loop $again (br $again)) unreachable")).await.unwrap();
    let (mut quiet, mut busy) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        quiet.extend(asked(address).await);
        let mut spinning = JoinSet::new();
        for _ in 0..2 * WORKERS {
            let spinner = spinner.clone();
            // For ever, as far as this test goes, so that there are always as many.
            spinning.spawn(async move {
                let spin = async |store: &mut _, adapter: &bindings::Plugin| {
                    let context = super::context().into();
                    let request = (&super::request(b"")).into();
                    adapter.hookhost_provider_provider().call_receive(store, &context, &request).await
                };
                spinner.0.sandboxes.run(Time(0), u64::MAX, spin).await.map(drop)
            });
        }
        busy.extend(asked(address).await);
        assert!(spinning.try_join_next().is_none(), "all of them spin until they are given up");
        spinning.shutdown().await;
    }
    server.abort();
    println!(
        "half, 90 % and 99 % of the requests took {:?}, {:?} and {:?}; with {} spinning guests {:?}, {:?} and {:?}",
        at(&mut quiet, 50),
        at(&mut quiet, 90),
        at(&mut quiet, 99),
        2 * WORKERS,
        at(&mut busy, 50),
        at(&mut busy, 90),
        at(&mut busy, 99),
    );
    // Two guests take a tick each on every worker before the server gets its turn. Without fair yielding it would
    // wait for sixty ticks (measured). The machine's own slowness is in both, and half of the
    // requests are judged, since on a busy one the slowest say more of others.
    let fair = 20 * at(&mut quiet, 50).max(bounds::PLUGIN_TICK);
    assert!(at(&mut busy, 50) < fair, "{:?} of {fair:?}", at(&mut busy, 50));
}
