#!/usr/bin/env bash
# Library: pymes-api 0.2.6 with Django 5.2.8 and requests 2.32.5 (Python), its view for Messenger's webhooks.
#
# One would guess: a view that is made by subclassing passes over the events for which the subclass has no method, as it
# does with messages and postbacks. The README's example has handle_message and nothing else.
#
# What happens:
# - for receipts, opt-ins, and account linking there is no method to inherit. The first person who reads an answer sends
#   a receipt, the view looks for handle_read, fails, and answers 500.
# - the events before the receipt have been handled by then, those behind it are not. Meta delivers all of them again,
#   so that the first are handled again each time, and the others never.
# - reactions and what else the view has not heard of are passed over with 200, so that new events are not the trouble.
# - with app_id set to the Page, as in the README, handle_echo is never called: what the Page sends has the person for
#   its recipient, and the view drops whatever has not the Page.
#
# Why it matters: an order is placed as often as Meta tries, for 36 hours, or until it takes the app off the Page, after
# an hour of failures. Receipts come with live traffic and to those who subscribe to them, not with a first trial.
#
# Seen on 2026-11-30: the output below, Meta's repeats cut to three.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check 'pymes-api==0.2.6' 'Django==5.2.8' 'requests==2.32.5'

cat >receive.py <<'PY'
import json
import logging

import django
from django.conf import settings
from django.urls import path
from pymes.django import MessengerView

PAGE, ADA, BOB = "1067", "2001", "2002"
TRIES = 4
handled = []


class BotView(MessengerView):
    verify_token = "v"

    def handle_message(self, metadata):
        handled.append(metadata["payload"].get("text"))


class EchoView(BotView):
    app_id = PAGE

    def handle_echo(self, metadata):
        handled.append(f"echo of {metadata['payload']['text']}")


urlpatterns = [path("bot", BotView.as_view()), path("echo", EchoView.as_view())]
settings.configure(SECRET_KEY="k", ROOT_URLCONF=__name__, ALLOWED_HOSTS=["testserver"])
django.setup()
logging.disable()

from django.test import Client  # noqa: E402


def event(person, **what):
    return {"sender": {"id": person}, "recipient": {"id": PAGE}, "timestamp": 1790000000000} | what


def text(person, words):
    return event(person, message={"mid": f"m_{words}", "text": words})


def deliver(where, events):
    """Deliver as Meta does, again and again until the answer is 200."""
    body = {"object": "page", "entry": [{"id": PAGE, "time": 1790000000001, "messaging": events}]}
    statuses = []
    while len(statuses) < TRIES and 200 not in statuses:
        statuses.append(Client().post(where, json.dumps(body), content_type="application/json").status_code)
    return f"{', '.join(map(str, statuses))}; handled: {', '.join(handled) or 'nothing'}"


READ = {"read": {"watermark": 1790000000000}}
REACTION = {"reaction": {"mid": "m_1", "action": "react", "reaction": "love", "emoji": "\u2764"}}
LINKING = {"account_linking": {"status": "linked", "authorization_code": "c"}}
ECHO = event(PAGE, recipient={"id": ADA}, message={"mid": "m_9", "text": "Thanks", "is_echo": True, "app_id": 5})
for name, where, events in (
    ("two messages", "/bot", [text(ADA, "2 pizzas"), text(BOB, "1 cola")]),
    ("a reaction between them", "/bot", [text(ADA, "2 pizzas"), event(ADA, **REACTION), text(BOB, "1 cola")]),
    ("a receipt between them", "/bot", [text(ADA, "2 pizzas"), event(ADA, **READ), text(BOB, "1 cola")]),
    ("an account linked between them", "/bot", [text(ADA, "2 pizzas"), event(ADA, **LINKING), text(BOB, "1 cola")]),
    ("an echo beside a message", "/echo", [text(ADA, "2 pizzas"), ECHO]),
):
    handled.clear()
    print(f"{name}: {deliver(where, events)}")
PY

seen=$(venv/bin/python receive.py)
expected='two messages: 200; handled: 2 pizzas, 1 cola
a reaction between them: 200; handled: 2 pizzas, 1 cola
a receipt between them: 500, 500, 500, 500; handled: 2 pizzas, 2 pizzas, 2 pizzas, 2 pizzas
an account linked between them: 500, 500, 500, 500; handled: 2 pizzas, 2 pizzas, 2 pizzas, 2 pizzas
an echo beside a message: 200; handled: 2 pizzas'
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED. Expected:\n%s\n' "$expected" >&2; exit 1; }
