//! From a plugin's verdict to what is stored and answered. Pure.

use crate::model::event::{Acceptance, Content, Event, Verdict};
use crate::model::http::Response;
use crate::plugin::Fault;
use crate::provider::Provider;
use crate::store::admission::Judged;
use crate::workflow::Workflows;
use crate::workflow::route::{Refusal, invocable};

use super::reply::Problem;

/// What is to be stored, and what is to be answered then in place of the manifest's acknowledgement.
#[derive(Debug, Clone, PartialEq)]
pub struct Adapted {
    /// For the store.
    pub judged: Judged,
    /// For the sender.
    pub response: Option<Response>,
}

/// What a plugin's answer means for a delivery that is verified.
///
/// # Errors
/// The sender is told, and nothing is stored: only where it would not repeat the delivery.
pub fn adapt(
    provider: &Provider,
    workflows: &Workflows,
    said: Result<Verdict, Fault>,
) -> Result<Adapted, Problem> {
    let judged = match said {
        Ok(Verdict::Accept(Acceptance { events, response })) => {
            for event in &events {
                check_invocation(provider, workflows, event)?;
            }
            return Ok(Adapted { judged: Judged::Accepted(events), response });
        }
        Ok(Verdict::Ignore(reason)) => Judged::Ignored(reason),
        // A sender that repeats what it is refused would block its chat, or knock for days.
        Ok(Verdict::Reject(reason)) if provider.manifest.acknowledgement.repeats_ms > 0 => {
            Judged::Held(reason)
        }
        Ok(Verdict::Reject(reason)) => return Err(Problem::Malformed(reason)),
        // Overload, of which the sender is told; nothing is wrong with the delivery.
        Err(fault) if fault.is_of_the_host() => {
            tracing::error!(provider = %provider.name, %fault, "a delivery was refused");
            return Err(Problem::Busy("the host has no room to understand deliveries now"));
        }
        Err(fault) => Judged::Held(format!("the plugin failed ({}): {fault}", fault.kind())),
    };
    Ok(Adapted { judged, response: None })
}

fn check_invocation(provider: &Provider, workflows: &Workflows, event: &Event) -> Result<(), Problem> {
    let Content::Invocation(invocation) = &event.content else { return Ok(()) };
    match invocable(invocation, &provider.access, workflows) {
        Ok(_) => Ok(()),
        Err(Refusal::UnknownWorkflow) => {
            Err(Problem::NotFound("`workflow_name` names no workflow that can be run from here".into()))
        }
        Err(Refusal::InputsNotAnObject) => Err(Problem::Malformed("`inputs` must be a JSON object".into())),
    }
}
