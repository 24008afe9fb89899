//! What a plugin is told, in the contract's types. Borrows and copies, since the caller keeps its own.

mod event;
mod reply;
mod task;
