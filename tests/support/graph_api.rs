//! A stand-in of the WhatsApp Graph API.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::setup::WHATSAPP_ACCESS_TOKEN;
use super::stand_in::{Answer, Call, StandIn};

/// One that accepts every message. That we have read one and are typing is said by the way.
pub(crate) fn start() -> StandIn {
    StandIn::with_asides(is_mark, accepted)
}

/// One that keeps the file `77`. The first link to it has expired when it is followed.
pub(crate) fn with_file(bytes: &'static [u8]) -> StandIn {
    StandIn::with_asides(is_mark, move |call, count| match call.path.as_str() {
        path if path.ends_with("/77") => {
            let host = call.headers["host"].to_str().unwrap();
            Answer::Json(200, json!({ "url": format!("http://{host}/files?mid=77&hash=a%2Fb"), "id": "77" }))
        }
        path if path.starts_with("/files") && count > 2 => Answer::Bytes(bytes.to_vec()),
        path if path.starts_with("/files") => Answer::Json(404, json!({})),
        _ => accepted(call, count),
    })
}

fn is_mark(call: &Call) -> bool {
    call.body["status"] == "read"
}

fn accepted(_: &Call, count: usize) -> Answer {
    Answer::Json(
        200,
        json!({ "messaging_product": "whatsapp", "messages": [{ "id": format!("wamid.out{count}") }] }),
    )
}

/// Whom these messages went to and what they said, sorted.
pub(crate) fn said(calls: &[Call]) -> Vec<(String, String)> {
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let mut said: Vec<_> =
        calls.iter().map(|call| (text(&call.body["to"]), text(&call.body["text"]["body"]))).collect();
    said.sort();
    said
}

/// What a strict stand-in allows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rules {
    /// So many messages from one number to one person; then it refuses, and `pair_pause` after the refusal takes
    /// as many again. Meta counts time alone, but a slow machine would never be too fast.
    pub(crate) pair_burst: usize,
    pub(crate) pair_pause: Duration,
    /// Who has not written for a day, and gets nothing but templates.
    pub(crate) silent: &'static str,
}

/// What one number has sent to one person.
#[derive(Debug, Default)]
struct Pair {
    sent: usize,
    refused_at: Option<Instant>,
}

/// A stand-in that enforces Meta's rules, and what it accepted: to whom, and the body.
pub(crate) struct Strict {
    pub(crate) api: StandIn,
    accepted: Arc<Mutex<Vec<Value>>>,
    refused: Arc<Mutex<Vec<u32>>>,
    is_revoked: Arc<AtomicBool>,
}

impl Strict {
    pub(crate) fn start(rules: Rules) -> Self {
        let (accepted, refused) = (Arc::<Mutex<Vec<Value>>>::default(), Arc::<Mutex<Vec<u32>>>::default());
        let is_revoked = Arc::<AtomicBool>::default();
        let revoked = Arc::clone(&is_revoked);
        let (accepting, refusing) = (Arc::clone(&accepted), Arc::clone(&refused));
        let pairs = Mutex::new(BTreeMap::new());
        let api = StandIn::with_asides(is_mark, move |call, count| {
            let broken = match revoked.load(Ordering::SeqCst) {
                true => Some((190, "Error validating access token: Session has expired")),
                false => rules.broken_by(call, &mut pairs.lock().unwrap()),
            };
            match broken {
                Some((code, details)) => {
                    refusing.lock().unwrap().push(code);
                    refusal(code, details)
                }
                None => {
                    accepting.lock().unwrap().push(call.body.clone());
                    self::accepted(call, count)
                }
            }
        });
        Self { api, accepted, refused, is_revoked }
    }

    /// Takes the access token away from us, or gives it back.
    pub(crate) fn revoke(&self, is_revoked: bool) {
        self.is_revoked.store(is_revoked, Ordering::SeqCst);
    }

    /// What was accepted so far.
    pub(crate) fn accepted(&self) -> Vec<Value> {
        self.accepted.lock().unwrap().clone()
    }

    /// The codes of what was not.
    pub(crate) fn refused(&self) -> Vec<u32> {
        self.refused.lock().unwrap().clone()
    }
}

impl Rules {
    /// Those of which a test wants none.
    pub(crate) fn lenient() -> Self {
        Self { pair_burst: usize::MAX, pair_pause: Duration::ZERO, silent: "" }
    }

    fn broken_by(self, call: &Call, pairs: &mut BTreeMap<String, Pair>) -> Option<(u32, &'static str)> {
        let body = &call.body;
        let authorized = call
            .headers
            .get("authorization")
            .is_some_and(|sent| *sent == format!("Bearer {WHATSAPP_ACCESS_TOKEN}"));
        let longer = |pointer: &str, max: usize| {
            body.pointer(pointer)
                .and_then(Value::as_str)
                .is_some_and(|text| text.encode_utf16().count() > max)
        };
        let items = |pointer: &str| body.pointer(pointer).and_then(Value::as_array).map_or(0, Vec::len);
        if !authorized {
            return Some((190, "Error validating access token"));
        }
        if body["messaging_product"] != "whatsapp" || !call.path.ends_with("/messages") {
            return Some((100, "Invalid parameter"));
        }
        if longer("/text/body", 4096)
            || longer("/interactive/body/text", 1024)
            || longer("/interactive/action/buttons/0/reply/title", 20)
            || longer("/interactive/action/sections/0/rows/0/title", 24)
            || items("/interactive/action/buttons") > 3
            || items("/interactive/action/sections/0/rows") > 10
        {
            return Some((131_009, "Parameter value is not valid"));
        }
        let to = body["to"].as_str().unwrap_or_default();
        if to == self.silent && body["type"] != "template" {
            return Some((131_047, "more than 24 hours have passed since the customer last replied"));
        }
        let pair = pairs.entry(format!("{}{to}", call.path)).or_default();
        if pair.refused_at.is_some_and(|at| at.elapsed() >= self.pair_pause) {
            *pair = Pair::default();
        }
        if pair.sent >= self.pair_burst {
            pair.refused_at.get_or_insert_with(Instant::now);
            return Some((131_056, "too many messages sent from this phone number to the same phone number"));
        }
        pair.sent += 1;
        None
    }
}

/// A refusal as Meta words it: the HTTP status says little.
fn refusal(code: u32, details: &str) -> Answer {
    let error = json!({
        "message": format!("(#{code}) refused"), "type": "OAuthException", "code": code,
        "error_data": { "messaging_product": "whatsapp", "details": details }, "fbtrace_id": "A",
    });
    Answer::Json(if code == 190 { 401 } else { 400 }, json!({ "error": error }))
}
