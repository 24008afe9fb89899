//! The `hookhost` command.
#![deny(unsafe_code)]

use std::process::ExitCode;

/// A fifth of a delivery's processor time went into the C library's allocator, where each delivery is allocated by one
/// thread and freed by another.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    hookhost::cli::main()
}
