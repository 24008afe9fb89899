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
        self.rogue_with(granted, ungranted, "")
    }

    /// The same with further keys of the provider. That it verifies by a token has to stand here, since a token does
    /// not cover the body.
    pub(crate) fn rogue_with(self, granted: &StandIn, ungranted: &StandIn, keys: &str) -> Self {
        self.rogue_by_itself().config(&format!(
            "[providers.rogue]\nplugin = \"rogue\"\n{keys}\nallow_hosts = [\"{}\"]\n\
             settings = {{ granted_url = \"{}\", ungranted_url = \"{}\" }}\n\
             verification = {{ scheme = \"token\", signature = {{ at = [{{ header = \"{HEADER}\" }}], encoding = \"base64\" }} }}",
            granted.host(),
            granted.url(),
            ungranted.url()
        ))
    }

    /// Adds the rogue and its secrets, and says nothing about it.
    pub(crate) fn rogue_by_itself(self) -> Self {
        self.file("plugins/rogue.wasm", built_wasm())
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
pub(crate) fn built_wasm() -> Vec<u8> {
    adapter::built("rogue")
}

/// The same component as another build would have it: with a note in it that means nothing.
pub(crate) fn rebuilt_wasm() -> Vec<u8> {
    // A custom section: 0, its length, the length of its name, its name.
    [&built_wasm()[..], b"\0\x05\x04note"].concat()
}

/// The same component, which asks for the secret `new_key` where this one asks for `api_key`.
pub(crate) fn asking_for_more() -> Vec<u8> {
    let (mut wasm, old, new) = (built_wasm(), b"api_key", b"new_key");
    let places: Vec<usize> = (0..wasm.len() - old.len()).filter(|at| wasm[*at..].starts_with(old)).collect();
    assert!(!places.is_empty(), "the manifest's words stand in the component");
    for at in places {
        wasm[at..at + new.len()].copy_from_slice(new);
    }
    wasm
}
