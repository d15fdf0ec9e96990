#!/usr/bin/env bash
# Library: django-meta-whatsapp 1.1.0 with Django 5.2.8 (Python), its campaigns of WhatsApp templates.
#
# One would guess: a campaign, which has columns and a page for how many messages were sent, delivered, read, and
# failed, counts the receipts that the library's webhook takes. And variable {{2}} of the template gets what is mapped
# to "2".
#
# What happens:
# - nothing ever writes "delivered" and "read", and "failed" only when the message is sent. Meta accepts messages that
#   it then does not deliver, and says so in a receipt. The page has 0 for all three, for good.
# - the receipts do reach the rows of the people, each in place of the last one, whatever it says. Meta does not promise
#   their order: a message that was read is "delivered" again when that receipt comes late, or when Meta repeats it.
# - the variables are sent in the order of their numbers as texts: 1, 10, 11, 2. With ten of them all but the first get
#   what belongs to others.
#
# Why it matters: "0 read" says that the campaign was for nothing, and "0 failed" that everybody was told. Whoever
# writes again to those who have not read it writes to some who have, and each message is billed. The price stands where
# the date belongs. All is answered 200, and a trial has two variables.
#
# Seen on 2026-11-30: the output below, against a stand-in for the Graph API.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check 'django-meta-whatsapp==1.1.0' 'Django==5.2.8'

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
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
WHATSAPP = {"CAMPAIGN_RESOLVER": "people.of"}
PY
cat >urls.py <<'PY'
from django.urls import include, path

urlpatterns = [path("whatsapp/", include("django_meta_whatsapp.urls", namespace="django_meta_whatsapp"))]
PY
cat >people.py <<'PY'
ADA, BOB, CY = "15550000001", "15550000002", "15550000003"
NUMBERS = [str(number) for number in range(1, 12)]


def of(campaign):
    params = {f"field {number}": f"value {number}" for number in NUMBERS}
    return [{"phone": phone, "name": "", "params": params} for phone in (ADA, BOB, CY)]
PY

cat >run.py <<'PY'
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
from django.test.utils import setup_test_environment
from django_meta_whatsapp import utils
from django_meta_whatsapp.models import WhatsAppAccount, WhatsAppCampaign, WhatsAppTemplate
from people import ADA, BOB, CY, NUMBERS

sent = []


class Graph(http.server.BaseHTTPRequestHandler):
    """Accept what is sent."""

    def do_POST(self):
        sent.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        answer = {"messages": [{"id": f"wamid.{sent[-1]['to']}", "message_status": "accepted"}]}
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Keep quiet."""


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Graph)
threading.Thread(target=server.serve_forever, daemon=True).start()
utils.GRAPH_BASE = f"http://127.0.0.1:{server.server_port}"

# Without this a page says nothing of its context.
setup_test_environment()
call_command("migrate", verbosity=0)
account = WhatsAppAccount.objects.create(
    name="Shop", access_token="t", phone_number_id="106", waba_id="102", verify_token="v"
)
template = WhatsAppTemplate.objects.create(account=account, name="order_ready", language="en_US", status="APPROVED")
campaign = WhatsAppCampaign.objects.create(
    account=account,
    name="Spring",
    template=template,
    parameter_mappings={number: f"field {number}" for number in NUMBERS},
)
client = Client()
client.force_login(User.objects.create_superuser("staff"))


def receive(status, person, second):
    """Deliver a receipt."""
    receipt = {"id": f"wamid.{person}", "status": status, "timestamp": str(1790000000 + second), "recipient_id": person}
    if status == "failed":
        receipt["errors"] = [{"code": 131026, "title": "Message undeliverable", "message": "Message undeliverable"}]
    metadata = {"display_phone_number": "15550000000", "phone_number_id": "106"}
    value = {"messaging_product": "whatsapp", "metadata": metadata, "statuses": [receipt]}
    entry = {"id": "102", "changes": [{"field": "messages", "value": value}]}
    body = {"object": "whatsapp_business_account", "entry": [entry]}
    assert client.post("/whatsapp/webhook/", body, content_type="application/json").status_code == 200


client.post(f"/whatsapp/campaigns/{campaign.pk}/run/")
(component,) = sent[0]["template"]["components"]
print("variables:", ", ".join(parameter["text"].removeprefix("value ") for parameter in component["parameters"]))
for status, person, second in (("delivered", BOB, 1), ("read", ADA, 3), ("delivered", ADA, 2), ("failed", CY, 4)):
    receive(status, person, second)
people = {person.phone_number: person.status for person in campaign.recipients.all()}
print("people:", ", ".join(f"{name} {people[phone]}" for name, phone in (("Ada", ADA), ("Bob", BOB), ("Cy", CY))))
stats = client.get("/whatsapp/analytics/").context["campaign_stats"]
print(f"campaign: {stats['s']} sent, {stats['d']} delivered, {stats['r']} read, {stats['f']} failed")
PY

seen=$(venv/bin/python run.py)
expected='variables: 1, 10, 11, 2, 3, 4, 5, 6, 7, 8, 9
people: Ada delivered, Bob delivered, Cy failed
campaign: 3 sent, 0 delivered, 0 read, 0 failed'
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED. Expected:\n%s\n' "$expected" >&2; exit 1; }
