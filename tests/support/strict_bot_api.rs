//! A Bot API server that keeps to Telegram's rules: the token in the path, the limits of texts after their
//! formatting is read, chats that move, and chats that are written to too fast.

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Response, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::setup::TELEGRAM_BOT_TOKEN;
use super::wait::until;

/// A message that was accepted.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    pub(crate) method: String,
    pub(crate) chat: i64,
    pub(crate) body: Value,
}

impl Sent {
    pub(crate) fn text(&self) -> &str {
        self.body["text"].as_str().unwrap_or_default()
    }
}

/// How the server misbehaves, or its chats.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rules {
    /// Each call with such a number, counted from 1, fails with 500.
    pub(crate) fails_every: usize,
    /// Chats of which the id is a multiple of it take two messages, and then none for a second.
    pub(crate) floods_at: i64,
    /// Groups that have become others.
    pub(crate) moved: HashMap<i64, i64>,
}

/// The server. It goes with the test's runtime.
#[derive(Clone)]
pub(crate) struct StrictBotApi {
    address: SocketAddr,
    desk: Arc<Mutex<Desk>>,
}

#[derive(Default)]
struct Desk {
    rules: Rules,
    /// The bot's token, where BotFather has given out a new one.
    token: Option<String>,
    /// Calls with another token.
    unauthorized: usize,
    calls: usize,
    sent: Vec<Sent>,
    /// What no client of Telegram's should do.
    offences: Vec<String>,
    /// Messages of a chat since it last had to wait, and until when it has to.
    floods: HashMap<i64, (usize, Option<Instant>)>,
}

impl StrictBotApi {
    pub(crate) async fn start(rules: Rules) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let desk = Arc::new(Mutex::new(Desk { rules, ..Desk::default() }));
        let router = Router::new().fallback(answer).with_state(Arc::clone(&desk));
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, desk }
    }

    /// As `allow_hosts` wants it.
    pub(crate) fn host(&self) -> String {
        self.address.to_string()
    }

    /// From now on the bot has this token, and no other.
    pub(crate) fn takes_only(&self, token: &str) {
        self.desk.lock().unwrap().token = Some(token.into());
    }

    /// How many calls came with a token that is not the bot's.
    pub(crate) fn unauthorized(&self) -> usize {
        self.desk.lock().unwrap().unauthorized
    }

    /// What was accepted so far.
    pub(crate) fn sent(&self) -> Vec<Sent> {
        self.desk.lock().unwrap().sent.clone()
    }

    /// What was accepted, as soon as it is so much.
    pub(crate) async fn has_sent(&self, count: usize) -> Vec<Sent> {
        until(&format!("{count} messages"), || Some(self.sent()).filter(|sent| sent.len() >= count)).await
    }

    /// What was done against the rules.
    pub(crate) fn offences(&self) -> Vec<String> {
        self.desk.lock().unwrap().offences.clone()
    }
}

async fn answer(State(desk): State<Arc<Mutex<Desk>>>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
    let body = serde_json::from_slice(&body).unwrap_or_default();
    let answered = desk.lock().unwrap().answer(parts.uri.path(), &body);
    let (status, body) = match answered {
        Ok(result) => (200, json!({ "ok": true, "result": result })),
        Err(Refusal { code, description, parameters }) => {
            let mut body = json!({ "ok": false, "error_code": code, "description": description });
            if !parameters.is_null() {
                body["parameters"] = parameters;
            }
            (code, body)
        }
    };
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    response
}

struct Refusal {
    code: u16,
    description: String,
    parameters: Value,
}

fn refusal(code: u16, description: &str) -> Refusal {
    Refusal { code, description: description.into(), parameters: Value::Null }
}

impl Desk {
    fn answer(&mut self, path: &str, body: &Value) -> Result<Value, Refusal> {
        let token = self.token.as_deref().unwrap_or(TELEGRAM_BOT_TOKEN);
        let Some(method) = path.strip_prefix(&format!("/bot{token}/")) else {
            self.unauthorized += 1;
            return Err(refusal(401, "Unauthorized"));
        };
        self.calls += 1;
        if self.rules.fails_every > 0 && self.calls.is_multiple_of(self.rules.fails_every) {
            return Err(refusal(500, "Internal Server Error"));
        }
        let Some(chat) = body["chat_id"].as_i64() else {
            self.sent.push(Sent { method: method.into(), chat: 0, body: body.clone() });
            return Ok(json!(true));
        };
        if let Some(to) = self.rules.moved.get(&chat) {
            let parameters = json!({ "migrate_to_chat_id": to });
            let description = "Bad Request: group chat was upgraded to a supergroup chat";
            return Err(Refusal { parameters, ..refusal(400, description) });
        }
        if method == "sendChatAction" {
            return Ok(json!(true));
        }
        self.flood(chat)?;
        if let Err(refusal) = check(method, body) {
            self.offences.push(format!("{method}: {}", refusal.description));
            return Err(refusal);
        }
        self.sent.push(Sent { method: method.into(), chat, body: body.clone() });
        Ok(json!({ "message_id": self.sent.len(), "chat": { "id": chat }, "date": 0, "text": body["text"] }))
    }

    fn flood(&mut self, chat: i64) -> Result<(), Refusal> {
        if self.rules.floods_at == 0 || chat % self.rules.floods_at != 0 {
            return Ok(());
        }
        let now = Instant::now();
        let (count, until) = self.floods.entry(chat).or_default();
        if until.is_some_and(|until| now < until) {
            self.offences.push(format!("{chat} was written to before its time"));
        }
        *count += 1;
        if *count <= 2 {
            return Ok(());
        }
        (*count, *until) = (0, Some(now + Duration::from_secs(1)));
        let parameters = json!({ "retry_after": 1 });
        Err(Refusal { parameters, ..refusal(429, "Too Many Requests: retry after 1") })
    }
}

/// Texts, captions, entities and keys within Telegram's limits.
fn check(method: &str, body: &Value) -> Result<(), Refusal> {
    for (text, entities, max) in [("text", "entities", 4096), ("caption", "caption_entities", 1024)] {
        let Some(written) = body[text].as_str() else { continue };
        if body["parse_mode"] == "HTML" && written.matches('<').count() != written.matches('>').count() {
            return Err(refusal(
                400,
                "Bad Request: can't parse entities: unclosed start tag at byte offset 0",
            ));
        }
        let units: Vec<u16> = written.encode_utf16().collect();
        if units.len() > max {
            return Err(refusal(400, &format!("Bad Request: message {text} is too long")));
        }
        for entity in body[entities].as_array().into_iter().flatten() {
            let at = |name: &str| entity[name].as_u64().and_then(|units| usize::try_from(units).ok());
            let (offset, length) = (at("offset").unwrap_or(usize::MAX), at("length").unwrap_or(0));
            let covered =
                units.get(offset..offset.saturating_add(length)).filter(|covered| !covered.is_empty());
            if covered.is_none_or(|covered| String::from_utf16(covered).is_err()) {
                return Err(refusal(400, "Bad Request: ENTITY_BOUNDS_INVALID"));
            }
        }
    }
    if method == "sendMessage" && body["text"].as_str().is_none_or(|text| text.trim().is_empty()) {
        return Err(refusal(400, "Bad Request: message text is empty"));
    }
    let rows = body["reply_markup"]["inline_keyboard"].as_array().into_iter().flatten();
    for key in rows.filter_map(Value::as_array).flatten() {
        if key["callback_data"].as_str().is_some_and(|data| !(1..=64).contains(&data.len())) {
            return Err(refusal(400, "Bad Request: BUTTON_DATA_INVALID"));
        }
    }
    Ok(())
}
