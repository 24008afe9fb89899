//! Who may send, from where, and how much: `allow_ips`, `trusted_proxies`, `rate_limit`, `max_queued`.

use crate::support::bot_api::{self, texts};
use crate::support::generic::{self, call};
use crate::support::host::Host;
use crate::support::reply::Reply;
use crate::support::setup::Setup;
use crate::support::stand_in::{Answer, StandIn};
use crate::support::telegram::update;
use crate::support::workflow::{ECHO, echo};

const ONLY_TELEGRAM: &str = "[providers.generic]\nallow_ips = [\"149.154.160.0/20\", \"2001:67c:4e8::/48\"]";

async fn signed(host: &Host, headers: &[(&str, &str)]) -> Reply {
    host.generic_body(&call("echo", "hello").to_string(), headers).await
}

#[tokio::test]
async fn whoever_sends_from_elsewhere_learns_nothing_even_with_the_secret() {
    let host = Setup::new().generic().config(ONLY_TELEGRAM).script("echo", ECHO).start().await;
    let stolen = signed(&host, &[]).await;
    let guessed = host.post("/webhooks/generic", &[(generic::HEADER, "00")], "{}").await;
    stolen.assert_problem(401, "signature");
    assert_eq!((stolen.status, &stolen.body), (guessed.status, &guessed.body));
    host.logged(&["refused", "generic", "allow_ips", "from=127.0.0.1"]).await;
    // Nobody asked us to believe this.
    signed(&host, &[("x-forwarded-for", "149.154.160.9")]).await.assert_problem(401, "");
    host.end().await;
}

#[tokio::test]
async fn a_proxy_that_is_trusted_says_from_where_a_request_comes() {
    let proxies = "[server]\ntrusted_proxies = [\"127.0.0.0/8\"]";
    let setup = Setup::new().generic().config(proxies).config(ONLY_TELEGRAM);
    let host = setup.script("echo", ECHO).start().await;
    for (headers, status) in [
        (vec![("x-forwarded-for", "149.154.160.9")], 200),
        (vec![("x-forwarded-for", "2001:67c:4e8::1")], 200),
        (vec![("x-forwarded-for", "192.0.2.1, 149.154.160.9")], 200),
        (vec![("x-forwarded-for", "149.154.160.9, 127.0.0.2")], 200),
        (vec![("forwarded", "for=149.154.160.9;proto=https")], 200),
        (vec![("x-forwarded-for", "192.0.2.1")], 401),
        (vec![("x-forwarded-for", "149.154.160.9, 192.0.2.1")], 401),
        (vec![("x-forwarded-for", "192.0.2.1"), ("forwarded", "for=149.154.160.9")], 401),
        (vec![], 401),
    ] {
        let reply = signed(&host, &headers).await;
        assert_eq!(reply.status, status, "{headers:?}: {reply:?}");
    }
    host.end().await;
}

#[tokio::test]
async fn what_only_a_proxy_can_know_is_taken_from_no_stranger() {
    for (proxies, is_kept) in [("", false), ("[server]\ntrusted_proxies = [\"127.0.0.1\"]", true)] {
        let setup = Setup::new().generic().config(proxies).script("echo", ECHO);
        let mut host = setup.start().await;
        let headers = [("x-forwarded-host", "marked.example.com"), ("x-forwarded-for", "192.0.2.77")];
        assert_eq!(signed(&host, &headers).await.status, 200);
        host.kill().await;
        for mark in ["marked.example.com", "192.0.2.77"] {
            assert_eq!(!host.stored_with(mark).is_empty(), is_kept, "{mark} {proxies}");
        }
        host.end().await;
    }
}

#[tokio::test]
async fn more_deliveries_than_the_limit_are_put_off_and_strangers_do_not_use_it_up() {
    let api = bot_api::start();
    let setup = Setup::new().telegram(&api).generic().config("[providers.generic]\nrate_limit = \"2/h\"");
    let host = setup.script("echo", ECHO).start().await;
    for _ in 0..10 {
        host.post("/webhooks/generic", &[(generic::HEADER, "00")], "{}").await.assert_problem(401, "");
    }
    for _ in 0..2 {
        assert_eq!(signed(&host, &[]).await.status, 200);
    }
    let refused = signed(&host, &[]).await;
    refused.assert_problem(429, "more deliveries");
    let wait: u32 = refused.header("retry-after").parse().unwrap();
    assert!((1_700..=1_800).contains(&wait), "{wait} s until the next of two in an hour");
    // A limit outlives the exchange of what is served.
    host.hang_up();
    host.logged(&["exchanged"]).await;
    signed(&host, &[]).await.assert_problem(429, "");
    host.telegram_all(&[update(1, 7, "/echo hello")]).await;
    assert_eq!(texts(&api.received_only(1).await), ["hello"]);
    host.end().await;
}

#[tokio::test]
async fn no_more_events_wait_than_may_and_what_is_waiting_is_run() {
    let (api, workflow) = (bot_api::start(), StandIn::start(echo));
    workflow.answers(Answer::Hang);
    let mut host = Setup::new()
        .config("[store]\nmax_queued = 3\n[server]\ndrain = \"1s\"")
        .telegram(&api)
        .http("echo", "timeout = \"10m\"", &workflow.host())
        .start()
        .await;
    let updates: Vec<_> = (1..=3).map(|id| update(id, 7, &format!("/echo {id}"))).collect();
    host.telegram_all(&updates).await;
    for restarted in [false, true] {
        if restarted {
            host.kill().await;
            workflow.answers(Answer::Hang);
            host.restart().await;
        }
        for id in 4..=5 {
            let refused = host.telegram(&update(id, id, "/echo more")).await;
            refused.assert_problem(503, "wait");
            assert!(refused.header("retry-after").parse::<u32>().unwrap() > 0);
        }
        assert_eq!(host.telegram(&updates[2]).await.status, 200, "what it has already is no more");
        let alerts = host.log().matches("deliveries are refused until some have run").count();
        assert_eq!(alerts, 1 + usize::from(restarted), "one for all that were refused within a minute");
    }
    host.terminate();
    host.ended().await;
    host.restart().await;
    assert_eq!(texts(&api.received_only(3).await), ["1", "2", "3"]);
    assert_eq!(host.telegram(&update(6, 6, "/echo more")).await.status, 200);
    assert_eq!(texts(&api.received_only(4).await)[3], "more");
    host.end().await;
}
