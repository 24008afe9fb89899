//! Hookhost's adapter for callers that know the name of a workflow: a signed JSON body, answered with the
//! workflow's result. With settings that say where, it makes an event of each delivery instead.

use hookhost_sdk::Provider;
use hookhost_sdk::manifest::Manifest;
use hookhost_sdk::types::{Context, Request, Verdict};

mod describe;
mod events;
mod place;
mod receive;

/// The adapter.
pub struct Generic;

hookhost_sdk::export!(Generic);

impl Provider for Generic {
    fn describe() -> Manifest {
        describe::manifest()
    }

    fn receive(context: &Context, request: &Request) -> Verdict {
        if events::are_wanted(context) {
            events::verdict(context, request)
        } else {
            receive::verdict(&request.body)
        }
    }
}
