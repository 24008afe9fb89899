//! Nothing of one plugin is ever seen by the next, however its call ended and however sandboxes are made clean.

use std::time::Duration;

use tokio::time::timeout;
use wasmtime::PoolingAllocationConfig;

use super::super::*;
use super::rogue::{IGNORE, REJECT, receiving};
use super::{context, ignored, load, request};

/// Takes all the memory that a plugin gets, and fills all of it that is free with a pattern.
const FILL: &str = "(drop (memory.grow (i32.const 508)))
    (memory.fill (i32.const 65536) (i32.const 170) (i32.const 33488896))";

/// Takes as much, and rejects when any of it is not zero. `number` makes it another plugin, so that it gets a
/// sandbox that was another's before.
fn looking(number: u32) -> String {
    format!(
        "(drop (i32.const {number}))
         (drop (memory.grow (i32.const 508))) (local.set $i (i32.const 65536))
         (loop $next
            (if (i64.ne (i64.load (local.get $i)) (i64.const 0)) (then {REJECT} return))
            (local.set $i (i32.add (local.get $i) (i32.const 8)))
            (br_if $next (i32.lt_u (local.get $i) (i32.const 33554432))))
         {IGNORE}"
    )
}

/// An engine with a single sandbox, which each call gets after the one before.
fn single(scan: bool) -> Engine {
    Engine::with(&config::pool(scan, 1, 1)).unwrap()
}

#[tokio::test]
async fn a_pattern_that_one_plugin_leaves_is_seen_by_none_after_it() {
    let mut ways =
        vec![("all pages", single(false)), ("mapped", Engine::with(&config::on_demand()).unwrap())];
    if PoolingAllocationConfig::is_pagemap_scan_available() {
        ways.push(("written pages", single(true)));
    } else {
        eprintln!("skipped: the kernel does not list written pages, so only the slow ways are tried");
    }
    for (way, engine) in &ways {
        let ends = [
            ("an answer", format!("{FILL} {IGNORE}")),
            ("a trap", format!("{FILL} unreachable")),
            ("time", format!("{FILL} (loop $again (br $again)) unreachable")),
        ];
        for (number, (end, receive)) in (0..).zip(ends) {
            let filling = load(engine, receiving(&receive)).await.unwrap();
            for round in 0..3 {
                let _ended_otherwise = filling.receive(context(), &request(b"")).await;
                let next = load(engine, receiving(&looking(10 * number + round))).await.unwrap();
                let seen = next.receive(context(), &request(b"")).await;
                assert_eq!(seen, ignored(), "{way} after {end}");
                let again = next.receive(context(), &request(b"")).await;
                assert_eq!(again, ignored(), "{way} after {end}, once more");
            }
        }
        let spinning =
            load(engine, receiving(&format!("{FILL} (loop $again (br $again)) unreachable"))).await;
        let (spinning, request) = (spinning.unwrap(), request(b""));
        let given_up = timeout(Duration::from_millis(30), spinning.receive(context(), &request)).await;
        assert!(given_up.is_err(), "nobody waits for it any more");
        let next = load(engine, receiving(&looking(99))).await.unwrap();
        assert_eq!(
            next.receive(context(), &request).await,
            ignored(),
            "{way} after a call that was given up"
        );
    }
}

#[tokio::test]
async fn what_looks_for_the_pattern_would_find_it() {
    let engine = single(false);
    let both = load(&engine, receiving(&format!("{FILL} {}", looking(0)))).await.unwrap();
    assert_eq!(both.receive(context(), &request(b"")).await, Ok(Verdict::Reject(String::new())));
}
