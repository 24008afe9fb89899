//! What is exported, read by a parser of others.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use prometheus_parse::{Sample, Scrape, Value};

use super::*;
use crate::model::time::Time;

/// Everything that can be exported, counted once.
fn everything() -> (Metrics, State) {
    let metrics = Metrics::default();
    let provider = metrics.provider(&"telegram".parse().unwrap());
    count_all(&provider.deliveries);
    count_all(&provider.verification_failures);
    count_all(&provider.verified);
    count_all(&provider.events);
    count_all(&provider.handshakes);
    count_all(&provider.ended);
    count_all(&provider.waits);
    for kind in ReplyEnd::ALL {
        provider.replies.took(*kind, Duration::from_secs(3));
    }
    for kind in Call::ALL {
        provider.calls.took(*kind, Duration::from_millis(30));
    }
    count_all(metrics.refused());
    metrics.store().committed(7, Duration::from_millis(3));
    metrics.store().failed();
    let workflow = metrics.workflow(&"echo".parse().unwrap());
    for kind in Attempt::ALL {
        workflow.attempts.took(*kind, Duration::from_millis(3));
    }
    count_all(&workflow.runs);
    (metrics, state())
}

fn state() -> State {
    let telegram = ProviderState {
        name: "telegram".parse().unwrap(),
        is_loaded: true,
        is_paused: true,
        holds: 2,
        unreachable_hosts: 1,
        refuses: true,
        sessions: vec![("phone-1".into(), "open".into())],
    };
    let receive = PluginState {
        name: "telegram".parse().unwrap(),
        function: "receive",
        buckets: vec![(0.001, 5), (0.01, 2), (f64::INFINITY, 1)],
        time: Duration::from_millis(1_500),
        busy: Duration::from_millis(1_250),
        memory_peak: 3 << 20,
        faults: vec![("cpu", 1), ("trap", 0)],
    };
    State {
        now: Time(1_790_000_060_500),
        started: Time(1_790_000_000_500),
        resident_bytes: Some(60 << 20),
        connections: 7,
        requests: 2,
        events_queued: 3,
        events_running: 1,
        oldest_event: Some(Time(1_790_000_058_000)),
        event_lanes: 2,
        ids: 12_345,
        ids_max: 20_000_000,
        data_bytes: Some(1 << 20),
        disk_free_bytes: Some(1 << 30),
        providers: vec![telegram],
        unreachable_workflows: vec!["echo".parse().unwrap()],
        plugins: vec![receive],
        ..State::default()
    }
}

fn count_all<K: Kind>(counters: &Counters<K>) {
    for kind in K::ALL {
        counters.count(*kind);
    }
}

/// What a scrape says, each line of it understood.
fn read(text: &str) -> Scrape {
    let scrape = Scrape::parse(text.lines().map(|line| Ok(line.to_owned()))).unwrap();
    let samples = text.lines().filter(|line| !line.starts_with('#')).count();
    let understood = scrape.samples.iter().map(|sample| match &sample.value {
        Value::Histogram(buckets) => buckets.len(),
        _ => 1,
    });
    assert_eq!(understood.sum::<usize>(), samples, "{text}");
    scrape
}

fn kind(sample: &Sample) -> &'static str {
    match &sample.value {
        Value::Counter(_) => "counter",
        Value::Gauge(_) => "gauge",
        Value::Histogram(_) => "histogram",
        Value::Summary(_) | Value::Untyped(_) => "none",
    }
}

/// The rows of a table like the one in the documentation.
fn rows(scrape: &Scrape) -> BTreeSet<String> {
    let mut labels: BTreeMap<(&str, &str), BTreeSet<&str>> = BTreeMap::new();
    for sample in &scrape.samples {
        // The sum and the count of a histogram are said to be of no type of their own.
        if kind(sample) != "none" {
            let names = labels.entry((&sample.metric, kind(sample))).or_default();
            names.extend(sample.labels.keys().map(String::as_str));
        }
    }
    let row = |((name, kind), labels): ((&str, &str), BTreeSet<&str>)| {
        let labels: Vec<_> = labels.iter().map(|label| format!("`{label}`")).collect();
        let what = scrape.docs[name].trim_end_matches('.');
        format!("| `{name}` | {kind} | {} | {what} |", labels.join(", ")).replace("|  |", "| |")
    };
    labels.into_iter().map(row).collect()
}

#[test]
fn the_documentation_lists_what_is_exported_and_nothing_else() {
    let (metrics, state) = everything();
    let exported = rows(&read(&metrics.text(state)));
    assert_eq!(exported, documented().0);
}

#[test]
fn the_documentation_lists_the_values_of_all_labels_but_names() {
    const NAMES: [&str; 6] = ["provider", "workflow", "plugin", "version", "function", "kind"];
    let (metrics, state) = everything();
    let mut values: BTreeMap<(String, String), BTreeSet<String>> = BTreeMap::new();
    let scrape = read(&metrics.text(state));
    // What a bridge says of its sessions is as it says it.
    let is_meant = |sample: &&Sample| kind(sample) != "none" && sample.metric != "hookhost_session_state";
    for sample in scrape.samples.iter().filter(is_meant) {
        for (label, value) in sample.labels.iter().filter(|(label, _)| !NAMES.contains(&label.as_str())) {
            let of = (sample.metric.clone(), label.clone());
            values.entry(of).or_default().insert(format!("`{value}`"));
        }
    }
    let row = |((name, label), values): (_, BTreeSet<String>)| {
        format!("| `{name}` | `{label}` | {} |", values.into_iter().collect::<Vec<_>>().join(", "))
    };
    assert_eq!(values.into_iter().map(row).collect::<BTreeSet<String>>(), documented().1);
}

/// The rows of both tables: of metrics, and of the values of their labels.
fn documented() -> (BTreeSet<String>, BTreeSet<String>) {
    let text = include_str!("reference.md");
    let (metrics, values) = text.split_once("\nThe values of").expect("a sentence stands between the tables");
    let rows = |text: &str| text.lines().filter(|line| line.starts_with("| `")).map(str::to_owned).collect();
    (rows(metrics), rows(values))
}

#[test]
fn names_keep_to_the_conventions() {
    let (metrics, state) = everything();
    for sample in read(&metrics.text(state)).samples {
        let name = sample.metric.as_str();
        let is_ours = name.starts_with("hookhost_");
        assert!(is_ours || name.starts_with("process_"), "{name}");
        assert_eq!(name.ends_with("_total"), kind(&sample) == "counter", "{name}");
        for unit in ["_ms", "_millis", "_kib", "_mib", "_minutes"] {
            assert!(!name.ends_with(unit), "{name} is not in base units");
        }
    }
}

#[test]
fn an_exchange_of_the_setup_loses_no_count() {
    let metrics = Metrics::default();
    let name = "telegram".parse().unwrap();
    for _ in 0..2 {
        metrics.provider(&name).deliveries.count(Verdict::Accepted);
    }
    let text = metrics.text(State::default());
    assert!(
        text.contains("hookhost_deliveries_total{provider=\"telegram\",verdict=\"accepted\"} 2\n"),
        "{text}"
    );
    assert!(text.contains("hookhost_deliveries_total{provider=\"telegram\",verdict=\"held\"} 0\n"), "{text}");
}

#[test]
fn a_state_is_shown_in_base_units() {
    let text = Metrics::default().text(state());
    for line in [
        "process_start_time_seconds 1790000000.5",
        "hookhost_events_waiting{state=\"queued\"} 3.0",
        "hookhost_oldest_waiting_seconds{what=\"events\"} 2.5",
        "hookhost_oldest_waiting_seconds{what=\"held\"} 0.0",
        "hookhost_data_bytes 1048576.0",
        "hookhost_connections 7.0",
        "hookhost_requests_in_flight 2.0",
        "hookhost_provider_is_paused{provider=\"telegram\"} 1.0",
        "hookhost_provider_holds{provider=\"telegram\"} 2.0",
        "hookhost_workflow_is_unreachable{workflow=\"echo\"} 1.0",
        "hookhost_plugin_call_duration_seconds_sum{plugin=\"telegram\",function=\"receive\"} 1.5",
        "hookhost_plugin_call_duration_seconds_count{plugin=\"telegram\",function=\"receive\"} 8",
        "hookhost_plugin_call_duration_seconds_bucket{plugin=\"telegram\",function=\"receive\",le=\"0.01\"} 7",
        "hookhost_plugin_busy_seconds_total{plugin=\"telegram\",function=\"receive\"} 1.25",
        "hookhost_plugin_faults_total{plugin=\"telegram\",function=\"receive\",kind=\"cpu\"} 1.0",
    ] {
        assert!(text.lines().any(|there| there == line), "{line} is not in {text}");
    }
}
