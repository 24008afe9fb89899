//! Makes small adapters for the tests: the contract around a few lines of WebAssembly text.

use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

/// The contract as it is.
pub(in crate::plugin) const WIT: &str = concat!(
    include_str!("../../../../wit/world.wit"),
    include_str!("../../../../wit/types.wit"),
    include_str!("../../../../wit/manifest.wit"),
    include_str!("../../../../wit/claims.wit"),
);

/// Leaves the verdict "ignore", with an empty reason.
pub(in crate::plugin) const IGNORE: &str = "(i32.store8 (i32.const 3072) (i32.const 1)) i32.const 3072";

/// Leaves the verdict "reject", with an empty text.
pub(in crate::plugin) const REJECT: &str = "(i32.store8 (i32.const 3072) (i32.const 2)) i32.const 3072";

/// Leaves that nothing can be proven, with an empty reason.
pub(in crate::plugin) const UNPROVEN: &str = IGNORE;

/// The part of WASI that these adapters may import: each package, and what of it stands in a world.
const WASI: [&str; 5] = [
    "package wasi:io@0.2.6;
     interface error { resource error; }
     interface poll { resource pollable; }
     interface streams {
         use error.{error};
         variant stream-error { last-operation-failed(error), closed }
         resource output-stream {
             blocking-write-and-flush: func(contents: list<u8>) -> result<_, stream-error>;
         }
     }",
    "package wasi:cli@0.2.6;
     interface stdout {
         use wasi:io/streams@0.2.6.{output-stream};
         get-stdout: func() -> output-stream;
     }",
    "package wasi:clocks@0.2.6;
     interface monotonic-clock {
         use wasi:io/poll@0.2.6.{pollable};
         subscribe-duration: func(when: u64) -> pollable;
     }",
    "package wasi:random@0.2.6;
     interface random {
         get-random-bytes: func(len: u64) -> list<u8>;
         get-random-u64: func() -> u64;
     }",
    "package wasi:filesystem@0.2.6;
     interface types { resource descriptor; }
     interface preopens {
         use types.{descriptor};
         get-directories: func() -> list<tuple<descriptor, string>>;
     }",
];

/// An adapter; each part is instructions, and where nothing is said it does what is right and as little as possible.
pub(in crate::plugin) struct Rogue<'a> {
    /// Its contract may have been changed.
    pub(in crate::plugin) wit: &'a str,
    /// Interfaces of WASI that it imports, and the core imports from them.
    pub(in crate::plugin) wasi: (&'a [&'a str], &'a str),
    /// Runs before any call.
    pub(in crate::plugin) start: &'a str,
    /// Runs whenever the host wants memory of it.
    pub(in crate::plugin) realloc: &'a str,
    /// Runs before it says who it is.
    pub(in crate::plugin) describe: &'a str,
    /// Leaves the address of a verdict; [`IGNORE`] is one. 128 KiB from 65536 on are free.
    pub(in crate::plugin) receive: &'a str,
    /// Runs after the host has read the verdict.
    pub(in crate::plugin) after: &'a str,
    /// `begin` and `resume`.
    pub(in crate::plugin) send: &'a str,
    /// Leaves the address of what it claims; [`UNPROVEN`] is one. `None`: it is of the world without claims.
    pub(in crate::plugin) prove: Option<&'a str>,
}

impl Default for Rogue<'_> {
    fn default() -> Self {
        let (start, realloc, describe, after) = ("nop", "nop", "nop", "nop");
        Self {
            wit: WIT,
            wasi: (&[], ""),
            start,
            realloc,
            describe,
            receive: IGNORE,
            after,
            send: "unreachable",
            prove: None,
        }
    }
}

/// An adapter that can be described and whose `receive` runs these instructions.
pub(in crate::plugin) fn receiving(receive: &str) -> Vec<u8> {
    Rogue { receive, ..Rogue::default() }.build()
}

/// An adapter of the world with claims whose `prove` runs these instructions.
pub(in crate::plugin) fn proving(prove: &str) -> Vec<u8> {
    Rogue { prove: Some(prove), ..Rogue::default() }.build()
}

impl Rogue<'_> {
    pub(in crate::plugin) fn build(&self) -> Vec<u8> {
        let Self { wit, wasi: (interfaces, imports), start, realloc, describe, receive, after, send, prove } =
            self;
        let version = if wit.contains("provider@0.1.0") { "0.1.0" } else { "0.2.0" };
        let claims = prove.map_or_else(String::new, |prove| {
            format!(
                r#"(func (export "hookhost:provider/claims@{version}#prove") (param i32) (result i32)
                    (local $i i32)
                    {prove})"#
            )
        });
        let text = format!(
            r#"(module
                (import "hookhost:provider/log@{version}" "write" (func $log (param i32 i32 i32 i32 i32)))
                {imports}
                (memory (export "memory") 4)
                (table 1 funcref)
                (global $free (mut i32) (i32.const 16384))
                (data (i32.const 1024) "rogue1.0A rogue.")
                (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
                    {realloc}
                    global.get $free
                    (global.set $free (i32.and
                        (i32.add (i32.add (global.get $free) (local.get 3)) (i32.const 7)) (i32.const -8))))
                (func (export "hookhost:provider/provider@{version}#describe") (result i32)
                    {describe}
                    (i32.store (i32.const 2048) (i32.const 1024)) (i32.store (i32.const 2052) (i32.const 5))
                    (i32.store (i32.const 2056) (i32.const 1029)) (i32.store (i32.const 2060) (i32.const 3))
                    (i32.store (i32.const 2064) (i32.const 1032)) (i32.store (i32.const 2068) (i32.const 8))
                    (i32.store16 (i32.const 2136) (i32.const 200))
                    i32.const 2048)
                (func $receive (export "hookhost:provider/provider@{version}#receive")
                    (param i64 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32)
                    (local $i i32)
                    {receive})
                (func (export "cabi_post_hookhost:provider/provider@{version}#receive") (param i32) {after})
                (func (export "hookhost:provider/provider@{version}#begin") (param i32) (result i32) {send})
                (func (export "hookhost:provider/provider@{version}#resume") (param i32) (result i32) {send})
                {claims}
                (func $recurse (call $recurse))
                (func $start {start})
                (start $start))"#
        );
        let mut module = wat::parse_str(text).unwrap();
        let mut resolve = Resolve::default();
        for package in WASI {
            resolve.push_source("wasi.wit", package).unwrap();
        }
        let lines: String = interfaces.iter().map(|interface| format!("import {interface};\n")).collect();
        let wit = wit.replace("import log;", &format!("import log;\n{lines}"));
        let package = resolve.push_source("provider.wit", &wit).unwrap();
        let world = if prove.is_some() { "plugin-with-claims" } else { "plugin" };
        let world = resolve.select_world(&[package], Some(world)).unwrap();
        embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
        ComponentEncoder::default().validate(true).module(&module).unwrap().encode().unwrap()
    }
}
