//! How much memory one guest may hold, all its memories and tables together.

use wasmtime::ResourceLimiter;

use crate::model::bounds;
use crate::model::terms::Limits;

/// Core modules of one component; language runtimes bring a few.
pub(super) const CORE_INSTANCES: usize = 16;
/// Linear memories of one component.
pub(super) const MEMORIES: usize = 4;
/// Tables of one component.
pub(super) const TABLES: usize = 8;

/// Counts what a guest holds and remembers whether it asked for more than it may have.
pub(super) struct Holding {
    allowed: Limits,
    memory: usize,
    elements: usize,
    exceeded: bool,
}

impl Holding {
    /// Holds nothing yet.
    pub(super) fn within(allowed: Limits) -> Self {
        Self { allowed, memory: 0, elements: 0, exceeded: false }
    }

    /// What the guest may take.
    pub(super) fn allowed(&self) -> &Limits {
        &self.allowed
    }

    /// Whether the guest was refused memory. A guest that fails afterwards failed for that.
    pub(super) fn exceeded(&self) -> bool {
        self.exceeded
    }

    /// The bytes of all its memories; they never shrink.
    pub(super) fn memory(&self) -> usize {
        self.memory
    }

    fn decide(&mut self, fits: bool) -> bool {
        self.exceeded |= !fits;
        fits
    }
}

/// What is held after growing; `None` when that is too much.
fn grown(held: usize, current: usize, desired: usize, maximum: Option<usize>, bound: usize) -> Option<usize> {
    let held = held.checked_add(desired.checked_sub(current)?)?;
    (held <= bound && maximum.is_none_or(|maximum| desired <= maximum)).then_some(held)
}

impl ResourceLimiter for Holding {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let held = grown(self.memory, current, desired, maximum, self.allowed.memory);
        self.memory = held.unwrap_or(self.memory);
        Ok(self.decide(held.is_some()))
    }

    fn memory_grow_failed(&mut self, _error: wasmtime::Error) -> wasmtime::Result<()> {
        self.exceeded = true;
        Ok(())
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let held = grown(self.elements, current, desired, maximum, bounds::PLUGIN_TABLE_ELEMENTS);
        self.elements = held.unwrap_or(self.elements);
        Ok(self.decide(held.is_some()))
    }

    fn table_grow_failed(&mut self, _error: wasmtime::Error) -> wasmtime::Result<()> {
        self.exceeded = true;
        Ok(())
    }

    fn instances(&self) -> usize {
        CORE_INSTANCES
    }

    fn memories(&self) -> usize {
        MEMORIES
    }

    fn tables(&self) -> usize {
        TABLES
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: usize = 1 << 20;

    #[test]
    fn all_memories_count_together() {
        let mut limits = Holding::within(Limits::default());
        for (current, desired, allowed) in [
            (0, 20 * MIB, true),
            (0, 10 * MIB, true),
            (10 * MIB, 13 * MIB, false),
            (10 * MIB, 12 * MIB, true),
        ] {
            assert_eq!(
                limits.memory_growing(current, desired, None).unwrap(),
                allowed,
                "{current} to {desired}"
            );
        }
        assert!(limits.exceeded(), "a refusal is remembered");
    }

    #[test]
    fn a_guest_within_its_limits_is_not_blamed() {
        let mut limits = Holding::within(Limits::default());
        assert!(limits.memory_growing(0, Limits::default().memory, None).unwrap());
        assert!(limits.table_growing(0, bounds::PLUGIN_TABLE_ELEMENTS, None).unwrap());
        assert!(!limits.exceeded());
    }

    #[test]
    fn a_memory_s_own_maximum_holds_too() {
        let mut limits = Holding::within(Limits::default());
        assert!(!limits.memory_growing(0, 2 * MIB, Some(MIB)).unwrap());
        assert!(limits.exceeded());
    }
}
