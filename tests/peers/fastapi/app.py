"""The handler that one would write with FastAPI and SQLite: it verifies, recognises what is repeated, stores, and
acknowledges; then it asks the workflow and answers in the chat. What Hookhost promises, as far as it is usually kept."""

import hashlib
import hmac
import json
import os
import sqlite3
import threading
from contextlib import asynccontextmanager

import httpx
from fastapi import BackgroundTasks, FastAPI, Request, Response

SECRET = os.environ["SECRET"]
STAND_INS = os.environ.get("STAND_INS", "")

lock = threading.Lock()
database = sqlite3.connect(os.environ["DATABASE"], check_same_thread=False)
database.execute("PRAGMA journal_mode=WAL")
# FULL: an acknowledged delivery survives a power cut, as with Hookhost.
database.execute("PRAGMA synchronous=FULL")
database.execute(
    "CREATE TABLE IF NOT EXISTS events (id TEXT PRIMARY KEY, body BLOB NOT NULL, state TEXT NOT NULL, reply TEXT)"
)


@asynccontextmanager
async def lifespan(app):
    async with httpx.AsyncClient(limits=httpx.Limits(max_connections=128)) as client:
        app.state.client = client
        yield


app = FastAPI(lifespan=lifespan)


def admit(event: str, body: bytes) -> bool:
    """Whether it is new; durable when this returns."""
    with lock, database:
        cursor = database.execute(
            "INSERT OR IGNORE INTO events (id, body, state) VALUES (?, ?, 'queued')", (event, body)
        )
        return cursor.rowcount == 1


def settle(event: str, reply: str) -> None:
    with lock, database:
        database.execute("UPDATE events SET state = 'done', reply = ? WHERE id = ?", (reply, event))


@app.post("/whatsapp")
async def whatsapp(request: Request):
    body = await request.body()
    signature = "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(signature, request.headers.get("x-hub-signature-256", "")):
        return Response(status_code=401)
    for entry in json.loads(body)["entry"]:
        for change in entry["changes"]:
            for message in change["value"].get("messages", []):
                admit(message["id"], body)
    return Response(status_code=200)


@app.post("/telegram")
async def telegram(request: Request, background: BackgroundTasks):
    token = request.headers.get("x-telegram-bot-api-secret-token", "")
    if not hmac.compare_digest(SECRET, token):
        return Response(status_code=401)
    body = await request.body()
    update = json.loads(body)
    event = str(update["update_id"])
    if admit(event, body) and STAND_INS:
        background.add_task(work, event, update["message"])
    return Response(status_code=200)


async def work(event: str, message: dict) -> None:
    client = app.state.client
    document = {"execution_id": event, "workflow": "nothing", "input": message["text"]}
    answer = await client.post(f"http://{STAND_INS}/workflow", json=document, headers={"idempotency-key": event})
    reply = answer.json()["reply"]
    settle(event, reply)
    chat = message["chat"]["id"]
    await client.post(f"http://{STAND_INS}/bot42:bench/sendMessage", json={"chat_id": chat, "text": reply})
