//! What `begin` and `resume` may answer.

use super::{bounded, header, verdict};
use crate::model::bounds;
use crate::model::manifest::Manifest;
use crate::model::task::{Next, Progress, Step};

const METHODS: [&str; 6] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"];

/// Whether progress is allowed; else a sentence that says what is wrong.
pub(in crate::plugin) fn progress(progress: &Progress, manifest: &Manifest) -> Result<(), String> {
    let max = bounds::EVENTS_PER_DELIVERY;
    if progress.receipts.len() > max {
        return Err(format!("there are {} receipts; {max} are the most", progress.receipts.len()));
    }
    for receipt in &progress.receipts {
        bounded("a receipt's id", &receipt.id, bounds::EVENT_ID_BYTES)?;
    }
    if let Some(moved) = &progress.moved {
        bounded("the new conversation", moved, bounds::CONVERSATION_BYTES)?;
    }
    match &progress.next {
        Next::Step(step) => self::step(step, manifest),
        Next::Events(events) => verdict::events(events),
        Next::Respond(response) => verdict::response(response),
        Next::Retry { .. } | Next::Done | Next::Media(_) | Next::Unsure(_) | Next::Failed(_) => Ok(()),
    }
}

fn step(step: &Step, manifest: &Manifest) -> Result<(), String> {
    let max = bounds::STEP_STATE_BYTES;
    if step.state.len() > max {
        return Err(format!("the state has {} bytes; {max} are the most", step.state.len()));
    }
    let call = &step.call;
    if !METHODS.contains(&call.method.as_str()) {
        return Err(format!("{:?} is none of the methods {}", call.method, METHODS.join(", ")));
    }
    if manifest.endpoint(&call.endpoint).is_none() {
        return Err(format!("the manifest has no endpoint {:?}", call.endpoint));
    }
    header::headers(&call.headers).map_err(|wrong| format!("the call: {wrong}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::http::Response;
    use crate::model::task::{Call, Payload, Receipt, Target};
    use crate::plugin::check::example::example;

    fn call() -> Step {
        let call = Call {
            endpoint: "api".into(),
            method: "POST".into(),
            target: Target::Path("/messages".into()),
            query: Vec::new(),
            headers: vec![("content-type".into(), "application/json".into())],
            payload: Payload::Empty,
            save: false,
            buckets: Vec::new(),
        };
        Step { call, state: vec![0; bounds::STEP_STATE_BYTES], after_ms: Some(1000) }
    }

    fn ends(next: Next) -> Result<(), String> {
        progress(&Progress { receipts: Vec::new(), moved: None, next }, &example())
    }

    fn check(change: impl FnOnce(&mut Step), expected: &str) {
        let mut step = call();
        change(&mut step);
        match ends(Next::Step(step)) {
            Ok(()) => assert_eq!(expected, ""),
            Err(wrong) => assert!(!expected.is_empty() && wrong.contains(expected), "{wrong}"),
        }
    }

    #[test]
    fn a_step_names_an_endpoint_a_method_and_a_bounded_state() {
        check(|_| {}, "");
        check(|step| step.state.push(0), "the state has 16385 bytes");
        check(|step| step.call.method = "post".into(), "none of the methods");
        check(|step| step.call.method = "CONNECT".into(), "none of the methods");
        check(|step| step.call.endpoint = "other".into(), "no endpoint \"other\"");
        check(|step| step.call.headers.push(("Host".into(), "x".into())), "the header Host");
    }

    #[test]
    fn other_ends_are_bounded_too() {
        assert_eq!(ends(Next::Retry { after_ms: Some(u64::MAX), hold: None }), Ok(()));
        let response = Response { status: 99, headers: Vec::new(), body: Vec::new() };
        assert!(ends(Next::Respond(response)).is_err());
        assert_eq!(ends(Next::Done), Ok(()));
    }

    #[test]
    fn receipts_and_a_new_conversation_have_names() {
        let receipt = |id: &str| Receipt { id: id.into(), attributes: Vec::new() };
        for (receipts, moved, good) in [
            (vec![receipt("1")], Some("chat"), true),
            (vec![receipt("")], None, false),
            (vec![], Some(""), false),
        ] {
            let progress = Progress { receipts, moved: moved.map(Into::into), next: Next::Done };
            assert_eq!(super::progress(&progress, &example()).is_ok(), good, "{progress:?}");
        }
    }
}
