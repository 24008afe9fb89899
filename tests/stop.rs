//! A stop that comes before a run is over.

use serde_json::json;

use crate::support::bot_api::{self, texts};
use crate::support::setup::Setup;
use crate::support::stand_in::{Answer, StandIn};
use crate::support::telegram::update;
use crate::support::workflow::echo;

#[tokio::test]
async fn a_run_that_a_stop_cuts_off_is_put_back_as_if_it_had_not_begun() {
    let (api, workflow) = (bot_api::start(), StandIn::start(echo));
    workflow.answers(Answer::Hang);
    let keys = "timeout = \"10m\"\nretries = 0";
    let mut host = Setup::new().telegram(&api).http("echo", keys, &workflow.host()).start().await;
    host.telegram_all(&[update(1, 7, "/echo hello")]).await;
    workflow.received(1).await;
    host.terminate();
    assert_eq!(host.ended().await.code(), Some(0));
    let event = host.newest_event().await;
    assert_eq!(
        (&event["state"], &event["attempts"], &event["interrupted"]),
        (&json!("queued"), &json!(0), &json!(0))
    );

    host.restart().await;
    assert_eq!(texts(&api.received_only(1).await), ["hello"]);
    let attempts: Vec<_> = workflow.calls().iter().map(|run| run.body["attempt"].clone()).collect();
    assert_eq!(attempts, [json!(1), json!(1)]);
    host.end().await;
}
