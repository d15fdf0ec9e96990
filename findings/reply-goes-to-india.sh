#!/usr/bin/env bash
# Libraries: django-meta-whatsapp 1.1.0 with Django 5.2.8, tungsten-whatsapp 0.1.1 with tungsten-leads 0.1.2 and
# SQLAlchemy 2.1.9 (Python), both on SQLite.
#
# One would guess: an inbox answers the person who has written. WhatsApp gives her number with its country code, and
# that is what the answer is sent to.
#
# What happens: both take a number of ten digits for one without a country code, and put 91 for India in front. Ten
# digits with the country code are what everybody has in Singapore (65), Norway (47), and Denmark (45). The answer to
# 65 8000 0001 goes to 91 65800 00001, and as mobile numbers in India begin with 6 to 9, somebody may have it. The ones
# of Norway and Denmark become numbers that nobody has. A plus in front makes no difference. For tungsten-whatsapp
# another code can be set: with 65 a shop in Singapore reaches nobody in Singapore. Numbers of other lengths, such as
# those of the United States, Germany, and India, are right.
#
# Why it matters: anybody may be written to by a template, so that a stranger reads the name and the order of another
# person, and the message is billed. A plain answer is refused later on, as that stranger has not written. With
# django-meta-whatsapp it stands in the chat of the person who asked, as sent.
#
# Seen on 2026-11-30: the output below, against a stand-in for the Graph API.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check 'django-meta-whatsapp==1.1.0' 'Django==5.2.8' \
  'tungsten-whatsapp==0.1.1' 'tungsten-leads==0.1.2' 'SQLAlchemy==2.1.9'

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

cat >reply.py <<'PY'
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
from django_meta_whatsapp import utils
from django_meta_whatsapp.models import WhatsAppAccount, WhatsAppConversation
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session
from tungsten_leads import LeadsBase
from tungsten_whatsapp import WhatsAppBase, WhatsAppMessage
from tungsten_whatsapp.service import get_settings, handle_cloud_webhook, send

ANSWER = '{"messages": [{"id": "wamid.9"}]}'
PEOPLE = {
    "Singapore": "6580000001",
    "Norway": "4740000001",
    "Denmark": "4520000001",
    "United States": "15550000001",
    "India": "916000000001",
}
sent = []


class Graph(http.server.BaseHTTPRequestHandler):
    """Note to whom each message goes."""

    def do_POST(self):
        sent.append(json.loads(self.rfile.read(int(self.headers["Content-Length"])))["to"])
        self.send_response(200)
        self.send_header("Content-Length", str(len(ANSWER)))
        self.end_headers()
        self.wfile.write(ANSWER.encode())

    def log_message(self, *_):
        """Keep quiet."""


def delivery(number):
    message = {"from": number, "id": f"wamid.{number}", "timestamp": "1700000001", "type": "text"}
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "15550000000", "phone_number_id": "106"},
        "contacts": [{"profile": {"name": "Ada"}, "wa_id": number}],
        "messages": [message | {"text": {"body": "Where is my order?"}}],
    }
    entry = {"id": "102", "changes": [{"field": "messages", "value": value}]}
    return {"object": "whatsapp_business_account", "entry": [entry]}


graph = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Graph)
threading.Thread(target=graph.serve_forever, daemon=True).start()
utils.GRAPH_BASE = f"http://127.0.0.1:{graph.server_port}"
call_command("migrate", verbosity=0)
WhatsAppAccount.objects.create(name="Shop", access_token="t", phone_number_id="106", waba_id="102", verify_token="v")
client = Client()
client.force_login(User.objects.create_user("staff"))


def with_django(number):
    client.post("/whatsapp/webhook/", delivery(number), content_type="application/json")
    chat = WhatsAppConversation.objects.get().phone_number
    client.post(f"/whatsapp/inbox/{chat}/send/", {"body": "On its way."})
    WhatsAppConversation.objects.all().delete()


def transport(method, url, headers, body):
    sent.append(json.loads(body)["to"])
    return 200, ANSWER


def with_tungsten(number, **options):
    engine = create_engine("sqlite://")
    LeadsBase.metadata.create_all(engine)
    WhatsAppBase.metadata.create_all(engine)
    with Session(engine) as db:
        settings = get_settings(db)
        for name, value in {"channel": "cloud", "phone_number_id": "106", "access_token": "t", **options}.items():
            setattr(settings, name, value)
        handle_cloud_webhook(db, delivery(number))
        asked = db.scalars(select(WhatsAppMessage)).one()
        send(db, phone=asked.phone, text="On its way.", transport=transport)


for country, number in PEOPLE.items():
    with_django(number)
    with_tungsten(number)
    with_tungsten(number, country_code="65")
    print(f"{country}, {number}: django {sent[0]}, tungsten {sent[1]}, set to 65 {sent[2]}")
    sent.clear()
PY

seen=$(venv/bin/python reply.py 2>reply.log) || { cat reply.log; exit 1; }
expected='Singapore, 6580000001: django 916580000001, tungsten +916580000001, set to 65 +656580000001
Norway, 4740000001: django 914740000001, tungsten +914740000001, set to 65 +654740000001
Denmark, 4520000001: django 914520000001, tungsten +914520000001, set to 65 +654520000001
United States, 15550000001: django 15550000001, tungsten +15550000001, set to 65 +15550000001
India, 916000000001: django 916000000001, tungsten +916000000001, set to 65 +916000000001'
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED. Expected:\n%s\n' "$expected" >&2; exit 1; }
