//! A Hookhost adapter: what plugin-template sends becomes events, and replies become its API calls.
//!
//! All functions are pure: what they need comes with the call, and what they want done is what they return.

use hookhost_sdk::Provider;
use hookhost_sdk::manifest::Manifest;
use hookhost_sdk::types::{Answer, Context, Progress, Request, Task, Verdict};

mod describe;
mod receive;
mod send;

/// The adapter.
pub struct Adapter;

hookhost_sdk::export!(Adapter);

impl Provider for Adapter {
    fn describe() -> Manifest {
        describe::manifest()
    }

    fn receive(_context: &Context, request: &Request) -> Verdict {
        receive::verdict(&request.body)
    }

    fn begin(_context: &Context, task: &Task) -> Progress {
        send::begin(task)
    }

    fn resume(_context: &Context, task: &Task, state: &[u8], answer: &Answer) -> Progress {
        send::resume(task, state, answer)
    }
}
