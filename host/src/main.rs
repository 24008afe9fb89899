//! The `hookhost` command.
#![deny(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    hookhost::cli::main()
}
