//! What a fresh sandbox for each call costs: `cargo bench -p hookhost --bench sandbox`. Another build of the adapter
//! is measured with `-- FOLDER`, where it lies as `whatsapp.wasm`.
//!
//! A WhatsApp text message is received in a fresh sandbox (made, called, thrown away), in one that is used again,
//! and by the same adapter as native code. Prints what half and 99 % of the calls took at most, how many calls a
//! second one task and two tasks reach, and the ratios of what was measured in this run.

use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hookhost::model::event::Verdict;
use hookhost::model::http::Request;
use hookhost::model::name::ProviderName;
use hookhost::model::terms::Terms;
use hookhost::model::time::Time;
use hookhost::plugin::source::{discover, read};
use hookhost::plugin::{Context, Engine, Plugin};
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;

/// Calls in one round, and rounds: fresh and used sandboxes take turns, so that both see the same machine.
const CALLS: usize = 500;
const ROUNDS: usize = 40;
/// For how long each number of tasks makes calls.
const RUN: Duration = Duration::from_secs(3);

fn main() {
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("threads");
    let (engine, plugin) = runtime.block_on(load());
    println!("between two calls, {}\n", engine.reset());
    let (mut fresh, mut used) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        fresh.extend(on_a_worker(&runtime, fresh_sandboxes(plugin.clone())));
        used.extend(on_a_worker(&runtime, one_sandbox(plugin.clone())));
    }
    let (fresh, used, native) = (middle_and_end(fresh), middle_and_end(used), native());
    println!("{:<28} {:>10} {:>10}", "", "50 %", "99 %");
    for (what, (half, most)) in
        [("native", native), ("a sandbox used again", used), ("a fresh sandbox", fresh)]
    {
        println!("{what:<28} {:>7.1} us {:>7.1} us", micros(half), micros(most));
    }
    let ratio = |one: Duration, other: Duration| one.as_secs_f64() / other.as_secs_f64();
    println!(
        "{:<28} {:>10.2} {:>10.2}",
        "fresh / used again",
        ratio(fresh.0, used.0),
        ratio(fresh.1, used.1)
    );
    println!(
        "{:<28} {:>10.2} {:>10.2}\n",
        "fresh / native",
        ratio(fresh.0, native.0),
        ratio(fresh.1, native.1)
    );

    let [one, two] = [1, 2].map(|tasks| runtime.block_on(rate(&plugin, tasks)));
    println!("{:<28} {one:>8.0} /s\n{:<28} {two:>8.0} /s", "one task", "two tasks");
    println!("{:<28} {:>10.2}", "two / one", two / one);
}

async fn load() -> (Engine, Plugin) {
    let engine = Engine::new(None).expect("plugins run here");
    let name: ProviderName = "whatsapp".parse().expect("it is a good name");
    let folder = std::env::args_os().skip(1).find(|argument| argument != "--bench").map(PathBuf::from);
    let (found, _) = discover(folder.as_deref());
    let found = found.iter().find(|found| found.name == name).expect("it is shipped");
    let bytes = read(found).expect("it is in this program");
    let plugin = Plugin::load(&engine, &name, bytes, Terms::default()).await.expect("it is a good plugin");
    (engine, plugin)
}

fn request() -> Request {
    Request {
        method: "POST".into(),
        path: String::new(),
        raw_query: String::new(),
        query: Vec::new(),
        headers: Vec::new(),
        body: include_bytes!("../../plugins/whatsapp/benches/text.json").to_vec(),
    }
}

fn context() -> Context {
    Context { now: Time(1_700_000_000_000), settings: Vec::new(), attempt: 0 }
}

async fn fresh_sandboxes(plugin: Plugin) -> Vec<Duration> {
    let request = request();
    let mut times = Vec::with_capacity(CALLS);
    for _ in 0..CALLS {
        let begun = Instant::now();
        let verdict = plugin.receive(context(), &request).await.expect("it answers");
        times.push(begun.elapsed());
        assert!(matches!(verdict, Verdict::Accept(accepted) if accepted.events.len() == 1));
    }
    times
}

async fn one_sandbox(plugin: Plugin) -> Vec<Duration> {
    plugin.receive_in_one_sandbox(context(), &request(), CALLS).await.expect("it answers")
}

/// Where deliveries are handled, too; the thread that waits here is none of the runtime's.
fn on_a_worker<T: Send + 'static>(runtime: &Runtime, work: impl Future<Output = T> + Send + 'static) -> T {
    runtime.block_on(async { tokio::spawn(work).await.expect("it does not panic") })
}

/// Calls a second by so many tasks.
async fn rate(plugin: &Plugin, tasks: usize) -> f64 {
    let request = Arc::new(request());
    let begun = Instant::now();
    let mut all = JoinSet::new();
    for _ in 0..tasks {
        let (plugin, request) = (plugin.clone(), Arc::clone(&request));
        all.spawn(async move {
            let mut calls = 0_u32;
            while begun.elapsed() < RUN {
                plugin.receive(context(), &request).await.expect("it answers");
                calls += 1;
            }
            calls
        });
    }
    let calls: u32 = all.join_all().await.into_iter().sum();
    f64::from(calls) / begun.elapsed().as_secs_f64()
}

/// The same adapter in a program of its own, since its dependencies would build another engine into this one.
fn native() -> (Duration, Duration) {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let arguments = ["bench", "--quiet", "-p", "hookhost-plugin-whatsapp", "--bench", "native"];
    let output = Command::new(cargo).args(arguments).output().expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said = String::from_utf8_lossy(&output.stdout);
    let mut numbers = said.split_whitespace().map(|word| word.parse().expect("it prints two numbers"));
    let mut next = || Duration::from_nanos(numbers.next().expect("it prints two numbers"));
    (next(), next())
}

fn middle_and_end(mut times: Vec<Duration>) -> (Duration, Duration) {
    times.sort_unstable();
    (times[times.len() / 2], times[times.len() * 99 / 100])
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}
