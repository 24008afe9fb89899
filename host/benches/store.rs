//! What the store reaches while it remembers millions of ids, as ratios of one run.
//!
//! ```sh
//! cargo bench -p hookhost --bench store -- --ids 5000000 --json
//! ```
//!
//! Two stores in one process take turns, so that what else the machine does meets both alike. Memory and the
//! time to open are a child's, which opens the store and does nothing else.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use clap::Parser;
use futures_util::future::join_all;
use hookhost::keeper::{self, Keep};
use hookhost::media::shelf::Shelf;
use hookhost::metrics::StoreMetrics;
use hookhost::model::event::{Content, Event};
use hookhost::model::http::Request;
use hookhost::model::time::Time;
use hookhost::store::admission::{Arrival, Judged};
use hookhost::store::sled::SledStore;
use hookhost::store::{Ceilings, SharedStore, Store as _};
use hookhost::verify::Verified;
use tokio_util::sync::CancellationToken;

const PROVIDER: &str = "telegram";
const DAY: Duration = Duration::from_secs(86_400);
/// As the default configuration has it; ids are held on each of its days, today included.
const WINDOW_DAYS: u32 = 8;
/// What a sender puts into one delivery when it has much to say.
const BATCH: u64 = 1_000;
/// Deliveries that wait for the disk at the same time.
const WAITERS: u64 = 64;
/// Turns of each kind, and how long one takes.
const TURNS: u32 = 6;
const TURN: Duration = Duration::from_secs(2);

/// Measures the store with many remembered ids against an empty one.
#[derive(Parser)]
struct Options {
    /// How many ids are held.
    #[arg(long, env = "HOOKHOST_BENCH_IDS", default_value_t = 5_000_000)]
    ids: u64,
    /// How many of the newest of them still have their events; those of the others were forgotten.
    #[arg(long, env = "HOOKHOST_BENCH_KEPT", default_value_t = 200_000)]
    kept: u64,
    /// Prints one JSON object.
    #[arg(long)]
    json: bool,
    /// Where the stores are made, and removed again; default: the folder for temporary files.
    #[arg(long)]
    folder: Option<PathBuf>,
    /// Opens this store and says what that takes: what the benchmark starts itself as.
    #[arg(long, hide = true)]
    open: Option<PathBuf>,
    /// Given by cargo.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    let runtime = tokio::runtime::Runtime::new()?;
    match &options.open {
        Some(folder) => runtime.block_on(open_alone(folder)),
        None => runtime.block_on(measure(&options)),
    }
}

async fn measure(options: &Options) -> anyhow::Result<()> {
    let parent = options.folder.clone().unwrap_or_else(std::env::temp_dir);
    let (held, empty) = (tempfile::tempdir_in(&parent)?, tempfile::tempdir_in(&parent)?);
    let progress = |what: &str| eprintln!("{what}");

    progress("taking in what is held");
    let began = Instant::now();
    fill(&*open_sled(held.path())?, options).await?;
    let fill_seconds = began.elapsed().as_secs_f64();
    drop(open(empty.path())?);

    progress("opening both in processes of their own");
    let (with, without) = (opened_alone(held.path())?, opened_alone(empty.path())?);

    progress("admitting into both in turns");
    let (mut many, mut few) = (0.0, 0.0);
    let (store, other) = (open(held.path())?, open(empty.path())?);
    for _ in 0..TURNS {
        few += admit_for(&other, TURN).await?.per_second;
        many += admit_for(&store, TURN).await?.per_second;
    }
    drop(other);

    progress("admitting with and without expiry in turns");
    // The keeper looks after attachments too; there are none.
    let shelf = Arc::new(Shelf::open(held.path(), 0)?);
    let (mut quiet, mut busy) = (Vec::new(), Vec::new());
    for turn in 0..TURNS {
        quiet.extend(admit_for(&store, TURN).await?.waits);
        // Each time another day has become too old.
        let days = DAY * (WINDOW_DAYS - 2 - turn);
        let stop = CancellationToken::new();
        let keep = Keep { finished: days, ids: days };
        let keeping = tokio::spawn(keeper::run(Arc::clone(&store), Arc::clone(&shelf), keep, stop.clone()));
        busy.extend(admit_for(&store, TURN).await?.waits);
        stop.cancel();
        keeping.await?;
    }
    let (quiet_p99, busy_p99) = (p99(&mut quiet), p99(&mut busy));

    let ids = options.ids as f64;
    let numbers = [
        ("ids", ids, ""),
        ("kept_events", options.kept.min(options.ids) as f64, ""),
        ("fill_seconds", fill_seconds, ""),
        ("disk_bytes_per_id", size_of(held.path())? as f64 / ids, ""),
        ("admissions_per_second", many / f64::from(TURNS), ""),
        ("admissions_per_second_empty", few / f64::from(TURNS), ""),
        ("throughput_ratio", many / few, "at least 0.6"),
        ("memory_bytes_per_id", (with.memory - without.memory) / ids, "at most 120"),
        ("memory_bytes_per_id_in_use", (with.memory_in_use - without.memory_in_use) / ids, ""),
        ("open_seconds", with.seconds, "at most 5"),
        ("open_cpu_seconds", with.cpu, ""),
        ("p99_ms", quiet_p99 * 1e3, ""),
        ("p99_ms_with_expiry", busy_p99 * 1e3, ""),
        ("worst_ms", quiet.last().copied().unwrap_or_default() * 1e3, ""),
        ("worst_ms_with_expiry", busy.last().copied().unwrap_or_default() * 1e3, ""),
        ("p99_ratio", busy_p99 / quiet_p99, "at most 2"),
    ];
    if options.json {
        let object: serde_json::Map<_, _> =
            numbers.into_iter().map(|(name, number, _)| (name.to_owned(), number.into())).collect();
        println!("{}", serde_json::Value::Object(object));
    } else {
        for (name, number, target) in numbers {
            println!("{name:32}{number:14.3}   {target}");
        }
    }
    Ok(())
}

/// Takes in the ids of each day, oldest first: the newest with events, which are older than the window, so
/// that they are finished at once; the others as they are left when their events have been forgotten.
async fn fill(store: &SledStore, options: &Options) -> anyhow::Result<()> {
    let now = Time::now();
    let mut taken = 0;
    for days_ago in (0..WINDOW_DAYS).rev() {
        let at = now.minus(DAY * days_ago);
        let until = options.ids * u64::from(WINDOW_DAYS - days_ago) / u64::from(WINDOW_DAYS);
        while taken < until {
            let firsts: Vec<u64> = (taken..until).step_by(BATCH as usize).take(16).collect();
            let batches =
                firsts.iter().map(|first| take_in(store, options, *first..until.min(first + BATCH), at));
            for batch in join_all(batches).await {
                taken += batch?;
            }
        }
    }
    Ok(())
}

async fn take_in(store: &SledStore, options: &Options, numbers: Range<u64>, at: Time) -> anyhow::Result<u64> {
    let count = numbers.end - numbers.start;
    let id = |number| format!("held-{number}");
    if numbers.start + options.kept < options.ids {
        store.remember_ids(PROVIDER.parse()?, numbers.map(id).collect(), at).await?;
    } else {
        let events = numbers.map(|number| Event { occurred_ms: Some(0), ..event(&id(number), number) });
        store.admit(arrival(events.collect(), at)).await?;
    }
    Ok(count)
}

struct Admitted {
    per_second: f64,
    /// How long each delivery waited, in seconds.
    waits: Vec<f64>,
}

/// Admits deliveries of one new event each, as fast as they become durable.
async fn admit_for(store: &SharedStore, time: Duration) -> anyhow::Result<Admitted> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let began = Instant::now();
    let waiters = (0..WAITERS).map(|_| {
        let store = Arc::clone(store);
        tokio::spawn(async move {
            let mut waits = Vec::new();
            while began.elapsed() < time {
                let number = NEXT.fetch_add(1, Ordering::Relaxed);
                let arrival = arrival(
                    vec![event(&format!("new-{}-{number}", std::process::id()), number)],
                    Time::now(),
                );
                let sent = Instant::now();
                store.admit(arrival).await?;
                waits.push(sent.elapsed().as_secs_f64());
            }
            anyhow::Ok(waits)
        })
    });
    let mut waits = Vec::new();
    for waiter in join_all(waiters).await {
        waits.extend(waiter??);
    }
    Ok(Admitted { per_second: waits.len() as f64 / began.elapsed().as_secs_f64(), waits })
}

fn event(id: &str, number: u64) -> Event {
    Event {
        id: Some(id.into()),
        topic: "message.text".into(),
        occurred_ms: None,
        account: None,
        conversation: Some(format!("chat-{}", number % 1_000)),
        sender: None,
        content: Content::Other,
        raw: None,
        handback: Vec::new(),
        attributes: Vec::new(),
    }
}

fn arrival(events: Vec<Event>, at: Time) -> Arrival {
    let request = Request {
        method: "POST".into(),
        path: String::new(),
        raw_query: String::new(),
        query: Vec::new(),
        headers: vec![("content-type".into(), "application/json".into())],
        body: b"{\"update_id\":1,\"message\":{\"chat\":{\"id\":1},\"text\":\"hello\"}}".to_vec(),
    };
    let verified = Verified::by_operator_waiver(&[], request);
    let provider = PROVIDER.parse().expect("it is a good name");
    Arrival::new(provider, verified, Judged::to_run(events), at, DAY * WINDOW_DAYS, false)
}

fn open_sled(folder: &Path) -> anyhow::Result<Arc<SledStore>> {
    Ok(Arc::new(SledStore::open(
        folder,
        0,
        Ceilings { max_ids: u32::MAX, max_queued: u32::MAX },
        StoreMetrics::default(),
    )?))
}

fn open(folder: &Path) -> anyhow::Result<SharedStore> {
    Ok(open_sled(folder)?)
}

struct Opened {
    seconds: f64,
    /// Of them on a processor: what is left of it on a machine with nothing else to do.
    cpu: f64,
    /// Bytes more than the process had before.
    memory: f64,
    /// The same after a turn of admissions.
    memory_in_use: f64,
}

/// What the child does: opens, says what it took, and ends.
async fn open_alone(folder: &Path) -> anyhow::Result<()> {
    let before = resident_bytes()?;
    let (began, cpu) = (Instant::now(), cpu_seconds()?);
    let store = open(folder)?;
    let (seconds, cpu) = (began.elapsed().as_secs_f64(), cpu_seconds()? - cpu);
    let opened = resident_bytes()? - before;
    admit_for(&store, TURN).await?;
    println!("{seconds} {cpu} {opened} {}", resident_bytes()? - before);
    Ok(())
}

fn opened_alone(folder: &Path) -> anyhow::Result<Opened> {
    let output = std::process::Command::new(std::env::current_exe()?).arg("--open").arg(folder).output()?;
    anyhow::ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout)?;
    let numbers = text.split_whitespace().map(str::parse).collect::<Result<Vec<f64>, _>>()?;
    let [seconds, cpu, memory, memory_in_use] = numbers[..] else { anyhow::bail!("the child said {text:?}") };
    Ok(Opened { seconds, cpu, memory, memory_in_use })
}

fn resident_bytes() -> anyhow::Result<f64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().next());
    Ok(kib.ok_or_else(|| anyhow::anyhow!("/proc has no VmRSS"))?.parse::<f64>()? * 1024.0)
}

/// On all threads, in user and in kernel mode, as Linux counts it: in hundredths.
fn cpu_seconds() -> anyhow::Result<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let mut ticks = 0.0;
    for field in after_name.split_whitespace().skip(11).take(2) {
        ticks += field.parse::<f64>()?;
    }
    Ok(ticks / 100.0)
}

fn size_of(folder: &Path) -> anyhow::Result<u64> {
    let sizes = walk(folder)?;
    Ok(sizes.into_iter().sum())
}

fn walk(folder: &Path) -> anyhow::Result<Vec<u64>> {
    let mut sizes = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        if metadata.is_dir() {
            sizes.extend(walk(&entry.path())?);
        } else {
            sizes.push(metadata.len());
        }
    }
    Ok(sizes)
}

/// Sorts them, and gives the one that a hundredth of them exceeds.
fn p99(waits: &mut [f64]) -> f64 {
    waits.sort_by(f64::total_cmp);
    waits.get(waits.len() * 99 / 100).copied().unwrap_or_default()
}
