//! A server on loopback that records every request and answers as it is told.

use std::collections::VecDeque;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpSocket};

use super::wait::{QUIET, until};

/// A request that arrived.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) method: String,
    /// With its query.
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    /// Null when it is not JSON.
    pub(crate) body: Value,
    pub(crate) at: Instant,
}

/// What is answered to one request.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    Json(u16, Value),
    /// A file, of no stated type.
    Bytes(Vec<u8>),
    /// What is wanted is at this address.
    Elsewhere(String),
    /// Nothing, ever.
    Hang,
}

/// What is answered where nothing else was asked for; the number counts the requests, from 1.
type Usual = Box<dyn Fn(&Call, usize) -> Answer + Send + Sync>;

/// A recording server. It goes with the test's runtime.
#[derive(Clone)]
pub(crate) struct StandIn {
    address: SocketAddr,
    desk: Arc<Desk>,
}

struct Desk {
    calls: Mutex<Vec<Call>>,
    next: Mutex<VecDeque<Answer>>,
    usual: Usual,
    is_aside: fn(&Call) -> bool,
    asides: Mutex<Vec<Call>>,
}

/// A port at which nobody listens yet: connections are refused, and nobody else can take it.
pub(crate) struct Reserved(TcpSocket);

impl Reserved {
    pub(crate) fn new() -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
        Self(socket)
    }

    pub(crate) fn host(&self) -> String {
        self.0.local_addr().unwrap().to_string()
    }

    /// Somebody listens from now on.
    pub(crate) fn open(self, usual: impl Fn(&Call, usize) -> Answer + Send + Sync + 'static) -> StandIn {
        self.open_with_asides(|_| false, usual)
    }

    fn open_with_asides(
        self,
        is_aside: fn(&Call) -> bool,
        usual: impl Fn(&Call, usize) -> Answer + Send + Sync + 'static,
    ) -> StandIn {
        StandIn::on(self.0.listen(128).unwrap(), is_aside, Box::new(usual))
    }
}

impl StandIn {
    pub(crate) fn start(usual: impl Fn(&Call, usize) -> Answer + Send + Sync + 'static) -> Self {
        Reserved::new().open(usual)
    }

    /// One to which things are said by the way: they are answered with success, uncounted and unasked for, and
    /// stand in [`StandIn::asides`] alone.
    pub(crate) fn with_asides(
        is_aside: fn(&Call) -> bool,
        usual: impl Fn(&Call, usize) -> Answer + Send + Sync + 'static,
    ) -> Self {
        Reserved::new().open_with_asides(is_aside, usual)
    }

    fn on(listener: TcpListener, is_aside: fn(&Call) -> bool, usual: Usual) -> Self {
        let address = listener.local_addr().unwrap();
        let desk = Desk {
            calls: Mutex::default(),
            next: Mutex::default(),
            usual,
            is_aside,
            asides: Mutex::default(),
        };
        let desk = Arc::new(desk);
        let router = Router::new().fallback(answer).with_state(Arc::clone(&desk));
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, desk }
    }

    /// `127.0.0.1:49152`, as `allow_hosts` wants it.
    pub(crate) fn host(&self) -> String {
        self.address.to_string()
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The next request that has no answer yet gets this one.
    pub(crate) fn answers(&self, answer: Answer) {
        self.desk.next.lock().unwrap().push_back(answer);
    }

    /// What arrived so far.
    pub(crate) fn calls(&self) -> Vec<Call> {
        self.desk.calls.lock().unwrap().clone()
    }

    /// What was said by the way so far.
    pub(crate) fn asides(&self) -> Vec<Call> {
        self.desk.asides.lock().unwrap().clone()
    }

    /// What arrived, as soon as it is so many.
    pub(crate) async fn received(&self, count: usize) -> Vec<Call> {
        until(&format!("{count} requests"), || Some(self.calls()).filter(|calls| calls.len() >= count)).await
    }

    /// What arrived, when it is so many and stays so many.
    pub(crate) async fn received_only(&self, count: usize) -> Vec<Call> {
        self.received(count).await;
        tokio::time::sleep(QUIET).await;
        let calls = self.calls();
        assert_eq!(calls.len(), count, "{calls:#?}");
        calls
    }
}

async fn answer(State(desk): State<Arc<Desk>>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
    let call = Call {
        method: parts.method.to_string(),
        path: parts.uri.to_string(),
        headers: parts.headers,
        body: serde_json::from_slice(&body).unwrap_or_default(),
        at: Instant::now(),
    };
    if (desk.is_aside)(&call) {
        desk.asides.lock().unwrap().push(call);
        return json(200, &json!({ "success": true }));
    }
    let count = {
        let mut calls = desk.calls.lock().unwrap();
        calls.push(call.clone());
        calls.len()
    };
    let next = desk.next.lock().unwrap().pop_front();
    match next.unwrap_or_else(|| (desk.usual)(&call, count)) {
        Answer::Hang => std::future::pending().await,
        Answer::Json(status, body) => json(status, &body),
        Answer::Bytes(bytes) => Response::new(Body::from(bytes)),
        Answer::Elsewhere(url) => {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::TEMPORARY_REDIRECT;
            response.headers_mut().insert("location", url.parse().unwrap());
            response
        }
    }
}

fn json(status: u16, body: &Value) -> Response<Body> {
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    response.headers_mut().insert("content-type", HeaderValue::from_static("application/json"));
    response
}
