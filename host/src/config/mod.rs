//! The configuration: one file, the environment, and what they grant.
//!
//! # `hookhost.toml`
//!
//! Every key may be left out. An unknown key is an error that names the nearest known one. A duration is
//! one whole number and `ms`, `s`, `m`, `h` or `d`; a size is one and `B`, `KiB`, `MiB` or `GiB`.
//! Relative paths are relative to the file's folder. `${VAR}` is not expanded anywhere, and no secret
//! ever stands in the file. Flags win over the environment, the environment over the file.
//!
//! ```toml
//! [server]
//! listen = "127.0.0.1:7862"              # port 0 picks a free one
//! public_url = "https://hooks.example.com" # what senders call: signatures over the URL are checked against it,
//!                                        # and links to attachments begin with it
//! body_limit = "3MiB"                    # 1KiB to 25MiB
//! drain = "25s"                          # how long a stop waits for what was begun, 1s to 15m
//! trusted_proxies = ["127.0.0.1"]        # addresses or ranges whose X-Forwarded-For is believed; default: nobody's
//!
//! [admin]
//! listen = "127.0.0.1:7863"              # the commands' API; left out: this, or a free port if it is taken
//!
//! [store]
//! url = "sled:data"                      # the folder "data"
//! dedupe_window = "8d"                   # how long a repeated delivery is recognised
//! keep_events = "7d"                     # how long finished events can be shown and replayed
//! min_free = "256MiB"                    # below this much free disk, deliveries are answered with 503
//! max_ids = 20000000                     # ids remembered at one time, 70 bytes of memory each; with more: 503
//! max_queued = 1000000                   # events that may wait to be run; with more, deliveries get 503
//!
//! [dispatch]
//! workers = 32                           # runs at the same time, 1 to 1024; each workflow is sure of an eighth
//!
//! [plugins]
//! dir = "plugins"                        # must exist once it is stated here
//!
//! [providers.whatsapp]                   # name = URL segment = prefix of its variables
//! plugin = "whatsapp"                    # file name without .wasm; default: the provider's name
//! # digest = "sha256:9f86..."            # only this very file, as `hookhost plugin inspect` prints it
//! path = "/webhooks/whatsapp"            # default: /webhooks/ and the provider's name
//! allow_hosts = ["graph.facebook.com"]   # host, host:port or *.host; nothing by default
//! settings = { phone_number_id = "1065" } # plain values that the plugin reads
//! workflows = ["summarize"]              # which may be run from here; default: all
//! allow_senders = ["16505551234"]        # who may run them; default: everyone
//! allow_ips = ["149.154.160.0/20"]       # from where its deliveries may come; default: from anywhere
//! rate_limit = "100/s"                   # verified deliveries, /s, /m or /h; "100/s, burst 500"; beyond: 429
//! verification = "none"                  # accept unsigned deliveries; or a known sender, or a record: see below
//! pacing = "default"                     # or "off": call the provider as fast as it goes
//! limits = { memory = "32MiB", call_time = "200ms", output = "16MiB" } # of each call into its plugin
//! compat = false                         # true: link the rest of WASI, of which nothing works; see below
//!
//! [workflows.summarize]
//! command = ["./summarize.py"]           # run in the file's folder, without a shell; or:
//! # http = "http://127.0.0.1:9000/summarize"
//! timeout = "30s"                        # 1s to 1h
//! retries = 3                            # 0 to 20
//! env = ["OPENAI_API_KEY"]               # what a command inherits besides PATH, HOME and LANG
//!
//! [[routes]]                             # the first that matches wins
//! provider = "telegram"                  # left out or "*": any
//! topic = "message.*"                    # `*` stands for anything; the default, and any pressed button
//! workflow = "summarize"
//! ```
//!
//! `host` in `allow_hosts` grants https on port 443 of public addresses. `host:port` grants that port,
//! over http too, and wherever the name points: it is the only way to a private address. `*.host` grants
//! every name below the host, on public addresses only.
//!
//! # `limits` and `compat`
//!
//! What one call into the provider's plugin may take: `memory`, all its memories together (2MiB to 512MiB);
//! `call_time`, what it may compute (10ms to 5s); `output`, what it may hand over at once (64KiB to 64MiB).
//! Adapters in Rust need none of it. A language runtime inside of a plugin needs more, and so do bodies of many MiB.
//! Some toolchains, such as those of JavaScript, Python and Go, import files, sockets and random numbers whatever
//! the program does. `compat = true` lets such a plugin load: no folder is open, no address is reached, and the
//! random numbers are the same in every call. Two providers may run one plugin on different terms.
//!
//! # `verification`
//!
//! Left out, deliveries prove who sent them as the plugin declares; what does not cover the body, such as a token,
//! is only taken from shipped plugins so, and has to stand here as a record for one of the folder, with `plugin`
//! beside it. `"none"` accepts whatever comes. A sender's name, or a record, replaces the plugin's own recipes;
//! `plugin` is `generic` then unless it is stated. With a sender's name, `generic` makes an event of each delivery
//! and takes over the sender's handshakes, acknowledgement, topic and id. A record is for senders that nobody has
//! named yet:
//!
//! ```toml
//! [providers.acme]
//! settings = { topic_at = "body /type", id_at = "body /id" }  # makes events; without, a body names a workflow
//!
//! [providers.acme.verification]          # the words are those of wit/manifest.wit, with _ for -
//! scheme = { hmac = "sha256" }           # "token", "basic", { digest = ... }, "ed25519", "ecdsa_p256_sha256"
//! key = "utf8"                           # the default; or "hex", "base64", "whsec", "whpk", "spki_base64"
//! signature = { at = [{ header = "x-acme-signature" }], format = { prefix = "v1=" }, encoding = "hex" }
//! signed = [{ value = { header = "x-acme-time" } }, { text = "." }, { body = "raw" }]
//! timestamp = { at = { header = "x-acme-time" }, format = "unix_s", tolerance_s = 300 }
//! ```
//!
//! # Secrets and settings in the environment
//!
//! `<P>` is the provider's name in upper case, `-` as `_`. Of several providers whose prefixes a
//! variable begins with, it is the longest's.
//!
//! | variable | holds |
//! |---|---|
//! | `WEBHOOK_SECRET_<P>`, else `<P>_WEBHOOK_SECRET`, else `<P>_<NAME>`, else `WEBHOOK_SECRET_DEFAULT` | what deliveries are verified with |
//! | the same with `_PREVIOUS` | the value that still holds while a secret is replaced |
//! | the same with `_PREVIOUS_UNTIL` | when that ends: `2027-01-31`, or a time of RFC 3339; left out, when it is removed |
//! | `<P>_<NAME>` | any other secret of the plugin's manifest |
//! | `WORKFLOW_SECRET_<NAME>` | what requests to an HTTP workflow are signed with |
//! | any of these with `_FILE` | the path of a file that holds it; a newline at its end is not part of it |
//! | `<P>_<SETTING>` | a setting, of shipped plugins only |
//!
//! A secret has at least 8 bytes.

pub mod active;
pub mod address;
pub mod environment;
pub mod error;
pub mod grants;
pub mod host;
pub mod limit;
pub mod load;
mod nearest;
pub mod network;
mod provider;
pub mod read;
pub mod secrets;
mod section;
pub mod settings;
#[cfg(test)]
mod testing;
pub mod unit;
pub mod variables;
mod verification;
mod workflow;

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;

pub use self::provider::{Pacing, ProviderConfig};
pub use self::verification::{Verification, known_preset};
pub use self::workflow::{Route, Runner, WorkflowConfig};
use crate::model::bounds;
use crate::model::name::{ProviderName, WorkflowName};

/// Everything that the file says, checked, with defaults in the place of what it leaves out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The file's folder, in which commands run.
    pub base_dir: PathBuf,
    /// `[server]`.
    pub server: ServerConfig,
    /// `[admin]`.
    pub admin: AdminConfig,
    /// `[store]`.
    pub store: StoreConfig,
    /// `[dispatch]`.
    pub dispatch: DispatchConfig,
    /// `[plugins]`.
    pub plugins: PluginsConfig,
    /// `[providers.NAME]`. There may be more providers: see [`active::active_providers`].
    pub providers: BTreeMap<ProviderName, ProviderConfig>,
    /// `[workflows.NAME]`.
    pub workflows: BTreeMap<WorkflowName, WorkflowConfig>,
    /// `[[routes]]`, in the order of the file; each names a workflow that exists.
    pub routes: Vec<Route>,
}

/// Where webhooks arrive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerConfig {
    /// Where to listen.
    pub listen: SocketAddr,
    /// What senders call, up to the provider's path, and what links to attachments begin with: http or
    /// https, as the operator wrote it but without a `/` at its end.
    pub public_url: Option<String>,
    /// The largest body, in bytes.
    pub body_limit: usize,
    /// How long a stop waits for what was begun.
    pub drain: Duration,
    /// From whom `X-Forwarded-For` and `Forwarded` are believed.
    pub trusted_proxies: Vec<IpNet>,
}

/// Where the commands and the metrics are served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdminConfig {
    /// Where to listen; `None`: at [`DEFAULT_ADMIN`], or at a free port when another host has it. The
    /// commands find it by `admin.json` in either case.
    pub listen: Option<SocketAddr>,
}

/// Where the commands are served when nobody says.
pub const DEFAULT_ADMIN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 7863);

/// What is kept, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreConfig {
    /// The folder.
    pub path: PathBuf,
    /// How long an event's id is remembered.
    pub dedupe_window: Duration,
    /// How long finished events are kept.
    pub keep_events: Duration,
    /// Free disk space below which deliveries are refused, in bytes.
    pub min_free: u64,
    /// Ids that may be remembered at one time.
    pub max_ids: u32,
    /// Events that may wait to be run.
    pub max_queued: u32,
}

/// How much runs at a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DispatchConfig {
    /// Runs at the same time; as many replies besides. A workflow that finds them all taken may still have an
    /// eighth as many on top.
    pub workers: u32,
}

/// Where plugins lie that are not shipped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PluginsConfig {
    /// The folder.
    pub dir: PathBuf,
    /// Whether the operator named it, so that it is a mistake when it is not there.
    pub must_exist: bool,
}

impl Config {
    /// What holds without a file, in this folder.
    pub fn without_file(base_dir: PathBuf) -> Self {
        let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 7862));
        Self {
            server: ServerConfig {
                listen,
                public_url: None,
                body_limit: bounds::BODY_BYTES,
                drain: bounds::DRAIN,
                trusted_proxies: Vec::new(),
            },
            admin: AdminConfig { listen: None },
            store: StoreConfig {
                path: base_dir.join("data"),
                dedupe_window: bounds::DEDUPE_WINDOW,
                keep_events: bounds::EVENTS_KEPT,
                min_free: bounds::STORE_FREE_BYTES_MIN,
                max_ids: bounds::IDS,
                max_queued: bounds::QUEUED,
            },
            dispatch: DispatchConfig { workers: bounds::WORKERS },
            plugins: PluginsConfig { dir: base_dir.join("plugins"), must_exist: false },
            providers: BTreeMap::new(),
            workflows: BTreeMap::new(),
            routes: Vec::new(),
            base_dir,
        }
    }
}
