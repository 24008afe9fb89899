//! Hookhost's adapter for callers that know the name of a workflow: a signed JSON body, answered with the
//! workflow's result.

use hookhost_sdk::Provider;
use hookhost_sdk::manifest::Manifest;
use hookhost_sdk::types::{Context, Request, Verdict};

mod describe;
mod receive;

/// The adapter.
pub struct Generic;

hookhost_sdk::export!(Generic);

impl Provider for Generic {
    fn describe() -> Manifest {
        describe::manifest()
    }

    fn receive(_context: &Context, request: &Request) -> Verdict {
        receive::verdict(&request.body)
    }
}
