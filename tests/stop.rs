//! A stop: what was begun ends, what was acknowledged is there at the next start, and nothing hangs.

use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::support::bot_api::{self, texts};
use crate::support::generic::call;
use crate::support::host::Host;
use crate::support::setup::Setup;
use crate::support::stand_in::{Answer, StandIn};
use crate::support::telegram::update;
use crate::support::wait::{PATIENCE, until};
use crate::support::workflow::{ECHO_NOTED, NOTE, WAIT, echo};

/// Longer than any test waits: whoever ends has not waited for it.
const FOR_EVER: &str = "[server]\ndrain = \"15m\"";
const HANGS: &str = "timeout = \"10m\"\nretries = 0";

#[tokio::test]
async fn a_run_that_a_stop_cuts_off_is_put_back_as_if_it_had_not_begun() {
    let (api, workflow) = (bot_api::start(), StandIn::start(echo));
    workflow.answers(Answer::Hang);
    let mut host = Setup::new()
        .config("[server]\ndrain = \"1s\"")
        .telegram(&api)
        .http("echo", HANGS, &workflow.host())
        .start()
        .await;
    host.telegram_all(&[update(1, 7, "/echo hello")]).await;
    workflow.received(1).await;
    host.terminate();
    assert_eq!(host.ended().await.code(), Some(0));
    runs_as_if_it_had_not_begun(host, &api, &workflow).await;
}

#[tokio::test]
async fn a_second_signal_does_not_wait_and_loses_nothing() {
    let (api, workflow) = (bot_api::start(), StandIn::start(echo));
    workflow.answers(Answer::Hang);
    let setup = Setup::new().config(FOR_EVER).telegram(&api).http("echo", HANGS, &workflow.host());
    let mut host = setup.start().await;
    host.telegram_all(&[update(1, 7, "/echo hello")]).await;
    workflow.received(1).await;
    host.terminate();
    host.logged(&["stopping"]).await;
    assert!(host.is_running(), "it waits for the run");
    host.interrupt();
    assert_eq!(host.ended().await.code(), Some(0));
    runs_as_if_it_had_not_begun(host, &api, &workflow).await;
}

async fn runs_as_if_it_had_not_begun(mut host: Host, api: &StandIn, workflow: &StandIn) {
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

#[tokio::test]
async fn a_run_that_goes_on_while_the_host_stops_ends_and_is_not_run_again() {
    let api = bot_api::start();
    let slow = format!("{NOTE}{WAIT}{ECHO_NOTED}");
    let mut host = Setup::new().config(FOR_EVER).telegram(&api).script("slow", &slow).start().await;
    host.telegram_all(&[update(1, 7, "/slow hello"), update(2, 7, "/slow again")]).await;
    host.ran(1).await;
    host.terminate();
    host.logged(&["stopping"]).await;
    assert!(TcpStream::connect(host.address()).await.is_err(), "nothing is taken in any more");
    host.go();
    assert_eq!(host.ended().await.code(), Some(0));
    assert_eq!(host.documents().len(), 1, "nothing is begun while it stops");

    host.restart().await;
    assert_eq!(texts(&api.received_only(2).await), ["hello", "again"]);
    let inputs: Vec<_> = host.documents().iter().map(|run| run["input"].clone()).collect();
    assert_eq!(inputs, ["hello", "again"]);
    host.end().await;
}

#[tokio::test]
async fn whoever_waits_for_a_result_while_the_host_stops_is_answered() {
    let slow = format!("{NOTE}{WAIT}{ECHO_NOTED}");
    let setup = Setup::new().config(FOR_EVER).config("[dispatch]\nworkers = 1").generic();
    let host = setup.script("slow", &slow).start().await;
    let (begun, queued) = (call("slow", "begun"), call("slow", "queued"));
    let first = host.generic(&begun);
    let then = async {
        host.ran(1).await;
        let stopping = async {
            until("both to be taken in", || (host.log().matches("admitted ").count() == 2).then_some(()))
                .await;
            host.terminate();
            host.logged(&["stopping"]).await;
        };
        // What has not begun is told where to ask at once, and long before what has begun ends.
        let (second, ()) = tokio::join!(host.generic(&queued), stopping);
        host.go();
        second
    };
    let (first, second) = tokio::join!(first, then);
    assert_eq!((first.status, &first.json()["result"]), (200, &json!("begun")), "{first:?}");
    assert_eq!((second.status, &second.json()["status"]), (202, &json!("running")), "{second:?}");

    let mut host = host;
    assert_eq!(host.ended().await.code(), Some(0));
    host.restart().await;
    host.ran(2).await;
    host.logged(&["ran", second.json()["execution_id"].as_str().unwrap()]).await;
    let told = host.get(second.header("location")).await;
    assert_eq!((told.status, &told.json()["result"]), (200, &json!("queued")), "{told:?}");
    host.end().await;
}

#[tokio::test]
async fn connections_on_which_nothing_was_begun_hold_up_no_stop() {
    let mut host = Setup::new().config(FOR_EVER).generic().start().await;
    let mut silent = TcpStream::connect(host.address()).await.unwrap();
    let mut idle = TcpStream::connect(host.address()).await.unwrap();
    idle.write_all(b"GET /health HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"}") {
        assert!(idle.read_buf(&mut answer).await.unwrap() > 0, "it is kept alive");
    }
    assert_eq!(host.get("/health").await.status, 200);
    host.terminate();
    assert_eq!(host.ended().await.code(), Some(0));
    for stream in [&mut silent, &mut idle] {
        let read = timeout(PATIENCE, stream.read(&mut [0; 16])).await.expect("it is closed");
        assert_eq!(read.unwrap_or(0), 0);
    }
    host.end().await;
}

#[tokio::test]
async fn a_request_that_is_half_sent_when_the_host_stops_is_taken_in() {
    let api = bot_api::start();
    let mut host = Setup::new().config(FOR_EVER).telegram(&api).script("echo", "echo hello").start().await;
    let body = update(1, 7, "/echo").to_string();
    let head = format!(
        "POST /webhooks/telegram HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n\
         expect: 100-continue\r\n{}: {}\r\ncontent-length: {}\r\n\r\n",
        crate::support::telegram::HEADER,
        crate::support::setup::TELEGRAM_SECRET_TOKEN,
        body.len()
    );
    let mut stream = TcpStream::connect(host.address()).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut go_on = [0; 12];
    timeout(PATIENCE, stream.read_exact(&mut go_on)).await.expect("it reads the body").unwrap();
    assert_eq!(&go_on, b"HTTP/1.1 100");
    stream.write_all(&body.as_bytes()[..20]).await.unwrap();
    host.terminate();
    host.logged(&["stopping"]).await;
    stream.write_all(&body.as_bytes()[20..]).await.unwrap();
    let mut answer = Vec::new();
    timeout(PATIENCE, stream.read_to_end(&mut answer)).await.expect("it is answered and closed").unwrap();
    let answer = String::from_utf8_lossy(&answer);
    assert!(answer.contains("HTTP/1.1 200 "), "{answer}");
    assert_eq!(host.ended().await.code(), Some(0));
    host.restart().await;
    assert_eq!(texts(&api.received_only(1).await), ["hello"]);
    host.end().await;
}
