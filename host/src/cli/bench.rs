//! `hookhost bench`: how fast deliveries become durable on this machine, beside a native handler.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use tokio::net::lookup_host;
use url::Url;

use super::failure::Failure;
use super::table::table;
use crate::bench::report::{Compared, Report, Row};
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
        cycle: args.cycle,
    };
    let report = bench::run(&options).await?;
    if args.json {
        println!("{}", serde_json::to_string(&report).expect("a report is plain data"));
    } else {
        print!("{}", shown(&report, args.beside.is_none()));
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

/// A table for people.
fn shown(report: &Report, is_native: bool) -> String {
    let other = if is_native { "native" } else { "other" };
    let mut rows = Vec::new();
    let closed = report.connections.iter().map(|row| (format!("{} connections", row.n), row));
    let open = format!("{} connections, {:.0}/s", report.open.n, report.open.native.per_second);
    let forged = format!("{} connections, forged", report.forged.n);
    for (load, compared) in closed.chain([(open, &report.open), (forged, &report.forged)]) {
        rows.push(row(&load, "hookhost", &compared.hookhost));
        rows.push(row("", other, &compared.native));
        rows.push(ratios(compared));
    }
    let headings = ["load", "server", "per s", "p50 ms", "p99 ms", "p99.9 ms", "CPU us", "commits/s"];
    let mut text = format!(
        "{} deliveries, {} provider(s), {} s each, {} processors shared with the load\n\n{}",
        report.provider,
        report.providers,
        report.seconds,
        report.processors,
        table(&headings, &rows)
    );
    if let Some(cycles) = &report.cycle {
        let sides = [("hookhost", Some(&cycles.hookhost)), (other, cycles.beside.as_ref())];
        let rows: Vec<_> = sides
            .into_iter()
            .filter_map(|(name, side)| Some((name, side?)))
            .map(|(name, side)| {
                let (rate, p50, p99) = (side.per_second, side.p50_ms, side.p99_ms);
                vec![
                    name.to_owned(),
                    format!("{rate:.0}"),
                    format!("{p50:.2}"),
                    format!("{p99:.2}"),
                    number(side.cpu_us),
                ]
            })
            .collect();
        let headings = ["cycles", "per s", "p50 ms", "p99 ms", "CPU us"];
        text.push_str(&format!(
            "\n{} at a time, to the answer in the chat\n{}",
            cycles.n,
            table(&headings, &rows)
        ));
    }
    text.push_str(&costs(report, other));
    for one in &report.stored {
        text.push_str(&format!("\n{}: {} acknowledged, {} stored", one.name, one.acknowledged, one.stored));
    }
    text.push('\n');
    text
}

/// What is not a matter of load.
fn costs(report: &Report, other: &str) -> String {
    const MIB: u64 = 1024 * 1024;
    let (start, idle, peak) = (&report.start, report.idle_bytes / MIB, report.peak_bytes / MIB);
    let mut text = format!("\nmemory: {idle} MiB idle after a start that compiled, {peak} MiB at most");
    if let Some(peak) = report.native_peak_bytes {
        text.push_str(&format!("; {other}: {} MiB at most", peak / MIB));
    }
    text.push_str(&format!(
        "\na start: {:.0} ms until it listens, with the {} adapters that an earlier one compiled ({:.0} ms with none); \
         {} MiB idle",
        start.p50_ms,
        start.adapters,
        start.compiling_ms,
        start.idle_bytes / MIB
    ));
    text
}

fn row(load: &str, server: &str, row: &Row) -> Vec<String> {
    vec![
        load.to_owned(),
        server.to_owned(),
        format!("{:.0}", row.per_second),
        format!("{:.2}", row.p50_ms),
        format!("{:.2}", row.p99_ms),
        format!("{:.2}", row.p99_9_ms),
        number(row.cpu_us),
        number(row.commits_per_second),
    ]
}

fn ratios(compared: &Compared) -> Vec<String> {
    let times = |ratio: f64| format!("{ratio:.2}x");
    vec![
        String::new(),
        "ratio".to_owned(),
        times(compared.ratio),
        String::new(),
        times(compared.p99_ratio),
        String::new(),
        compared.cpu_ratio.map_or_else(String::new, times),
        String::new(),
    ]
}

fn number(number: Option<f64>) -> String {
    number.map_or_else(String::new, |number| format!("{number:.0}"))
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
