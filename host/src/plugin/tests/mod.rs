//! The engine with real components: small ones made here, and the shipped ones.

mod attacks;
mod misfits;
pub(super) mod rogue;
#[cfg(feature = "bundled")]
mod shipped;

use super::*;

pub(super) fn engine() -> Engine {
    Engine::new().unwrap()
}

pub(super) async fn load(engine: &Engine, bytes: Vec<u8>) -> Result<Plugin, LoadError> {
    Plugin::load(engine, &"rogue".parse().unwrap(), bytes).await
}

fn request(body: &[u8]) -> Request {
    Request {
        method: "POST".into(),
        path: String::new(),
        raw_query: String::new(),
        query: Vec::new(),
        headers: Vec::new(),
        body: body.to_vec(),
    }
}

fn context() -> Context {
    Context { now: Time(1_700_000_000_000), settings: Vec::new(), attempt: 0 }
}

/// What [`rogue::IGNORE`] comes to.
fn ignored() -> Result<Verdict, Fault> {
    Ok(Verdict::Ignore(String::new()))
}
