//! Hookhost receives webhooks, proves who sent them, and hands them to sandboxed WebAssembly adapters.
//!
//! First the nouns that all share, then the stages of an event's path, then what puts them together.
//! `ARCHITECTURE.md` says in which order an event meets them, and who may use whom.
#![deny(unsafe_code)]

pub mod model;

pub mod adapt;
pub mod deliver;
pub mod dispatch;
pub mod media;
pub mod plugin;
pub mod receive;
pub mod store;
pub mod verify;
pub mod workflow;

pub mod admin;
pub mod app;
pub mod backlog;
pub mod bench;
pub mod cli;
pub mod config;
pub mod inspect;
pub mod keeper;
pub mod key_file;
pub mod link;
pub mod live;
pub mod metrics;
pub mod preset;
pub mod provider;
pub mod telemetry;
pub mod tls;

#[cfg(test)]
mod architecture;
