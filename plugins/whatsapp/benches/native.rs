//! How long the adapter takes for a text message without a sandbox. Prints the nanoseconds that half of the calls
//! and 99 % of them took at most; `cargo bench -p hookhost --bench sandbox` runs it beside what it measures.

use std::hint::black_box;
use std::time::Instant;

use hookhost_plugin_whatsapp::WhatsApp;
use hookhost_sdk::Provider as _;
use hookhost_sdk::types::{Context, Request, Verdict};

const CALLS: usize = 50_000;

fn main() {
    let context = Context { now_ms: 1_700_000_000_000, settings: Vec::new(), attempt: 0 };
    let request = Request {
        method: "POST".into(),
        path: String::new(),
        query: Vec::new(),
        headers: Vec::new(),
        body: include_bytes!("text.json").to_vec(),
    };
    let mut times: Vec<u128> = (0..CALLS)
        .map(|_| {
            let begun = Instant::now();
            let verdict = WhatsApp::receive(black_box(&context), black_box(&request));
            let taken = begun.elapsed().as_nanos();
            assert!(matches!(verdict, Verdict::Accept(accepted) if accepted.events.len() == 1));
            taken
        })
        .collect();
    times.sort_unstable();
    println!("{} {}", times[CALLS / 2], times[CALLS * 99 / 100]);
}
