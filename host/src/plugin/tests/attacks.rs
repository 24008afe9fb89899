//! Plugins that do harm. Each case: a typed answer, in bounded time, and the next call is fine.

use std::time::{Duration, Instant};

use tokio::time::timeout;

use super::super::*;
use super::rogue::{IGNORE, Rogue, receiving};
use super::{context, engine, ignored, load, request};
use crate::model::bounds;

async fn receive(engine: &Engine, instructions: &str) -> Result<Verdict, Fault> {
    let plugin = load(engine, receiving(instructions)).await.unwrap();
    let before = Instant::now();
    let answer = plugin.receive(context(), &request(b"{}")).await;
    assert!(before.elapsed() < Duration::from_secs(5), "took {:?}", before.elapsed());
    answer
}

#[tokio::test]
async fn a_plugin_within_its_limits_answers() {
    let engine = engine();
    let grow = format!("(drop (memory.grow (i32.const 300))) {IGNORE}");
    for instructions in [IGNORE, &grow] {
        assert_eq!(receive(&engine, instructions).await, ignored());
    }
}

#[tokio::test]
async fn a_plugin_beyond_its_limits_is_stopped() {
    let engine = engine();
    let fine = load(&engine, receiving(IGNORE)).await.unwrap();
    let large = "(i32.store8 (i32.const 3072) (i32.const 1)) (i32.store (i32.const 3076) (i32.const 65536)) \
                 (i32.store (i32.const 3080) (i32.const 18000000)) (drop (memory.grow (i32.const 300))) \
                 i32.const 3072";
    for (kind, instructions) in [
        ("cpu", "(loop $again (br $again)) unreachable"),
        (
            "memory",
            "(if (i32.lt_s (memory.grow (i32.const 1000)) (i32.const 0)) (then unreachable)) unreachable",
        ),
        (
            "memory",
            "(loop $more (br_if $more (i32.gt_s (memory.grow (i32.const 1)) (i32.const 0)))) unreachable",
        ),
        (
            "memory",
            "(if (i32.lt_s (table.grow (ref.null func) (i32.const 30000)) (i32.const 0)) (then unreachable)) \
             unreachable",
        ),
        ("stack", "(call $recurse) unreachable"),
        ("stack", "(i32.load (i32.const -8))"),
        ("trap", "unreachable"),
        ("trap", "(i32.div_s (i32.const 1) (i32.const 0))"),
        ("output", large),
    ] {
        let fault = receive(&engine, instructions).await.unwrap_err();
        assert_eq!(fault.kind(), kind, "{fault}: {instructions}");
        assert_eq!(fine.receive(context(), &request(b"{}")).await, ignored(), "another plugin goes on");
    }
}

#[tokio::test]
async fn a_plugin_is_as_good_as_before_after_a_fault() {
    let engine = engine();
    // Traps when the body is not empty.
    let picky = load(&engine, receiving(&format!("(if (local.get 13) (then unreachable)) {IGNORE}"))).await;
    let picky = picky.unwrap();
    for _ in 0..3 {
        assert_eq!(picky.receive(context(), &request(b"x")).await.unwrap_err().kind(), "trap");
        assert_eq!(picky.receive(context(), &request(b"")).await, ignored());
    }
}

#[tokio::test]
async fn a_call_that_nobody_waits_for_any_more_is_stopped() {
    let engine = engine();
    let spinner = load(&engine, receiving("(loop $again (br $again)) unreachable")).await.unwrap();
    for _ in 0..2 * bounds::PLUGIN_CALLS_AT_ONCE {
        let request = request(b"");
        let call = spinner.receive(context(), &request);
        assert!(timeout(Duration::from_millis(1), call).await.is_err(), "given up");
    }
    // Each has given back its turn, or this one would wait for ever.
    assert_eq!(spinner.receive(context(), &request(b"")).await, Err(Fault::Cpu));
}

#[tokio::test]
async fn a_body_that_does_not_fit_costs_one_call() {
    let engine = engine();
    // The bump allocator of these plugins grows no memory, so the body falls off its end.
    let plugin = load(&engine, receiving(IGNORE)).await.unwrap();
    let fault = plugin.receive(context(), &request(&vec![0; 1 << 20])).await.unwrap_err();
    assert_eq!(fault.kind(), "trap", "{fault}");
    assert_eq!(plugin.receive(context(), &request(b"{}")).await, ignored());
}

#[tokio::test]
async fn an_answer_that_breaks_the_rules_is_refused() {
    // Accepts one event, all of it zeros.
    let empty = "(i32.store8 (i32.const 3072) (i32.const 0)) (i32.store (i32.const 3076) (i32.const 65536)) \
                 (i32.store (i32.const 3080) (i32.const 1)) i32.const 3072";
    let fault = receive(&engine(), empty).await.unwrap_err();
    assert_eq!(fault, Fault::Output("event 0: the topic is empty".into()));
}

#[tokio::test]
async fn what_is_no_text_is_a_crash_of_the_plugin() {
    let text = "(i32.store8 (i32.const 3072) (i32.const 1)) (i32.store (i32.const 3076) (i32.const 65536)) \
                (i32.store (i32.const 3080) (i32.const 1)) (i32.store8 (i32.const 65536) (i32.const 255)) \
                i32.const 3072";
    assert_eq!(receive(&engine(), text).await.unwrap_err().kind(), "trap");
}

#[tokio::test]
async fn a_flood_of_log_lines_ends() {
    let flood = format!(
        "(loop $again \
           (call $log (i32.const 1) (i32.const 65536) (i32.const 100000) (i32.const 0) (i32.const 0)) \
           (local.set $i (i32.add (local.get $i) (i32.const 1))) \
           (br_if $again (i32.lt_s (local.get $i) (i32.const 300)))) \
         {IGNORE}"
    );
    assert_eq!(receive(&engine(), &flood).await, ignored());
}

#[tokio::test]
async fn a_loop_is_stopped_wherever_it_stands() {
    let engine = engine();
    let fine = load(&engine, receiving(IGNORE)).await.unwrap();
    let spin = "(loop $again (br $again))";
    let spinning = format!("{spin} unreachable");
    let task = Task::Subscribe { url: "https://hooks.example.com/".into(), active: true };
    let answer = Answer::Unanswered { maybe_done: true, reason: "restart".into() };
    for (place, rogue) in [
        ("receive", Rogue { receive: &spinning, ..Rogue::default() }),
        ("realloc", Rogue { realloc: spin, ..Rogue::default() }),
        ("after the answer", Rogue { after: spin, ..Rogue::default() }),
    ] {
        let plugin = load(&engine, rogue.build()).await.unwrap();
        assert_eq!(plugin.receive(context(), &request(b"{}")).await, Err(Fault::Cpu), "{place}");
        assert_eq!(fine.receive(context(), &request(b"{}")).await, ignored(), "{place}");
    }
    let sending = load(&engine, Rogue { send: &spinning, ..Rogue::default() }.build()).await.unwrap();
    assert_eq!(sending.begin(context(), &task).await, Err(Fault::Cpu));
    assert_eq!(sending.resume(context(), &task, b"", &answer).await, Err(Fault::Cpu));
    assert_eq!(sending.receive(context(), &request(b"{}")).await, ignored());
    match load(&engine, Rogue { describe: spin, ..Rogue::default() }.build()).await {
        Err(LoadError::Trial(fault)) => assert_eq!(fault, Fault::Cpu),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn many_calls_at_once_all_get_their_turn() {
    let engine = engine();
    let plugin = load(&engine, receiving(IGNORE)).await.unwrap();
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..10 * bounds::PLUGIN_SANDBOXES {
        let plugin = plugin.clone();
        calls.spawn(async move { plugin.receive(context(), &request(b"{}")).await });
    }
    while let Some(answer) = calls.join_next().await {
        assert_eq!(answer.unwrap(), ignored());
    }
}

#[tokio::test]
async fn harm_before_the_first_call_is_stopped_too() {
    let engine = engine();
    for (start, expected) in [
        ("(loop $again (br $again))", Fault::Cpu),
        ("(call $recurse)", Fault::Stack),
        ("(if (i32.lt_s (memory.grow (i32.const 1000)) (i32.const 0)) (then unreachable))", Fault::Memory),
    ] {
        match load(&engine, Rogue { start, ..Rogue::default() }.build()).await {
            Err(LoadError::Trial(fault)) => assert_eq!(fault, expected),
            other => panic!("{other:?}"),
        }
    }
}
