//! What was measured, as tables.

use crate::bench::cycle::Cycles;
use crate::bench::flood::{Beside, Flooded};
use crate::bench::report::{Compared, Report, Row};
use crate::cli::table::table;

/// Tables for people.
pub(super) fn shown(report: &Report, is_native: bool) -> String {
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
    if let Some(flood) = &report.flood {
        text.push_str(&of_flood(flood));
    }
    if let Some(cycles) = &report.cycle {
        text.push_str(&of_cycles(cycles, other));
    }
    text.push_str(&costs(report, other));
    for one in &report.stored {
        text.push_str(&format!("\n{}: {} acknowledged, {} stored", one.name, one.acknowledged, one.stored));
    }
    text.push('\n');
    text
}

/// What a flood does to others.
fn of_flood(flood: &Flooded) -> String {
    let (plain, times) = (|ms: f64| format!("{ms:.2}"), |ratio: f64| format!("{ratio:.2}x"));
    let rows: Vec<_> = [("genuine", &flood.genuine), ("forged", &flood.forged)]
        .into_iter()
        .flat_map(|(kind, beside)| {
            let Beside { alone, flooded, p50_ratio, p99_ratio } = beside;
            [
                vec!["alone".to_owned(), plain(alone.p50_ms), plain(alone.p99_ms)],
                vec![format!("beside a {kind} flood"), plain(flooded.p50_ms), plain(flooded.p99_ms)],
                vec!["ratio".to_owned(), times(*p50_ratio), times(*p99_ratio)],
            ]
        })
        .collect();
    let headings = ["deliveries to one", "p50 ms", "p99 ms"];
    format!("\n{} connections flood another provider\n{}", flood.n, table(&headings, &rows))
}

/// Whole cycles.
fn of_cycles(cycles: &Cycles, other: &str) -> String {
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
    format!("\n{} at a time, to the answer in the chat\n{}", cycles.n, table(&headings, &rows))
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
