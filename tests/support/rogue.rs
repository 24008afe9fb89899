//! Builds the rogue adapter, and talks to it.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use super::host::Host;
use super::reply::Reply;
use super::setup::Setup;
use super::stand_in::StandIn;

/// The header with the secret.
const HEADER: &str = "x-rogue-token";
const TOKEN: &str = "hush-rogue-webhook-secret";

impl Setup {
    /// Adds the rogue, which may call `granted` and would like to call `ungranted`.
    pub(crate) fn rogue(self, granted: &StandIn, ungranted: &StandIn) -> Self {
        let wasm = built_wasm();
        self.file("plugins/rogue.wasm", wasm)
            .config(&format!(
                "[providers.rogue]\nallow_hosts = [\"{}\"]\nsettings = {{ granted_url = \"{}\", ungranted_url = \"{}\" }}",
                granted.host(),
                granted.url(),
                ungranted.url()
            ))
            .env("WEBHOOK_SECRET_ROGUE", TOKEN)
            .env("ROGUE_API_KEY", "hush-rogue-api-key")
    }
}

impl Host {
    /// Puts another build of the rogue in its place; the next start loads it.
    pub(crate) fn replace_rogue(&self) {
        std::fs::write(self.dir().join("plugins/rogue.wasm"), rebuilt_wasm()).unwrap();
    }

    /// Delivers a body to the rogue.
    pub(crate) async fn rogue(&self, body: &str) -> Reply {
        self.post("/webhooks/rogue", &[(HEADER, TOKEN)], body).await
    }
}

/// The component's bytes.
fn built_wasm() -> Vec<u8> {
    std::fs::read(built()).unwrap()
}

/// The same component as another build would have it: with a note in it that means nothing.
fn rebuilt_wasm() -> Vec<u8> {
    // A custom section: 0, its length, the length of its name, its name.
    [&built_wasm()[..], b"\0\x05\x04note"].concat()
}

/// The component, built once for each run and kept in the target folder between runs.
fn built() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(build)
}

/// Builds it as `host/build.rs` builds the shipped plugins: with a cargo of its own, in a folder of its own.
fn build() -> PathBuf {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml");
    let target_dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("rogue");
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .args(["build", "--locked", "--quiet", "--profile", "plugin", "--target", "wasm32-wasip2"])
        .args(["--package", "hookhost-plugin-rogue", "--manifest-path", manifest, "--target-dir"])
        .arg(&target_dir);
    // What the outer cargo, clippy or a coverage tool has set for the host would change the plugin.
    for (name, _) in env::vars_os() {
        let name = name.to_string_lossy();
        let of_build = ["CARGO_ENCODED_", "CARGO_BUILD_", "CARGO_TARGET_", "CARGO_PROFILE_"];
        if ["RUSTFLAGS", "RUSTC_WRAPPER", "RUSTC_WORKSPACE_WRAPPER"].contains(&&*name)
            || of_build.iter().any(|prefix| name.starts_with(prefix))
        {
            cargo.env_remove(&*name);
        }
    }
    cargo.env("CARGO_ENCODED_RUSTFLAGS", "-Clink-arg=-zstack-size=131072");
    assert!(cargo.status().unwrap().success(), "the rogue adapter does not build");
    target_dir.join("wasm32-wasip2/plugin/hookhost_plugin_rogue.wasm")
}
