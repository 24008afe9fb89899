//! What happens to a folder, and what the store says to it.
