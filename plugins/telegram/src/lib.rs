//! Hookhost's adapter for Telegram bots.

use hookhost_sdk::Provider;
use hookhost_sdk::manifest::Manifest;
use hookhost_sdk::types::{Answer, Context, FailureScope, Progress, Request, Task, Verdict};

mod bot;
mod conversation;
mod describe;

mod attachment;
mod callback;
mod message;
mod query;
mod reaction;
mod receive;
mod rich;
mod sender;
mod topic;

mod answer;
mod format;
mod method;
mod send;
mod wording;

mod fetch;

/// The adapter.
pub struct Telegram;

hookhost_sdk::export!(Telegram);

impl Provider for Telegram {
    fn describe() -> Manifest {
        describe::manifest()
    }

    fn receive(context: &Context, request: &Request) -> Verdict {
        receive::verdict(bot::Bot::of(context), &request.body)
    }

    fn begin(_context: &Context, task: &Task) -> Progress {
        match task {
            Task::Send(outgoing) => send::begin(outgoing),
            Task::Fetch(media) => fetch::begin(media),
            Task::Expand(_) | Task::Subscribe(_) => unknown_task(),
        }
    }

    fn resume(context: &Context, task: &Task, state: &[u8], answer: &Answer) -> Progress {
        match task {
            Task::Send(outgoing) => send::resume(context, outgoing, state, answer),
            Task::Fetch(media) => fetch::resume(media, state, answer),
            Task::Expand(_) | Task::Subscribe(_) => unknown_task(),
        }
    }
}

fn unknown_task() -> Progress {
    Progress::failed(FailureScope::Message, "unknown-task", "this adapter sends and fetches")
}
