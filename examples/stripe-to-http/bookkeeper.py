"""A workflow behind HTTP: books what was charged. Needs nothing but Python."""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def booked(document):
    # What Stripe sent, as it was written.
    event = document["event"]["data"]
    charge = event["data"]["object"]
    amount = f"{charge['amount'] / 100:.2f} {charge['currency'].upper()}"
    # Idempotency-Key is the same when a run is repeated; a real one would look it up here.
    return {"booked": amount, "for": event["type"]}


class Workflow(BaseHTTPRequestHandler):
    def do_POST(self):
        document = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        body = json.dumps(booked(document)).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


port = int(sys.argv[1]) if len(sys.argv) > 1 else 9000
server = ThreadingHTTPServer(("127.0.0.1", port), Workflow)
print(f"listening on http://127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()
