//! From a reply that is owed to one that the provider has.
//!
//! Every step is stored before it is made and every answer before it is understood, so that a crash goes on
//! where it stopped. [`advance`] decides, [`request`] checks what a plugin asks for, [`client`] calls,
//! [`outbox`] is the loop around them. What nobody is owed is an [`errand`], which is not stored: the [`signs`]
//! that somebody is at work, and files that are fetched while somebody waits.

pub mod advance;
pub mod client;
pub mod errand;
pub mod fetch;
mod heed;
pub mod hold;
pub mod outbox;
pub mod pace;
mod pin;
pub mod request;
pub mod signs;
