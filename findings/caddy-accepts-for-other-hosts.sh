#!/usr/bin/env bash
# Program: caddy 2.6.2-5 of Debian 12 (Go, amd64), the reverse proxy in front of an app. It is unpacked, not installed.
#
# One would guess: a request for a host that the configuration does not name is refused, with 404 or 421, or goes to the
# only site that there is, as with nginx.
#
# What happens: Caddy answers 200 with an empty body, to whatever path and method, and the app sees nothing. In an
# access log, if there is one, it looks like any other delivery. It takes no more than a tunnel that keeps its own name
# as Host, or `localhost:8080` where the Caddyfile says `127.0.0.1:8080`.
#
# Why it matters: 200 is what Meta takes for the app's acknowledgment. Deliveries under a name that was left out of the
# Caddyfile, as after a change of domain or of tunnel, are lost for good, and nobody is told: Meta repeats nothing. Only
# the handshake fails, by a body that lacks the challenge, and that is not repeated for a callback that is verified.
#
# Seen on 2026-11-30: the output below.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download caddy=2.6.2-5 >apt.log 2>&1 || { cat apt.log; exit 1; }
dpkg --extract caddy_*.deb .

cat >deliver.py <<'PY'
import http.client
import http.server
import os
import socket
import subprocess
import threading
import time

seen = []


class App(http.server.BaseHTTPRequestHandler):
    """Take deliveries, and refuse what is sent to another path."""

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        seen.append(self.path)
        self.send_response(200 if self.path == "/webhook" else 404)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"OK")

    def log_message(self, *_):
        """Keep quiet."""


def deliver(host, path):
    """Deliver a notification under a host name; print the answer and whether the app has seen it."""
    seen.clear()
    connection = http.client.HTTPConnection("127.0.0.1", port)
    body = b'{"object": "page", "entry": []}'
    connection.request("POST", path, body, {"Host": host, "Content-Type": "application/json"})
    answer = connection.getresponse()
    shown = host.replace(str(port), "PORT")
    print(f"{shown}{path}: answered {answer.status} {answer.read()!r}, {'the app saw it' if seen else 'not seen'}")
    connection.close()


app = http.server.ThreadingHTTPServer(("127.0.0.1", 0), App)
threading.Thread(target=app.serve_forever, daemon=True).start()
with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
with open("Caddyfile", "w") as written:
    written.write("{\n admin off\n auto_https off\n}\n")
    written.write(f"http://127.0.0.1:{port} {{\n reverse_proxy 127.0.0.1:{app.server_port}\n}}\n")
run = ["usr/bin/caddy", "run", "--config", "Caddyfile", "--adapter", "caddyfile"]
with open("caddy.log", "w") as log:
    caddy = subprocess.Popen(run, stdout=log, stderr=log, env=os.environ | {"HOME": os.getcwd()})
try:
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            break
        except OSError:
            time.sleep(0.1)
    deliver(f"127.0.0.1:{port}", "/webhook")
    deliver(f"127.0.0.1:{port}", "/elsewhere")
    deliver(f"localhost:{port}", "/webhook")
    deliver("a1b2c3.example-tunnel.app", "/webhook")
    deliver("a1b2c3.example-tunnel.app", "/elsewhere")
finally:
    caddy.terminate()
    caddy.wait()
PY

seen=$(python3 deliver.py)
expected="127.0.0.1:PORT/webhook: answered 200 b'OK', the app saw it
127.0.0.1:PORT/elsewhere: answered 404 b'OK', the app saw it
localhost:PORT/webhook: answered 200 b'', not seen
a1b2c3.example-tunnel.app/webhook: answered 200 b'', not seen
a1b2c3.example-tunnel.app/elsewhere: answered 200 b'', not seen"
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED. Expected:\n%s\n' "$expected" >&2; exit 1; }
