//! The command line: what can be asked for, and how it is answered.

mod asks;
mod bench;
mod check;
mod client;
mod completions;
mod demo;
mod events;
mod failure;
mod http_client;
mod open;
mod plain;
mod plugin;
mod provider;
mod recipes;
mod request_file;
mod secret_file;
mod send;
mod serve;
mod sign;
mod store;
mod table;
mod terms;
mod verify;

use std::net::IpAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use self::events::EventsCommand;
use self::events::args::StoreArgs;
use self::failure::Failure;
use self::provider::ProviderCommand;
use self::store::StoreCommand;
use self::terms::TermsArgs;
use crate::config::load::Overrides;
use crate::store::guarded::keep_guarded_panics_quiet;
use crate::telemetry::LogFormat;

/// Receives webhooks, proves who sent them, and hands them to sandboxed WebAssembly adapters.
#[derive(Debug, Parser)]
#[command(name = "hookhost", version, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Receive webhooks until stopped
    Serve(ServeArgs),
    /// Show what is configured, what is missing and how to set it; exit 1 if something would be refused
    Check(CheckArgs),
    /// Look at events and deliveries, and replay them
    #[command(subcommand)]
    Events(EventsCommand),
    /// Look at the store of events as a whole, and copy it
    #[command(subcommand)]
    Store(StoreCommand),
    /// Look at plugins, and make your own
    #[command(subcommand)]
    Plugin(PluginCommand),
    /// Set up what stands at a provider's side
    #[command(subcommand)]
    Provider(ProviderCommand),
    /// Look at the recipes for known senders, which `verification = "NAME"` stands for
    #[command(subcommand)]
    Recipes(RecipesCommand),
    /// Print the headers with which a provider would sign a body
    Sign(SignArgs),
    /// Sign a body as a provider would, post it to a running host, and print the answer
    Send(SendArgs),
    /// Say whether a recorded request is genuine, and if not, why; exit 1 if it is not
    Verify(VerifyArgs),
    /// Measure how fast deliveries become durable on this machine, beside a native handler
    Bench(bench::BenchArgs),
    /// Print a script by which a shell completes commands and flags
    Completions {
        /// The shell that is to read it
        shell: completions::Shell,
    },
}

/// Which configuration is meant.
#[derive(Debug, Clone, Args)]
struct ConfigArgs {
    /// The configuration [default: ./hookhost.toml, where there is one]
    #[arg(long, value_name = "FILE", env = "HOOKHOST_CONFIG")]
    config: Option<PathBuf>,
    /// The folder with further plugins
    #[arg(long, value_name = "DIR", env = "HOOKHOST_PLUGINS")]
    plugins: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct ServeArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// The address to listen on
    #[arg(long, env = "HOOKHOST_HOST")]
    host: Option<IpAddr>,
    /// The port to listen on; 0 picks a free one
    #[arg(long, env = "HOOKHOST_PORT")]
    port: Option<u16>,
    /// The folder in which everything durable is kept
    #[arg(long, value_name = "DIR", env = "HOOKHOST_DATA")]
    data: Option<PathBuf>,
    /// Serve the shipped plugins with generated secrets and an echo workflow; reads no configuration
    #[arg(long)]
    demo: bool,
    /// How log lines are written
    #[arg(long, value_enum, default_value = "text", env = "HOOKHOST_LOG_FORMAT")]
    log: LogFormat,
    /// Which log lines are written, for example `debug` or `hookhost=debug`
    #[arg(long, value_name = "FILTER", default_value = "info", env = "HOOKHOST_LOG")]
    log_filter: String,
}

#[derive(Debug, Args)]
struct CheckArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// The folder of a running host's data, which is asked what it knows of its providers [default: as configured]
    #[arg(long, value_name = "DIR", env = "HOOKHOST_DATA")]
    data: Option<PathBuf>,
    /// Also say what is not as it should be on this machine where strangers reach the host: who may read what,
    /// where the data is kept, who connects
    #[arg(long)]
    deploy: bool,
    /// Print one JSON array
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum PluginCommand {
    /// List the shipped plugins and those of the plugins folder; with calls, p50 and failures while a host runs
    ///
    /// Of the host that runs it says too which file is being compiled (`loading`), and which could not be loaded,
    /// when and why, although the version before it may go on.
    List {
        #[command(flatten)]
        store: StoreArgs,
        /// Print one JSON array
        #[arg(long)]
        json: bool,
    },
    /// Show what a plugin says about itself and what it asks for
    Inspect {
        /// A `.wasm` file, or the name of a shipped plugin
        file: PathBuf,
        #[command(flatten)]
        terms: TermsArgs,
        #[command(flatten)]
        config: ConfigArgs,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Show what a new version of a provider's plugin asks for beyond what was granted, and grant it
    ///
    /// Until then it goes on with what was granted before. The first version of a plugin is granted what it
    /// asks for, as far as the configuration allows; the shipped ones always are.
    Grant(plugin::GrantArgs),
    /// Write the crate of a new adapter into a folder of its name, ready to be built and tested
    New {
        /// What the adapter and its folder are called: 1 to 32 of a-z, 0-9 and '-'
        name: String,
    },
    /// Run recorded requests and tasks through a plugin, and compare what it answers; exit 1 if it differs
    ///
    /// NAME.request.http is a request as it came: its line, its headers, an empty line, its body. Its verdict
    /// is expected to be that of NAME.verdict.json. NAME.task.json is a task and the provider's answers to
    /// its steps; NAME.steps.json is what `begin` and `resume` are expected to say, one after the other.
    /// context.json says what every call is given. Each case is run twice, since the same input has to give
    /// the same output.
    Test(plugin::TestArgs),
}

#[derive(Debug, Subcommand)]
enum RecipesCommand {
    /// List the known senders
    List {
        /// Print one JSON array
        #[arg(long)]
        json: bool,
    },
    /// Show how a sender signs, which variables hold its secrets, and what to set up on its side
    Show {
        /// As `hookhost recipes list` has it; `-` and `_` are the same
        name: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Args)]
#[command(override_usage = "hookhost verify [OPTIONS] <PROVIDER> <REQUEST.http>\n       \
    hookhost verify [OPTIONS] --recipe <NAME> --secret-file <FILE> <REQUEST.http>")]
struct VerifyArgs {
    /// The provider whose configuration is used, unless --recipe is given; then the request: its first line,
    /// its headers, an empty line, and the exact bytes of its body
    #[arg(value_names = ["PROVIDER", "REQUEST.http"], num_args = 1..=2, required = true)]
    provider_and_request: Vec<String>,
    #[command(flatten)]
    config: ConfigArgs,
    /// Needs no configuration: the recipe of a known sender
    #[arg(long, value_name = "NAME", requires = "secret_file")]
    recipe: Option<String>,
    /// The secret, as the sender shows it; several for a rotation
    #[arg(long, value_name = "FILE", requires = "recipe")]
    secret_file: Vec<PathBuf>,
    /// The address that the sender called, where its signature covers it [default: that of the request's
    /// first line, else as configured]
    #[arg(long)]
    url: Option<String>,
    /// The time at which the request arrived, in seconds since 1970 [default: now]
    #[arg(long, value_name = "UNIX_SECONDS")]
    now: Option<u64>,
}

#[derive(Debug, Args)]
struct SignArgs {
    /// The provider whose secret is used
    provider: String,
    #[command(flatten)]
    config: ConfigArgs,
    /// The file with the body [default: standard input]
    #[arg(long, value_name = "FILE")]
    body: Option<PathBuf>,
    /// The private key of a sender whose secret is a public one: PEM, or base64 or hex
    #[arg(long, value_name = "FILE")]
    private_key_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct SendArgs {
    #[command(flatten)]
    sign: SignArgs,
    /// Where the host listens [default: as configured]
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// A further header that the provider sends, such as "X-GitHub-Event: push"
    #[arg(long, value_name = "NAME: VALUE", value_parser = send::header)]
    header: Vec<(String, String)>,
}

impl ServeArgs {
    fn overrides(&self) -> Overrides {
        let plugins = self.config.plugins.clone();
        Overrides { host: self.host, port: self.port, data: self.data.clone(), plugins }
    }
}

impl ConfigArgs {
    fn overrides(&self) -> Overrides {
        Overrides { plugins: self.plugins.clone(), ..Overrides::default() }
    }
}

/// Runs the command that the process was started with.
pub fn main() -> ExitCode {
    keep_guarded_panics_quiet();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&Failure::new(format!("the runtime cannot be started: {error}"), "")),
    };
    let ended = runtime.block_on(run(Cli::parse().command));
    // A worker that is stuck in a system call must not keep the process alive.
    runtime.shutdown_background();
    match ended {
        Ok(code) => code,
        Err(failure) => failed(&failure),
    }
}

async fn run(command: Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Serve(args) => serve::serve(args).await.map(|()| ExitCode::SUCCESS),
        Command::Check(args) => check::check(args).await,
        Command::Plugin(PluginCommand::List { store, json }) => {
            plugin::list(store, json).await.map(|()| ExitCode::SUCCESS)
        }
        Command::Plugin(PluginCommand::Inspect { file, terms, config, json }) => {
            plugin::inspect(&file, &config, terms.terms(), json).await
        }
        Command::Plugin(PluginCommand::Grant(args)) => plugin::grant(&args).await.map(|()| ExitCode::SUCCESS),
        Command::Plugin(PluginCommand::New { name }) => plugin::new(&name).map(|()| ExitCode::SUCCESS),
        Command::Plugin(PluginCommand::Test(args)) => plugin::test(&args).await,
        Command::Events(command) => events::events(command).await,
        Command::Store(command) => store::store(command).await,
        Command::Provider(command) => provider::provider(command).await.map(|()| ExitCode::SUCCESS),
        Command::Recipes(command) => recipes::recipes(command).map(|()| ExitCode::SUCCESS),
        Command::Verify(args) => verify::verify(args).await,
        Command::Sign(args) => sign::sign(args).await.map(|()| ExitCode::SUCCESS),
        Command::Send(args) => send::send(args).await,
        Command::Bench(args) => bench::bench(args).await,
        Command::Completions { shell } => {
            print!("{}", completions::script(shell));
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn failed(failure: &Failure) -> ExitCode {
    eprintln!("{failure}");
    ExitCode::from(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_contradicts_itself_nowhere() {
        Cli::command().debug_assert();
    }
}
