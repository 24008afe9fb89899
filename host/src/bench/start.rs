//! What a start costs: the time until it listens, with every shipped plugin, and the memory that it holds then.

use std::path::Path;
use std::time::Duration;

use serde::Serialize;
use tokio::time::sleep;

use super::figures::percentile;
use super::process::Server;
use super::side::variables;
use super::{BenchError, Options};
use crate::plugin::source;

/// Starts that find their adapters compiled.
const STARTS: usize = 5;
/// What a start has allocated for itself alone is given back by then.
const SETTLED: Duration = Duration::from_millis(500);

/// Starts of Hookhost with every shipped plugin. Their time is that from running the program to the line that says
/// where it listens.
#[derive(Debug, Serialize)]
pub struct Start {
    /// Adapters that were configured.
    pub adapters: usize,
    /// How often it was started with adapters that an earlier start had compiled.
    pub n: usize,
    /// Half of these starts took at most so many milliseconds.
    pub p50_ms: f64,
    /// The longest of them, in milliseconds.
    pub longest_ms: f64,
    /// The start before them, which found nothing compiled, in milliseconds.
    pub compiling_ms: f64,
    /// The most that one of them held of the memory half a second later, in bytes.
    pub idle_bytes: u64,
}

/// Starts it once, so that it keeps what it compiles, and then as often as is counted.
pub(super) async fn run(folder: &Path, options: &Options) -> Result<Start, BenchError> {
    let (plugins, _) = source::discover(None);
    let sections: String = plugins.iter().map(|plugin| format!("\n[providers.{}]\n", plugin.name)).collect();
    // Nobody sends here: one secret for all of them is enough to be served.
    let variables = variables(options);
    let start = || Server::hookhost(folder, &sections, &variables);

    let first = start().await?;
    let compiling_us = micros(first.started_in);
    first.stop().await?;
    let (mut times_us, mut idle_bytes) = (Vec::new(), 0);
    for _ in 0..STARTS {
        let server = start().await?;
        times_us.push(micros(server.started_in));
        sleep(SETTLED).await;
        idle_bytes = idle_bytes.max(server.memory().now);
        server.stop().await?;
    }
    times_us.sort_unstable();
    let ms = |us| f64::from(us) / 1000.0;
    Ok(Start {
        adapters: plugins.len(),
        n: STARTS,
        p50_ms: ms(percentile(&times_us, 0.5)),
        longest_ms: ms(percentile(&times_us, 1.0)),
        compiling_ms: ms(compiling_us),
        idle_bytes,
    })
}

fn micros(time: Duration) -> u32 {
    u32::try_from(time.as_micros()).unwrap_or(u32::MAX)
}
