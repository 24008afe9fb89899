//! What an operator allows holds: within it a plugin answers, beyond it a call ends with the fault of its kind.

use std::time::Duration;

use super::super::*;
use super::rogue::{IGNORE, Rogue, receiving};
use super::{context, engine, ignored, load, on, request};
use crate::model::bounds;
use crate::model::terms::Limits;

const MIB: usize = 1 << 20;

fn terms(limits: Limits) -> Terms {
    Terms { limits, is_compat: false }
}

/// Memory of so many pages, and then an answer; a trap where it is not to be had.
fn growing(pages: usize) -> Vec<u8> {
    receiving(&format!(
        "(if (i32.lt_s (memory.grow (i32.const {pages})) (i32.const 0)) (then unreachable)) {IGNORE}"
    ))
}

/// An answer of so many bytes.
fn saying(bytes: usize) -> Vec<u8> {
    let pages = bytes / 65_536 + 1;
    receiving(&format!(
        "(drop (memory.grow (i32.const {pages})))
         (i32.store8 (i32.const 3072) (i32.const 1)) (i32.store (i32.const 3076) (i32.const 65536))
         (i32.store (i32.const 3080) (i32.const {bytes})) i32.const 3072"
    ))
}

async fn kind(engine: &Engine, bytes: Vec<u8>, limits: Limits) -> &'static str {
    let plugin = on(engine, bytes, terms(limits)).await.unwrap();
    plugin.receive(context(), &request(b"")).await.map_or_else(|fault| fault.kind(), |_| "answered")
}

#[tokio::test]
async fn memory_is_what_the_operator_allows() {
    let engine = engine();
    let pages = |mib: usize| mib * MIB / 65_536 - 4;
    for (allowed, wanted, expected) in [
        (2, 2, "answered"),
        (2, 3, "memory"),
        (32, 32, "answered"),
        (32, 33, "memory"),
        (64, 64, "answered"),
        (64, 65, "memory"),
        (512, 512, "answered"),
        (512, 513, "memory"),
    ] {
        let limits = Limits { memory: allowed * MIB, ..Limits::default() };
        assert_eq!(
            kind(&engine, growing(pages(wanted)), limits).await,
            expected,
            "{wanted} of {allowed} MiB"
        );
    }
    let defaults = Limits::default();
    assert_eq!((defaults.memory, bounds::PLUGIN_MEMORY_BYTES_MAX), (32 * MIB, 512 * MIB));
}

#[tokio::test]
async fn output_is_what_the_operator_allows() {
    let engine = engine();
    for (allowed, said, expected) in [
        (bounds::PLUGIN_OUTPUT_BYTES_MIN, 60 << 10, "answered"),
        (bounds::PLUGIN_OUTPUT_BYTES_MIN, 70 << 10, "output"),
        (16 * MIB, 15 * MIB, "answered"),
        (16 * MIB, 17 * MIB, "output"),
        (20 * MIB, 17 * MIB, "answered"),
    ] {
        let limits = Limits { output: allowed, ..Limits::default() };
        assert_eq!(kind(&engine, saying(said), limits).await, expected, "{said} of {allowed} bytes");
    }
}

#[tokio::test]
async fn time_is_what_the_operator_allows() {
    let engine = engine();
    let spinner = receiving("(loop $again (br $again)) unreachable");
    for millis in [10, 60, 200] {
        let limits = Limits { call_time: Duration::from_millis(millis), ..Limits::default() };
        let plugin = on(&engine, spinner.clone(), terms(limits)).await.unwrap();
        let measured = plugin.measure_receive(context(), &request(b"")).await;
        assert_eq!(measured.answer, Err(Fault::Cpu));
        assert_eq!(measured.usage.ticks, millis / 5, "in ticks of 5 ms");
    }
}

#[tokio::test]
async fn one_plugin_runs_on_several_terms_without_being_compiled_again() {
    let engine = engine();
    let plain = load(&engine, growing(800)).await.unwrap();
    let roomy = terms(Limits { memory: 64 * MIB, ..Limits::default() });
    let large = plain.on(roomy).await.unwrap();
    assert_eq!((plain.terms(), large.terms()), (&Terms::default(), &roomy));
    assert_eq!(plain.receive(context(), &request(b"")).await, Err(Fault::Memory));
    assert_eq!(large.receive(context(), &request(b"")).await, ignored());
    assert_eq!(plain.digest(), large.digest());
}

#[tokio::test]
async fn a_plugin_that_cannot_begin_on_its_terms_is_refused() {
    let engine = engine();
    let start = "(if (i32.lt_s (memory.grow (i32.const 100)) (i32.const 0)) (then unreachable))";
    let greedy = Rogue { start, ..Rogue::default() }.build();
    let least = Limits { memory: 2 * MIB, ..Limits::default() };
    match on(&engine, greedy.clone(), terms(least)).await {
        Err(LoadError::Trial(fault)) => assert_eq!(fault, Fault::Memory),
        other => panic!("{other:?}"),
    }
    load(&engine, greedy).await.unwrap();
    let declaring =
        wat::parse_str("(component (core module $m (memory 48)) (core instance (instantiate $m)))").unwrap();
    let error = on(&engine, declaring, terms(least)).await.unwrap_err();
    assert_eq!(error.report()[0].code, "HP008");
    assert!(error.to_string().contains("3 MiB of memory to begin with, where it may have 2 MiB"), "{error}");
}
