//! How fast deliveries become durable on this machine, beside a native handler.
//!
//! The real server and a native one, each a process of its own with a scratch folder, are driven in turns by the
//! same load, so that a machine that drifts drifts for both. Afterwards their stores are opened and counted:
//! what was acknowledged must be there. What a start costs is measured last, when nothing else runs.

pub mod cycle;
mod figures;
pub mod flood;
mod load;
pub mod native;
mod native_events;
mod process;
pub mod report;
mod requests;
pub mod sender;
mod side;
mod start;

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use self::figures::Figures;
use self::load::{Load, Pace};
use self::report::{Compared, Measured, Report, Stored};
use self::requests::Maker;
use self::sender::Sender;
use self::side::Side;
use crate::metrics::StoreMetrics;
use crate::store::open::OpenError;
use crate::store::{Ceilings, Store as _, StoreError};

/// Connections that send at the same time, one row each.
const CONNECTIONS: [usize; 4] = [1, 16, 64, 256];
/// Where the open loop and the forged deliveries are measured.
const USUAL: usize = 64;
/// The open loop sends this share of what the slower side took at [`USUAL`] connections.
const OPEN_SHARE: f64 = 0.5;
/// Turns of each side in one row, in the order A B B A.
const TURNS: u32 = 2;
/// What is sent before anything is counted.
const WARM_UP: Duration = Duration::from_millis(400);

/// Nothing that is measured here comes near one.
const NO_CEILINGS: Ceilings = Ceilings { max_ids: u32::MAX, max_queued: u32::MAX };

/// What is to be measured.
#[derive(Debug, Clone)]
pub struct Options {
    /// Whose deliveries are sent.
    pub sender: Sender,
    /// What they are signed with: a text that protects nothing, so that it may be handed to the servers.
    pub secret: String,
    /// How long each figure is measured, turns taken together.
    pub time: Duration,
    /// So many providers are configured on the one plugin; the first gets the deliveries.
    pub providers: usize,
    /// A server that is already running, in place of the native handler.
    pub beside: Option<Beside>,
    /// Whether it is measured, too, what a flood on one provider does to another.
    pub flood: bool,
    /// Whether whole cycles are measured too: delivery, workflow, answer.
    pub cycle: bool,
}

/// A server to compare with.
#[derive(Debug, Clone)]
pub struct Beside {
    /// Where it takes deliveries.
    pub address: SocketAddr,
    /// At which path.
    pub path: String,
    /// Where the workflow and the provider's API stand in for whole cycles, since it has to know before.
    pub stand_ins: Option<SocketAddr>,
}

/// Why nothing could be measured.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    /// The scratch folder or a process of this machine failed.
    #[error("{0}: {1}")]
    Machine(&'static str, #[source] io::Error),
    /// A server did not come up, or ended.
    #[error("{name} did not start: {why}")]
    NotStarted {
        /// Which.
        name: String,
        /// Its last words.
        why: String,
    },
    /// A server answered otherwise than it has to.
    #[error("{name} answered {status} to a delivery")]
    Refused {
        /// Which.
        name: String,
        /// The status code.
        status: u16,
    },
    /// The store of a server could not be counted.
    #[error("the store cannot be opened again: {0}")]
    Open(#[from] OpenError),
    /// The same.
    #[error("the store cannot be counted: {0}")]
    Store(#[from] StoreError),
}

/// Measures everything.
///
/// # Errors
/// Nothing was measured; each variant says where to look.
pub async fn run(options: &Options) -> Result<Report, BenchError> {
    let scratch = tempfile::Builder::new().prefix("hookhost-bench-").tempdir();
    let scratch = scratch.map_err(|error| BenchError::Machine("no scratch folder can be made", error))?;
    let mut sides = [
        Side::hookhost(&scratch.path().join("hookhost"), options).await?,
        Side::other(&scratch.path().join("other"), options).await?,
    ];
    let idle = sides[0].memory();
    let mut maker = Maker::new(options);
    for side in &mut sides {
        side.warm_up(&mut maker).await?;
    }
    let mut connections = Vec::new();
    for n in CONNECTIONS {
        connections.push(compare(&mut sides, &mut maker, n, Pace::Closed, options.time).await?);
    }
    let usual = connections.iter().find(|row| row.n == USUAL).expect("it is one of the rows");
    let rate = usual.hookhost.per_second.min(usual.native.per_second) * OPEN_SHARE;
    let open = compare(&mut sides, &mut maker, USUAL, Pace::Open { per_second: rate }, options.time).await?;
    let forged = compare(&mut sides, &mut maker, USUAL, Pace::Forged, options.time / 2).await?;
    let peaks = [sides[0].memory(), sides[1].memory()];
    let [hookhost, other] = sides;
    let stored = vec![hookhost.counted().await?, other.counted().await?];
    let (flood, flooded) = match options.flood {
        true => flood::run(&scratch.path().join("flood"), options)
            .await
            .map(|(flood, stored)| (Some(flood), stored))?,
        false => (None, None),
    };
    let stored: Vec<Stored> = stored.into_iter().flatten().chain(flooded).collect();
    let cycle = match options.cycle {
        true => Some(cycle::run(&scratch.path().join("cycle"), options).await?),
        false => None,
    };
    let start = start::run(&scratch.path().join("start"), options).await?;
    let measured = Measured { connections, open, forged, flood, cycle, stored, start };
    Ok(Report::new(options, measured, idle, peaks))
}

/// One row: both sides in turns under the same load.
async fn compare(
    sides: &mut [Side; 2],
    maker: &mut Maker,
    n: usize,
    pace: Pace,
    time: Duration,
) -> Result<Compared, BenchError> {
    let mut figures = [Figures::default(), Figures::default()];
    for turn in 0..TURNS {
        let order = if turn % 2 == 0 { [0, 1] } else { [1, 0] };
        for which in order {
            let load = Load { connections: n, pace, time: time / TURNS };
            figures[which].add(sides[which].drive(maker, load).await?);
        }
    }
    Ok(Compared::new(n, &figures))
}

/// What a stored folder holds.
async fn count(folder: &std::path::Path) -> Result<usize, BenchError> {
    let store = crate::store::sled::SledStore::open(folder, 0, NO_CEILINGS, StoreMetrics::default())?;
    Ok(store.counts().await?.executions)
}

/// The folder of a server's store below its own.
fn data(folder: &std::path::Path) -> PathBuf {
    folder.join("data")
}
