//! What a guest may import: the log, and the part of WASI that Rust's standard library asks for.
//!
//! What is not linked does not exist for a guest: no files, no sockets, no HTTP, no random numbers.

use wasmtime::Engine;
use wasmtime::component::{HasSelf, Linker};
use wasmtime_wasi::cli::{WasiCli, WasiCliView as _};
use wasmtime_wasi::clocks::{WasiClocks, WasiClocksView as _};
use wasmtime_wasi::p2::bindings::{cli, clocks, random};
use wasmtime_wasi::random::{WasiRandom, WasiRandomView as _};

use super::bindings::hookhost::provider::log;
use super::guest::Guest;

/// Every interface that [`linker`] offers, in order of the alphabet; a test keeps the two equal.
pub(super) const OFFERED: [&str; 17] = [
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

/// Links everything that is offered; made once, since it takes longer than a call.
pub(super) fn linker(engine: &Engine) -> wasmtime::Result<Linker<Guest>> {
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

    #[test]
    fn a_guest_finds_the_log_and_the_remains_of_a_command_line_and_nothing_else() {
        let engine = Engine::new(&super::super::config::on_demand()).unwrap();
        let linker = linker(&engine).unwrap();
        let rows = [
            ("hookhost:provider/log@0.1.0", "write", true),
            ("wasi:cli/environment@0.2.12", "get-environment", true),
            ("wasi:cli/exit@0.2.12", "exit", true),
            ("wasi:cli/stderr@0.2.12", "get-stderr", true),
            ("wasi:cli/stdin@0.2.12", "get-stdin", true),
            ("wasi:cli/stdout@0.2.12", "get-stdout", true),
            ("wasi:cli/terminal-input@0.2.12", "terminal-input", true),
            ("wasi:cli/terminal-output@0.2.12", "terminal-output", true),
            ("wasi:cli/terminal-stderr@0.2.12", "get-terminal-stderr", true),
            ("wasi:cli/terminal-stdin@0.2.12", "get-terminal-stdin", true),
            ("wasi:cli/terminal-stdout@0.2.12", "get-terminal-stdout", true),
            ("wasi:clocks/monotonic-clock@0.2.12", "now", true),
            ("wasi:clocks/timezone@0.2.12", "display", false),
            ("wasi:clocks/wall-clock@0.2.12", "now", true),
            ("wasi:filesystem/preopens@0.2.12", "get-directories", false),
            ("wasi:filesystem/types@0.2.12", "descriptor", false),
            ("wasi:http/outgoing-handler@0.2.12", "handle", false),
            ("wasi:http/types@0.2.12", "fields", false),
            ("wasi:io/error@0.2.12", "error", true),
            ("wasi:io/poll@0.2.12", "poll", true),
            ("wasi:io/streams@0.2.12", "output-stream", true),
            ("wasi:random/insecure-seed@0.2.12", "insecure-seed", true),
            ("wasi:random/insecure@0.2.12", "get-insecure-random-u64", false),
            ("wasi:random/random@0.2.12", "get-random-u64", false),
            ("wasi:sockets/instance-network@0.2.12", "instance-network", false),
            ("wasi:sockets/ip-name-lookup@0.2.12", "resolve-addresses", false),
            ("wasi:sockets/network@0.2.12", "network", false),
            ("wasi:sockets/tcp-create-socket@0.2.12", "create-tcp-socket", false),
            ("wasi:sockets/tcp@0.2.12", "tcp-socket", false),
            ("wasi:sockets/udp-create-socket@0.2.12", "create-udp-socket", false),
            ("wasi:sockets/udp@0.2.12", "udp-socket", false),
        ];
        for (interface, item, linked) in rows {
            assert_eq!(is_linked(&linker, interface, item), linked, "{interface}");
        }
        let linked: Vec<_> = rows.iter().filter(|row| row.2).map(|row| row.0).collect();
        assert_eq!(linked, OFFERED);
    }
}
