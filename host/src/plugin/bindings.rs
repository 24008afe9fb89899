//! The contract in Rust, generated from `wit/`. `convert` is the only reader of its types.
#![allow(unreachable_pub, clippy::needless_pass_by_value, reason = "generated code")]

wasmtime::component::bindgen!({
    path: "../wit",
    world: "plugin",
    exports: { default: async },
    include_component_type: true,
});
