//! Who is left alone for a while and who is not: what counts is the share of what fails, and not how near to its
//! limits a plugin works.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::support::bot_api;
use crate::support::generic::call;
use crate::support::host::Host;
use crate::support::setup::Setup;
use crate::support::wait::PATIENCE;
use crate::support::workflow::ECHO;

/// What differs in words; ids and numbers alone do not make a difference.
const NOUNS: [&str; 8] = ["ants", "bees", "cats", "dogs", "eels", "foxes", "gnats", "hens"];
const ADJECTIVES: [&str; 6] = ["black", "white", "red", "green", "blue", "brown"];

/// What one call may take, in seconds.
const CALL_TIME: u64 = 5;
/// What one takes: many times what a plugin has where nobody says anything, and little enough that a machine on
/// which all tests run at once does not make it too much.
const TOIL: Duration = Duration::from_millis(800);
/// So often: less than half a minute of a processor.
const TOILS: usize = 8;

/// Inputs that all differ.
fn subjects() -> impl Iterator<Item = String> {
    ADJECTIVES.iter().flat_map(|adjective| NOUNS.iter().map(move |noun| format!("{adjective} {noun}")))
}

/// How many calls of the rogue ended so, and what they took in seconds.
async fn tally(host: &Host) -> (f64, f64) {
    let receive = [("plugin", "rogue"), ("function", "receive")];
    let metrics = host.metrics().await;
    let fault =
        |kind| metrics.value("hookhost_plugin_faults_total", &[receive[0], receive[1], ("kind", kind)]);
    let faults = ["cpu", "timeout", "busy", "trap"].map(fault).iter().sum();
    (faults, metrics.value("hookhost_plugin_busy_seconds_total", &receive))
}

/// How many million rounds take the rogue so long on this machine, with whatever else it does now.
async fn rounds_in(host: &Host, time: Duration) -> u64 {
    const TRIED: f64 = 50.0;
    let (_, before) = tally(host).await;
    assert_eq!(host.rogue(&format!("toil {TRIED} about nothing")).await.status, 200);
    let (_, after) = tally(host).await;
    assert!(after > before, "it took some time");
    (TRIED * time.as_secs_f64() / (after - before)) as u64
}

/// Calls another provider until there has been enough of it; how often that was.
async fn others(host: &Host, enough: &AtomicBool) -> usize {
    let mut served = 0;
    while !enough.load(Ordering::SeqCst) {
        let begun = Instant::now();
        let other = host.generic(&call("echo", "hello")).await;
        assert_eq!(other.json()["result"], "hello", "{other:?}");
        assert!(begun.elapsed() < PATIENCE, "{:?}", begun.elapsed());
        served += 1;
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    served
}

#[tokio::test]
async fn who_takes_long_over_everything_but_ends_in_time_is_left_at_work() {
    let (granted, ungranted) = (bot_api::start(), bot_api::start());
    let limits = format!("limits = {{ call_time = \"{CALL_TIME}s\" }}");
    let host = Setup::new().rogue_with(&granted, &ungranted, &limits).generic().script("echo", ECHO);
    let host = host.start().await;
    let rounds = rounds_in(&host, TOIL).await;
    let (_, before) = tally(&host).await;
    let enough = AtomicBool::new(false);
    let toiling = async {
        for subject in subjects().take(TOILS) {
            assert_eq!(host.rogue(&format!("toil {rounds} about {subject}")).await.status, 200);
        }
        enough.store(true, Ordering::SeqCst);
    };
    let ((), served) = tokio::join!(toiling, others(&host, &enough));
    let (faults, after) = tally(&host).await;
    assert_eq!(faults, 0.0, "{}", host.log());
    let each = (after - before) / TOILS as f64;
    assert!(each > 0.2, "each took {each} s, which it would have had anyway");
    assert!(served > TOILS, "{served} calls of another were served beside it");
    let accepted = [("provider", "rogue"), ("verdict", "accepted")];
    host.counted("hookhost_deliveries_total", &accepted, TOILS as f64 + 1.0).await;
    assert!(!host.log().contains("the plugin is paused"), "{}", host.log());
    host.end().await;
}

#[tokio::test]
async fn who_fails_at_every_second_thing_is_paused_and_who_fails_at_every_third_is_not() {
    for (every, is_paused) in [(2, true), (3, false)] {
        let (granted, ungranted) = (bot_api::start(), bot_api::start());
        let setup = Setup::new().rogue(&granted, &ungranted).generic().script("echo", ECHO).route("echo");
        let host = setup.start().await;
        let enough = AtomicBool::new(false);
        let telling = async {
            for (n, subject) in subjects().enumerate() {
                let order = if n % every == 0 { "panic about" } else { "hello from" };
                assert_eq!(host.rogue(&format!("{order} {subject}")).await.status, 200);
            }
            enough.store(true, Ordering::SeqCst);
        };
        let ((), served) = tokio::join!(telling, others(&host, &enough));
        assert!(served > 0, "others were served");
        let total = subjects().count();
        if is_paused {
            // What fails is held, what waited is taken up, and nothing is lost.
            host.logged(&["the plugin is paused", "rogue"]).await;
            host.logged(&["works again", "rogue"]).await;
        }
        granted.received_only(total - total.div_ceil(every)).await;
        assert_eq!(host.log().contains("the plugin is paused"), is_paused, "every {every}: {}", host.log());
        let (faults, _) = tally(&host).await;
        assert!(faults >= 8.0, "{faults} faults");
        host.end().await;
    }
}
