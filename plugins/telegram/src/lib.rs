//! Hookhost's adapter for Telegram bots.

use hookhost_sdk::Provider;
use hookhost_sdk::manifest::Manifest;
use hookhost_sdk::types::{Answer, Context, Progress, Request, Task, Verdict};

mod conversation;
mod describe;
mod format;

mod message;
mod receive;
mod topic;

mod answer;
mod send;
mod wording;

/// The adapter.
pub struct Telegram;

hookhost_sdk::export!(Telegram);

impl Provider for Telegram {
    fn describe() -> Manifest {
        describe::manifest()
    }

    fn receive(context: &Context, request: &Request) -> Verdict {
        receive::verdict(context.setting("bot_username"), &request.body)
    }

    fn begin(context: &Context, task: &Task) -> Progress {
        send::begin(context, task)
    }

    fn resume(context: &Context, task: &Task, state: &[u8], answer: &Answer) -> Progress {
        send::resume(context, task, state, answer)
    }
}
