#!/usr/bin/env bash
# Library: django-meta-whatsapp 1.1.0 with Django 5.2.8 (Python).
#
# One would guess: a library that designs, sends and counts WhatsApp Flows files a person's answer under the Flow that
# was sent to her. Meta's answer does not name the Flow; what was sent as flow_token comes back in it.
#
# What happens: it sends no flow_token, for which Meta's default is "unused". An answer is filed under the Flow of an
# earlier answer with the same token, and else under the newest Flow of the account.
# - with two Flows, the answer to the older one, "Booking", is filed under "Feedback", and counted there.
# - from then on the token is known: every answer to any Flow goes there, to one made later as well.
# - an answer that Meta delivers once more is filed and counted once more. Messages are told apart by their ids, answers
#   are not.
#
# Why it matters: the handler of the signal gets the Flow with the answer, and decides by it: a table is not booked, and
# "rating" is missing from a form that never asked for it. With one Flow, as one begins, all is well.
#
# Seen on 2026-11-30: the output below, against a stand-in for the Graph API.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check 'django-meta-whatsapp==1.1.0' 'django==5.2.8'

cat >settings.py <<'PY'
SECRET_KEY = "k"
ROOT_URLCONF = "urls"
USE_TZ = True
ALLOWED_HOSTS = ["testserver"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
INSTALLED_APPS = [f"django.contrib.{name}" for name in ("auth", "contenttypes", "sessions", "messages")]
INSTALLED_APPS += ["django_meta_whatsapp"]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
PY
cat >urls.py <<'PY'
from django.urls import include, path

urlpatterns = [path("whatsapp/", include("django_meta_whatsapp.urls", namespace="django_meta_whatsapp"))]
PY

cat >answer.py <<'PY'
import http.server
import json
import os
import threading

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
django.setup()

from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from django_meta_whatsapp import flows
from django_meta_whatsapp.models import WhatsAppAccount, WhatsAppFlow, WhatsAppMessage
from django_meta_whatsapp.signals import whatsapp_flow_completed

sent = []


class Graph(http.server.BaseHTTPRequestHandler):
    """Take each message."""

    def do_POST(self):
        sent.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        body = b'{"messages": [{"id": "wamid.9"}]}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Keep quiet."""


graph = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Graph)
threading.Thread(target=graph.serve_forever, daemon=True).start()
flows._GRAPH_BASE = f"http://127.0.0.1:{graph.server_port}"

call_command("migrate", verbosity=0)
account = WhatsAppAccount.objects.create(
    name="Shop", access_token="t", phone_number_id="106", waba_id="102", verify_token="v"
)
client = Client()
client.force_login(User.objects.create_user("staff"))


def make(name, number):
    """Make a Flow that is published."""
    return WhatsAppFlow.objects.create(
        account=account, name=name, meta_flow_id=number, flow_json={}, status="PUBLISHED"
    )


def send(flow):
    """Send a Flow, and return its number and token as Meta is given them."""
    client.post(f"/whatsapp/flows/{flow.pk}/send/", {"phone": "15550000001"})
    parameters = sent[-1]["interactive"]["action"]["parameters"]
    return parameters["flow_id"], parameters.get("flow_token")


def deliver(number, **message):
    """Deliver a message of hers, and return what is answered."""
    message |= {"from": "15550000001", "id": f"wamid.{number}", "timestamp": "1700000001"}
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "15550000000", "phone_number_id": "106"},
        "contacts": [{"profile": {"name": "Ada"}, "wa_id": "15550000001"}],
        "messages": [message],
    }
    entry = {"id": "102", "changes": [{"field": "messages", "value": value}]}
    body = {"object": "whatsapp_business_account", "entry": [entry]}
    return client.post("/whatsapp/webhook/", body, content_type="application/json").status_code


def answer(number, **answers):
    """Deliver her answer to a Flow that was sent without a token."""
    reply = {"name": "flow", "body": "Sent", "response_json": json.dumps(answers | {"flow_token": "unused"})}
    return deliver(number, type="interactive", interactive={"type": "nfm_reply", "nfm_reply": reply})


def completed(sender, response, **_):
    print(f"  signal: {response.response_data} of {response.flow.name}")


whatsapp_flow_completed.connect(completed)
booking, feedback = make("Booking", "901"), make("Feedback", "902")
print("Booking is sent:", *send(booking))
print("answered:", answer(1, table="4"))
print("the same delivery again:", answer(1, table="4"))
later = make("Survey", "903")
print("Survey is sent:", *send(later))
print("answered:", answer(2, shop="Oslo"))
deliver(3, type="text", text={"body": "hello"})
deliver(3, type="text", text={"body": "hello"})
print("a text that is delivered twice:", WhatsAppMessage.objects.filter(message_id="wamid.3").count())
print("counted:", {flow.name: flow.completion_count for flow in WhatsAppFlow.objects.order_by("pk")})
PY

seen=$(venv/bin/python answer.py)
expected="Booking is sent: 901 None
  signal: {'table': '4'} of Feedback
answered: 200
  signal: {'table': '4'} of Feedback
the same delivery again: 200
Survey is sent: 903 None
  signal: {'shop': 'Oslo'} of Feedback
answered: 200
a text that is delivered twice: 1
counted: {'Booking': 0, 'Feedback': 3, 'Survey': 0}"
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED. Expected:\n%s\n' "$expected" >&2; exit 1; }
