//! The calls into a plugin, and what each took of what it may take.

use std::time::Duration;

use super::claims::prove;
use super::tally::Verb;
use super::{Context, Fault, Plugin, check};
use crate::model::bounds;
use crate::model::event::Verdict;
use crate::model::http::Request;
use crate::model::recipe::Claim;
use crate::model::task::{Answer, Progress, Task};

/// What came of a call, and what it took.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured<T> {
    /// As without measuring.
    pub answer: Result<T, Fault>,
    /// Nothing where it never ran.
    pub usage: Usage,
}

/// What a call took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// From the making of its sandbox to its answer; [`bounds::PLUGIN_CALL_TICKS`] is its bound where
    /// nothing else runs.
    pub time: Duration,
    /// How much of that it held a thread, and so its processor time where no other program needs the processor;
    /// to ask for the thread's own clock would be two system calls for each sandbox.
    pub busy: Duration,
    /// The most bytes that its memories held; at most [`bounds::PLUGIN_MEMORY_BYTES`].
    /// Not known of a call that ran into the limit of the wall clock.
    pub memory: usize,
    /// How often it was interrupted to see whether its time is up: about its processor time in
    /// [`bounds::PLUGIN_TICK`], however busy the machine is. All that it may have, of a call that ran into the
    /// limit of the wall clock.
    pub ticks: u64,
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
    fn counted<T>(&self, verb: Verb, measured: Measured<T>) -> Measured<T> {
        self.0.tally.count(verb, measured.usage, measured.answer.as_ref().err());
        measured
    }

    pub(super) async fn measure_prove(
        &self,
        context: Context,
        request: &Request,
        url: Option<&str>,
    ) -> Measured<Result<Vec<Claim>, String>> {
        let now = context.now;
        let ask = async |store: &mut _, instance: &_| {
            let (context, request) = (context.into(), request.into());
            prove(store, instance, (&context, &request, url)).await
        };
        let called = self.0.sandboxes.measure_instance(now, bounds::PLUGIN_PROVE_TICKS, ask);
        self.counted(Verb::Prove, called.await)
    }

    /// [`Plugin::receive`], measured.
    pub async fn measure_receive(&self, context: Context, request: &Request) -> Measured<Verdict> {
        let called =
            self.0.sandboxes.measure(context.now, bounds::PLUGIN_CALL_TICKS, async |store, adapter| {
                let (context, request) = (context.into(), request.into());
                adapter.hookhost_provider_provider().call_receive(store, &context, &request).await
            });
        self.counted(Verb::Receive, called.await.checked(check::verdict))
    }

    /// [`Plugin::begin`], measured.
    pub async fn measure_begin(&self, context: Context, task: &Task) -> Measured<Progress> {
        let called =
            self.0.sandboxes.measure(context.now, bounds::PLUGIN_CALL_TICKS, async |store, adapter| {
                let (context, task) = (context.into(), task.into());
                adapter.hookhost_provider_provider().call_begin(store, &context, &task).await
            });
        self.counted(Verb::Begin, called.await.checked(|progress| check::progress(progress, self.manifest())))
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
        self.counted(
            Verb::Resume,
            called.await.checked(|progress| check::progress(progress, self.manifest())),
        )
    }
}
