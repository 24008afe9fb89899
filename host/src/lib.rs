//! Hookhost receives webhooks, proves who sent them, and hands them to sandboxed WebAssembly adapters.
#![deny(unsafe_code)]

pub mod config;
pub mod model;
pub mod store;
pub mod verify;
pub mod tls;
pub mod workflow;
