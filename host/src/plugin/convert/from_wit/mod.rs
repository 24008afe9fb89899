//! What a plugin says, in our types. Moves; nothing is copied.

mod event;
mod manifest;
mod progress;
mod recipe;
