//! How many of something there are now.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// How many of something there are now. Clones count together.
#[derive(Debug, Clone, Default)]
pub struct Level(Arc<AtomicU64>);

/// One of them, until this is dropped.
#[derive(Debug)]
pub struct Present(Level);

impl Level {
    /// There is one more, until what this gives is dropped.
    pub fn one_more(&self) -> Present {
        self.0.fetch_add(1, Ordering::Relaxed);
        Present(self.clone())
    }

    /// How many there are.
    pub fn now(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Drop for Present {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_counts_until_it_is_gone() {
        let level = Level::default();
        let (one, other) = (level.one_more(), level.clone().one_more());
        assert_eq!(level.now(), 2);
        drop(one);
        assert_eq!(level.now(), 1);
        drop(other);
        assert_eq!(level.now(), 0);
    }
}
