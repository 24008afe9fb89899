//! Sets the rogue adapter up, and talks to it.

use super::adapter;
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
    adapter::built("rogue")
}

/// The same component as another build would have it: with a note in it that means nothing.
fn rebuilt_wasm() -> Vec<u8> {
    // A custom section: 0, its length, the length of its name, its name.
    [&built_wasm()[..], b"\0\x05\x04note"].concat()
}
