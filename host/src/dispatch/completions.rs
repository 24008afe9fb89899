//! Tells those who wait for an execution that it is settled.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::model::bounds;
use crate::model::id::ExecutionId;

/// Shared between the senders that wait and the workers that settle.
#[derive(Clone, Default)]
pub struct Completions {
    waited_for: Arc<Mutex<HashMap<ExecutionId, watch::Sender<bool>>>>,
}

impl Completions {
    /// Begins to wait; `None` when too many wait already. The caller must look into the store afterwards,
    /// since the execution may have been settled before.
    pub fn wait_for(&self, execution: ExecutionId) -> Option<Waiting> {
        let mut waited_for = self.lock();
        if waited_for.len() >= bounds::WAITING_SENDERS && !waited_for.contains_key(&execution) {
            return None;
        }
        let settled = waited_for.entry(execution).or_insert_with(|| watch::Sender::new(false)).subscribe();
        Some(Waiting { completions: self.clone(), execution, settled })
    }

    /// Tells everybody who waits for this execution. To be called after it is settled in the store.
    pub fn settled(&self, execution: ExecutionId) {
        if let Some(waited) = self.lock().remove(&execution) {
            waited.send_replace(true);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<ExecutionId, watch::Sender<bool>>> {
        self.waited_for.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Somebody who waits. The place is given up when this is dropped.
pub struct Waiting {
    completions: Completions,
    execution: ExecutionId,
    settled: watch::Receiver<bool>,
}

impl Waiting {
    /// Waits until the execution is settled.
    pub async fn until_settled(&mut self) {
        // An error means that the sender was dropped, which only happens after it told.
        let _ = self.settled.wait_for(|settled| *settled).await;
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let mut waited_for = self.completions.lock();
        if waited_for.get(&self.execution).is_some_and(|sender| sender.receiver_count() <= 1) {
            waited_for.remove(&self.execution);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn everybody_who_waits_is_told_and_nobody_stays_behind() {
        let completions = Completions::default();
        let execution = ExecutionId::new();
        let (mut one, mut two) =
            (completions.wait_for(execution).unwrap(), completions.wait_for(execution).unwrap());
        completions.settled(execution);
        one.until_settled().await;
        two.until_settled().await;
        assert!(completions.lock().is_empty());
    }

    #[tokio::test]
    async fn one_who_gives_up_leaves_the_others_waiting() {
        let completions = Completions::default();
        let execution = ExecutionId::new();
        let (gives_up, mut stays) =
            (completions.wait_for(execution).unwrap(), completions.wait_for(execution).unwrap());
        drop(gives_up);
        completions.settled(execution);
        stays.until_settled().await;
        drop(completions.wait_for(execution));
        assert!(completions.lock().is_empty());
    }

    #[test]
    fn there_is_a_bound_on_those_who_wait() {
        let completions = Completions::default();
        let waiting: Vec<_> =
            (0..bounds::WAITING_SENDERS).map(|_| completions.wait_for(ExecutionId::new()).unwrap()).collect();
        assert!(completions.wait_for(ExecutionId::new()).is_none());
        drop(waiting);
        assert!(completions.wait_for(ExecutionId::new()).is_some());
    }
}
