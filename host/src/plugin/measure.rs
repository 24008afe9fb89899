//! The calls into a plugin, and what each took of what it may take.

use std::time::Duration;

use super::{Context, Fault, Plugin, check};
use crate::model::bounds;
use crate::model::event::Verdict;
use crate::model::http::Request;
use crate::model::task::{Answer, Progress, Task};

/// What came of a call, and what it took.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured<T> {
    /// As without measuring.
    pub answer: Result<T, Fault>,
    /// Nothing where it never ran, or ran into the limit of the wall clock.
    pub usage: Usage,
}

/// What a call took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// From the making of its sandbox to its answer; [`bounds::PLUGIN_CALL_TICKS`] is its bound where
    /// nothing else runs.
    pub time: Duration,
    /// The most bytes that its memories held; at most [`bounds::PLUGIN_MEMORY_BYTES`].
    pub memory: usize,
}

impl<T> Measured<T> {
    pub(super) fn nothing(fault: Fault) -> Self {
        Self { answer: Err(fault), usage: Usage::default() }
    }

    /// Takes an answer only if it is allowed.
    fn checked<U: From<T>>(self, check: impl FnOnce(&U) -> Result<(), String>) -> Measured<U> {
        let answer = self.answer.and_then(|answer| {
            let answer = answer.into();
            check(&answer).map_err(Fault::Output)?;
            Ok(answer)
        });
        Measured { answer, usage: self.usage }
    }
}

impl Plugin {
    /// [`Plugin::receive`], measured.
    pub async fn measure_receive(&self, context: Context, request: &Request) -> Measured<Verdict> {
        let called =
            self.0.sandboxes.measure(context.now, bounds::PLUGIN_CALL_TICKS, async |store, adapter| {
                let (context, request) = (context.into(), request.into());
                adapter.hookhost_provider_provider().call_receive(store, &context, &request).await
            });
        called.await.checked(check::verdict)
    }

    /// [`Plugin::begin`], measured.
    pub async fn measure_begin(&self, context: Context, task: &Task) -> Measured<Progress> {
        let called =
            self.0.sandboxes.measure(context.now, bounds::PLUGIN_CALL_TICKS, async |store, adapter| {
                let (context, task) = (context.into(), task.into());
                adapter.hookhost_provider_provider().call_begin(store, &context, &task).await
            });
        called.await.checked(|progress| check::progress(progress, self.manifest()))
    }

    /// [`Plugin::resume`], measured.
    pub async fn measure_resume(
        &self,
        context: Context,
        task: &Task,
        state: &[u8],
        answer: &Answer,
    ) -> Measured<Progress> {
        let called =
            self.0.sandboxes.measure(context.now, bounds::PLUGIN_CALL_TICKS, async |store, adapter| {
                let (context, task, answer) = (context.into(), task.into(), answer.into());
                let provider = adapter.hookhost_provider_provider();
                provider.call_resume(store, &context, &task, state, &answer).await
            });
        called.await.checked(|progress| check::progress(progress, self.manifest()))
    }
}
