#!/usr/bin/env bash
# Library: whatsloon 3.1.0 (Python), its webhook pipeline.
#
# One would guess: a pipeline that drops what Meta repeats tells a repeat from something that happens again, as it keeps
# a fingerprint of each event and not of its text alone: "hi" said twice is two messages.
#
# What happens: what happens to a template, a number, or the account itself is one kind of event, "unknown", and holds
# the value of the change alone. Of these neither has an id nor a time: Meta puts the time, and the account, beside the
# change. So all that is ever told apart is their words.
# - a template that is flagged, reinstated and flagged again: the second flag is a duplicate of the first, whether it
#   comes a minute or a year later. The template is at risk of being disabled, and the handler is not called.
# - two accounts whose review ends alike: the second one's is a duplicate of the first one's. Nothing in the event says
#   whose the first was, nor of which field.
#
# Why it matters: it is answered 200, as a duplicate should be. It works in each test, as things happen once there, and
# fails by and by as the table of fingerprints fills.
#
# Seen on 2026-11-30: the output below. Flagged and reinstated are in Meta's reference of template statuses (read
# 2026-11-30), the review of an account in that of account_review_update.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check 'whatsloon==3.1.0'

cat >process.py <<'PY'
import json

from whatsloon.persistence.repositories import InMemoryEventRepository
from whatsloon.webhooks.processor import WebhookProcessor
from whatsloon.webhooks.router import EventRouter
from whatsloon.webhooks.verifier import compute_signature

SECRET = "app-secret"
heard = []
router = EventRouter()
router.set_fallback(lambda event: heard.append(event))
processor = WebhookProcessor(router, InMemoryEventRepository(), retain_raw=True)


def deliver(what, account, time, field, value):
    """Let the pipeline take a delivery, and show what comes of it."""
    entry = {"id": account, "time": time, "changes": [{"field": field, "value": value}]}
    body = json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()
    heard.clear()
    (result,) = processor.process(body, compute_signature(SECRET, body), app_secret=SECRET)
    print(f"{what}: {result.outcome}, handler called: {len(heard)}")


def template(event):
    return {
        "event": event,
        "message_template_id": 1689556908129832,
        "message_template_name": "order",
        "message_template_language": "en_US",
        "reason": "NONE",
        "message_template_category": "UTILITY",
    }


def message(number):
    sent = {"id": f"wamid.{number}"}
    return {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "15550000000", "phone_number_id": "106"},
        "contacts": [{"profile": {"name": "Ada"}, "wa_id": "15550000001"}],
        "messages": [sent | {"from": "15550000001", "timestamp": "1700000001", "type": "text", "text": {"body": "hi"}}],
    }


YEAR = 365 * 24 * 60 * 60
STATUS = "message_template_status_update"
deliver("hi", "102", 1700000001, "messages", message(1))
deliver("hi, once more", "102", 1700000002, "messages", message(2))
deliver("flagged", "102", 1700000001, STATUS, template("FLAGGED"))
deliver("reinstated", "102", 1700000002, STATUS, template("REINSTATED"))
deliver("flagged, a year later", "102", 1700000001 + YEAR, STATUS, template("FLAGGED"))
deliver("review of one account", "102", 1700000001, "account_review_update", {"decision": "APPROVED"})
print("what it is given:", heard[0].event_type, heard[0].raw)
deliver("review of another", "103", 1700000002, "account_review_update", {"decision": "APPROVED"})
PY

seen=$(venv/bin/python process.py)
expected="hi: handled, handler called: 1
hi, once more: handled, handler called: 1
flagged: handled, handler called: 1
reinstated: handled, handler called: 1
flagged, a year later: duplicate, handler called: 0
review of one account: handled, handler called: 1
what it is given: unknown {'decision': 'APPROVED'}
review of another: duplicate, handler called: 0"
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED. Expected:\n%s\n' "$expected" >&2; exit 1; }
