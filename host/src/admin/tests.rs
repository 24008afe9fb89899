//! The listener as its callers see it, on a store in memory.

use axum::body::Body;
use axum::http::Request;
use http_body_util::BodyExt as _;
use hyper::service::Service as _;
use hyper_util::service::TowerToHyperService;
use serde_json::Value;

use super::*;
use crate::live::{Live, Setup};
use crate::model::event::{Content, Event};
use crate::model::time::Time;
use crate::model::{http, testing};
use crate::store::SharedStore;
use crate::store::admission::{Arrival, Judged};
use crate::store::memory::MemoryStore;
use crate::verify::Verified;

struct Listener {
    router: Router,
    store: SharedStore,
    token: Token,
}

fn listener() -> Listener {
    listener_at("127.0.0.1:7863")
}

fn listener_at(address: &str) -> Listener {
    let store: SharedStore = Arc::new(MemoryStore::new());
    let token = Token::generate();
    let inspector = Inspector {
        store: Arc::clone(&store),
        live: Live::new(Setup::default()),
        arrivals: Default::default(),
        circuits: Default::default(),
        loads: Default::default(),
    };
    let scrape: Scrape = Arc::new(|| "hookhost_things 1\n".into());
    let address = address.parse().unwrap();
    let granted = Arc::default();
    let router = router(Admin { inspector, token: token.clone(), address, scrape, granted });
    Listener { router, store, token }
}

impl Listener {
    async fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> (u16, Value) {
        let (status, body) = self.ask_raw(method, path, headers, body).await;
        (status, serde_json::from_slice(&body).unwrap())
    }

    async fn ask_raw(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> (u16, Vec<u8>) {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from(body.to_owned())).unwrap();
        let response = TowerToHyperService::new(self.router.clone()).call(request).await.unwrap();
        let status = response.status().as_u16();
        (status, response.into_body().collect().await.unwrap().to_bytes().to_vec())
    }

    async fn known(&self, method: &str, path: &str, body: &str) -> (u16, Value) {
        let authorization = self.token.authorization();
        self.ask(method, path, &[("host", "127.0.0.1:7863"), ("authorization", &authorization)], body).await
    }

    async fn admit(&self, judged: Judged) -> String {
        let request = http::Request {
            headers: vec![("content-type".into(), "text/plain".into())],
            ..testing::request(b"{ not JSON")
        };
        let verified = Verified::by_operator_waiver(&[], request);
        let window = std::time::Duration::from_secs(60);
        let provider = "telegram".parse().unwrap();
        let arrival = Arrival::new(provider, verified, judged, Time::now(), window, false);
        self.store.admit(arrival).await.unwrap().delivery.to_string()
    }
}

fn event() -> Event {
    Event {
        conversation: Some("42".into()),
        handback: vec![("secret".into(), "of the plugin".into())],
        ..testing::event("message.text", Content::Other)
    }
}

#[tokio::test]
async fn nobody_gets_in_under_a_foreign_name_or_without_the_token() {
    let listener = listener();
    let good = listener.token.authorization();
    let (host, token) = (("host", "127.0.0.1:7863"), ("authorization", good.as_str()));
    for (headers, status) in [
        (vec![host, token], 200),
        (vec![("host", "localhost:7863"), token], 200),
        (vec![("host", "evil.example:7863"), token], 403),
        (vec![("host", "evil.example:7863")], 403),
        (vec![host, host, token], 403),
        (vec![token], 403),
        (vec![host], 401),
        (vec![host, ("authorization", "Bearer 0")], 401),
        (vec![host, token, token], 401),
    ] {
        let (answered, body) = listener.ask("GET", "/api", &headers, "").await;
        assert_eq!(answered, status, "{headers:?}: {body}");
        assert!(status == 200 || body["status"] == status, "{body}");
    }
    // A stranger does not even learn what there is.
    assert_eq!(listener.ask("GET", "/nothing", &[host], "").await.0, 401);
}

#[tokio::test]
async fn metrics_need_a_token_only_where_others_reach_the_listener() {
    for (address, own, foreign) in [
        ("127.0.0.1:7863", "localhost:7863", "evil.example:7863"),
        ("[::1]:7863", "[::1]:7863", "[::2]:7863"),
        ("0.0.0.0:7863", "10.0.0.5:7863", "evil.example:7863"),
    ] {
        let listener = listener_at(address);
        let good = listener.token.authorization();
        let (open, token) = (!address.starts_with("0."), ("authorization", good.as_str()));
        for (headers, status) in [
            (vec![("host", own)], if open { 200 } else { 401 }),
            (vec![("host", own), ("authorization", "Bearer 0")], if open { 200 } else { 401 }),
            (vec![("host", own), token], 200),
            (vec![("host", foreign)], 403),
            (vec![("host", foreign), token], 403),
            (vec![], 403),
        ] {
            let (answered, body) = listener.ask_raw("GET", "/metrics", &headers, "").await;
            assert_eq!(answered, status, "{address} {headers:?}");
            assert_eq!(body == b"hookhost_things 1\n", status == 200, "{address} {headers:?}");
        }
        // What lies below it is no part of it.
        assert_eq!(listener.ask("GET", "/metrics/x", &[("host", own)], "").await.0, 401);
        assert_eq!(listener.ask("POST", "/metrics", &[("host", own), token], "").await.0, 405);
    }
}

#[tokio::test]
async fn what_cannot_be_done_is_told_as_a_problem() {
    let listener = listener();
    let many = serde_json::json!({ "ids": vec!["x"; 51] }).to_string();
    let long = " ".repeat(70_000);
    for (method, path, body, status, says) in [
        ("GET", "/nothing", "", 404, "nothing at this address"),
        ("POST", "/api/events", "", 405, "another method"),
        ("GET", "/api/events?colour=blue", "", 400, "colour"),
        ("GET", "/api/held?limit=0", "", 400, "limit"),
        ("GET", "/api/events/x", "", 404, "no event"),
        ("GET", "/api/events/0192a3b4c5d67e8f9aabbccddeeff001", "", 404, "no event"),
        ("GET", "/api/deliveries/0192a3b4c5d67e8f9aabbccddeeff001", "", 404, "no delivery"),
        ("POST", "/api/replay", "{}", 400, "ids"),
        ("POST", "/api/replay", many.as_str(), 400, "at most 50"),
        ("POST", "/api/replay", long.as_str(), 413, "65536"),
    ] {
        let (answered, problem) = listener.known(method, path, body).await;
        assert_eq!((answered, &problem["status"]), (status, &Value::from(status)), "{method} {path}");
        assert!(problem["detail"].as_str().unwrap().contains(says), "{method} {path}: {problem}");
    }
}

#[tokio::test]
async fn events_and_held_deliveries_are_listed_and_shown() {
    let listener = listener();
    let held = listener.admit(Judged::Held("not JSON".into())).await;
    listener.admit(Judged::to_run(vec![event()])).await;

    let (_, events) = listener.known("GET", "/api/events?topic=message.*", "").await;
    let row = &events["items"][0];
    assert_eq!((&row["state"], &row["conversation"]), (&"queued".into(), &"42".into()));
    assert_eq!(listener.known("GET", "/api/events?state=dead", "").await.1["items"], serde_json::json!([]));
    let id = row["id"].as_str().unwrap();
    let (_, event) = listener.known("GET", &format!("/api/events/{id}?body=true"), "").await;
    assert_eq!(event["brought_by"]["body"]["text"], "{ not JSON");
    assert_eq!(event["event"]["topic"], "message.text");
    assert!(!event.to_string().contains("of the plugin"), "{event}");

    let (_, deliveries) = listener.known("GET", "/api/held", "").await;
    assert_eq!(
        (&deliveries["items"][0]["id"], deliveries["items"].as_array().unwrap().len()),
        (&held.clone().into(), 1)
    );
    let (_, delivery) = listener.known("GET", &format!("/api/deliveries/{held}"), "").await;
    assert_eq!(delivery["verdict"]["held"]["reason"], "not JSON");
    assert_eq!((&delivery["body_bytes"], &delivery["body"]), (&10.into(), &Value::Null));
}

#[tokio::test]
async fn each_id_has_its_own_result() {
    let listener = listener();
    let held = listener.admit(Judged::Held("not JSON".into())).await;
    let accepted = listener.admit(Judged::to_run(vec![event()])).await;
    let (_, events) = listener.known("GET", "/api/events", "").await;
    let queued = events["items"][0]["id"].as_str().unwrap();
    let unknown = "0192a3b4c5d67e8f9aabbccddeeff001";
    let ids = [queued, &held, &accepted, unknown, "x"];
    let body = serde_json::json!({ "ids": ids }).to_string();
    let (status, results) = listener.known("POST", "/api/replay", &body).await;
    assert_eq!(status, 200);
    let says = [
        "not ended",
        "telegram is not configured, or",
        "is not held",
        "no event and no delivery",
        "not an id",
    ];
    for ((result, id), says) in results.as_array().unwrap().iter().zip(ids).zip(says) {
        assert_eq!((&result["id"], &result["result"]), (&id.into(), &"refused".into()));
        assert!(result["reason"].as_str().unwrap().contains(says), "{result}");
    }
}
