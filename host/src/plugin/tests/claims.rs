//! Claims that do harm. Strangers can ask for them, so each costs little: a typed answer, in a tenth of the time of
//! other calls, and the next call is fine.

use std::time::{Duration, Instant};

use super::super::*;
use super::rogue::{IGNORE, UNPROVEN, proving, receiving};
use super::{context, engine, ignored, load, request};
use crate::model::bounds;

const SPIN: &str = "(loop $again (br $again)) unreachable";

/// So many claims, all of them zeros.
fn claims(count: usize) -> String {
    let pages = count * 32 / 65_536 + 1;
    format!(
        "(drop (memory.grow (i32.const {pages})))
         (i32.store8 (i32.const 3072) (i32.const 0)) (i32.store (i32.const 3076) (i32.const 65536))
         (i32.store (i32.const 3080) (i32.const {count})) i32.const 3072"
    )
}

/// A sentence of so many bytes that says why nothing can be proven; it begins with line breaks.
fn sentence(bytes: usize) -> String {
    let pages = bytes / 65_536 + 1;
    format!(
        "(drop (memory.grow (i32.const {pages})))
         (memory.fill (i32.const 65536) (i32.const 10) (i32.const 4096))
         (i32.store8 (i32.const 3072) (i32.const 1)) (i32.store (i32.const 3076) (i32.const 65536))
         (i32.store (i32.const 3080) (i32.const {bytes})) i32.const 3072"
    )
}

#[tokio::test]
async fn claims_beyond_their_limits_are_stopped() {
    let engine = engine();
    let fine = load(&engine, receiving(IGNORE)).await.unwrap();
    for (kind, prove) in [
        ("cpu", SPIN.to_owned()),
        (
            "memory",
            "(if (i32.lt_s (memory.grow (i32.const 1000)) (i32.const 0)) (then unreachable)) unreachable"
                .into(),
        ),
        ("stack", "(call $recurse) unreachable".into()),
        ("trap", "unreachable".into()),
        ("output", claims(300_000)),
        ("output", sentence(17 << 20)),
    ] {
        let plugin = load(&engine, proving(&prove)).await.unwrap();
        for _ in 0..2 {
            let before = Instant::now();
            let fault = plugin.prove(context(), &request(b"{}"), None).await.unwrap_err();
            assert_eq!(fault.kind(), kind, "{fault}: {prove}");
            assert!(before.elapsed() < Duration::from_secs(5), "took {:?}: {prove}", before.elapsed());
            assert_eq!(plugin.receive(context(), &request(b"{}")).await, ignored(), "after {prove}");
        }
        assert_eq!(fine.receive(context(), &request(b"{}")).await, ignored(), "another plugin goes on");
    }
}

#[tokio::test]
async fn claims_within_their_limits_are_read() {
    let engine = engine();
    for (count, prove) in [(0, claims(0)), (bounds::CLAIMS, claims(bounds::CLAIMS))] {
        let plugin = load(&engine, proving(&prove)).await.unwrap();
        let claims = plugin.prove(context(), &request(b"{}"), Some("https://hooks.example.com/")).await;
        assert_eq!(claims.unwrap().unwrap().len(), count);
    }
}

#[tokio::test]
async fn claims_may_take_a_tenth_of_the_time_of_other_calls() {
    let plugin = load(&engine(), proving(SPIN)).await.unwrap();
    let proven = plugin.measure_prove(context(), &request(b""), None).await;
    assert_eq!(proven.answer, Err(Fault::Cpu));
    assert_eq!(proven.usage.ticks * 10, plugin.limits().call_ticks());
}

#[tokio::test]
async fn why_nothing_can_be_proven_is_told_in_one_line() {
    let plugin = load(&engine(), proving(&sentence(1 << 20))).await.unwrap();
    let why = plugin.prove(context(), &request(b"{}"), None).await.unwrap().unwrap_err();
    assert!(why.len() <= bounds::PLUGIN_LOG_LINE_BYTES && why.starts_with("\\n\\n"), "{why:?}");
    assert!(!why.contains(char::is_control), "{why:?}");
}

#[tokio::test]
async fn claims_that_are_talked_about_without_end_cost_nothing_but_their_time() {
    let talk = |times: u32| {
        format!(
            "(loop $again \
               (call $log (i32.const 1) (i32.const 65536) (i32.const 100000) (i32.const 0) (i32.const 0)) \
               (local.set $i (i32.add (local.get $i) (i32.const 1))) \
               (br_if $again (i32.lt_u (local.get $i) (i32.const {times})))) \
             {UNPROVEN}"
        )
    };
    let engine = engine();
    for (times, expected) in [(10, Ok(Err(String::new()))), (u32::MAX, Err(Fault::Cpu))] {
        let plugin = load(&engine, proving(&talk(times))).await.unwrap();
        assert_eq!(plugin.prove(context(), &request(b"{}"), None).await, expected, "{times} lines");
    }
}
