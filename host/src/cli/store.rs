//! `hookhost store`: what the store holds, whether it agrees with itself, and a copy of it.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::json;

use super::events::args::StoreArgs;
use super::events::source::{Needs, Source};
use super::events::{say, say_json};
use super::failure::Failure;
use super::plain::plain;
use super::table::table;
use crate::store::stats::{Counted, Disk, Stats, TableStats};
use crate::store::verified::{Checkpoint, Verified, Wrong};

#[derive(Debug, Subcommand)]
pub(super) enum StoreCommand {
    /// Show what the store holds, table by table
    Stats(ShowArgs),
    /// Look at every record: whether it can be read, and whether what names it agrees; exit 1 if not
    Verify(ShowArgs),
    /// Copy the store into a folder, also while the host runs; the copy opens as a data folder
    ///
    /// The copy has everything that was acknowledged before it was asked for, and what came until it was made. It
    /// holds what people wrote, so only this user can read it. Keys and tokens are not in it: links to attachments,
    /// and what `hookhost events` shows to the host, are made anew by whoever starts on it.
    Backup(BackupArgs),
}

#[derive(Debug, Args)]
pub(super) struct ShowArgs {
    #[command(flatten)]
    store: StoreArgs,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(super) struct BackupArgs {
    /// The folder, which must be empty or not there; a running host writes it
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    #[command(flatten)]
    show: ShowArgs,
}

pub(super) async fn store(command: StoreCommand) -> Result<ExitCode, Failure> {
    match command {
        StoreCommand::Stats(args) => stats(&args).await,
        StoreCommand::Verify(args) => verify(&args).await,
        StoreCommand::Backup(args) => backup(&args).await,
    }
}

async fn stats(args: &ShowArgs) -> Result<ExitCode, Failure> {
    let stats = Source::open(&args.store, Needs::Store).await?.stats().await?;
    if args.json {
        say_json(&stats);
    } else {
        say(&as_text(&stats));
    }
    Ok(ExitCode::SUCCESS)
}

async fn verify(args: &ShowArgs) -> Result<ExitCode, Failure> {
    let source = Source::open(&args.store, Needs::Store).await?;
    let (mut looked_at, mut wrong, mut next) = (0, Vec::<Wrong>::new(), Some(Checkpoint::default()));
    while let Some(from) = next {
        let found: Verified = source.verify(from).await?;
        looked_at += found.looked_at;
        for Wrong { table, key, what } in found.wrong.iter().filter(|_| !args.json) {
            say(&format!("{table} {key}: {}\n", plain(what)));
        }
        wrong.extend(found.wrong);
        next = found.next;
    }
    if args.json {
        say_json(&json!({ "looked_at": looked_at, "wrong": wrong }));
    } else if wrong.is_empty() {
        say(&format!("{looked_at} records can be read, and agree\n"));
    }
    if wrong.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    let what = format!("{} of {looked_at} records are not as they should be", wrong.len());
    Err(Failure::new(what, "keep a copy of the data folder, and restore it from a backup"))
}

async fn backup(args: &BackupArgs) -> Result<ExitCode, Failure> {
    let folder = std::path::absolute(&args.folder)
        .map_err(|error| Failure::new(format!("{}: {error}", args.folder.display()), ""))?;
    let source = Source::open(&args.show.store, Needs::Store).await?;
    let copied = source.backup(folder.clone()).await?;
    if args.show.json {
        say_json(&copied);
    } else {
        let (entries, size) = (copied.entries, bytes(copied.bytes));
        say(&format!("{entries} entries, {size}, are in {}\n", folder.display()));
    }
    Ok(ExitCode::SUCCESS)
}

fn as_text(stats: &Stats) -> String {
    let Stats { admitted, commits, disk, ids, days_of_ids, events, replies, tables } = stats;
    let disk = disk.map_or_else(String::new, |Disk { used_bytes, free_bytes }| {
        format!("; {} on disk, {} free", bytes(used_bytes), bytes(free_bytes))
    });
    let mut text = format!(
        "{admitted} events were ever admitted, in {commits} groups of changes{disk}\n\
         {ids} ids of {days_of_ids} days are remembered\nevents: {}\nreplies: {}\n\n",
        by_name(events),
        by_name(replies),
    );
    text.push_str(&table(
        &["table", "entries", "bytes", "oldest"],
        &tables.iter().map(table_cells).collect::<Vec<_>>(),
    ));
    text
}

fn by_name(counted: &Counted) -> String {
    let names = counted.by.iter().map(|(name, number)| format!("{number} {name}"));
    let names = names.collect::<Vec<_>>().join(", ");
    match (names.is_empty(), counted.is_all) {
        (true, _) => "none".into(),
        (false, true) => names,
        (false, false) => format!("{names}, or more"),
    }
}

fn table_cells(table: &TableStats) -> Vec<String> {
    let oldest = table.oldest_ms.map_or_else(|| "-".into(), |at| at.shown());
    vec![table.table.clone(), table.entries.to_string(), bytes(table.bytes), oldest]
}

fn bytes(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes} B"),
        1024..1_048_576 => format!("{} KiB", bytes / 1024),
        _ => format!("{} MiB", bytes / 1_048_576),
    }
}
