//! Builds the adapters that only tests use.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use super::cargo::without_the_outer_build;

/// The component of `tests/plugins/NAME`. All are built once for each run, and kept in the target folder.
pub(crate) fn built(name: &str) -> Vec<u8> {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    std::fs::read(BUILT.get_or_init(build).join(format!("hookhost_plugin_{name}.wasm"))).unwrap()
}

/// Builds them as `host/build.rs` builds the shipped plugins: with a cargo of its own, in a folder of its own.
fn build() -> PathBuf {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml");
    let target_dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("adapters");
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .args(["build", "--locked", "--quiet", "--profile", "plugin", "--target", "wasm32-wasip2"])
        .args(["rogue", "adyen", "witness"].map(|name| format!("--package=hookhost-plugin-{name}")))
        .args(["--manifest-path", manifest, "--target-dir"])
        .arg(&target_dir);
    without_the_outer_build(&mut cargo);
    cargo.env("CARGO_ENCODED_RUSTFLAGS", "-Clink-arg=-zstack-size=131072");
    assert!(cargo.status().unwrap().success(), "the tests' adapters do not build");
    target_dir.join("wasm32-wasip2/plugin")
}
