//! The shipped plugins in this engine.

use super::super::source::{Origin, discover, read};
use super::super::*;
use super::{context, engine, request};
use crate::model::bounds;
use crate::model::event::Content;
use crate::model::task::Next;

async fn generic(engine: &Engine) -> Plugin {
    let (found, bad) = discover(None);
    assert!(bad.is_empty());
    let found = found.iter().find(|found| found.name.as_str() == "generic").unwrap();
    assert_eq!(found.origin, Origin::Shipped);
    Plugin::load(engine, &found.name, read(found).unwrap(), Terms::default()).await.unwrap()
}

#[tokio::test]
async fn every_shipped_plugin_loads_under_its_own_name() {
    let engine = engine();
    let (found, _) = discover(None);
    assert!(!found.is_empty());
    for found in found {
        let plugin =
            Plugin::load(&engine, &found.name, read(&found).unwrap(), Terms::default()).await.unwrap();
        assert_eq!(plugin.manifest().name, found.name.as_str());
    }
}

#[tokio::test]
async fn a_request_becomes_an_event() {
    let plugin = generic(&engine()).await;
    let body = r#"{"workflow_name": "sum", "inputs": {"price": 2.50}, "webhook_id": "a-1"}"#;
    let Ok(Verdict::Accept(acceptance)) = plugin.receive(context(), &request(body.as_bytes())).await else {
        panic!()
    };
    let [event] = acceptance.events.as_slice() else { panic!("{acceptance:?}") };
    assert_eq!(event.id.as_deref(), Some("a-1"));
    let Content::Invocation(invocation) = &event.content else { panic!("{event:?}") };
    assert_eq!((invocation.workflow.as_str(), invocation.inputs.as_str()), ("sum", r#"{"price": 2.50}"#));
}

#[tokio::test]
async fn a_request_that_is_not_understood_is_rejected() {
    let plugin = generic(&engine()).await;
    let verdict = plugin.receive(context(), &request(b"[]")).await;
    assert!(matches!(verdict, Ok(Verdict::Reject(_))), "{verdict:?}");
}

#[tokio::test]
async fn a_task_that_the_plugin_does_not_know_ends() {
    let plugin = generic(&engine()).await;
    let task = Task::Subscribe { url: "https://hooks.example.com/".into(), active: true };
    let progress = plugin.begin(context(), &task).await.unwrap();
    assert!(matches!(progress.next, Next::Failed(_)), "{progress:?}");
    let answer = Answer::Unanswered { maybe_done: true, reason: "restart".into() };
    let progress = plugin.resume(context(), &task, b"state", &answer).await.unwrap();
    assert!(matches!(progress.next, Next::Failed(_) | Next::Unsure(_)), "{progress:?}");
}

#[tokio::test]
async fn deep_nesting_is_no_fault() {
    let plugin = generic(&engine()).await;
    let body = format!(r#"{{"workflow_name": "sum", "inputs": {}}}"#, "[".repeat(100_000));
    let verdict = plugin.receive(context(), &request(body.as_bytes())).await;
    assert!(matches!(verdict, Ok(Verdict::Reject(_))), "{verdict:?}");
}

#[tokio::test]
async fn the_largest_body_fits_into_a_sandbox() {
    let plugin = generic(&engine()).await;
    let room = bounds::BODY_BYTES - 50;
    let body = format!(r#"{{"workflow_name": "sum", "inputs": {{"a": "{}"}}}}"#, "x".repeat(room));
    assert!(body.len() <= bounds::BODY_BYTES);
    let verdict = plugin.receive(context(), &request(body.as_bytes())).await;
    assert!(matches!(verdict, Ok(Verdict::Accept(_))));
}

#[tokio::test]
async fn plugins_also_run_where_there_is_no_room_for_a_pool() {
    let plugin = generic(&Engine::with(&config::on_demand()).unwrap()).await;
    let verdict = plugin.receive(context(), &request(br#"{"workflow_name": "sum"}"#)).await;
    assert!(matches!(verdict, Ok(Verdict::Accept(_))), "{verdict:?}");
}

/// Handlers move between threads, so every future here must be able to.
#[test]
fn calls_can_be_spawned() {
    fn is_send<T: Send>(_: impl FnOnce(Plugin, Request, Task, Answer) -> T) {}
    is_send(|plugin, request, task, answer| async move {
        let _ = plugin.receive(context(), &request).await;
        let _ = plugin.begin(context(), &task).await;
        let _ = plugin.resume(context(), &task, b"", &answer).await;
    });
    fn load(engine: Engine, name: ProviderName) -> impl Send {
        async move { Plugin::load(&engine, &name, Vec::new(), Terms::default()).await }
    }
    let _ = load;
}
