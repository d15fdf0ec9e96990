#!/usr/bin/env bash
# Library: ampalibe 1.1.9 with FastAPI 0.165.0, starlette 1.10.0 and uvicorn 0.54.0 (Python), on its own server with
# SQLite.
#
# One would guess: a framework for Messenger bots gives the handler of a picture that picture, and the handler of a read
# receipt the person who has read.
#
# What happens:
# - cmd.attachments is one list for the whole process, to which each picture adds its address. Bob's handler gets Ada's
#   picture as well as his own, first in the list, and their next texts have both.
# - the handlers of "read", "delivery" and "reaction" get their arguments exchanged: sender_id is the whole event,
#   message is None. The watermark and the reaction are right.
# - a reaction that is taken back has no "reaction" in it, only its action. It is answered 500, so Meta repeats it.
#
# Why it matters: a bot that sends on the pictures of a claim sends those of strangers, and more of them every day until
# it is started again. A first trial, by one person with one picture, shows nothing of it. A receipt that is stored
# under sender_id is stored under a dictionary, and one that reads message["read"] ends in an error.
#
# Seen on 2026-11-30: the output below.
set -euo pipefail

work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check 'ampalibe==1.1.9' 'fastapi==0.165.0' 'starlette==1.10.0' \
  'uvicorn==0.54.0'

cat >bot.py <<'PY'
import ampalibe


def say(*words):
    with open("heard", "a") as file:
        print(*words, file=file)


@ampalibe.command("/")
def main(sender_id, cmd, **more):
    pictures = [address.rpartition("/")[2] for address in cmd.attachments]
    say(f"{cmd.webhook} of {sender_id}: pictures {' '.join(pictures) or 'none'}")


@ampalibe.event("read")
def read(sender_id, watermark, message, **more):
    say(f"read: watermark {watermark}, sender_id {type(sender_id).__name__}, message {message}")


@ampalibe.event("delivery")
def delivery(sender_id, watermark, message, **more):
    say(f"delivery: watermark {watermark}, sender_id {type(sender_id).__name__}, message {message}")


@ampalibe.event("reaction")
def reaction(sender_id, watermark, message, **more):
    say(f"reaction: {watermark}, sender_id {type(sender_id).__name__}, message {message}")


ampalibe.init.run()
PY
cat >deliver.py <<'PY'
import json
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

HEARD = Path("heard")
URL = f"http://127.0.0.1:{sys.argv[1]}/"
ADA, BOB = "5400000000000001", "5400000000000002"
NOW = 1700000000000


def picture(mid, name):
    attachment = {"type": "image", "payload": {"url": f"https://cdn.example.com/{name}.jpg"}}
    return {"message": {"mid": mid, "attachments": [attachment]}}


def heard():
    return HEARD.read_text().splitlines() if HEARD.exists() else []


def deliver(person, event):
    """Deliver one event, and wait for its handler, which runs in a thread of its own."""
    before = len(heard())
    event = {"sender": {"id": person}, "recipient": {"id": "106"}, "timestamp": NOW} | event
    body = json.dumps({"object": "page", "entry": [{"id": "106", "time": NOW, "messaging": [event]}]}).encode()
    request = urllib.request.Request(URL, body, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request) as answer:
            status = answer.status
    except urllib.error.HTTPError as error:
        status = error.code
    end = time.monotonic() + 10
    while status == 200 and len(heard()) == before and time.monotonic() < end:
        time.sleep(0.01)
    print(f"{status} {''.join(heard()[before:])}".strip())


deliver(ADA, picture("m_1", "ada"))
deliver(BOB, picture("m_2", "bob"))
deliver(ADA, {"message": {"mid": "m_3", "text": "thanks"}})
deliver(BOB, {"message": {"mid": "m_4", "text": "thanks"}})
deliver(BOB, picture("m_5", "bob-again"))
deliver(ADA, {"delivery": {"mids": ["m_9"], "watermark": NOW}})
deliver(ADA, {"read": {"watermark": NOW}})
deliver(ADA, {"reaction": {"mid": "m_9", "action": "react", "emoji": "\u2764", "reaction": "love"}})
deliver(ADA, {"reaction": {"mid": "m_9", "action": "unreact"}})
PY

port=$(venv/bin/python -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
export TMPDIR=$work ADAPTER=SQLITE DB_FILE=bot.db AMP_HOST=127.0.0.1 AMP_PORT=$port AMP_ACCESS_TOKEN=t AMP_VERIF_TOKEN=v
venv/bin/python bot.py >server.log 2>&1 &
server=$!
for _ in $(seq 300); do
  venv/bin/python -c 'import socket, sys; socket.create_connection(("127.0.0.1", int(sys.argv[1])))' "$port" \
    2>server.wait && break
done

seen=$(venv/bin/python deliver.py "$port")
expected='200 attachments of 5400000000000001: pictures ada.jpg
200 attachments of 5400000000000002: pictures ada.jpg bob.jpg
200 message of 5400000000000001: pictures ada.jpg bob.jpg
200 message of 5400000000000002: pictures ada.jpg bob.jpg
200 attachments of 5400000000000002: pictures ada.jpg bob.jpg bob-again.jpg
200 delivery: watermark 1700000000000, sender_id dict, message None
200 read: watermark 1700000000000, sender_id dict, message None
200 reaction: love, sender_id dict, message None
500'
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED. Expected:\n%s\n' "$expected" >&2; exit 1; }
