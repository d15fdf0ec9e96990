#!/usr/bin/env bash
# Library: agno 3.1.10 with openai 2.30.0 (Python), its WhatsApp interface with an agent of a model of OpenAI.
#
# One would guess: the interface has fetched a voice message with its type, "audio/ogg; codecs=opus", from the Graph API
# and hands both to the model, as it does with pictures.
#
# What happens: the type is stored as mime_type, and what builds the request for OpenAI looks at format alone, which the
# interface does not set. Where there is none, "wav" is assumed: the model gets Ogg by the name of WAV, and MP3, which
# that request knows, by the name of WAV as well. WhatsApp's voice messages are Ogg, so that this is the fate of them
# all. A picture's type is right: for pictures mime_type is looked at.
#
# Why it matters: the delivery is answered 200, the download works, and the log names no type. The model is blamed for
# not understanding voice, or the person reads "Sorry, there was an error". Tests with a WAV file of one's own pass.
#
# Seen on 2026-11-30: the output below, against a stand-in for the Graph API and the one of OpenAI.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check 'agno==3.1.10' 'fastapi==0.141.1' 'httpx==0.28.1' \
  'openai==2.30.0'

cat >hear.py <<'PY'
import base64
import http.server
import json
import logging
import threading

from agno.agent import Agent
from agno.models.openai import OpenAIChat
from agno.os.interfaces.whatsapp import helpers
from agno.os.interfaces.whatsapp.router import attach_routes
from fastapi import APIRouter, FastAPI
from fastapi.testclient import TestClient

MEDIA = {
    "1": ("audio/ogg; codecs=opus", b"OggS\x00\x02" + bytes(20)),
    "2": ("audio/mpeg", b"ID3\x04" + bytes(20)),
    "3": ("image/png", b"\x89PNG\r\n\x1a\n" + bytes(20)),
}
ANSWER = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "answer"}}
COMPLETION = {"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": [ANSWER]}


class Outside(http.server.BaseHTTPRequestHandler):
    """Stand in for the Graph API, its media, and OpenAI, and print what the model gets."""

    def do_GET(self):
        kind, number = self.path.split("/")[-2:]
        mime_type, content = MEDIA[number]
        if kind == "files":
            return self.answer(content, mime_type)
        found = {"url": f"http://{self.headers['Host']}/files/{number}", "mime_type": mime_type, "id": number}
        self.answer(json.dumps(found).encode())

    def do_POST(self):
        sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path.endswith("/chat/completions"):
            for part in sent["messages"][-1]["content"]:
                if part["type"] == "input_audio":
                    audio = part["input_audio"]
                    print("the model gets: format", audio["format"], "of", base64.b64decode(audio["data"])[:4])
                elif part["type"] == "image_url":
                    head, _, data = part["image_url"]["url"].partition(",")
                    print("the model gets:", head, "of", base64.b64decode(data)[:4])
        self.answer(json.dumps(COMPLETION if "chat" in self.path else {}).encode())

    def answer(self, body, type="application/json"):
        self.send_response(200)
        self.send_header("Content-Type", type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Keep quiet."""


outside = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Outside)
threading.Thread(target=outside.serve_forever, daemon=True).start()
here = f"http://127.0.0.1:{outside.server_port}"

logging.disable(logging.WARNING)
helpers._BASE_URL = here
agent = Agent(name="echo", model=OpenAIChat(id="m", api_key="k", base_url=f"{here}/v1"), telemetry=False)
app = FastAPI()
app.include_router(attach_routes(APIRouter(), agent, access_token="t", phone_number_id="106", verify_token="v"))
client = TestClient(app)
for number, (mime_type, _) in MEDIA.items():
    kind = mime_type.split("/")[0]
    media = {"id": number, "mime_type": mime_type, "sha256": "c2hh", "url": "https://cdn.example.com/1"}
    voice = {"voice": "ogg" in mime_type} if kind == "audio" else {}
    message = {"from": "15550000001", "from_user_id": "US.1", "id": f"wamid.{number}", "timestamp": "1700000001"}
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "15550000000", "phone_number_id": "106"},
        "contacts": [{"profile": {"name": "Ada"}, "wa_id": "15550000001", "user_id": "US.1"}],
        "messages": [message | {"type": kind, kind: media | voice}],
    }
    entry = [{"id": "102", "changes": [{"field": "messages", "value": value}]}]
    answer = client.post("/webhook", json={"object": "whatsapp_business_account", "entry": entry})
    print(f"{mime_type}: {answer.status_code}")
PY

export WHATSAPP_SKIP_SIGNATURE_VALIDATION=true
seen=$(venv/bin/python hear.py 2>hear.log)
expected="the model gets: format wav of b'OggS'
audio/ogg; codecs=opus: 200
the model gets: format wav of b'ID3\x04'
audio/mpeg: 200
the model gets: data:image/png;base64 of b'\x89PNG'
image/png: 200"
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED. Expected:\n%s\n' "$expected" >&2; exit 1; }
