//! A cargo inside of a cargo.

use std::env;
use std::process::Command;

/// Takes away what the outer cargo, clippy or a coverage tool has set for the host: it would change or break
/// what the inner one builds.
pub(crate) fn without_the_outer_build(cargo: &mut Command) {
    for (name, _) in env::vars_os() {
        let name = name.to_string_lossy();
        let of_build = ["CARGO_ENCODED_", "CARGO_BUILD_", "CARGO_TARGET_", "CARGO_PROFILE_"];
        if ["RUSTFLAGS", "RUSTC_WRAPPER", "RUSTC_WORKSPACE_WRAPPER"].contains(&&*name)
            || of_build.iter().any(|prefix| name.starts_with(prefix))
        {
            cargo.env_remove(&*name);
        }
    }
}
