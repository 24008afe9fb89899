//! Hookhost's adapter for WhatsApp bridges of one's own: programs that are logged in as a person's WhatsApp and
//! speak HTTP.

use hookhost_sdk::Provider;
use hookhost_sdk::manifest::Manifest;
use hookhost_sdk::types::{Answer, Context, FailureScope, Progress, Request, Task, Verdict};

mod describe;
mod id;
mod time;

mod receive;

mod answer;
mod fetch;
mod send;

/// The adapter.
pub struct WhatsAppBridge;

hookhost_sdk::export!(WhatsAppBridge);

impl Provider for WhatsAppBridge {
    fn describe() -> Manifest {
        describe::manifest()
    }

    fn receive(_context: &Context, request: &Request) -> Verdict {
        receive::verdict(&request.body)
    }

    fn begin(_context: &Context, task: &Task) -> Progress {
        match task {
            Task::Send(outgoing) => send::begin(outgoing),
            Task::Fetch(media) => fetch::begin(media),
            Task::Expand(_) | Task::Subscribe(_) => unknown_task(),
        }
    }

    fn resume(_context: &Context, task: &Task, state: &[u8], answer: &Answer) -> Progress {
        match task {
            Task::Send(outgoing) => send::resume(outgoing, state, answer),
            Task::Fetch(_) => fetch::resume(answer),
            Task::Expand(_) | Task::Subscribe(_) => unknown_task(),
        }
    }
}

fn unknown_task() -> Progress {
    Progress::failed(FailureScope::Message, "unknown-task", "this adapter sends replies and fetches files")
}
