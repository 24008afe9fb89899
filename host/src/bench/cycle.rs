//! Whole cycles: a delivery is acknowledged, its workflow runs, and the answer arrives in its chat.
//!
//! Workflow and Bot API are stand-ins of this process, which answer at once.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use serde::Serialize;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::figures::{Figures, Turn, ratio};
use super::load::{Sent, answer, on_a_thread};
use super::process::Server;
use super::requests::{Maker, Requests};
use super::sender::{Sender, chat};
use super::{BenchError, Options, TURNS, USUAL};

/// More cycles than any server on such a machine completes in a second.
const PER_SECOND: f64 = 20_000.0;
/// An answer that takes longer will not come.
const PATIENCE: Duration = Duration::from_secs(30);

/// Completed cycles, [`n`](Self::n) at a time.
#[derive(Debug, Serialize)]
pub struct Cycles {
    /// Cycles at the same time.
    pub n: usize,
    /// Hookhost.
    pub hookhost: CycleRow,
    /// The other server, where one was given: a native handler runs no workflows.
    pub beside: Option<CycleRow>,
    /// Of cycles in a second: so many times the other's.
    pub ratio: Option<f64>,
}

/// Completed cycles of one side.
#[derive(Debug, Serialize)]
pub struct CycleRow {
    /// Completed in a second.
    pub per_second: f64,
    /// From sending the delivery to the arrival of the answer, in milliseconds: half of them.
    pub p50_ms: f64,
    /// 99 of 100 of them.
    pub p99_ms: f64,
    /// Processor time of the server for each, in microseconds.
    pub cpu_us: Option<f64>,
}

/// Measures it with Telegram's deliveries.
pub(super) async fn run(folder: &Path, options: &Options) -> Result<Cycles, BenchError> {
    let options = Options { sender: Sender::Telegram, ..options.clone() };
    let chats = Chats::default();
    let wanted = options.beside.as_ref().and_then(|beside| beside.stand_ins);
    let stand_ins = stand_ins(chats.clone(), wanted).await?;
    let server = start(folder, &options, stand_ins).await?;
    let mut maker = Maker::new(&options);
    let ours = (server.address, "/webhooks/telegram".to_owned());
    let other = options.beside.as_ref().filter(|_| wanted.is_some());
    let other = other.map(|beside| (beside.address, beside.path.replace("whatsapp", "telegram")));
    let (mut figures, mut others) = (Figures::default(), Figures::default());
    for turn in 0..=TURNS {
        // The first turn is for connections and caches to get going.
        let (time, counts) = if turn == 0 { (options.time / 8, false) } else { (options.time / TURNS, true) };
        let before = server.cpu();
        let sent = cycles(&ours, &mut maker, &chats, time).await?;
        server.quiet().await;
        let cpu = Some(server.cpu().saturating_sub(before));
        if counts {
            figures.add(Turn { sent, cpu, commits: None });
        }
        if let Some(other) = &other {
            let sent = cycles(other, &mut maker, &chats, time).await?;
            if counts {
                others.add(Turn { sent, cpu: None, commits: None });
            }
        }
    }
    server.stop().await?;
    let hookhost = CycleRow::new(&figures);
    let beside = other.map(|_| CycleRow::new(&others));
    let ratio = beside.as_ref().map(|beside| ratio(hookhost.per_second, beside.per_second));
    Ok(Cycles { n: USUAL, hookhost, beside, ratio })
}

impl CycleRow {
    fn new(figures: &Figures) -> Self {
        Self {
            per_second: figures.per_second(),
            p50_ms: figures.percentile_ms(0.5),
            p99_ms: figures.percentile_ms(0.99),
            cpu_us: figures.cpu_us(),
        }
    }
}

/// The real server, with one workflow for everything and nothing that slows it down on purpose.
async fn start(folder: &Path, options: &Options, stand_ins: SocketAddr) -> Result<Server, BenchError> {
    let configuration = format!(
        "\n[providers.telegram]\nallow_hosts = [\"{stand_ins}\"]\npacing = \"off\"\n\
         settings = {{ api_url = \"http://{stand_ins}\" }}\n\n\
         [workflows.nothing]\nhttp = \"http://{stand_ins}/workflow\"\n\n[[routes]]\nworkflow = \"nothing\"\n"
    );
    let variables = [("WEBHOOK_SECRET_TELEGRAM", &*options.secret), ("TELEGRAM_BOT_TOKEN", "42:bench-bench")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
    Server::hookhost(folder, &configuration, &variables).await
}

/// Who waits for an answer in which chat.
#[derive(Clone, Default)]
struct Chats(Arc<Mutex<HashMap<u64, oneshot::Sender<Instant>>>>);

impl Chats {
    fn expect(&self, chat: u64) -> oneshot::Receiver<Instant> {
        let (told, waits) = oneshot::channel();
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(chat, told);
        waits
    }

    fn answered(&self, chat: u64) {
        let waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&chat);
        if let Some(waiting) = waiting {
            // Who gave up does not want to know.
            let _ = waiting.send(Instant::now());
        }
    }
}

/// Workflow and Bot API, on a free port unless one is wanted.
async fn stand_ins(chats: Chats, wanted: Option<SocketAddr>) -> Result<SocketAddr, BenchError> {
    let machine = |error| BenchError::Machine("the stand-ins cannot listen", error);
    let anywhere = SocketAddr::from(([127, 0, 0, 1], 0));
    let listener = TcpListener::bind(wanted.unwrap_or(anywhere)).await.map_err(machine)?;
    let address = listener.local_addr().map_err(machine)?;
    let router = Router::new()
        .route("/workflow", post(|| async { Json(json!({ "reply": "In blue, tomorrow." })) }))
        .route("/{bot}/{method}", post(bot_api))
        .with_state(chats);
    tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, router).await {
            tracing::error!(%error, "the stand-ins ended");
        }
    });
    Ok(address)
}

async fn bot_api(State(chats): State<Chats>, Json(call): Json<Value>) -> Json<Value> {
    let to = &call["chat_id"];
    let id = to.as_u64().or_else(|| to.as_str()?.parse().ok()).unwrap_or_default();
    if call["text"].is_string() {
        chats.answered(id);
    }
    Json(json!({
        "ok": true,
        "result": { "message_id": 7, "date": 1_700_000_000, "chat": { "id": id, "type": "private" } },
    }))
}

/// As many as can be completed in this time.
async fn cycles(
    (address, path): &(SocketAddr, String),
    maker: &mut Maker,
    chats: &Chats,
    time: Duration,
) -> Result<Sent, BenchError> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "some thousand at most")]
    let count = (PER_SECOND * time.as_secs_f64()) as usize + USUAL;
    let first = maker.next();
    let requests = maker.requests(path, count, false);
    let (address, chats) = (*address, chats.clone());
    let sent =
        on_a_thread(move || async move { complete_all(address, &chats, first, requests, time).await }).await;
    sent.map_err(|error| BenchError::Machine("a cycle was not completed", error))
}

async fn complete_all(
    address: SocketAddr,
    chats: &Chats,
    first: u64,
    requests: Requests,
    time: Duration,
) -> io::Result<Sent> {
    let start = Instant::now();
    let (requests, next) = (std::rc::Rc::new(requests), std::rc::Rc::new(std::cell::Cell::new(0)));
    let mut tasks = Vec::new();
    for _ in 0..USUAL {
        let mut stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (requests, next, chats) = (requests.clone(), next.clone(), chats.clone());
        tasks.push(tokio::task::spawn_local(async move {
            let (mut sent, mut buffer) = (Sent::default(), vec![0; 16 * 1024]);
            while start.elapsed() < time {
                let index: usize = next.replace(next.get() + 1);
                let Some(request) = requests.get(index) else { break };
                let answered = chats.expect(chat(first + index as u64));
                let from = Instant::now();
                stream.write_all(request).await?;
                match answer(&mut stream, &mut buffer).await? {
                    200..=299 => {}
                    status => return Err(io::Error::other(format!("a delivery was answered with {status}"))),
                }
                let at = timeout(PATIENCE, answered).await.map_err(|_| io::ErrorKind::TimedOut)?;
                let taken = at.map_err(io::Error::other)?.duration_since(from);
                sent.latencies.push(u32::try_from(taken.as_micros()).unwrap_or(u32::MAX));
                sent.accepted += 1;
            }
            Ok(sent)
        }));
    }
    let mut sent = Sent::default();
    for task in tasks {
        sent.add(task.await.map_err(io::Error::other)??);
    }
    sent.time = start.elapsed();
    Ok(sent)
}
