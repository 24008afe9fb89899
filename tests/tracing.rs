//! One event's lines can be found in the log by its id, and its trace goes on in its workflow.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::bot_api;
use crate::support::generic::call;
use crate::support::host::Host;
use crate::support::setup::Setup;
use crate::support::stand_in::StandIn;
use crate::support::telegram::{HEADER, update};
use crate::support::workflow::{ECHO, echo};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

/// Sends an update with a `traceparent`.
async fn send(host: &Host, id: i64, text: &str, traceparent: &str) {
    let token = crate::support::setup::TELEGRAM_SECRET_TOKEN;
    let headers = [(HEADER, token), ("traceparent", traceparent)];
    let reply = host.post("/webhooks/telegram", &headers, update(id, 7, text).to_string()).await;
    assert_eq!(reply.status, 200, "{reply:?}");
}

/// The trace and the step of a good `traceparent`.
fn parts(traceparent: &str) -> (String, String) {
    let parts: Vec<&str> = traceparent.trim().split('-').collect();
    assert_eq!((parts.len(), parts[0], parts[3]), (4, "00", "01"), "{traceparent}");
    (parts[1].to_owned(), parts[2].to_owned())
}

#[tokio::test]
async fn an_http_workflow_is_the_next_step_of_its_senders_trace() {
    let (api, workflow) = (bot_api::start(), StandIn::start(echo));
    workflow.answers(crate::support::stand_in::Answer::Json(500, Value::Null));
    let host = Setup::new().telegram(&api).http("flow", "retries = 1", &workflow.host()).start().await;
    send(&host, 1, "/flow hello", PARENT).await;
    api.received(1).await;
    send(&host, 2, "/flow hello", &PARENT.to_uppercase()).await;
    api.received_only(2).await;

    let calls = workflow.received_only(3).await;
    let given = |n: usize| calls[n].headers.get("traceparent").map(|value| value.to_str().unwrap());
    let [first, second] = [0, 1].map(|n| parts(given(n).unwrap()));
    assert_eq!((first.0.as_str(), second.0.as_str()), (TRACE, TRACE));
    let steps = BTreeSet::from([first.1.as_str(), second.1.as_str(), &PARENT[36..52]]);
    assert_eq!(steps.len(), 3, "each attempt is a step of its own");
    assert_eq!(given(2), None, "what is no traceparent begins no trace");
    host.end().await;
}

#[tokio::test]
async fn a_command_finds_its_trace_in_its_environment_and_no_other() {
    let api = bot_api::start();
    let script = "cat > /dev/null; echo \"${TRACEPARENT:-none}\"";
    // What the host itself was started with belongs to another trace.
    let host = Setup::new()
        .telegram(&api)
        .env("TRACEPARENT", "00-11111111111111111111111111111111-2222222222222222-01")
        .script("flow", script)
        .start()
        .await;
    send(&host, 1, "/flow", PARENT).await;
    api.received(1).await;
    host.telegram_all(&[update(2, 7, "/flow")]).await;
    let said = bot_api::texts(&api.received_only(2).await);
    let (trace, step) = parts(&said[0]);
    assert_eq!((trace.as_str(), said[1].trim()), (TRACE, "none"));
    assert_ne!(step, &PARENT[36..52]);
    host.end().await;
}

#[tokio::test]
async fn every_line_of_an_event_has_its_id_from_the_delivery_to_the_reply() {
    let api = bot_api::start();
    api.answers(bot_api::refused(500, "Internal Server Error"));
    let setup = || Setup::new().telegram(&api).script_with("flow", "retries = 1", FAILS_ONCE);
    for json in [false, true] {
        let host = match json {
            true => setup().env("HOOKHOST_LOG_FORMAT", "json").start().await,
            false => setup().start().await,
        };
        send(&host, 1, "/flow hello", PARENT).await;
        let words = ["admitted", "an attempt failed", "ran", "replied"];
        let mut ids = BTreeSet::new();
        for word in words {
            // A line for people has its message after the span, a line for machines as a value.
            let message = if json { format!("\"message\":\"{word}\"") } else { format!(": {word}") };
            let line = host.logged(&[&message]).await;
            let (execution, trace) = if json {
                let line: Value = serde_json::from_str(&line).unwrap();
                let text = |name: &str| line["span"][name].as_str().unwrap_or_default().to_owned();
                assert_eq!(
                    (text("name"), text("provider")),
                    ("execution".into(), "telegram".into()),
                    "{line}"
                );
                (text("execution"), text("trace"))
            } else {
                let field = |name: &str| {
                    let value = line.split_once(&format!("{name}=")).unwrap_or_else(|| panic!("{line}")).1;
                    value.split([' ', '}']).next().unwrap().trim_matches('"').to_owned()
                };
                assert!(line.contains("provider=telegram"), "{line}");
                (field("execution"), field("trace"))
            };
            assert_eq!((execution.len(), trace.as_str()), (32, TRACE), "{line}");
            ids.insert(execution);
        }
        assert_eq!(ids.len(), 1, "{ids:?}");
        host.end().await;
    }
}

/// Notes that it was there, and fails the first time.
const FAILS_ONCE: &str = "cat > /dev/null; [ -e there ] && echo fine || { touch there; exit 1; }";

#[tokio::test]
async fn the_events_of_one_delivery_have_lines_of_their_own_that_name_it() {
    let api = bot_api::start();
    let host = Setup::new().telegram(&api).generic().script("echo", ECHO).start().await;
    host.generic(&call("echo", "hello")).await;
    let admitted = host.logged(&["admitted", "provider=generic"]).await;
    let delivery = admitted.split_once("delivery=").unwrap().1[..32].to_owned();
    host.logged(&[": ran", &format!("delivery={delivery}")]).await;
    host.end().await;
}
