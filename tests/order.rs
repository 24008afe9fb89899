//! Order: one conversation after the other, different conversations side by side.

use crate::support::bot_api::{self, texts};
use crate::support::setup::Setup;
use crate::support::stand_in::{Answer, StandIn};
use crate::support::telegram::update;
use crate::support::workflow::{ECHO_NOTED, NOTE};

#[tokio::test]
async fn the_answers_of_a_chat_come_in_the_order_of_its_messages() {
    let api = bot_api::start();
    // The input is "<number> <how long>".
    let script = r#"
        input=$(sed -n 's/.*"inputs":{"input":"\([^"]*\)"}.*/\1/p')
        sleep "${input#* }"
        echo "${input% *}"
    "#;
    let host = Setup::new().telegram(&api).script("slow", script).start().await;
    let waits = ["0.15", "0", "0.05", "0.1", "0.01"];
    let updates: Vec<_> = (0..20)
        .map(|n| update(i64::from(n), 7, &format!("/slow {n} {}", waits[n as usize % waits.len()])))
        .collect();
    host.telegram_all(&updates).await;
    let expected: Vec<_> = (0..20).map(|n| n.to_string()).collect();
    assert_eq!(texts(&api.received_only(20).await), expected);
    host.end().await;
}

#[tokio::test]
async fn a_slow_provider_holds_up_answers_and_no_runs() {
    let api = StandIn::start(|call, count| match call.body["chat_id"].as_i64() {
        Some(7) => Answer::Hang,
        _ => bot_api::accepted(call, count),
    });
    let host = Setup::new().telegram(&api).script("echo", &format!("{NOTE}{ECHO_NOTED}")).start().await;
    host.telegram_all(&[
        update(1, 7, "/echo first"),
        update(2, 7, "/echo second"),
        update(3, 8, "/echo other"),
    ])
    .await;
    assert_eq!(host.ran(3).await.len(), 3);
    let mut said = texts(&api.received_only(2).await);
    said.sort();
    assert_eq!(said, ["first", "other"], "the second answer waits for the first, another chat's does not");
    host.end().await;
}

#[tokio::test]
async fn two_chats_are_served_at_the_same_time() {
    let api = bot_api::start();
    // Each waits until the other has begun; one after the other, they would never meet.
    let script = r#"
        set -- $(sed -n 's/.*"inputs":{"input":"\([^"]*\)"}.*/\1/p')
        touch "$1"
        until [ -e "$2" ]; do sleep 0.02; done
        echo met
    "#;
    let host = Setup::new()
        .telegram(&api)
        .script_with("meet", "timeout = \"20s\"\nretries = 0", script)
        .start()
        .await;
    host.telegram_all(&[update(1, 7, "/meet ada grace"), update(2, 8, "/meet grace ada")]).await;
    assert_eq!(texts(&api.received_only(2).await), ["met", "met"]);
    host.end().await;
}
