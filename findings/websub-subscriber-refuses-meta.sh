#!/usr/bin/env bash
# Library: flask-websub 0.4.1 with Flask 3.1.3 (Python), the subscriber.
#
# One would guess: Meta's webhooks are WebSub, formerly PubSubHubbub, as hub.mode, hub.challenge, hub.verify_token and
# X-Hub-Signature say, so that a WebSub library answers the handshake and checks the deliveries.
#
# What happens:
# - WebSub requires hub.topic and hub.lease_seconds in the handshake, and Meta sends neither. The library answers 400,
#   and 404 from then on, as a handshake uses up the pending request, whatever comes of it.
# - with the two in the query of the callback URL itself, to which Meta appends its own parameters, the same library
#   confirms and hears Meta's deliveries. Nobody looks at hub.verify_token.
# - a delivery with a wrong signature is answered 200 and dropped, as WebSub demands. So is one with no signature but
#   X-Hub-Signature-256: for WebSub the SHA-256 belongs into X-Hub-Signature.
# - when the lease is over, deliveries are answered 404. A hub of WebSub is asked again in time; Meta knows no leases.
#
# Why it matters: with the wrong secret Meta sees nothing but success while each delivery is dropped. And a handshake
# made to try the callback, as tools and people do before they register it, is the one that would have counted.
#
# Seen on 2026-11-30: the output below.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check 'flask-websub==0.4.1' 'flask==3.1.3'

cat >subscribe.py <<'PY'
import hmac
import time
from urllib.parse import urlencode

from flask import Flask
from flask_websub.subscriber import SQLite3SubscriberStorage, SQLite3TempSubscriberStorage, Subscriber

TOPIC = "https://graph.facebook.com/page"
META = {"hub.mode": "subscribe", "hub.challenge": "1158201444", "hub.verify_token": "v"}
BODY = b'{"object":"page","entry":[{"id":"2","time":1700000001,"changes":[]}]}'

subscriber = Subscriber(SQLite3SubscriberStorage("storage.db"), SQLite3TempSubscriberStorage("pending.db"))
app = Flask(__name__)
app.register_blueprint(subscriber.build_blueprint("/callbacks"))
client = app.test_client()
heard = []
subscriber.add_listener(lambda topic, callback_id, body: heard.append(body))


def expect(callback_id):
    """Note a pending request by hand, as Meta is not asked by the library."""
    request = {"mode": "subscribe", "topic_url": TOPIC, "hub_url": "https://graph.facebook.com", "secret": "app-secret"}
    subscriber.temp_storage[callback_id] = request | {"lease_seconds": None, "timeout": 600}


def handshake(name, callback_id, query):
    answer = client.get(f"/callbacks/{callback_id}?{urlencode(query)}")
    print(f"{name}: {answer.status_code}, confirms: {answer.text == META['hub.challenge']}")


def deliver(name, callback_id, **signatures):
    heard.clear()
    names = {"sha1": "X-Hub-Signature", "sha256": "X-Hub-Signature-256"}
    headers = {names[kind]: sign(kind, secret) for kind, secret in signatures.items()}
    answer = client.post(f"/callbacks/{callback_id}", data=BODY, headers=headers, content_type="application/json")
    print(f"{name}: {answer.status_code}, heard: {heard == [BODY]}")


def sign(kind, secret):
    return f"{kind}={hmac.new(secret.encode(), BODY, kind).hexdigest()}"


expect("a")
handshake("a hub of WebSub", "a", META | {"hub.topic": TOPIC, "hub.lease_seconds": "3600"})
expect("b")
handshake("Meta", "b", META)
handshake("a hub of WebSub after Meta", "b", META | {"hub.topic": TOPIC, "hub.lease_seconds": "3600"})
expect("c")
handshake("Meta, with the rest in the callback URL", "c", {"hub.topic": TOPIC, "hub.lease_seconds": "3600"} | META)
deliver("both signatures", "c", sha1="app-secret", sha256="app-secret")
deliver("both, wrong secret", "c", sha1="other", sha256="other")
deliver("X-Hub-Signature-256 alone", "c", sha256="app-secret")
expect("d")
handshake("Meta, with a lease of one second", "d", {"hub.topic": TOPIC, "hub.lease_seconds": "1"} | META)
time.sleep(2.1)
deliver("after the lease", "d", sha1="app-secret", sha256="app-secret")
PY

seen=$(venv/bin/python subscribe.py 2>subscribe.log)
expected='a hub of WebSub: 200, confirms: True
Meta: 400, confirms: False
a hub of WebSub after Meta: 404, confirms: False
Meta, with the rest in the callback URL: 200, confirms: True
both signatures: 200, heard: True
both, wrong secret: 200, heard: False
X-Hub-Signature-256 alone: 200, heard: False
Meta, with a lease of one second: 200, confirms: True
after the lease: 404, heard: False'
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED. Expected:\n%s\n' "$expected" >&2; exit 1; }
