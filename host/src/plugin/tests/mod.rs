//! The engine with real components: small ones made here, and the shipped ones.

mod attacks;
mod canary;
mod catalogue;
mod claims;
mod compat;
mod floods;
mod limits;
mod misfits;
pub(super) mod rogue;
#[cfg(feature = "bundled")]
mod shipped;
mod starvation;

use super::*;
pub(super) use crate::model::testing::request;

pub(super) fn engine() -> Engine {
    Engine::new(None).unwrap()
}

pub(super) async fn load(engine: &Engine, bytes: Vec<u8>) -> Result<Plugin, LoadError> {
    on(engine, bytes, Terms::default()).await
}

pub(super) async fn on(engine: &Engine, bytes: Vec<u8>, terms: Terms) -> Result<Plugin, LoadError> {
    Plugin::load(engine, &"rogue".parse().unwrap(), bytes, terms).await
}

pub(super) fn context() -> Context {
    Context { now: Time(1_700_000_000_000), settings: Vec::new(), attempt: 0 }
}

/// What [`rogue::IGNORE`] comes to.
pub(super) fn ignored() -> Result<Verdict, Fault> {
    Ok(Verdict::Ignore(String::new()))
}
