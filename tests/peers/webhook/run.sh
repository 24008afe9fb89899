#!/usr/bin/env bash
# Compares Hookhost with adnanh/webhook, which verifies and runs a command, and stores nothing. Needs its program
# `webhook` (the Debian package of that name). Usage: tests/peers/webhook/run.sh [options of hookhost bench]
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
hookhost="${HOOKHOST:-$here/../../../target/release/hookhost}"
command -v webhook >/dev/null || { echo "webhook is not installed: apt-get install webhook" >&2; exit 1; }
work="$(mktemp -d)"
server=
trap '[[ -z "$server" ]] || kill "$server" 2>/dev/null; rm -rf "$work"' EXIT

head -c 24 /dev/urandom | base64 | tr -d '\n' > "$work/secret"
cat > "$work/hooks.json" <<END
[{
  "id": "whatsapp",
  "execute-command": "/bin/true",
  "trigger-rule-mismatch-http-response-code": 401,
  "trigger-rule": { "match": {
    "type": "payload-hmac-sha256",
    "secret": "$(cat "$work/secret")",
    "parameter": { "source": "header", "name": "X-Hub-Signature-256" }
  } }
}]
END
port="${PEER_PORT:-8793}"
webhook -hooks "$work/hooks.json" -ip 127.0.0.1 -port "$port" >/dev/null 2>&1 &
server=$!
for _ in $(seq 100); do
    if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then break; fi
    sleep 0.1
done

"$hookhost" bench --beside "http://127.0.0.1:$port/hooks/whatsapp" --secret-file "$work/secret" "$@"
