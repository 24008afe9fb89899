//! Files that are no plugins, and components that were built for something else.

use super::super::*;
use super::rogue::{IGNORE, Rogue, WIT, receiving};
use super::{engine, load};
use crate::model::bounds;

/// The report as it is printed; each line is a promise to whoever looks for its code.
async fn report(engine: &Engine, bytes: Vec<u8>) -> Vec<String> {
    let error = load(engine, bytes).await.unwrap_err();
    let report = error.report();
    assert!(report.iter().all(|one| !one.hint.is_empty()), "{error}");
    report.iter().map(ToString::to_string).collect()
}

#[tokio::test]
async fn what_is_no_component_is_refused_in_a_sentence() {
    let engine = engine();
    let component = receiving(IGNORE);
    let compiled = engine.wasm().precompile_component(&component).unwrap();
    let mut broken = component.clone();
    broken.truncate(component.len() / 2);
    let large = vec![0; usize::try_from(bounds::PLUGIN_FILE_BYTES).unwrap() + 1];
    let many = "(core instance (instantiate $m)) ".repeat(limits::CORE_INSTANCES + 1);
    let many = wat::parse_str(format!("(component (core module $m) {many})")).unwrap();
    let memories = "(core instance (instantiate $m)) ".repeat(limits::MEMORIES + 1);
    let memories = wat::parse_str(format!("(component (core module $m (memory 1)) {memories})")).unwrap();
    let tables = "(table 1 funcref) ".repeat(limits::TABLES + 1);
    let declaring = |what: &str| {
        wat::parse_str(format!("(component (core module $m {what}) (core instance (instantiate $m)))"))
            .unwrap()
    };
    // A few bytes that ask for gigabytes.
    let bomb = declaring("(memory 65536) (data (i32.const 0) \"x\")");
    for (bytes, expected) in [
        (Vec::new(), "HP001: the file is empty"),
        (large, "HP002: the file has 33554433 bytes; 33554432 are the most"),
        (b" (component)".to_vec(), "HP003: the file is WebAssembly text, not a binary component"),
        (
            wat::parse_str("(module)").unwrap(),
            "HP004: the file is a core WebAssembly module, not a component",
        ),
        (
            compiled,
            "HP005: the file was compiled for one machine already; only portable components are loaded",
        ),
        (b"U".to_vec(), "HP006: the file is not WebAssembly"),
        (vec![0x7f, b'E', b'L', b'F', 0], "HP006: the file is not WebAssembly"),
        (vec![0; 1000], "HP006: the file is not WebAssembly"),
        (broken, "HP007: the component cannot be compiled: "),
        (b"\0asm".to_vec(), "HP007: the component cannot be compiled: "),
        (b"\0asm\x0d\0\x01\0\xff\xff\xff\xff\xff".to_vec(), "HP007: the component cannot be compiled: "),
        (declaring("(memory 1000)"), "HP008: the component needs more than a plugin gets: "),
        (bomb, "HP008: the component needs more than a plugin gets: "),
        (declaring(&tables), "HP008: the component needs more than a plugin gets: "),
        (memories, "HP008: the component needs more than a plugin gets: "),
        (declaring("(table 1000000 funcref)"), "HP008: the component needs more than a plugin gets: "),
        (many, "HP008: the component needs more than a plugin gets: "),
    ] {
        let before = std::time::Instant::now();
        let report = report(&engine, bytes).await;
        assert!(before.elapsed() < std::time::Duration::from_secs(5), "{report:?}");
        let [line] = report.as_slice() else { panic!("{report:?}") };
        // What the compiler says of its own may change with it.
        let fits = if expected.ends_with(": ") { line.starts_with(expected) } else { line == expected };
        assert!(fits, "{line}");
    }
    load(&engine, component).await.unwrap();
}

#[tokio::test]
async fn a_file_that_was_cut_off_anywhere_is_refused() {
    let engine = engine();
    let whole = receiving(IGNORE);
    for end in (1..whole.len()).step_by(whole.len() / 40) {
        let error = load(&engine, whole[..end].to_vec()).await.unwrap_err();
        assert!(matches!(error.report()[0].code, "HP006" | "HP007"), "{end}: {error}");
    }
}

#[tokio::test]
async fn a_damaged_file_is_refused_or_does_its_work() {
    let engine = engine();
    let whole = receiving(IGNORE);
    for at in (0..whole.len()).step_by(whole.len() / 40) {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x15;
        match load(&engine, damaged).await {
            Ok(plugin) => _ = plugin.receive(super::context(), &super::request(b"{}")).await,
            Err(error) => assert!(!error.report().is_empty(), "{at}"),
        }
    }
    load(&engine, whole).await.unwrap();
}

/// An adapter that was built against a contract that reads otherwise.
fn changed(changes: &[(&str, &str)]) -> Vec<u8> {
    let mut wit = WIT.to_owned();
    for (from, to) in changes {
        assert!(wit.contains(from), "the contract does not say {from:?}");
        wit = wit.replace(from, to);
    }
    Rogue { wit: &wit, ..Rogue::default() }.build()
}

#[tokio::test]
async fn a_component_that_does_not_fit_is_told_everything_that_does_not() {
    let engine = engine();
    let text = |text: &str| wat::parse_str(text).unwrap();
    for (bytes, expected) in [
        (text("(component)"), &["HP103: it does not export hookhost:provider/provider@0.1.0"][..]),
        (
            text(
                r#"(component
                    (import "wasi:random/random@0.2.6" (instance
                        (export "get-random-u64" (func (result u64)))))
                    (import "wasi:sockets/network@0.2.6" (instance
                        (export "network" (type (sub resource)))))
                    (import "wasi:cli/exit@0.2.6" (instance
                        (export "exit" (func (param "status" (result))))))
                    (component $c) (instance $i (instantiate $c))
                    (export "hookhost:provider/provider@0.1.3" (instance $i)))"#,
            ),
            &[
                "HP102: it imports wasi:random/random@0.2.6, which no plugin gets",
                "HP102: it imports wasi:sockets/network@0.2.6, which no plugin gets",
                "HP104: it does not export the function `describe` of hookhost:provider/provider@0.1.0",
                "HP104: it does not export the function `receive` of hookhost:provider/provider@0.1.0",
                "HP104: it does not export the function `begin` of hookhost:provider/provider@0.1.0",
                "HP104: it does not export the function `resume` of hookhost:provider/provider@0.1.0",
            ],
        ),
        (
            changed(&[("provider@0.1.0", "provider@0.2.0")]),
            &["HP101: it was built for hookhost:provider/provider@0.2.0; this host speaks \
                 hookhost:provider/provider@0.1.0"],
        ),
        (
            changed(&[
                ("enum hash {", "enum hash { md5,"),
                ("record receipt {", "record receipt { at: u64,"),
                ("enum level {", "enum level { trace,"),
                ("    per-ms: u32,\n", ""),
                ("within-ms: u32", "within-ms: u64"),
                ("    ignore(string),", "    ignore,"),
            ]),
            &[
                "HP105: `describe`: the enum `hash` (at `verification.scheme.hmac`) has the case `md5`, which \
                 the contract does not have",
                "HP105: `describe`: `acknowledgement.within-ms` is a u64, where the contract has a u32",
                "HP105: `describe`: the record `pace` (at `pacing`) lacks the field `per-ms`",
                "HP105: `receive`: the case `ignore` of the variant `verdict` (its result) holds nothing",
                "HP105: `begin`: the record `receipt` (at `receipts`) has the field `at`, which the contract \
                 does not have",
                "HP105: `log.write`: the enum `level` (at `level`) has the case `trace`, which the contract \
                 does not have",
            ],
        ),
        (
            changed(&[(
                "enum encoding { hex, base64, base64url }",
                "enum encoding { base64, hex, base64url }",
            )]),
            &[
                "HP105: `describe`: the enum `encoding` (at `verification.signature.encoding`) has its cases in \
               another order",
            ],
        ),
    ] {
        assert_eq!(report(&engine, bytes).await, expected);
    }
}

#[tokio::test]
async fn what_a_plugin_says_about_itself_is_part_of_the_report() {
    let engine = engine();
    let trap = Rogue { start: "unreachable", ..Rogue::default() }.build();
    assert_eq!(
        report(&engine, trap).await,
        ["HP201: the component failed when it was asked to describe itself: the plugin crashed: wasm trap: \
             wasm `unreachable` instruction executed",]
    );
}

#[tokio::test]
async fn what_was_compiled_can_be_told() {
    let bytes = receiving(IGNORE);
    let (size, digest) = (bytes.len(), hex::encode(<sha2::Sha256 as sha2::Digest>::digest(&bytes)));
    let plugin = load(&engine(), bytes).await.unwrap();
    assert_eq!((plugin.size(), plugin.digest()), (size, digest.as_str()));
    assert_eq!(plugin.manifest().name, "rogue");
    assert_eq!(plugin.manifest().acknowledgement.status, 200);
}
