#!/usr/bin/env bash
# Library: django-whatsapp-api-wrapper 0.18.1 with Django 5.2.8 and djangorestframework 3.18.3 (Python), on SQLite, in
# tables made from its models.
#
# One would guess: a library that puts each chunk of a business's chat history into an inbox, and has a command that
# brings them from there into tables, imports all of them. How many are waiting when it runs makes no difference.
#
# What happens: for each chunk the webhook stores an event, and the command looks for that event again by the account
# and the time of the delivery. A delivery of this field has no time of its own (Meta's "history webhook reference",
# updated 2026-05-21), so the chunks of an account are alike to it.
# - with one chunk in all, it is found and imported.
# - as soon as a second has come, none is: "get() returned more than one WebhookEvent". Each is marked FAILED, and the
#   command does not take it up again. It exits with 0.
# Whether the command is run for each chunk or once at the end, all that is ever imported is the first, or nothing.
#
# Why it matters: the history can be asked for once, on the day when a number is connected, and 180 days of a shop's
# chats come in many chunks. Each was answered 200 and "status": "received". What is left of them is JSON in the inbox.
# A trial with a new number has a single chunk.
#
# Seen on 2026-11-30: the output below.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check 'django-whatsapp-api-wrapper==0.18.1' 'Django==5.2.8' \
  'djangorestframework==3.18.3'

cat >import.py <<'PY'
import json
import sys

import django
from django.conf import settings
from django.core.management import call_command

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
from django_whatsapp_api_wrapper.whatsapp_cloud_api.webhooks import models  # noqa: E402


def chunk(number):
    """Return a delivery with one chunk, one thread, and one message."""
    message = {"from": "15550000001", "id": f"wamid.{number}", "timestamp": str(1700000000 + number), "type": "text"}
    message |= {"text": {"body": "hello"}, "history_context": {"status": "READ"}}
    history = {
        "metadata": {"phase": 0, "chunk_order": number, "progress": 33 * number},
        "threads": [{"id": "15550000001", "messages": [message]}],
    }
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "15550000000", "phone_number_id": "106"},
        "history": [history],
    }
    entry = {"id": "102", "changes": [{"field": "history", "value": value}]}
    return {"object": "whatsapp_business_account", "entry": [entry]}


when, chunks = sys.argv[1], int(sys.argv[2])
for number in range(1, chunks + 1):
    answer = Client().post("/webhooks/", json.dumps(chunk(number)), content_type="application/json")
    print(answer.status_code, end=" ")
    if when == "each" or number == chunks:
        call_command("process_waba_history_inbox")
for item in models.WabaHistoryInbox.objects.all():
    print(f"  {item.status} {item.last_error or ''}".rstrip())
print("  imported:", [message.wamid for message in models.WabaHistoryMessage.objects.all()])
PY

seen=$(for how in "end 1" "end 3" "each 3"; do
  echo "import at $how:"
  # shellcheck disable=SC2086
  venv/bin/python import.py $how
done)
expected='import at end 1:
200 Processed: 1, Failed: 0
  DONE
  imported: ['"'wamid.1'"']
import at end 3:
200 200 200 Processed: 0, Failed: 3
  FAILED get() returned more than one WebhookEvent -- it returned 3!
  FAILED get() returned more than one WebhookEvent -- it returned 3!
  FAILED get() returned more than one WebhookEvent -- it returned 3!
  imported: []
import at each 3:
200 Processed: 1, Failed: 0
200 Processed: 0, Failed: 1
200 Processed: 0, Failed: 1
  DONE
  FAILED get() returned more than one WebhookEvent -- it returned 2!
  FAILED get() returned more than one WebhookEvent -- it returned 3!
  imported: ['"'wamid.1'"']'
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED. Expected:\n%s\n' "$expected" >&2; exit 1; }
