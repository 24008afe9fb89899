//! Too much of everything that crosses the boundary: each ends one call, and no other notices.

use std::fs;

use super::super::*;
use super::rogue::{IGNORE, Rogue, receiving};
use super::{context, engine, ignored, load, on, request};
use crate::model::bounds;
use crate::model::terms::Limits;

/// Accepts so many events, all of them zeros.
fn events(count: usize) -> String {
    let pages = count * 256 / 65_536 + 1;
    format!(
        "(drop (memory.grow (i32.const {pages})))
         (i32.store8 (i32.const 3072) (i32.const 0)) (i32.store (i32.const 3076) (i32.const 65536))
         (i32.store (i32.const 3080) (i32.const {count})) i32.const 3072"
    )
}

/// Accepts no event, with a response that has so many headers without names.
fn headers(count: usize) -> String {
    let pages = count * 16 / 65_536 + 1;
    format!(
        "(drop (memory.grow (i32.const {pages})))
         (i32.store8 (i32.const 3072) (i32.const 0)) (i32.store8 (i32.const 3084) (i32.const 1))
         (i32.store16 (i32.const 3088) (i32.const 200)) (i32.store (i32.const 3092) (i32.const 65536))
         (i32.store (i32.const 3096) (i32.const {count})) i32.const 3072"
    )
}

/// Ignores with a reason of so many bytes, also where it has no memory for them.
fn reason(bytes: usize) -> String {
    format!(
        "(drop (memory.grow (i32.const 300)))
         (i32.store8 (i32.const 3072) (i32.const 1)) (i32.store (i32.const 3076) (i32.const 65536))
         (i32.store (i32.const 3080) (i32.const {bytes})) i32.const 3072"
    )
}

/// The most memory that this process ever held, in KiB.
fn peak_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[tokio::test]
async fn an_answer_that_is_too_large_ends_one_call() {
    let engine = engine();
    let fine = load(&engine, receiving(IGNORE)).await.unwrap();
    let before = peak_kib();
    for (what, receive, kind, said) in [
        ("one event too many", events(bounds::EVENTS_PER_DELIVERY + 1), "output", "1001 events"),
        ("100,000 events", events(100_000), "output", "hands over more than 16384 KiB"),
        ("10,000 headers", headers(10_000), "output", "not the name of a header"),
        ("a million empty texts", headers(1_000_000), "output", "hands over more than 16384 KiB"),
        ("17 MiB", reason(17 << 20), "output", "hands over more than 16384 KiB"),
        ("64 MiB of 20", reason(64 << 20), "trap", ""),
        ("4 GiB", reason(u32::MAX as usize), "trap", ""),
    ] {
        let plugin = load(&engine, receiving(&receive)).await.unwrap();
        for _ in 0..2 {
            let fault = plugin.receive(context(), &request(b"")).await.unwrap_err();
            assert_eq!(fault.kind(), kind, "{what}: {fault}");
            assert!(fault.to_string().contains(said), "{what}: {fault}");
        }
        assert_eq!(fine.receive(context(), &request(b"{}")).await, ignored(), "after {what}");
    }
    // Other tests run beside this one, so the bound is that of some sandboxes and answers, not of one.
    assert!(peak_kib() - before < 1 << 20, "{} KiB more than before", peak_kib() - before);
}

#[tokio::test]
async fn an_answer_that_is_just_not_too_large_is_read() {
    let engine = engine();
    for receive in [reason(15 << 20), headers(0), events(0)] {
        let plugin = load(&engine, receiving(&receive)).await.unwrap();
        plugin.receive(context(), &request(b"")).await.unwrap();
    }
}

#[tokio::test]
async fn what_a_plugin_prints_without_end_costs_nothing_but_its_time() {
    let imports = r#"
        (import "wasi:cli/stdout@0.2.6" "get-stdout" (func $stdout (result i32)))
        (import "wasi:io/streams@0.2.6" "[method]output-stream.blocking-write-and-flush"
            (func $print (param i32 i32 i32 i32)))"#;
    let flood = |times: u32| {
        format!(
            "(loop $more
                (call $print (global.get $out) (i32.const 65536) (i32.const 4096) (i32.const 4096))
                (local.set $i (i32.add (local.get $i) (i32.const 1)))
                (br_if $more (i32.lt_u (local.get $i) (i32.const {times}))))
             {IGNORE}"
        )
    };
    let imports = format!("{imports} (global $out (mut i32) (i32.const 0))");
    let wasi: (&[&str], &str) = (&["wasi:cli/stdout@0.2.6", "wasi:io/streams@0.2.6"], &imports);
    let engine = engine();
    let before = peak_kib();
    // 8 MiB, in a time that is enough on a busy machine too; and then as much as it can in the usual one.
    let patient = Limits { call_time: bounds::PLUGIN_CALL_TIME_MAX, ..Limits::default() };
    for (times, limits, expected) in
        [(2_000, patient, ignored()), (u32::MAX, Limits::default(), Err(Fault::Cpu))]
    {
        let receive = format!("(global.set $out (call $stdout)) {}", flood(times));
        let bytes = Rogue { wasi, receive: &receive, ..Rogue::default() }.build();
        let plugin = on(&engine, bytes, Terms { limits, is_compat: false }).await.unwrap();
        assert_eq!(plugin.receive(context(), &request(b"")).await, expected, "{times} times");
    }
    assert!(peak_kib() - before < 1 << 20, "{} KiB more than before", peak_kib() - before);
}

#[tokio::test]
async fn handles_are_counted() {
    let import = r#"(import "wasi:clocks/monotonic-clock@0.2.6" "subscribe-duration"
        (func $subscribe (param i64) (result i32)))"#;
    let wasi: (&[&str], &str) = (&["wasi:clocks/monotonic-clock@0.2.6", "wasi:io/poll@0.2.6"], import);
    let engine = engine();
    for (count, expected) in [(10, "answered"), (1_000, "trap")] {
        let receive = format!(
            "(loop $more
                (drop (call $subscribe (i64.const 1)))
                (local.set $i (i32.add (local.get $i) (i32.const 1)))
                (br_if $more (i32.lt_u (local.get $i) (i32.const {count}))))
             {IGNORE}"
        );
        let plugin =
            load(&engine, Rogue { wasi, receive: &receive, ..Rogue::default() }.build()).await.unwrap();
        for _ in 0..2 {
            let answer = plugin.receive(context(), &request(b"")).await;
            assert_eq!(answer.map_or_else(|fault| fault.kind(), |_| "answered"), expected, "{count} handles");
        }
    }
}
