//! Files that are no plugins, and components that were built for something else.

use super::super::*;
use super::rogue::{IGNORE, WIT, adapter, receiving};
use super::{engine, load};

#[tokio::test]
async fn what_is_no_component_is_refused_in_a_sentence() {
    let engine = engine();
    let component = receiving(IGNORE);
    let compiled = engine.wasm().precompile_component(&component).unwrap();
    let mut broken = component.clone();
    broken.truncate(component.len() / 2);
    let large = vec![0; usize::try_from(bounds::PLUGIN_FILE_BYTES).unwrap() + 1];
    let thirsty =
        wat::parse_str("(component (core module $m (memory 1000)) (core instance (instantiate $m)))");
    let many = "(core instance (instantiate $m)) ".repeat(limits::CORE_INSTANCES + 1);
    let many = wat::parse_str(format!("(component (core module $m) {many})"));
    for (bytes, expected) in [
        (Vec::new(), "the file is empty"),
        (large, "the file has 33554433 bytes"),
        (b" (component)".to_vec(), "WebAssembly text"),
        (wat::parse_str("(module)").unwrap(), "a core WebAssembly module"),
        (compiled, "compiled for one machine already"),
        (b"U".to_vec(), "not WebAssembly"),
        (vec![0x7f, b'E', b'L', b'F', 0], "not WebAssembly"),
        (broken, "cannot be compiled"),
        (b"\0asm".to_vec(), "cannot be compiled"),
        (thirsty.unwrap(), "needs more than a plugin gets"),
        (many.unwrap(), "needs more than a plugin gets"),
    ] {
        let error = load(&engine, bytes).await.unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
        assert!(!error.hint().is_empty());
    }
}

/// An adapter that was built against a contract in which `from` reads `to`.
fn changed(from: &str, to: &str) -> Vec<u8> {
    assert!(WIT.contains(from), "the contract does not say {from:?}");
    adapter(&WIT.replace(from, to), "nop", IGNORE)
}

#[tokio::test]
async fn a_component_that_does_not_fit_is_told_what_does_not() {
    let engine = engine();
    let text = |text: &str| wat::parse_str(text).unwrap();
    for (bytes, expected) in [
        (text("(component)"), "the component does not export hookhost:provider/provider@0.1.0"),
        (
            text(
                r#"(component (component $c) (instance $i (instantiate $c))
                    (export "hookhost:provider/provider@0.1.3" (instance $i)))"#,
            ),
            "the component does not export `describe` of hookhost:provider/provider@0.1.0, `receive` of \
             hookhost:provider/provider@0.1.0, `begin` of hookhost:provider/provider@0.1.0, `resume` of \
             hookhost:provider/provider@0.1.0",
        ),
        (
            text(
                r#"(component
                    (import "wasi:random/random@0.2.6" (instance
                        (export "get-random-u64" (func (result u64)))))
                    (import "wasi:sockets/network@0.2.6" (instance
                        (export "network" (type (sub resource)))))
                    (import "wasi:cli/exit@0.2.6" (instance
                        (export "exit" (func (param "status" (result)))))))"#,
            ),
            "the component imports what plugins do not get: wasi:random/random@0.2.6, \
             wasi:sockets/network@0.2.6",
        ),
        (
            changed("provider@0.1.0", "provider@0.2.0"),
            "the component was built for hookhost:provider/provider@0.2.0; this host speaks \
             hookhost:provider/provider@0.1.0",
        ),
        (
            changed("enum hash {", "enum hash { md5,"),
            "the component was built against another form of the contract: `describe`, \
             verification.scheme.hmac: expected enum of 4 names, found 5 names",
        ),
        (
            changed("record receipt {", "record receipt { at: u64,"),
            "the component was built against another form of the contract: `begin`, receipts: expected \
             record of 2 fields, found 3 fields",
        ),
        (
            changed("enum level {", "enum level { trace,"),
            "the component was built against another form of the contract: \
             hookhost:provider/log@0.1.0.write: expected enum of 4 names, found 5 names",
        ),
    ] {
        let sentence = load(&engine, bytes).await.unwrap_err().to_string();
        assert_eq!(sentence, expected);
    }
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
