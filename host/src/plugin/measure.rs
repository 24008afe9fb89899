//! The calls into a plugin, and what each took of what it may take.

use std::time::{Duration, Instant};

use super::claims::prove;
use super::tally::Verb;
use super::{Context, Fault, Plugin, bindings, check};
use crate::model::event::Verdict;
use crate::model::http::Request;
use crate::model::recipe::Claim;
use crate::model::task::{Answer, Progress, Task};
use crate::model::terms::Limits;

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
    /// From the making of its sandbox to its answer; [`Limits::call_time`] is its bound where
    /// nothing else runs.
    pub time: Duration,
    /// How much of that it held a thread, and so its processor time where no other program needs the processor;
    /// to ask for the thread's own clock would be two system calls for each sandbox.
    pub busy: Duration,
    /// The most bytes that its memories held; at most [`Limits::memory`].
    /// Not known of a call that ran into the limit of the wall clock.
    pub memory: usize,
    /// How often it was interrupted to see whether its time is up: about its processor time in
    /// [`PLUGIN_TICK`](crate::model::bounds::PLUGIN_TICK), however busy the machine is. All that it may have, of a call that ran into the
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
    /// What each call may take.
    pub fn limits(&self) -> &Limits {
        &self.terms().limits
    }

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
        let called = self.0.sandboxes.measure_hushed(now, self.limits().prove_ticks(), ask);
        self.counted(Verb::Prove, called.await)
    }

    /// [`Plugin::receive`], measured.
    pub async fn measure_receive(&self, context: Context, request: &Request) -> Measured<Verdict> {
        let (sandboxes, now, ticks) = (&self.0.sandboxes, context.now, self.limits().call_ticks());
        let called = sandboxes.measure(now, ticks, async |store, instance| {
            let (context, request) = (context.into(), request.into());
            sandboxes.exports().receive(store, instance, &context, &request).await
        });
        self.counted(Verb::Receive, called.await.checked(check::verdict))
    }

    /// How long each of so many equal calls of `receive` takes in a sandbox that is made once, for comparing only:
    /// a host gives every call one of its own. They are not counted.
    ///
    /// # Errors
    /// The first fault.
    pub async fn receive_in_one_sandbox(
        &self,
        context: Context,
        request: &Request,
        calls: usize,
    ) -> Result<Vec<Duration>, Fault> {
        let ticks = self.limits().call_ticks().saturating_mul(calls as u64);
        let many = async |store: &mut _, adapter: &bindings::Plugin| {
            let mut times = Vec::with_capacity(calls);
            for _ in 0..calls {
                let begun = Instant::now();
                let (context, request) = (context.clone().into(), request.into());
                let provider = adapter.hookhost_provider_provider();
                let said = provider.call_receive(&mut *store, &context, &request).await?;
                let _verdict = Verdict::from(said);
                times.push(begun.elapsed());
            }
            Ok(times)
        };
        self.0.sandboxes.run(context.now, ticks, many).await
    }

    /// [`Plugin::begin`], measured.
    pub async fn measure_begin(&self, context: Context, task: &Task) -> Measured<Progress> {
        let (sandboxes, now, ticks) = (&self.0.sandboxes, context.now, self.limits().call_ticks());
        let called = sandboxes.measure(now, ticks, async |store, instance| {
            let (context, task) = (context.into(), task.into());
            sandboxes.exports().begin(store, instance, &context, &task).await
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
        let (sandboxes, now, ticks) = (&self.0.sandboxes, context.now, self.limits().call_ticks());
        let called = sandboxes.measure(now, ticks, async |store, instance| {
            let (context, task, answer) = (context.into(), task.into(), answer.into());
            sandboxes.exports().resume(store, instance, (&context, &task, state, &answer)).await
        });
        self.counted(
            Verb::Resume,
            called.await.checked(|progress| check::progress(progress, self.manifest())),
        )
    }
}
