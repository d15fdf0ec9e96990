#!/usr/bin/env bash
# Package: pagekite 1.5.2.201011-2 with python3-socksipychain 2.1.2-1 and python3-six 1.16.0-4 (Debian 12), with a
# front-end of one's own, on loopback.
#
# One would guess: a tunnel hands each request to the app behind it, and what comes back is the app's answer; where it
# shields an app, it does so from /admin.
#
# What happens: the end that runs beside the app answers 500 in its place if the path begins with /adm, /security/ or
# /licenses/, to Meta's handshake as to a delivery. So /admissions/webhook, where a school gets its leads, is refused,
# while /leads/admissions/webhook is not. The app hears nothing of it; --insecure lets everything through.
#
# Why it matters: Meta's refusal of the callback URL says "HTTP Status Code = 500", which sends one to look for a fault
# in the app, whose log is empty. From localhost, and through other tunnels, the same path works.
#
# Seen on 2026-11-30: the output below.
set -euo pipefail

work=$(mktemp -d)
started=()
end() {
  [ ${#started[@]} -eq 0 ] || kill "${started[@]}" 2>/dev/null || true
  wait
  rm -rf "$work"
}
trap end EXIT
cd "$work"
apt-get download pagekite=1.5.2.201011-2 python3-socksipychain=2.1.2-1 python3-six=1.16.0-4 \
  >apt.log 2>&1 || { cat apt.log; exit 1; }
for package in *.deb; do dpkg --extract "$package" .; done
export PYTHONPATH=$work/usr/lib/python3/dist-packages

cat >app.py <<'PY'
"""Answer Meta's handshake and take its deliveries, on every path."""
import http.server
import sys
import urllib.parse


class App(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.answer(urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)["hub.challenge"][0])

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.answer("ok")

    def answer(self, text):
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_):
        """Keep quiet."""


http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), App).serve_forever()
PY

read -r app_port kite_port < <(python3 -c '
import socket
sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
print(*(one.getsockname()[1] for one in sockets))')
python3 app.py "$app_port" &
started+=($!)
python3 -m pagekite --clean --nullui --isfrontend --host=127.0.0.1 --ports="$kite_port" --protos=http \
  --domain='http:*.kite.example:secret' --logfile=front.log &
started+=($!)
back() { # NAME [OPTION]: tie the app to this name.
  python3 -m pagekite --clean --nullui "${@:2}" --frontend="127.0.0.1:$kite_port" \
    --service_on="http:$1.kite.example:localhost:$app_port:secret" --logfile="$1.log" &
  started+=($!)
}
back app
back open --insecure

HANDSHAKE='hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=v'
ask() { # NAME URL [OPTION...]: print the status and the first words of the answer.
  local status answer
  status=$(curl --silent --max-time 20 --header "Host: $1.kite.example" --write-out '%{http_code}' --output answer.txt \
    "${@:2}")
  answer=$(<answer.txt)
  answer=${answer#<html><body><h1>}
  echo "$status, ${answer:0:10}"
}
for name in app open; do
  curl --silent --retry 90 --retry-delay 1 --retry-connrefused --output up.txt --header "Host: $name.kite.example" \
    "http://127.0.0.1:$kite_port/up?$HANDSHAKE"
done

{
  for path in webhook admissions/webhook leads/admissions/webhook security/webhook licenses/webhook; do
    echo "/$path: $(ask app "http://127.0.0.1:$kite_port/$path?$HANDSHAKE")"
  done
  echo "a delivery to /webhook: $(ask app "http://127.0.0.1:$kite_port/webhook" --data '{}')"
  echo "a delivery to /admissions/webhook: $(ask app "http://127.0.0.1:$kite_port/admissions/webhook" --data '{}')"
  echo "/admissions/webhook of the app itself: $(ask app "http://127.0.0.1:$app_port/admissions/webhook?$HANDSHAKE")"
  echo "/admissions/webhook, --insecure: $(ask open "http://127.0.0.1:$kite_port/admissions/webhook?$HANDSHAKE")"
} >seen.txt
seen=$(cat seen.txt)
expected='/webhook: 200, 1158201444
/admissions/webhook: 500, Sorry! (be
/leads/admissions/webhook: 200, 1158201444
/security/webhook: 500, Sorry! (be
/licenses/webhook: 500, Sorry! (be
a delivery to /webhook: 200, ok
a delivery to /admissions/webhook: 500, Sorry! (be
/admissions/webhook of the app itself: 200, 1158201444
/admissions/webhook, --insecure: 200, 1158201444'
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED. Expected:\n%s\n' "$expected" >&2; exit 1; }
