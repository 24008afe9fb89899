//! What the tests stand on: a host, and neighbours that record.

pub(crate) mod adapter;
pub(crate) mod bot_api;
pub(crate) mod bridge;
pub(crate) mod cargo;
pub(crate) mod events;
pub(crate) mod generic;
pub(crate) mod graph_api;
pub(crate) mod host;
pub(crate) mod metrics;
pub(crate) mod mount;
pub(crate) mod reply;
pub(crate) mod rogue;
pub(crate) mod setup;
pub(crate) mod stand_in;
pub(crate) mod strict_bot_api;
pub(crate) mod telegram;
pub(crate) mod telegram_delivery;
pub(crate) mod wait;
pub(crate) mod whatsapp;
pub(crate) mod workflow;
