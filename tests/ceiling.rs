//! How many ids the host remembers at most, and what a sender hears beyond that.

use crate::support::generic::{call, call_with_id};
use crate::support::setup::Setup;
use crate::support::workflow::ECHO;

#[tokio::test(flavor = "multi_thread")]
async fn beyond_the_ceiling_new_ids_are_refused_and_known_ones_stay_known() {
    let max_ids = "[store]\nmax_ids = 3";
    let mut host = Setup::new().generic().script("echo", ECHO).config(max_ids).start().await;
    let order = |number: i32| call_with_id(&format!("order-{number}"), "echo", "hello");
    for number in 1..=3 {
        assert_eq!(host.generic(&order(number)).await.status, 200);
    }
    for restarted in [false, true] {
        if restarted {
            host.kill().await;
            host.restart().await;
        }
        for number in 4..=6 {
            let refused = host.generic(&order(number)).await;
            refused.assert_problem(503, "ids");
            assert!(refused.header("retry-after").parse::<u32>().unwrap() > 0);
        }
        for number in 1..=3 {
            let again = host.generic(&order(number)).await;
            assert_eq!((again.status, again.header("idempotent-replayed")), (200, "true"));
        }
        assert_eq!(host.generic(&call("echo", "without an id")).await.status, 200);
        let alerts = host.log().matches("deliveries with new ids are refused").count();
        assert_eq!(alerts, 1 + usize::from(restarted), "one for all that were refused within a minute");
    }
    host.end().await;
}
