"""A workflow behind HTTP: answers what customers of a shop ask. Needs nothing but Python."""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PRICES = "https://shop.example.com/prices.pdf"


def replies(document):
    sender = document["event"]["sender"] or {}
    greeting = f"Hello {sender.get('name') or 'there'}."
    asked = document["input"].lower()
    if "price" in asked:
        file = {"url": PRICES, "filename": "prices.pdf", "caption": "All our prices"}
        return [{"text": f"{greeting} Here you are:"}, {"document": file}]
    if "open" in asked:
        return [{"text": f"{greeting} We are open from 9 to 18 o'clock, Sundays excepted."}]
    return [{"text": f"{greeting} Ask me when we are open, or for our prices."}]


class Workflow(BaseHTTPRequestHandler):
    def do_POST(self):
        document = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        body = json.dumps({"replies": replies(document)}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


port = int(sys.argv[1]) if len(sys.argv) > 1 else 9000
server = ThreadingHTTPServer(("127.0.0.1", port), Workflow)
print(f"listening on http://127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()
