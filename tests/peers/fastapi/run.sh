#!/usr/bin/env bash
# Compares Hookhost with FastAPI and SQLite under the same load, whole cycles too. Needs python3 and its packages'
# index; takes about a minute. Usage: tests/peers/fastapi/run.sh [options of hookhost bench]
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
hookhost="${HOOKHOST:-$here/../../../target/release/hookhost}"
work="$(mktemp -d)"
server=
trap '[[ -z "$server" ]] || kill "$server" 2>/dev/null; rm -rf "$work"' EXIT

venv="${PEER_VENV:-$work/venv}"
[[ -x "$venv/bin/uvicorn" ]] || {
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check fastapi 'uvicorn[standard]' httpx
}
head -c 24 /dev/urandom | base64 | tr -d '\n' > "$work/secret"

port="${PEER_PORT:-8791}" stand_ins="127.0.0.1:${STAND_INS_PORT:-8792}"
cd "$here"
SECRET="$(cat "$work/secret")" DATABASE="$work/events.db" STAND_INS="$stand_ins" PYTHONDONTWRITEBYTECODE=1 \
    "$venv/bin/uvicorn" app:app --host 127.0.0.1 --port "$port" --no-access-log --log-level warning &
server=$!
for _ in $(seq 100); do
    if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then break; fi
    sleep 0.1
done

"$hookhost" bench --beside "http://127.0.0.1:$port/whatsapp" --secret-file "$work/secret" \
    --stand-ins "$stand_ins" --cycle "$@"
