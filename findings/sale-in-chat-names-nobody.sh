#!/usr/bin/env bash
# Libraries: facebook_business 26.0.3 (Python) and facebook-nodejs-business-sdk 24.0.1 (Node), both Meta's own.
#
# One would guess: a sale in a chat, to a person whom a webhook has named, can be reported by Meta's SDKs. They have an
# action source "business_messaging", a messaging channel, ctwa_clid and page_id for it.
#
# What happens, with what Meta's guide "Conversions API for Business Messaging" (updated 2026-05-05) asks for:
# - WhatsApp: the click arrives, whatsapp_business_account_id does not.
# - Messenger: Node sends the Page and leaves out page_scoped_user_id, the person. Python has no such channel.
# - Instagram: Node sends empty user data, as it knows neither the account nor ig_sid. Python has no such channel.
# A name that the classes do not know can be set on them like any other, and is left out when the event is made. Only as
# an argument of Python's constructor it is refused. Node takes any text for a channel, so that it seems supported.
#
# Why it matters: there is no e-mail address and no phone number in a chat; the scoped id is all that tells who bought.
# The ad that began the chat gets no sale, and the bidding learns that it does not sell. The code sets the right id, and
# a log of the object shows it.
#
# Seen on 2026-11-30: the user data that is sent, in the output below.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >npm.log
npm install --silent --no-audit --no-fund --ignore-scripts facebook-nodejs-business-sdk@24.0.1 >>npm.log
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check 'facebook_business==26.0.3'

cat >people.json <<'JSON'
{
  "whatsapp": {"whatsapp_business_account_id": "102", "ctwa_clid": "AffAb1"},
  "messenger": {"page_id": "106", "page_scoped_user_id": "2200"},
  "instagram": {"instagram_business_account_id": "178", "ig_sid": "3300"}
}
JSON

cat >report.py <<'PY'
import json
import pathlib

from facebook_business.adobjects.serverside.action_source import ActionSource
from facebook_business.adobjects.serverside.event import Event
from facebook_business.adobjects.serverside.messaging_channel import MessagingChannel
from facebook_business.adobjects.serverside.user_data import UserData

PEOPLE = json.loads(pathlib.Path("people.json").read_text())
for channel, ids in PEOPLE.items():
    person = UserData()
    for name, value in ids.items():
        setattr(person, name, value)
    try:
        event = Event("Purchase", 1_700_000_000, user_data=person, action_source=ActionSource.BUSINESS_MESSAGING)
        event.messaging_channel = MessagingChannel(channel)
    except ValueError as error:
        print(f"Python, {channel}: {error}")
    else:
        sent = event.normalize()
        print(f"Python, {sent['messaging_channel']}: {' '.join(sent['user_data']) or 'nobody'}")
try:
    UserData(page_scoped_user_id="2200")
except TypeError as error:
    print("Python, as an argument:", error)
PY

cat >report.cjs <<'JS'
const { readFileSync } = require("node:fs");
const { ServerEvent, UserData } = require("facebook-nodejs-business-sdk");

for (const [channel, ids] of Object.entries(JSON.parse(readFileSync("people.json")))) {
  const event = new ServerEvent().setEventName("Purchase").setEventTime(1700000000);
  event.setActionSource("business_messaging").setMessagingChannel(channel);
  event.setUserData(Object.assign(new UserData(), ids));
  const sent = event.normalize();
  console.log(`Node, ${sent.messaging_channel}: ${Object.keys(sent.user_data).join(" ") || "nobody"}`);
}
JS

seen=$(venv/bin/python report.py; node report.cjs)
expected="Python, whatsapp: ctwa_clid
Python, messenger: 'messenger' is not a valid MessagingChannel
Python, instagram: 'instagram' is not a valid MessagingChannel
Python, as an argument: UserData.__init__() got an unexpected keyword argument 'page_scoped_user_id'
Node, whatsapp: ctwa_clid
Node, messenger: page_id
Node, instagram: nobody"
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED. Expected:\n%s\n' "$expected" >&2; exit 1; }
