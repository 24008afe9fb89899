//! The `hookhost` command as its neighbours see it: a real process, real sockets, the shipped plugins.
//!
//! Senders, providers and workflows are stand-ins on loopback that record what reaches them. Every test
//! ends its host with [`support::host::Host::end`], which looks for secrets wherever the host wrote.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

mod bench;
mod ceiling;
mod circuit;
mod claims;
mod cli;
mod conduct;
mod config;
mod crash;
mod crash_rounds;
mod deadlines;
mod delivery;
mod deploy;
mod disk_full;
mod durability;
mod events;
mod examples;
mod fault_points;
mod format;
mod generic;
mod grants;
mod keeping;
mod limits;
mod media;
mod metrics;
mod opening;
mod order;
mod outbox;
mod pause;
mod plugin_author;
mod provider;
mod quiet;
mod receive;
mod recipes;
mod recorded;
mod reload;
mod rogue;
mod sandbox;
mod secrets;
mod shares;
mod signs;
mod slow;
mod statuses;
mod stop;
mod telegram;
mod telegram_rules;
mod tracing;
mod whatsapp;
mod whatsapp_bridge;
mod whatsapp_rules;
mod workflows;
