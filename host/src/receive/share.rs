//! A bounded amount of something, shared by providers so that none can take it from the others.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How many times what is free one may hold: alone three quarters of all, and the next finds a quarter free.
const TIMES_WHAT_IS_FREE: usize = 3;

/// What there is of it. Clones are the same one.
#[derive(Clone)]
pub(super) struct Pool {
    most: usize,
    held: Arc<AtomicUsize>,
}

/// What somebody holds of it, until this is dropped.
pub(super) struct Share {
    pool: Pool,
    own: Arc<AtomicUsize>,
    amount: usize,
}

impl Pool {
    /// So much of it.
    pub(super) fn of(most: usize) -> Self {
        Self { most, held: Arc::default() }
    }

    /// Nothing of it yet, for whoever counts what it holds in `own`.
    pub(super) fn share(&self, own: &Arc<AtomicUsize>) -> Share {
        Share { pool: self.clone(), own: Arc::clone(own), amount: 0 }
    }
}

impl Share {
    /// Takes more; `false`: there is too little left, for everybody or for this one.
    #[must_use]
    pub(super) fn take(&mut self, more: usize) -> bool {
        // Counted before it is decided, so that those who ask at the same time never take too much together.
        let held = self.pool.held.fetch_add(more, Ordering::Relaxed);
        let own = self.own.fetch_add(more, Ordering::Relaxed);
        self.amount += more;
        if may_take(self.pool.most, held, own, more) {
            return true;
        }
        self.give_back(more);
        false
    }

    fn give_back(&mut self, amount: usize) {
        self.amount -= amount;
        self.pool.held.fetch_sub(amount, Ordering::Relaxed);
        self.own.fetch_sub(amount, Ordering::Relaxed);
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.give_back(self.amount);
    }
}

/// Whether somebody who holds `own` of what is held may take `more`. A known rule for buffers that many share: who
/// holds much gets more only while much is free, so that a newcomer always finds room, and all of it never exceeds
/// the bound.
fn may_take(most: usize, held: usize, own: usize, more: usize) -> bool {
    let free = most.checked_sub(held.saturating_add(more));
    free.is_some_and(|free| own.saturating_add(more) <= free.saturating_mul(TIMES_WHAT_IS_FREE))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    impl Pool {
        fn held(&self) -> usize {
            self.held.load(Ordering::Relaxed)
        }
    }

    #[test]
    fn one_alone_has_three_quarters_and_the_next_finds_room() {
        let pool = Pool::of(1_024);
        let mut flood = pool.share(&Arc::default());
        while flood.take(1) {}
        assert_eq!(pool.held(), 768);
        let mut next = pool.share(&Arc::default());
        while next.take(1) {}
        assert_eq!(next.amount, 192);
        assert!(!flood.take(1));
        drop(flood);
        assert!(next.take(500));
        drop(next);
        assert_eq!(pool.held(), 0);
    }

    #[test]
    fn what_is_refused_is_not_held() {
        let pool = Pool::of(100);
        let mut share = pool.share(&Arc::default());
        assert!(share.take(50) && !share.take(51) && share.take(25));
        assert_eq!(pool.held(), 75);
    }

    proptest! {
        #[test]
        fn it_is_never_exceeded_and_a_newcomer_finds_room(
            wants in proptest::collection::vec((0_usize..4, 1_usize..60), 1..200),
        ) {
            let pool = Pool::of(1_000);
            let owners: [Arc<AtomicUsize>; 4] = Default::default();
            let mut shares: Vec<Share> = Vec::new();
            for (who, amount) in wants {
                let mut share = pool.share(&owners[who]);
                if share.take(amount) {
                    shares.push(share);
                }
                prop_assert!(pool.held() < 1_000);
                let sums = owners.iter().map(|own| own.load(Ordering::Relaxed)).sum::<usize>();
                prop_assert_eq!(pool.held(), sums);
                // Each of the four leaves a quarter of what it finds.
                let mut newcomer = pool.share(&Arc::default());
                prop_assert!(newcomer.take(2), "{} are held", pool.held());
            }
        }
    }
}
