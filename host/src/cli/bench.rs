//! `hookhost bench`: how fast deliveries become durable on this machine, beside a native handler.

mod shown;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use tokio::net::lookup_host;
use url::Url;

use super::failure::Failure;
use crate::bench::sender::Sender;
use crate::bench::{self, BenchError, Beside, Options, native};
use crate::model::id::random_token;
use crate::telemetry::{self, LogFormat};

#[derive(Debug, Args)]
pub(super) struct BenchArgs {
    /// Whose deliveries are sent
    #[arg(long, value_enum, default_value = "whatsapp")]
    provider: Sender,
    /// How long each figure is measured
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u64).range(1..=600))]
    seconds: u64,
    /// How many providers are configured on the one plugin
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    providers: u16,
    /// Measure too what a flood on one provider does to another
    #[arg(long, conflicts_with = "beside")]
    flood: bool,
    /// Measure whole cycles too: a Telegram delivery, its workflow, the answer in its chat
    #[arg(long)]
    cycle: bool,
    /// Compare with a server that runs already and takes the same deliveries at this address, in place of the
    /// native handler
    #[arg(long, value_name = "URL", requires = "secret_file")]
    beside: Option<Url>,
    /// What that server verifies deliveries with
    #[arg(long, value_name = "FILE", requires = "beside")]
    secret_file: Option<PathBuf>,
    /// Where that server finds its workflow (/workflow) and its Bot API, for --cycle; its own path for them is that
    /// of --beside with `telegram` in place of `whatsapp`
    #[arg(long, value_name = "ADDRESS", requires = "beside")]
    stand_ins: Option<SocketAddr>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    /// Be the native handler, with this data folder
    #[arg(long, value_name = "DIR", hide = true)]
    serve_native: Option<PathBuf>,
    /// What deliveries to the native handler are signed with
    #[arg(long, hide = true, env = "WEBHOOK_SECRET_DEFAULT", hide_env_values = true)]
    native_secret: Option<String>,
}

pub(super) async fn bench(args: BenchArgs) -> Result<ExitCode, Failure> {
    if let (Some(data), Some(secret)) = (&args.serve_native, &args.native_secret) {
        let no_color = true;
        telemetry::start(LogFormat::Text, "info", no_color);
        return Ok(native::serve(args.provider, secret, data).await.map(|()| ExitCode::SUCCESS)?);
    }
    let options = Options {
        sender: args.provider,
        secret: secret(args.secret_file.as_deref())?,
        time: Duration::from_secs(args.seconds),
        providers: args.providers.into(),
        beside: beside(&args).await?,
        flood: args.flood,
        cycle: args.cycle,
    };
    let report = bench::run(&options).await?;
    if args.json {
        println!("{}", serde_json::to_string(&report).expect("a report is plain data"));
    } else {
        print!("{}", shown::shown(&report, args.beside.is_none()));
    }
    if report.is_all_there() {
        return Ok(ExitCode::SUCCESS);
    }
    Err(Failure::new(
        "a store does not hold what was acknowledged",
        "say so to the maintainers, with the numbers and the file system of the temporary folder",
    ))
}

/// What deliveries are signed with: the other server's, or one that nobody knows.
fn secret(file: Option<&Path>) -> Result<String, Failure> {
    let Some(file) = file else { return Ok(random_token()) };
    let text = std::fs::read_to_string(file).map_err(|error| {
        let what = format!("{} cannot be read: {error}", file.display());
        Failure::new(what, "name the file with the other server's secret")
    })?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

async fn beside(args: &BenchArgs) -> Result<Option<Beside>, Failure> {
    let Some(url) = &args.beside else { return Ok(None) };
    let not_found = |why: &str| {
        Failure::new(format!("--beside {url}: {why}"), "give an http address of this machine, with its port")
    };
    let (Some(host), "http") = (url.host_str(), url.scheme()) else { return Err(not_found("not http")) };
    let port = url.port_or_known_default().expect("http has a port");
    let mut found = lookup_host((host, port)).await.map_err(|error| not_found(&error.to_string()))?;
    // A load on somebody else's machine is an attack.
    let address =
        found.find(|address| address.ip().is_loopback()).ok_or_else(|| not_found("not on loopback"))?;
    Ok(Some(Beside { address, path: url.path().to_owned(), stand_ins: args.stand_ins }))
}

impl From<BenchError> for Failure {
    fn from(error: BenchError) -> Self {
        let hint = match &error {
            BenchError::Machine(..) => {
                "look at the temporary folder (TMPDIR), its disk and the limits of this machine"
            }
            BenchError::NotStarted { .. } | BenchError::Refused { .. } => {
                "a server that was started here logs into the temporary folder; one of --beside has to know the secret"
            }
            BenchError::Open(_) | BenchError::Store(_) => {
                "what was acknowledged could not be counted: say so to the maintainers"
            }
        };
        Self::new(error.to_string(), hint)
    }
}
