//! What a guest may import: the log, and the part of WASI that Rust's standard library asks for.
//!
//! What is not linked does not exist for a guest: no files, no sockets, no HTTP, no random numbers. A guest that
//! its operator lets be compatible finds the rest of WASI but for HTTP, and nothing in it works: see [`Guest`].

use wasmtime::Engine;
use wasmtime::component::{HasSelf, Linker};
use wasmtime_wasi::cli::{WasiCli, WasiCliView as _};
use wasmtime_wasi::clocks::{WasiClocks, WasiClocksView as _};
use wasmtime_wasi::p2::bindings::{cli, clocks, random};
use wasmtime_wasi::random::{WasiRandom, WasiRandomView as _};

use super::bindings::hookhost::provider::log;
use super::guest::Guest;

/// What guests may import. Made once, since it takes longer than a call.
pub(super) struct Linkers {
    strict: Linker<Guest>,
    compat: Linker<Guest>,
}

impl Linkers {
    /// Links everything that is offered.
    pub(super) fn new(engine: &Engine) -> wasmtime::Result<Self> {
        Ok(Self { strict: strict(engine)?, compat: compat(engine)? })
    }

    /// What a guest may import.
    pub(super) fn of(&self, is_compat: bool) -> &Linker<Guest> {
        if is_compat { &self.compat } else { &self.strict }
    }
}

/// Every interface that is offered, in order of the alphabet; a test keeps them equal to what is linked.
pub(super) fn offered(is_compat: bool) -> impl Iterator<Item = &'static str> {
    let more: &[&str] = if is_compat { &COMPAT } else { &[] };
    OFFERED.iter().chain(more).copied()
}

/// What is offered to every guest.
const OFFERED: [&str; 17] = [
    "hookhost:provider/log@0.1.0",
    "wasi:cli/environment@0.2.12",
    "wasi:cli/exit@0.2.12",
    "wasi:cli/stderr@0.2.12",
    "wasi:cli/stdin@0.2.12",
    "wasi:cli/stdout@0.2.12",
    "wasi:cli/terminal-input@0.2.12",
    "wasi:cli/terminal-output@0.2.12",
    "wasi:cli/terminal-stderr@0.2.12",
    "wasi:cli/terminal-stdin@0.2.12",
    "wasi:cli/terminal-stdout@0.2.12",
    "wasi:clocks/monotonic-clock@0.2.12",
    "wasi:clocks/wall-clock@0.2.12",
    "wasi:io/error@0.2.12",
    "wasi:io/poll@0.2.12",
    "wasi:io/streams@0.2.12",
    "wasi:random/insecure-seed@0.2.12",
];

/// What is offered to compatible guests besides.
const COMPAT: [&str; 11] = [
    "wasi:filesystem/preopens@0.2.12",
    "wasi:filesystem/types@0.2.12",
    "wasi:random/insecure@0.2.12",
    "wasi:random/random@0.2.12",
    "wasi:sockets/instance-network@0.2.12",
    "wasi:sockets/ip-name-lookup@0.2.12",
    "wasi:sockets/network@0.2.12",
    "wasi:sockets/tcp-create-socket@0.2.12",
    "wasi:sockets/tcp@0.2.12",
    "wasi:sockets/udp-create-socket@0.2.12",
    "wasi:sockets/udp@0.2.12",
];

fn compat(engine: &Engine) -> wasmtime::Result<Linker<Guest>> {
    let mut linker = Linker::new(engine);
    log::add_to_linker::<Guest, HasSelf<Guest>>(&mut linker, |guest| guest)?;
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    Ok(linker)
}

fn strict(engine: &Engine) -> wasmtime::Result<Linker<Guest>> {
    let mut linker = Linker::new(engine);
    let l = &mut linker;
    log::add_to_linker::<Guest, HasSelf<Guest>>(l, |guest| guest)?;
    // The asynchronous form: the synchronous one starts a runtime of its own and panics inside ours.
    wasmtime_wasi_io::add_to_linker_async(l)?;
    cli::environment::add_to_linker::<Guest, WasiCli>(l, Guest::cli)?;
    cli::exit::add_to_linker::<Guest, WasiCli>(l, Guest::cli)?;
    cli::stdin::add_to_linker::<Guest, WasiCli>(l, Guest::cli)?;
    cli::stdout::add_to_linker::<Guest, WasiCli>(l, Guest::cli)?;
    cli::stderr::add_to_linker::<Guest, WasiCli>(l, Guest::cli)?;
    cli::terminal_input::add_to_linker::<Guest, WasiCli>(l, Guest::cli)?;
    cli::terminal_output::add_to_linker::<Guest, WasiCli>(l, Guest::cli)?;
    cli::terminal_stdin::add_to_linker::<Guest, WasiCli>(l, Guest::cli)?;
    cli::terminal_stdout::add_to_linker::<Guest, WasiCli>(l, Guest::cli)?;
    cli::terminal_stderr::add_to_linker::<Guest, WasiCli>(l, Guest::cli)?;
    clocks::wall_clock::add_to_linker::<Guest, WasiClocks>(l, Guest::clocks)?;
    clocks::monotonic_clock::add_to_linker::<Guest, WasiClocks>(l, Guest::clocks)?;
    random::insecure_seed::add_to_linker::<Guest, WasiRandom>(l, Guest::random)?;
    Ok(linker)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An interface and something in it. Defining that again fails if it is linked.
    fn is_linked(linker: &Linker<Guest>, interface: &str, item: &str) -> bool {
        let mut linker = linker.clone();
        let mut instance = linker.instance(interface).unwrap();
        instance.func_wrap(item, |_, (): ()| Ok(())).is_err()
    }

    /// Each interface of WASI 0.2 and of the contract, something in it, and whether every guest, only a compatible
    /// one, or none finds it.
    const ROWS: [(&str, &str, Found); 32] = [
        ("hookhost:provider/log@0.1.0", "write", Always),
        ("wasi:cli/environment@0.2.12", "get-environment", Always),
        ("wasi:cli/exit@0.2.12", "exit", Always),
        ("wasi:cli/stderr@0.2.12", "get-stderr", Always),
        ("wasi:cli/stdin@0.2.12", "get-stdin", Always),
        ("wasi:cli/stdout@0.2.12", "get-stdout", Always),
        ("wasi:cli/terminal-input@0.2.12", "terminal-input", Always),
        ("wasi:cli/terminal-output@0.2.12", "terminal-output", Always),
        ("wasi:cli/terminal-stderr@0.2.12", "get-terminal-stderr", Always),
        ("wasi:cli/terminal-stdin@0.2.12", "get-terminal-stdin", Always),
        ("wasi:cli/terminal-stdout@0.2.12", "get-terminal-stdout", Always),
        ("wasi:clocks/monotonic-clock@0.2.12", "now", Always),
        ("wasi:clocks/timezone@0.2.12", "display", Never),
        ("wasi:clocks/wall-clock@0.2.12", "now", Always),
        ("wasi:filesystem/preopens@0.2.12", "get-directories", Compat),
        ("wasi:filesystem/types@0.2.12", "descriptor", Compat),
        ("wasi:http/incoming-handler@0.2.12", "handle", Never),
        ("wasi:http/outgoing-handler@0.2.12", "handle", Never),
        ("wasi:http/types@0.2.12", "fields", Never),
        ("wasi:io/error@0.2.12", "error", Always),
        ("wasi:io/poll@0.2.12", "poll", Always),
        ("wasi:io/streams@0.2.12", "output-stream", Always),
        ("wasi:random/insecure-seed@0.2.12", "insecure-seed", Always),
        ("wasi:random/insecure@0.2.12", "get-insecure-random-u64", Compat),
        ("wasi:random/random@0.2.12", "get-random-u64", Compat),
        ("wasi:sockets/instance-network@0.2.12", "instance-network", Compat),
        ("wasi:sockets/ip-name-lookup@0.2.12", "resolve-addresses", Compat),
        ("wasi:sockets/network@0.2.12", "network", Compat),
        ("wasi:sockets/tcp-create-socket@0.2.12", "create-tcp-socket", Compat),
        ("wasi:sockets/tcp@0.2.12", "tcp-socket", Compat),
        ("wasi:sockets/udp-create-socket@0.2.12", "create-udp-socket", Compat),
        ("wasi:sockets/udp@0.2.12", "udp-socket", Compat),
    ];

    #[derive(Debug, Clone, Copy, PartialEq)]
    enum Found {
        Always,
        Compat,
        Never,
    }
    use Found::{Always, Compat, Never};

    #[test]
    fn a_guest_finds_what_is_offered_and_nothing_else() {
        let engine = Engine::new(&super::super::config::on_demand()).unwrap();
        let linkers = Linkers::new(&engine).unwrap();
        for (is_compat, expected) in [(false, &[Always][..]), (true, &[Always, Compat])] {
            for (interface, item, found) in ROWS {
                let is_found = is_linked(linkers.of(is_compat), interface, item);
                assert_eq!(is_found, expected.contains(&found), "{interface}, compatible: {is_compat}");
            }
            let mut listed: Vec<_> = offered(is_compat).collect();
            listed.sort_unstable();
            let linked: Vec<_> =
                ROWS.iter().filter(|row| expected.contains(&row.2)).map(|row| row.0).collect();
            assert_eq!(linked, listed);
        }
    }
}
