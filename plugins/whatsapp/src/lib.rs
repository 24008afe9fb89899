//! Hookhost's adapter for the WhatsApp Business Platform (Cloud API).

use hookhost_sdk::Provider;
use hookhost_sdk::manifest::Manifest;
use hookhost_sdk::types::{Answer, Context, Progress, Request, Task, Verdict};

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

mod answer;
mod send;
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
        send::begin(context, task)
    }

    fn resume(context: &Context, task: &Task, state: &[u8], answer: &Answer) -> Progress {
        send::resume(context, task, state, answer)
    }
}
