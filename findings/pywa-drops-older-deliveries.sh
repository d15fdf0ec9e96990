#!/usr/bin/env bash
# Library: pywa 4.5.0 (Python).
#
# One would guess: the ids that Meta added to WhatsApp's webhooks in spring 2026 (user_id in contacts, from_user_id in
# messages) are additions, and an SDK that knows them still reads deliveries without them.
#
# What happens: for messages pywa requires contacts[0].user_id. A message as it was delivered until then, and as it
# stands in most samples, mocks and stored captures, ends in a KeyError in the log; the sender gets 200 and the handler
# never runs. Statuses are half-way: a contact without user_id is fine there, but no contacts at all (the older form of
# every status) is dropped in the same way.
#
# Why it matters: a replay of last year's captures, or a simulator with the older shape, "works" by its status codes
# while the app does nothing. Only the error log tells.
#
# Seen on 2026-11-29: the output below.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check 'pywa==4.5.0'

cat >deliver.py <<'PY'
import json
import logging

from pywa import WhatsApp

PHONE = "15550000001"
METADATA = {"display_phone_number": "15550000000", "phone_number_id": "106"}


class Errors(logging.Handler):
    """Remember the exceptions that are logged."""

    def __init__(self):
        super().__init__(logging.ERROR)
        self.seen = []

    def emit(self, record):
        self.seen.append(repr(record.exc_info[1]))


errors = Errors()
logging.getLogger("pywa").addHandler(errors)
app = WhatsApp(phone_id="106", token="t", server=None, verify_token="v", validate_updates=False)
heard = []
app.on_message(lambda _, message: heard.append(message.id))
app.on_message_status(lambda _, status: heard.append(status.id))


def deliver(name, **value):
    heard.clear()
    errors.seen.clear()
    value = {"messaging_product": "whatsapp", "metadata": METADATA, **value}
    entry = [{"id": "102", "changes": [{"field": "messages", "value": value}]}]
    body = json.dumps({"object": "whatsapp_business_account", "entry": entry}).encode()
    _, code = app.webhook_update_handler(body)
    print(f"{name}: {code}, {len(heard)} heard", *errors.seen)


contact = {"profile": {"name": "Ada"}, "wa_id": PHONE}
message = {"from": PHONE, "timestamp": "1700000001", "type": "text", "text": {"body": "hi"}}
status = {"status": "sent", "timestamp": "1700000001", "recipient_id": PHONE}
new = {"user_id": "US.1"}

deliver("message", contacts=[contact | new], messages=[message | {"id": "wamid.1", "from_user_id": "US.1"}])
deliver("message without user_id", contacts=[contact], messages=[message | {"id": "wamid.2"}])
deliver("status", contacts=[contact | new], statuses=[status | {"id": "wamid.3", "recipient_user_id": "US.1"}])
deliver("status without user_id", contacts=[contact], statuses=[status | {"id": "wamid.4"}])
deliver("status without contacts", statuses=[status | {"id": "wamid.5"}])
PY

seen=$(venv/bin/python deliver.py)
expected="message: 200, 1 heard
message without user_id: 200, 0 heard KeyError('user_id')
status: 200, 1 heard
status without user_id: 200, 1 heard
status without contacts: 200, 0 heard KeyError('contacts')"
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED. Expected:\n%s\n' "$expected" >&2; exit 1; }
