//! The benchmark counts what it acknowledged. How fast that was is for people to read: here it is only small.

use std::time::Duration;

use serde_json::Value;
use tokio::time::timeout;

use crate::support::setup::{Setup, told};

/// Two dozen measurements of half a second each, on a machine that does other things too.
const PATIENCE: Duration = Duration::from_secs(300);

#[tokio::test]
async fn what_the_benchmark_acknowledges_is_stored_on_both_sides() {
    for provider in ["whatsapp", "telegram"] {
        let is_more = provider == "telegram";
        let more: &[&str] = if is_more { &["--cycle", "--flood"] } else { &[] };
        let arguments = [&["bench", "--seconds", "1", "--json", "--provider", provider], more].concat();
        let setup = Setup::new();
        let ran = timeout(PATIENCE, setup.command(&arguments).kill_on_drop(true).output()).await;
        let ran = ran.expect("it ends").unwrap();
        assert_eq!(ran.status.code(), Some(0), "{}", told(&ran));
        let report: Value = serde_json::from_slice(&ran.stdout).unwrap();
        let rows = report["connections"].as_array().unwrap();
        let connections: Vec<_> = rows.iter().map(|row| row["n"].as_u64().unwrap()).collect();
        assert_eq!(connections, [1, 16, 64, 256], "{report}");
        for row in rows.iter().chain([&report["open"], &report["forged"]]) {
            for side in ["hookhost", "native"] {
                assert!(row[side]["per_second"].as_f64().unwrap() > 0.0, "{row}");
                assert!(row[side]["p50_ms"].as_f64() <= row[side]["p99_ms"].as_f64(), "{row}");
            }
            assert!(
                row["ratio"].as_f64().unwrap() > 0.0 && row["p99_ratio"].as_f64().unwrap() > 0.0,
                "{row}"
            );
        }
        let stored = report["stored"].as_array().unwrap();
        assert_eq!(stored.len(), if is_more { 3 } else { 2 }, "{report}");
        for one in stored {
            assert!(one["acknowledged"].as_u64().unwrap() > 0, "{one}");
            assert_eq!(one["acknowledged"], one["stored"], "{one}");
        }
        let start = &report["start"];
        assert_eq!((start["adapters"].as_u64(), start["n"].as_u64()), (Some(4), Some(5)), "{start}");
        assert!(start["p50_ms"].as_f64() <= start["longest_ms"].as_f64(), "{start}");
        for measured in ["p50_ms", "compiling_ms", "idle_bytes"] {
            assert!(start[measured].as_f64().unwrap() > 0.0, "{start}");
        }
        let cycles = &report["cycle"]["hookhost"]["per_second"];
        assert_eq!(cycles.as_f64().is_some_and(|rate| rate > 0.0), is_more, "{report}");
        for kind in ["genuine", "forged"] {
            let times = &report["flood"][kind]["p50_ratio"];
            assert_eq!(times.as_f64().is_some_and(|times| times > 0.0), is_more, "{report}");
        }
    }
}

#[tokio::test]
async fn only_a_server_of_this_machine_is_put_under_load() {
    let setup = Setup::new().file("secret", "a secret that both know");
    for (url, says) in [("https://127.0.0.1:1/", "not http"), ("http://192.0.2.1:80/", "not on loopback")] {
        let refused = setup.run(&["bench", "--beside", url, "--secret-file", "secret"]).await;
        assert_eq!(refused.status.code(), Some(1), "{}", told(&refused));
        assert!(told(&refused).contains(says) && told(&refused).contains("hint: "), "{}", told(&refused));
    }
}
