//! Hookhost's adapter for the WhatsApp Business Platform (Cloud API).

use hookhost_sdk::Provider;
use hookhost_sdk::manifest::Manifest;
use hookhost_sdk::types::{Answer, Context, FailureScope, Progress, Request, Task, Verdict};

mod conversation;
mod describe;

mod age;
mod attachment;
mod attributes;
mod contacts;
mod content;
mod id;
mod message;
mod receive;
mod status;
mod system;
mod usual;

mod answer;
mod fetch;
mod files;
mod graph;
mod interactive;
mod limits;
mod markdown;
mod send;
mod template;
mod wording;

/// The adapter.
pub struct WhatsApp;

hookhost_sdk::export!(WhatsApp);

impl Provider for WhatsApp {
    fn describe() -> Manifest {
        describe::manifest()
    }

    fn receive(context: &Context, request: &Request) -> Verdict {
        receive::verdict(&request.body, age::MaxAge::of(context))
    }

    fn begin(context: &Context, task: &Task) -> Progress {
        match task {
            Task::Send(outgoing) => send::begin(context, outgoing),
            Task::Fetch(media) => fetch::begin(context, media),
            Task::Expand(_) | Task::Subscribe(_) => unknown_task(),
        }
    }

    fn resume(context: &Context, task: &Task, state: &[u8], answer: &Answer) -> Progress {
        match task {
            Task::Send(outgoing) => send::resume(context, outgoing, state, answer),
            Task::Fetch(media) => fetch::resume(context, media, state, answer),
            Task::Expand(_) | Task::Subscribe(_) => unknown_task(),
        }
    }
}

fn unknown_task() -> Progress {
    Progress::failed(FailureScope::Message, "unknown-task", "this adapter sends replies and fetches files")
}
