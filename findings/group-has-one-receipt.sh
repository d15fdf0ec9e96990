#!/usr/bin/env bash
# Libraries: django-whatsapp-api-wrapper 0.18.1 with Django 5.2.8 and djangorestframework 3.18.3, tungsten-whatsapp
# 0.1.1 with tungsten-leads 0.1.2 and SQLAlchemy 2.1.9 (Python), both on SQLite, in tables made from their models.
#
# One would guess: a message of the business to a WhatsApp group of three people has a receipt of each, as Meta names
# the person in recipient_participant_id (guide "Business-scoped user IDs", read 2026-11-30), next to the group's id.
#
# What happens: both take the id of the message and the status for what makes a receipt.
# - django-whatsapp-api-wrapper has one row for "delivered" and one for "read". Each person's receipt overwrites that of
#   the one before, with its time; recipient_id, which it has a column for, is the group's.
# - tungsten-whatsapp has one status for the message. It is "read" once the first of the three has read it, "failed"
#   once it could not be delivered to one of them, and "read" again with the next who reads it.
#
# Why it matters: who has not seen that the meeting has moved cannot be found out, not even from the stored payloads.
# That one person never gets it is there for a moment and then gone. With one person, which is what one tries, all is
# right.
#
# Seen on 2026-11-30: the output below.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check 'django-whatsapp-api-wrapper==0.18.1' 'Django==5.2.8' \
  'djangorestframework==3.18.3' 'tungsten-whatsapp==0.1.1' 'tungsten-leads==0.1.2' 'SQLAlchemy==2.1.9'

cat >receive.py <<'PY'
import json

import django
from django.conf import settings
from django.core.management import call_command
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session
from tungsten_whatsapp import WhatsAppBase, WhatsAppMessage
from tungsten_whatsapp.service import handle_cloud_webhook

settings.configure(
    SECRET_KEY="k",
    ALLOWED_HOSTS=["testserver"],
    ROOT_URLCONF="django_whatsapp_api_wrapper.urls",
    INSTALLED_APPS=[
        "django.contrib.contenttypes",
        "django.contrib.auth",
        "rest_framework",
        "django_whatsapp_api_wrapper",
    ],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    # Its migrations are for PostgreSQL.
    MIGRATION_MODULES={"django_whatsapp_api_wrapper": None},
    USE_TZ=True,
)
django.setup()
call_command("migrate", run_syncdb=True, verbosity=0)

from django.test import Client  # noqa: E402
from django_whatsapp_api_wrapper.whatsapp_cloud_api.webhooks.models import StatusUpdate, WebhookEvent  # noqa: E402

ADA, BOB, CY = "15550000001", "15550000002", "15550000003"
GROUP = "Y2FwaV9ncm91cDox"
RECEIPTS = [
    ("delivered", ADA, 1),
    ("delivered", BOB, 2),
    ("read", ADA, 3),
    ("delivered", CY, 4),
    ("failed", BOB, 5),
    ("read", CY, 6),
]


def delivery(wamid, status, person, second, **group):
    receipt = {"id": wamid, "status": status, "timestamp": str(1700000000 + second), "recipient_id": person} | group
    if status == "failed":
        receipt["errors"] = [{"code": 131026, "title": "Message undeliverable", "message": "Message undeliverable"}]
    metadata = {"display_phone_number": "15550000000", "phone_number_id": "106"}
    value = {"messaging_product": "whatsapp", "metadata": metadata, "statuses": [receipt]}
    entry = [{"id": "102", "changes": [{"field": "messages", "value": value}]}]
    return {"object": "whatsapp_business_account", "entry": entry}


def with_wrapper(wamid, bodies):
    for body in bodies:
        answer = Client().post("/webhooks/", json.dumps(body), content_type="application/json")
        assert answer.status_code == 200
    for event in WebhookEvent.objects.filter(wamid=wamid).order_by("subtype"):
        receipt = StatusUpdate.objects.get(event=event)
        told = event.raw_payload.get("recipient_participant_id", "nobody else")
        print(f"  wrapper: {receipt.status} of {receipt.recipient_id}, {told}, second {event.event_timestamp:%S}")


def with_tungsten(wamid, bodies):
    engine = create_engine("sqlite://")
    WhatsAppBase.metadata.create_all(engine)
    with Session(engine) as db:
        sent = {"direction": "out", "status": "sent", "channel": "cloud", "external_id": wamid}
        db.add(WhatsAppMessage(phone="", body="at 8 instead of 7", **sent))
        statuses = []
        for body in bodies:
            handle_cloud_webhook(db, body)
            statuses.append(db.scalars(select(WhatsAppMessage)).one().status)
    print(f"  tungsten: {', '.join(statuses)}")


def in_group(status, person, second):
    who = {"recipient_type": "group", "recipient_participant_id": person}
    return delivery("wamid.2", status, GROUP, second, **who)


one = [delivery("wamid.1", status, ADA, second) for status, person, second in RECEIPTS if person == ADA]
group = [in_group(*receipt) for receipt in RECEIPTS]
for name, wamid, bodies in (("one person", "wamid.1", one), ("a group", "wamid.2", group)):
    print(f"{name}: {len(bodies)} receipts")
    with_wrapper(wamid, bodies)
    with_tungsten(wamid, bodies)
PY

seen=$(venv/bin/python receive.py)
expected='one person: 2 receipts
  wrapper: delivered of 15550000001, nobody else, second 21
  wrapper: read of 15550000001, nobody else, second 23
  tungsten: delivered, read
a group: 6 receipts
  wrapper: delivered of Y2FwaV9ncm91cDox, 15550000003, second 24
  wrapper: failed of Y2FwaV9ncm91cDox, 15550000002, second 25
  wrapper: read of Y2FwaV9ncm91cDox, 15550000003, second 26
  tungsten: delivered, delivered, read, read, failed, read'
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED. Expected:\n%s\n' "$expected" >&2; exit 1; }
