//! From a reply that is owed to one that the provider has.
//!
//! Every step is stored before it is made and every answer before it is understood, so that a crash goes on
//! where it stopped. [`advance`] decides, [`request`] checks what a plugin asks for, [`client`] calls,
//! [`outbox`] is the loop around them.

pub mod advance;
pub mod client;
pub mod hold;
pub mod outbox;
pub mod pace;
pub mod request;
