//! How much longer verifying a delivery takes than the keyed hash alone: `cargo bench -p hookhost --bench verify`.
//!
//! Prints, for some known senders, both times over a body of 1 KiB and their ratio, which should stay below 1.5.

use std::hint::black_box;
use std::time::{Duration, Instant};

use hmac::{Hmac, KeyInit as _, Mac as _};
use hookhost::model::http::Request;
use hookhost::model::secret::Secret;
use hookhost::model::time::Time;
use hookhost::preset;
use hookhost::verify::{Secrets, sign, verify};
use sha2::Sha256;

const NOW: Time = Time(1_700_000_000_000);
const KEY: &[u8] = b"a key of thirty-two bytes, about";
/// Requests in one round, and rounds; the fastest round counts, since all else is the machine's.
const REQUESTS: usize = 100;
const ROUNDS: usize = 2_000;

fn main() {
    let body = vec![b'a'; 1024];
    println!("{:<20} {:>10} {:>10} {:>7}", "sender", "HMAC", "verify", "ratio");
    for name in ["github", "stripe", "slack", "standard_webhooks"] {
        let bare = fastest(|| body.clone(), bare_hmac);
        let whole = verification(name, &body);
        let ratio = whole.as_secs_f64() / bare.as_secs_f64();
        let (bare, whole) = (bare.as_nanos(), whole.as_nanos());
        println!("{name:<20} {bare:>7} ns {whole:>7} ns {ratio:>7.2}");
    }
}

/// Over bytes that are as far from the processor as those of a delivery.
fn bare_hmac(body: Vec<u8>) -> impl Sized {
    let mut mac = Hmac::<Sha256>::new_from_slice(KEY).expect("HMAC takes keys of every length");
    mac.update(&body);
    (mac.finalize(), body)
}

fn verification(name: &str, body: &[u8]) -> Duration {
    let recipe = &preset::find(name).expect("it is a known sender").recipe;
    let text = match name {
        "standard_webhooks" => "whsec_YSBrZXkgb2YgdGhpcnR5LXR3byBieXRlcywgYWJvdXQ=".to_owned(),
        _ => String::from_utf8_lossy(KEY).into_owned(),
    };
    let secret = Secret::new(text);
    let signed = sign(recipe, &secret, None, "POST", body, NOW, "msg_1").expect("it can be signed");
    let request = Request {
        method: "POST".into(),
        path: String::new(),
        raw_query: String::new(),
        query: Vec::new(),
        headers: signed.headers,
        body: body.to_vec(),
    };
    let secrets: Secrets = [(recipe.secret.clone(), vec![secret])].into_iter().collect();
    let recipes = std::slice::from_ref(recipe);
    fastest(
        || request.clone(),
        |request| verify(recipes, &secrets, None, request, NOW).expect("it is genuine"),
    )
}

/// The time of one call; what it takes and what it gives is made and dropped outside of it.
fn fastest<I, O>(input: impl Fn() -> I, call: impl Fn(I) -> O) -> Duration {
    let round = || {
        let inputs: Vec<I> = (0..REQUESTS).map(|_| input()).collect();
        let mut outputs = Vec::with_capacity(REQUESTS);
        let start = Instant::now();
        outputs.extend(inputs.into_iter().map(|input| call(black_box(input))));
        let taken = start.elapsed();
        drop(black_box(outputs));
        taken
    };
    let rounds = (0..ROUNDS).map(|_| round());
    let fastest = rounds.min().unwrap_or_default();
    fastest / u32::try_from(REQUESTS).expect("it is a hundred")
}
