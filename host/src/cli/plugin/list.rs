//! `hookhost plugin list`: every plugin there is, and what the running host says of those that it uses.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::json;

use super::{Unloaded, engine, load, origin, terms_of};
use crate::cli::client::running;
use crate::cli::events::args::StoreArgs;
use crate::cli::failure::Failure;
use crate::cli::open;
use crate::cli::plain::plain;
use crate::cli::table::table;
use crate::inspect::view::plugin::{LoadErrorView, PluginView, State};
use crate::model::name::ProviderName;
use crate::plugin::source::{self, Found};
use crate::plugin::{CONTRACT_VERSION, Compiled, Plugin};

/// One line; what nobody knows is left out.
#[derive(Debug, Default, Serialize)]
struct Row {
    name: String,
    version: Option<String>,
    contract: Option<String>,
    bytes: Option<usize>,
    source: String,
    /// Of the host that runs: `active`, `loading`, `needs-grant`, `paused`, `failed`; `unused` by any provider of it.
    /// Without one: `ok`, or `failed`.
    state: String,
    /// Why the file cannot be loaded. A host may go on with the version before it all the same.
    error: Option<String>,
    /// The same as the host that runs has found it, and when: by its settings, and with the file as it was then.
    load_error: Option<LoadErrorView>,
    calls: Option<u64>,
    p50_us: Option<u64>,
    failures: Option<u64>,
}

/// Prints the list.
pub(in crate::cli) async fn list(args: StoreArgs, as_json: bool) -> Result<(), Failure> {
    let config = open::config(&args.config, args.overrides())?;
    let live = match running(&config.store.path).await? {
        Some(host) => Some(host.plugins().await?),
        None => None,
    };
    let live: Option<BTreeMap<ProviderName, PluginView>> =
        live.map(|views| views.into_iter().map(|view| (view.name.clone(), view)).collect());
    let dir = config.plugins.dir.as_path();
    let (found, bad) = source::discover(dir.is_dir().then_some(dir));
    let engine = engine(Compiled::existing(&config.store.path))?;
    let mut rows = Vec::new();
    for found in &found {
        let row = offline(found, load(&engine, found, terms_of(&config, &found.name)).await);
        rows.push(match &live {
            Some(live) => with_host(row, live.get(&found.name)),
            None => row,
        });
    }
    rows.extend(bad.into_iter().map(|file| Row {
        source: file.path.display().to_string(),
        state: State::Failed.word().into(),
        error: Some(file.error.to_string()),
        ..Row::default()
    }));
    if as_json {
        println!("{}", json!(rows));
    } else {
        let titles = ["name", "version", "contract", "bytes", "source", "state", "calls", "p50", "failures"];
        print!("{}", table(&titles, &rows.iter().map(Row::as_text).collect::<Vec<_>>()));
    }
    Ok(())
}

/// What the file itself says.
fn offline(found: &Found, loaded: Result<Plugin, Unloaded>) -> Row {
    let row = Row { name: found.name.to_string(), source: origin(&found.origin), ..Row::default() };
    match loaded {
        Ok(plugin) => Row {
            version: Some(plugin.manifest().version.clone()),
            contract: Some(CONTRACT_VERSION.into()),
            bytes: Some(plugin.size()),
            state: "ok".into(),
            ..row
        },
        Err(unloaded) => Row { state: State::Failed.word().into(), error: Some(unloaded.to_string()), ..row },
    }
}

/// The same with what the running host says.
fn with_host(row: Row, live: Option<&PluginView>) -> Row {
    match live {
        Some(live) => Row {
            version: live.version.clone().or(row.version),
            state: live.state.word().into(),
            load_error: live.load_error.clone(),
            calls: Some(live.calls),
            p50_us: live.p50_us,
            failures: Some(live.failures),
            ..row
        },
        None if row.error.is_none() => Row { state: "unused".into(), ..row },
        None => row,
    }
}

impl Row {
    fn as_text(&self) -> Vec<String> {
        let number = |number: Option<u64>| number.map(|number| number.to_string()).unwrap_or_default();
        vec![
            self.name.clone(),
            self.version.clone().unwrap_or_default(),
            self.contract.clone().unwrap_or_default(),
            self.bytes.map(|bytes| bytes.to_string()).unwrap_or_default(),
            self.source.clone(),
            match (&self.load_error, &self.error) {
                (Some(error), _) => format!("{}: {}", self.state, in_a_line(error)),
                (None, Some(error)) => format!("{}: {error}", self.state),
                (None, None) => self.state.clone(),
            },
            number(self.calls),
            self.p50_us.map(millis).unwrap_or_default(),
            number(self.failures),
        ]
    }
}

/// `HP101, HP105: it imports ... (2026-01-31T12:00:00Z)`
fn in_a_line(error: &LoadErrorView) -> String {
    let codes = error.codes.join(", ");
    let codes = if codes.is_empty() { codes } else { format!("{codes}: ") };
    format!("{codes}{} ({})", plain(&error.what), error.at_ms.shown())
}

fn millis(micros: u64) -> String {
    format!("{}.{:03} ms", micros / 1_000, micros % 1_000)
}
