//! How the WebAssembly engine is set up, with the reason for each choice.

use std::num::NonZeroUsize;

use wasmtime::{Config, Enabled, InstanceAllocationStrategy, OptLevel, PoolingAllocationConfig};

use super::limits;
#[cfg(doc)]
use super::reset::Reset;
use crate::model::bounds;

const KIB: usize = 1 << 10;

/// The pool is a little larger than what may run at a time, so that it is never what a call fails on.
const SLOTS: u32 = bounds::PLUGIN_SANDBOXES as u32 + 4;

/// Sandboxes from a pool of address space that is reserved once. `scan`: as [`Reset::Written`] says.
pub(super) fn pooled(scan: bool) -> Config {
    pool(scan, SLOTS, limits::MEMORIES as u32)
}

/// The same, of another size.
pub(super) fn pool(scan: bool, slots: u32, memories_each: u32) -> Config {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(slots)
        .total_stacks(slots)
        .total_core_instances(slots * limits::CORE_INSTANCES as u32)
        .total_memories(slots * memories_each)
        .total_tables(slots * limits::TABLES as u32)
        .max_core_instances_per_component(limits::CORE_INSTANCES as u32)
        .max_memories_per_component(memories_each)
        .max_tables_per_component(limits::TABLES as u32)
        // Address space of 4 GiB is reserved for each memory anyway; what a plugin may use of it, its limits say.
        .max_memory_size(bounds::PLUGIN_MEMORY_BYTES_MAX)
        .table_elements(bounds::PLUGIN_TABLE_ELEMENTS)
        .max_unused_warm_slots(16)
        // With the scan only pages that were written are reset; without it all of these bytes are.
        .linear_memory_keep_resident(if scan { 256 * KIB } else { 64 * KIB })
        .table_keep_resident(16 * KIB)
        .pagemap_scan(if scan { Enabled::Yes } else { Enabled::No });
    let mut config = common();
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    config
}

/// Sandboxes that are mapped for each call, with no more address space than they may use.
pub(super) fn on_demand() -> Config {
    let mut config = common();
    config
        .allocation_strategy(InstanceAllocationStrategy::OnDemand)
        .memory_reservation(bounds::PLUGIN_MEMORY_BYTES as u64)
        .memory_reservation_for_growth(0);
    config
}

fn common() -> Config {
    let mut config = Config::new();
    config
        // Guests are synchronous; the event loop for asynchronous ones would cost four times a call.
        .concurrency_support(false)
        // Fuel would be exact but costs 44 % where the epoch costs 26 %.
        .epoch_interruption(true)
        .max_wasm_stack(512 * KIB)
        .async_stack_size(1024 * KIB)
        // What no adapter needs is not there to be attacked.
        .wasm_multi_memory(false)
        .wasm_memory64(false)
        .wasm_relaxed_simd(false)
        .wasm_tail_call(false)
        .wasm_backtrace_max_frames(NonZeroUsize::new(8))
        .cranelift_opt_level(OptLevel::Speed);
    config
}
