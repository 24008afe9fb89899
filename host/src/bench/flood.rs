//! How long one provider's deliveries take while another's sender sends as fast as it is answered.
//!
//! One connection sends at a steady rate to one provider, by turns alone and beside the flood, so that whatever else the
//! machine does meets both.

use std::path::Path;
use std::time::Duration;

use serde::Serialize;

use super::figures::{Figures, ratio};
use super::load::{Load, Pace};
use super::report::{Row, Stored};
use super::requests::Maker;
use super::side::{self, Side};
use super::{BenchError, Options, TURNS, USUAL};

/// Of the provider that is measured.
const PER_SECOND: f64 = 200.0;
/// The flood is there before anything is measured, and stays until all of it was.
const AROUND: Duration = Duration::from_millis(250);

/// What a flood does to others.
#[derive(Debug, Serialize)]
pub struct Flooded {
    /// Connections of the flood.
    pub n: usize,
    /// Beside deliveries that are genuine.
    pub genuine: Beside,
    /// Beside deliveries whose signature does not fit.
    pub forged: Beside,
}

/// Deliveries to one provider.
#[derive(Debug, Serialize)]
pub struct Beside {
    /// While nobody else sends.
    pub alone: Row,
    /// While another provider is flooded.
    pub flooded: Row,
    /// Of the medians: so many times what it is alone.
    pub p50_ratio: f64,
    /// Of the 99th percentiles: so many times what it is alone.
    pub p99_ratio: f64,
}

/// Measures it, and counts what the store holds then.
pub(super) async fn run(folder: &Path, options: &Options) -> Result<(Flooded, Option<Stored>), BenchError> {
    let options = Options { providers: options.providers.max(2), ..options.clone() };
    let mut side = Side::hookhost(folder, &options).await?;
    let mut maker = Maker::new(&options);
    side.warm_up(&mut maker).await?;
    let genuine = beside(&mut side, &mut maker, Pace::Closed, &options).await?;
    let forged = beside(&mut side, &mut maker, Pace::Forged, &options).await?;
    Ok((Flooded { n: USUAL, genuine, forged }, side.counted().await?))
}

async fn beside(
    side: &mut Side,
    maker: &mut Maker,
    pace: Pace,
    options: &Options,
) -> Result<Beside, BenchError> {
    let [mut alone, mut flooded] = [Figures::default(), Figures::default()];
    let (time, another) = (options.time / TURNS, side::path(options.sender, 1));
    let calm = Load { connections: 1, pace: Pace::Open { per_second: PER_SECOND }, time };
    let flood = Load { connections: USUAL, pace, time: time + 2 * AROUND };
    for _ in 0..TURNS {
        alone.add(side.drive(maker, calm).await?);
        flooded.add(side.drive_beside(maker, calm, &another, (flood, AROUND)).await?);
    }
    let (alone, flooded) = (Row::new(&alone), Row::new(&flooded));
    Ok(Beside {
        p50_ratio: ratio(flooded.p50_ms, alone.p50_ms),
        p99_ratio: ratio(flooded.p99_ms, alone.p99_ms),
        alone,
        flooded,
    })
}
