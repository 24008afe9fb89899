//! What a Hookhost adapter is written with.
//!
//! An adapter turns one provider's HTTP into events, and the host's replies into that provider's HTTP. It is
//! pure: it gets all it needs with each call and keeps nothing between two. So it can be tested like any
//! function, without a host and without a network.
//!
//! Implement [`Provider`] for a type of yours, and [`export!`] it. Build with
//! `cargo build --release --target wasm32-wasip2`, and drop the `.wasm` into the host's plugins folder.
//!
//! # A whole adapter
//!
//! It receives notes as `{"id": 7, "room": "kitchen", "text": "hello"}` from a sender who signs them, and
//! posts answers to the room.
//!
//! ```
//! use hookhost_sdk::manifest::{Endpoint, Manifest, Recipe, Secret};
//! use hookhost_sdk::types::{
//!     Answer, Call, Context, Event, FailureScope, Message, Progress, Reply, Request, Task, Verdict,
//! };
//! use hookhost_sdk::{Provider, command, json};
//! use serde_json::{Value, json};
//!
//! struct Notes;
//! hookhost_sdk::export!(Notes);
//!
//! impl Provider for Notes {
//!     fn describe() -> Manifest {
//!         Manifest {
//!             replies: vec!["text".into()],
//!             secrets: vec![Secret::required("webhook_secret", "what notes are signed with")],
//!             endpoints: vec![Endpoint::new("api", "https://notes.example.com")],
//!             verification: vec![Recipe::hmac_sha256_hex("webhook_secret", "x-notes-signature", "sha256=")],
//!             ..Manifest::new("notes", env!("CARGO_PKG_VERSION"), "Notes on the kitchen door.")
//!         }
//!     }
//!
//!     fn receive(_context: &Context, request: &Request) -> Verdict {
//!         let Ok(note) = serde_json::from_slice::<Value>(&request.body) else {
//!             return Verdict::Reject("the body is not JSON".into());
//!         };
//!         let (Some(id), Some(room)) = (json::text(&note, "/id"), json::text(&note, "/room")) else {
//!             return Verdict::Reject("`id` or `room` is missing".into());
//!         };
//!         let text = json::text(&note, "/text").unwrap_or_default();
//!         let message = Message {
//!             command: command::leading(&text, None).ours(),
//!             ..Message::text(id.as_str(), text.as_str())
//!         };
//!         Verdict::events(vec![Event {
//!             id: Some(id),
//!             conversation: Some(room),
//!             ..Event::message("message.text", message)
//!         }])
//!     }
//!
//!     fn begin(_context: &Context, task: &Task) -> Progress {
//!         match task {
//!             Task::Send(outgoing) => match &outgoing.reply {
//!                 Reply::Text(text) => {
//!                     let body = json!({"room": outgoing.conversation, "text": text.body});
//!                     Progress::step(Call::post_json("api", "/notes", &body), "")
//!                 }
//!                 _ => Progress::failed(FailureScope::Message, "unknown-reply", "only text can be sent"),
//!             },
//!             _ => Progress::failed(FailureScope::Provider, "unknown-task", "this provider only sends"),
//!         }
//!     }
//!
//!     fn resume(_context: &Context, _task: &Task, _state: &[u8], answer: &Answer) -> Progress {
//!         match answer {
//!             Answer::Response(response) if response.status == 201 => {
//!                 let note = response.json().and_then(|body| json::text(&body, "/id"));
//!                 note.into_iter().fold(Progress::done(), Progress::with_receipt)
//!             }
//!             Answer::Response(response) if response.status < 500 => Progress::failed(
//!                 FailureScope::Message,
//!                 response.status.to_string(),
//!                 "the note was refused",
//!             ),
//!             _ => Progress::retry(None, None),
//!         }
//!     }
//! }
//!
//! # let request = Request {
//! #     method: "POST".into(), path: String::new(), query: vec![], headers: vec![],
//! #     body: br#"{"id": 7, "room": "kitchen", "text": "/menu today"}"#.to_vec(),
//! # };
//! let context = Context { now_ms: 0, settings: vec![], attempt: 0 };
//! let Verdict::Accept(acceptance) = Notes::receive(&context, &request) else { panic!() };
//! assert_eq!(acceptance.events[0].id.as_deref(), Some("7"));
//! ```
//!
//! # Where to look
//!
//! - [`types`] and [`manifest`] are the contract; their documentation says what every field promises.
//! - [`command`] reads `/name arguments`, [`split`] cuts long texts, [`json`] reads values of odd shapes.
//! - [`log`] writes to the operator's log.
//! - `testing`, behind the feature of that name, has what an adapter's own tests start from.
//!
//! # Rules worth knowing
//!
//! - Never panic on input. A panic costs the delivery its sandbox, and it is held until somebody looks.
//! - Reject only what is not the provider's format as a whole; an item of a batch that cannot be read is
//!   [`Event::unreadable`](types::Event::unreadable), so that its neighbours are not lost with it.
//! - Take ids from bytes that the signature covers.
//! - A new kind of event is no error: give it a topic and the content `other`.

#[allow(missing_docs, reason = "generated; types and fields are documented in the contract")]
mod bindings;
mod call;
mod describe;
mod event;
mod export;
mod progress;
mod provider;

pub mod command;
pub mod json;
pub mod log;
pub mod split;
#[cfg(feature = "testing")]
pub mod testing;

pub use bindings::hookhost::provider::{manifest, types};
pub use provider::Provider;

#[doc(hidden)]
pub mod __private {
    pub use crate::bindings::*;
}
