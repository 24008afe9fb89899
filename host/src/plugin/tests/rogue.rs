//! Makes small adapters for the tests: the contract around a few lines of WebAssembly text.

use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

/// The contract as it is.
pub(in crate::plugin) const WIT: &str = concat!(
    include_str!("../../../../wit/world.wit"),
    include_str!("../../../../wit/types.wit"),
    include_str!("../../../../wit/manifest.wit"),
);

/// An adapter that can be described and whose `receive` runs these instructions. They leave the address
/// of a verdict; [`IGNORE`] is one. 128 KiB from 65536 on are free.
pub(in crate::plugin) fn receiving(receive: &str) -> Vec<u8> {
    adapter(WIT, "nop", receive)
}

/// Leaves the verdict "ignore", with an empty reason.
pub(in crate::plugin) const IGNORE: &str = "(i32.store8 (i32.const 3072) (i32.const 1)) i32.const 3072";

/// An adapter for a contract that may have been changed, with code that runs before any call.
pub(in crate::plugin) fn adapter(wit: &str, start: &str, receive: &str) -> Vec<u8> {
    let version = if wit.contains("provider@0.1.0") { "0.1.0" } else { "0.2.0" };
    let text = format!(
        r#"(module
            (import "hookhost:provider/log@{version}" "write" (func $log (param i32 i32 i32 i32 i32)))
            (memory (export "memory") 4)
            (table 1 funcref)
            (global $free (mut i32) (i32.const 16384))
            (data (i32.const 1024) "rogue1.0A rogue.")
            (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
                global.get $free
                (global.set $free (i32.and (i32.add (i32.add (global.get $free) (local.get 3)) (i32.const 7))
                    (i32.const -8))))
            (func (export "hookhost:provider/provider@{version}#describe") (result i32)
                (i32.store (i32.const 2048) (i32.const 1024)) (i32.store (i32.const 2052) (i32.const 5))
                (i32.store (i32.const 2056) (i32.const 1029)) (i32.store (i32.const 2060) (i32.const 3))
                (i32.store (i32.const 2064) (i32.const 1032)) (i32.store (i32.const 2068) (i32.const 8))
                (i32.store16 (i32.const 2136) (i32.const 200))
                i32.const 2048)
            (func $receive (export "hookhost:provider/provider@{version}#receive")
                (param i64 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32)
                (local $i i32)
                {receive})
            (func (export "hookhost:provider/provider@{version}#begin") (param i32) (result i32) unreachable)
            (func (export "hookhost:provider/provider@{version}#resume") (param i32) (result i32) unreachable)
            (func $recurse (call $recurse))
            (func $start {start})
            (start $start))"#
    );
    let mut module = wat::parse_str(text).unwrap();
    let mut resolve = Resolve::default();
    let package = resolve.push_source("provider.wit", wit).unwrap();
    let world = resolve.select_world(&[package], Some("plugin")).unwrap();
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
    ComponentEncoder::default().validate(true).module(&module).unwrap().encode().unwrap()
}
