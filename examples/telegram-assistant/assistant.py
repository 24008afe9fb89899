"""A workflow behind HTTP: keeps a list of things to do for every chat. Needs nothing but Python."""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

lists = {}  # conversation -> what is to be done there
answers = {}  # execution -> what was answered


def answer(document):
    things = lists.setdefault(document["event"]["conversation"], [])
    things.append(document["input"])
    return "To do:\n" + "\n".join(f"{number}. {thing}" for number, thing in enumerate(things, 1))


class Workflow(BaseHTTPRequestHandler):
    def do_POST(self):
        document = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        # An attempt that was interrupted comes again, with the same key: the thing must not be noted twice.
        key = self.headers["Idempotency-Key"]
        if key not in answers:
            answers[key] = answer(document)
        body = json.dumps({"reply": answers[key]}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


port = int(sys.argv[1]) if len(sys.argv) > 1 else 9000
server = ThreadingHTTPServer(("127.0.0.1", port), Workflow)
print(f"listening on http://127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()
