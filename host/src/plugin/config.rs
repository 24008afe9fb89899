//! How the WebAssembly engine is set up, with the reason for each choice.

use std::fs;
use std::num::NonZeroUsize;

use wasmtime::{Config, Enabled, InstanceAllocationStrategy, OptLevel, PoolingAllocationConfig};

use super::limits;
use crate::model::bounds;

const KIB: usize = 1 << 10;

/// The pool is a little larger than what may run at a time, so that it is never what a call fails on.
const SLOTS: u32 = bounds::PLUGIN_SANDBOXES as u32 + 4;

/// Sandboxes from a pool of address space that is reserved once. `scan`: see [`may_scan_pages`].
pub(super) fn pooled(scan: bool) -> Config {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(SLOTS)
        .total_stacks(SLOTS)
        .total_core_instances(SLOTS * limits::CORE_INSTANCES as u32)
        .total_memories(SLOTS * limits::MEMORIES as u32)
        .total_tables(SLOTS * limits::TABLES as u32)
        .max_core_instances_per_component(limits::CORE_INSTANCES as u32)
        .max_memories_per_component(limits::MEMORIES as u32)
        .max_tables_per_component(limits::TABLES as u32)
        .max_memory_size(bounds::PLUGIN_MEMORY_BYTES)
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

/// Whether the kernel can tell which pages of a sandbox were written, which halves the cost of a call.
///
/// Not where there is swap: a page that was swapped out is not seen, would not be reset, and the next
/// guest could read it.
pub(super) fn may_scan_pages() -> bool {
    let no_swap = fs::read_to_string("/proc/swaps").is_ok_and(|table| lists_no_swap(&table));
    no_swap && PoolingAllocationConfig::is_pagemap_scan_available()
}

/// Reads `/proc/swaps`: a heading, then a line for each area.
fn lists_no_swap(table: &str) -> bool {
    table.starts_with("Filename") && table.lines().nth(1).is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_empty_list_of_swap_areas_means_that_there_is_none() {
        for (table, none) in [
            ("Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n", true),
            ("Filename\tType\tSize\tUsed\tPriority\n/swapfile file 2097148 0 -2\n", false),
            ("", false),
        ] {
            assert_eq!(lists_no_swap(table), none, "{table:?}");
        }
    }
}
