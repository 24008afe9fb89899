//! An adapter that misbehaves as it is told while it says what is to be proven, before anybody has verified who
//! tells it so. What is no order is claimed truly: that the key has signed the body.

#[allow(missing_docs, reason = "generated; the contract documents it")]
mod bindings {
    wit_bindgen::generate!({ path: "../../../wit", world: "plugin-with-claims" });
}

use std::hint::black_box;

use bindings::exports::hookhost::provider::claims::{Claim, Guest as Claims};
use bindings::exports::hookhost::provider::provider::Guest as Provider;
use bindings::hookhost::provider::log::{self, Level};
use bindings::hookhost::provider::manifest::{Acknowledgement, Hash, KeyEncoding, Manifest, Scheme, Secret};
use bindings::hookhost::provider::types::{
    Acceptance, Answer, Content, Context, Event, Failure, FailureScope, Next, Progress, Request, Task,
    Verdict,
};

const SECRET: &str = "hmac_key";
/// Holds the signature over the body, in hexadecimal.
const HEADER: &str = "x-witness-signature";
const MIB: usize = 1024 * 1024;

/// The adapter.
pub struct Witness;

#[cfg(target_arch = "wasm32")]
bindings::export!(Witness with_types_in bindings);

impl Claims for Witness {
    fn prove(_: Context, request: Request, _: Option<String>) -> Result<Vec<Claim>, String> {
        let truth = claim(&request)?;
        match &*request.body {
            b"spin" => loop {
                black_box(());
            },
            b"allocate" => allocate(),
            b"recurse" => Err(recurse(0).to_string()),
            b"panic" => panic!("as I was told"),
            b"flood" => Ok(vec![Claim { message: vec![0; 20 * MIB], ..truth }]),
            b"chatter" => chatter(),
            b"a long story" => Err("\u{1b}[31m\r\n".repeat(MIB / 8)),
            b"nothing" => Ok(Vec::new()),
            b"too much" => Ok(vec![truth; 1_001]),
            b"another secret" => Ok(vec![Claim { secret: "api_key".into(), ..truth }]),
            b"no signature" => Ok(vec![Claim { scheme: Scheme::Token, ..truth }]),
            b"nothing of the body" => Ok(vec![Claim { message: Vec::new(), ..truth }]),
            b"other words" => Ok(vec![Claim { message: b"other words of mine".to_vec(), ..truth }]),
            _ => Ok(vec![truth]),
        }
    }
}

fn claim(request: &Request) -> Result<Claim, String> {
    let header = request.headers.iter().find(|(name, _)| name == HEADER);
    let signature = header.and_then(|(_, hex)| unhex(hex)).ok_or("there is no signature in hexadecimal")?;
    let (scheme, secret) = (Scheme::Hmac(Hash::Sha256), SECRET.to_owned());
    Ok(Claim { scheme, secret, key: KeyEncoding::Utf8, message: request.body.clone(), signature })
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16).map(|digit| digit as u8);
    text.as_bytes().chunks(2).map(|pair| Some(digit(pair.first()?)? << 4 | digit(pair.get(1)?)?)).collect()
}

/// As much as there is.
fn allocate() -> ! {
    let mut all = Vec::new();
    loop {
        all.push(black_box(vec![1_u8; MIB]));
    }
}

#[allow(unconditional_recursion, reason = "that is its purpose")]
fn recurse(depth: u64) -> u64 {
    let frame = black_box([depth; 64]);
    recurse(depth + 1) + frame[0]
}

/// Without end.
fn chatter() -> ! {
    loop {
        log::write(Level::Warn, "chatter", &[]);
        println!("chatter on standard output");
    }
}

impl Provider for Witness {
    fn describe() -> Manifest {
        let acknowledgement = Acknowledgement {
            status: 200,
            headers: vec![],
            body: vec![],
            within_ms: 10_000,
            repeats_ms: 3_600_000,
            honours_retry_after: false,
            hold_ms: None,
        };
        Manifest {
            name: "witness".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            about: "Claims what it is told.".into(),
            topics: vec![],
            replies: vec![],
            typing_ms: None,
            secrets: vec![Secret {
                name: SECRET.into(),
                about: "what deliveries are signed with".into(),
                required: true,
            }],
            settings: vec![],
            endpoints: vec![],
            verification: vec![],
            handshakes: vec![],
            acknowledgement,
            pacing: vec![],
            attributes: vec![("claims".into(), SECRET.into())],
        }
    }

    fn receive(_: Context, _: Request) -> Verdict {
        let event = Event {
            id: None,
            topic: "witnessed".into(),
            occurred_ms: None,
            account: None,
            conversation: None,
            sender: None,
            content: Content::Other,
            raw: None,
            handback: vec![],
            attributes: vec![],
        };
        Verdict::Accept(Acceptance { events: vec![event], response: None })
    }

    fn begin(_: Context, _: Task) -> Progress {
        sends_nothing()
    }

    fn resume(_: Context, _: Task, _: Vec<u8>, _: Answer) -> Progress {
        sends_nothing()
    }
}

fn sends_nothing() -> Progress {
    let failure = Failure {
        scope: FailureScope::Provider,
        code: "sends-nothing".into(),
        message: "this provider sends nothing".into(),
    };
    Progress { receipts: vec![], moved: None, next: Next::Failed(failure) }
}
