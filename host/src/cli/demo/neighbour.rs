//! The demo's neighbour: an echo workflow, and servers that accept what chats are told and print it.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use axum::extract::Path;
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// Starts it on a free port of loopback; it ends with the process.
pub(super) async fn start() -> io::Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    let router = Router::new()
        .route("/echo", post(echo))
        .route("/{bot}/sendMessage", post(telegram))
        .route("/{number}/messages", post(whatsapp));
    tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, router).await {
            tracing::error!(%error, "the demo's neighbour ended");
        }
    });
    Ok(address)
}

async fn echo(Json(document): Json<Value>) -> Json<Value> {
    Json(json!({ "reply": format!("You said: {}", document["input"].as_str().unwrap_or_default()) }))
}

async fn telegram(Json(message): Json<Value>) -> Json<Value> {
    say("telegram", &message["chat_id"], &message["text"]);
    Json(json!({ "ok": true, "result": { "message_id": 1, "chat": { "id": message["chat_id"] } } }))
}

async fn whatsapp(Path(_number): Path<String>, Json(message): Json<Value>) -> Json<Value> {
    say("whatsapp", &message["to"], &message["text"]["body"]);
    Json(json!({ "messaging_product": "whatsapp", "messages": [{ "id": "wamid.demo" }] }))
}

/// What is no message, such as that one was read, is nothing to print.
fn say(chat: &str, to: &Value, text: &Value) {
    if text.is_string() {
        println!("{chat} -> {to}: {text}");
    }
}
