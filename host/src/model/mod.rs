//! The nouns that every part shares; this module uses no other.

pub mod bounds;
pub mod bytes;
pub mod event;
pub mod fault_point;
pub mod grant;
pub mod http;
pub mod id;
pub mod manifest;
pub mod name;
pub mod outcome;
pub mod rate_limit;
pub mod recipe;
pub mod redact;
pub mod reply;
pub mod secret;
pub mod task;
pub mod terms;
#[cfg(test)]
pub mod testing;
pub mod time;
pub mod topic;
pub mod trace;
