//! What a plugin makes of a verified request: events to store, nothing, or a delivery to hold.

use crate::live::Setup;
use crate::model::event::{Acceptance, Content, Event, Verdict};
use crate::model::http::{Request, Response};
use crate::model::time::Time;
use crate::plugin::Context;
use crate::provider::{Provider, Unanswered};
use crate::store::admission::{Incoming, Judged};
use crate::workflow::Workflows;
use crate::workflow::route::{Decision, Refusal, decide, invocable};

/// What is to be stored, and what is to be answered then in place of the manifest's acknowledgement.
#[derive(Debug, Clone, PartialEq)]
pub struct Adapted {
    /// For the store.
    pub judged: Judged,
    /// For the sender.
    pub response: Option<Response>,
}

impl Adapted {
    /// Of a delivery that has to queue behind others.
    pub fn queued() -> Self {
        let reason = "deliveries before it wait for the plugin".into();
        Self { judged: Judged::Waiting(reason), response: None }
    }
}

/// Why nothing of a request is to be stored; each text is a sentence for its sender.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// It is not in the provider's format, in the plugin's words.
    #[error("{0}")]
    Malformed(String),
    /// Nothing is wrong with it: the host has no room for the plugin now.
    #[error("the host has no room to understand deliveries now")]
    NoRoom,
    /// It calls a workflow that is not there, or not for this sender.
    #[error("`workflow_name` names no workflow that can be run from here")]
    UnknownWorkflow,
    /// It calls a workflow with something that no workflow takes.
    #[error("`inputs` must be a JSON object")]
    InputsNotAnObject,
}

/// Runs the provider's plugin on a request that is verified; while there is no plugin, or it is paused, the
/// delivery waits for it. The plugin sees the time at which the request arrived, whenever that was.
///
/// # Errors
/// The sender is to be told, and nothing to be stored: only where it would not repeat the delivery, and
/// where it would because the host asks it to.
pub async fn adapt(
    provider: &Provider,
    setup: &Setup,
    request: &Request,
    received_at: Time,
) -> Result<Adapted, Unfit> {
    let Some(plugin) = &provider.plugin else {
        let judged = Judged::Waiting("the plugin cannot be loaded".into());
        return Ok(Adapted { judged, response: None });
    };
    let context = Context { now: received_at, settings: provider.settings.clone(), attempt: 0 };
    understood(provider, setup, provider.receive(plugin, context, request).await)
}

/// What a plugin's answer means for a delivery.
fn understood(
    provider: &Provider,
    setup: &Setup,
    said: Result<Verdict, Unanswered>,
) -> Result<Adapted, Unfit> {
    let judged = match said {
        Ok(Verdict::Accept(Acceptance { events, response })) => {
            for event in &events {
                check_invocation(provider, &setup.workflows, event)?;
            }
            let incoming = events.into_iter().map(|event| incoming(provider, setup, event)).collect();
            return Ok(Adapted { judged: Judged::Accepted(incoming), response });
        }
        Ok(Verdict::Ignore(reason)) => Judged::Ignored(reason),
        // A sender that repeats what it is refused would block its chat, or knock for days.
        Ok(Verdict::Reject(reason)) if provider.manifest.acknowledgement.repeats_ms > 0 => {
            Judged::Held(reason)
        }
        Ok(Verdict::Reject(reason)) => return Err(Unfit::Malformed(reason)),
        // Overload, of which the sender is told; nothing is wrong with the delivery.
        Err(Unanswered::Paused(_)) => Judged::Waiting("the plugin is paused".into()),
        Err(Unanswered::Fault(fault)) if fault.is_of_the_host() => {
            tracing::error!(provider = %provider.name, %fault, "a delivery cannot be understood now");
            return Err(Unfit::NoRoom);
        }
        Err(Unanswered::Fault(fault)) => {
            Judged::Held(format!("the plugin failed ({}): {fault}", fault.kind()))
        }
    };
    Ok(Adapted { judged, response: None })
}

/// What nothing is to be done about is known now: most of what providers send, such as statuses. It is recorded
/// at once, unless its sender waits to be told what came of it.
fn incoming(provider: &Provider, setup: &Setup, event: Event) -> Incoming {
    if provider.manifest.acknowledgement.hold_ms.is_some() {
        return event.into();
    }
    let Setup { workflows, routes, .. } = setup;
    let idle = match decide(&event, &provider.name, &provider.access, routes, workflows) {
        Decision::Record(reason) => Some(reason.as_str()),
        Decision::Run(_) | Decision::Say(_) | Decision::Refuse(_) => None,
    };
    Incoming { event, idle }
}

fn check_invocation(provider: &Provider, workflows: &Workflows, event: &Event) -> Result<(), Unfit> {
    let Content::Invocation(invocation) = &event.content else { return Ok(()) };
    match invocable(invocation, &provider.access, workflows) {
        Ok(_) => Ok(()),
        Err(Refusal::UnknownWorkflow) => Err(Unfit::UnknownWorkflow),
        Err(Refusal::InputsNotAnObject) => Err(Unfit::InputsNotAnObject),
    }
}
