//! What an adapter implements.

use crate::bindings::exports::hookhost::provider::provider::Guest;
use crate::manifest::Manifest;
use crate::types::{Answer, Context, FailureScope, Progress, Request, Task, Verdict};

/// An adapter: pure functions from what the host hands in to what it shall do.
///
/// Each call runs in a fresh sandbox, so nothing is remembered between two of them. A call that panics, runs
/// too long or needs too much memory is stopped; [`types`](crate::types) names the bounds.
pub trait Provider {
    /// Who this is, what it needs, and how its deliveries are verified. Called once for each loaded file.
    fn describe() -> Manifest;

    /// What a verified request means. Called before the delivery is acknowledged, so it should be quick, and
    /// again with the same request if the delivery was held.
    fn receive(context: &Context, request: &Request) -> Verdict;

    /// The first step of a task. As it stands, for providers that only receive: fails every task.
    fn begin(_context: &Context, _task: &Task) -> Progress {
        sends_nothing()
    }

    /// What the answer to the last step means, and what comes next. `state` is what that step gave along.
    fn resume(_context: &Context, _task: &Task, _state: &[u8], _answer: &Answer) -> Progress {
        sends_nothing()
    }
}

fn sends_nothing() -> Progress {
    Progress::failed(FailureScope::Provider, "sends-nothing", "this provider sends nothing")
}

impl<P: Provider> Guest for P {
    fn describe() -> Manifest {
        P::describe()
    }

    fn receive(context: Context, request: Request) -> Verdict {
        P::receive(&context, &request)
    }

    fn begin(context: Context, task: Task) -> Progress {
        P::begin(&context, &task)
    }

    fn resume(context: Context, task: Task, state: Vec<u8>, answer: Answer) -> Progress {
        P::resume(&context, &task, &state, &answer)
    }
}
