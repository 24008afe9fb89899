//! Whether new deliveries of a provider queue behind those that wait for its plugin.

use std::ops::Deref;

use tokio::sync::{RwLock, RwLockReadGuard};

/// A provider's queue. It begins when something is found that waits, and ends when nothing does.
#[derive(Debug, Default)]
pub struct Queue {
    is_needed: RwLock<bool>,
}

/// A delivery on its way into the store: true if it has to queue, and that stays so until this is dropped.
pub struct Entering<'q>(RwLockReadGuard<'q, bool>);

impl Deref for Entering<'_> {
    type Target = bool;

    fn deref(&self) -> &bool {
        &self.0
    }
}

impl Queue {
    /// To be held until the delivery is stored: else the queue could end between the look and the storing,
    /// and nobody would ever take that delivery up.
    pub async fn enter(&self) -> Entering<'_> {
        Entering(self.is_needed.read().await)
    }

    /// From now on new deliveries queue.
    pub async fn begin(&self) {
        *self.is_needed.write().await = true;
    }

    /// Ends the queue if nothing waits, as `nothing_waits` finds while no delivery is on its way in. Gives
    /// whether it ended.
    ///
    /// # Errors
    /// Those of `nothing_waits`; the queue goes on.
    pub async fn end_if<E>(&self, nothing_waits: impl AsyncFnOnce() -> Result<bool, E>) -> Result<bool, E> {
        let mut is_needed = self.is_needed.write().await;
        let ends = nothing_waits().await?;
        *is_needed = !ends;
        Ok(ends)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    #[tokio::test]
    async fn a_queue_ends_only_when_nothing_waits_and_nobody_is_on_the_way_in() {
        let queue = Arc::new(Queue::default());
        assert!(!*queue.enter().await);
        queue.begin().await;

        let stored = Arc::new(AtomicBool::new(false));
        let entering = queue.enter().await;
        assert!(*entering);
        let ending = tokio::spawn({
            let (queue, stored) = (Arc::clone(&queue), Arc::clone(&stored));
            async move { queue.end_if(async || Ok::<_, ()>(!stored.load(Ordering::SeqCst))).await }
        });
        tokio::task::yield_now().await;
        stored.store(true, Ordering::SeqCst);
        drop(entering);
        assert_eq!(ending.await.unwrap(), Ok(false), "what was on its way in is seen");

        assert!(*queue.enter().await);
        assert_eq!(queue.end_if(async || Err(())).await, Err(()));
        assert!(*queue.enter().await);
        assert_eq!(queue.end_if(async || Ok::<_, ()>(true)).await, Ok(true));
        assert!(!*queue.enter().await);
    }
}
