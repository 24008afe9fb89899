//! What the host keeps for one running guest.

use std::sync::Arc;
use std::time::Duration;

use wasmtime::component::ResourceTable;
use wasmtime_wasi::random::Deterministic;
use wasmtime_wasi::{HostMonotonicClock, HostWallClock, WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};
use wasmtime_wasi_io::IoView;

use super::limits::Holding;
use super::log::Lines;
use super::stdio::Output;
use crate::model::terms::Terms;
use crate::model::time::Time;

/// Streams and pollables that one guest may hold in the host; Rust's standard library holds four.
const RESOURCES: usize = 64;

/// Random numbers at once; runtimes take some dozens as seeds.
const RANDOM_BYTES: u64 = 64 << 10;

/// The host's side of one guest; it lives for one call.
pub(super) struct Guest {
    pub(super) limits: Holding,
    pub(super) lines: Lines,
    /// How often it was interrupted so far.
    pub(super) ticks: u64,
    wasi: WasiCtx,
    table: ResourceTable,
}

impl Guest {
    /// `now` is all the time that the guest ever sees.
    pub(super) fn new(plugin: Arc<str>, terms: &Terms, now: Time) -> Self {
        let output = Output::default();
        let clock = Fixed(Duration::from_millis(now.millis()));
        let mut wasi = WasiCtxBuilder::new();
        wasi.stdout(output.clone())
            .stderr(output.clone())
            .wall_clock(clock)
            .monotonic_clock(clock)
            // The same input gives the same output, hash maps included.
            .insecure_random_seed(0);
        if terms.is_compat {
            inert(&mut wasi);
        }
        let mut table = ResourceTable::new();
        table.set_max_capacity(RESOURCES);
        let (limits, lines) = (Holding::within(terms.limits), Lines::new(plugin, output));
        Self { limits, lines, ticks: 0, wasi: wasi.build(), table }
    }
}

/// What can be imported by a compatible guest and gives nothing: no folder is open and no address is reached, as
/// nothing was granted; random numbers are the same in every call.
fn inert(wasi: &mut WasiCtxBuilder) {
    let numbers =
        || Deterministic::new((0..=u8::MAX).map(|n| n.wrapping_mul(167).wrapping_add(13)).collect());
    wasi.secure_random(numbers())
        .insecure_random(numbers())
        .max_random_size(RANDOM_BYTES)
        .allow_tcp(false)
        .allow_udp(false)
        .allow_ip_name_lookup(false);
}

impl WasiView for Guest {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl IoView for Guest {
    fn table(&mut self) -> &mut ResourceTable {
        &mut self.table
    }
}

/// A clock that stands still, so that it measures nothing.
#[derive(Clone, Copy)]
struct Fixed(Duration);

impl HostWallClock for Fixed {
    fn resolution(&self) -> Duration {
        Duration::from_millis(1)
    }

    fn now(&self) -> Duration {
        self.0
    }
}

impl HostMonotonicClock for Fixed {
    fn resolution(&self) -> u64 {
        1_000_000
    }

    fn now(&self) -> u64 {
        u64::try_from(self.0.as_nanos()).unwrap_or(u64::MAX)
    }
}
