//! Hookhost receives webhooks, proves who sent them, and hands them to sandboxed WebAssembly adapters.
//!
//! The modules stand in the order in which an event meets them; `ARCHITECTURE.md` says who may use whom.
#![deny(unsafe_code)]

pub mod model;

pub mod deliver;
pub mod dispatch;
pub mod plugin;
pub mod receive;
pub mod store;
pub mod verify;
pub mod workflow;

pub mod app;
pub mod cli;
pub mod config;
pub mod keeper;
pub mod provider;
pub mod telemetry;
pub mod tls;

#[cfg(test)]
mod architecture;
