#!/usr/bin/env bash
# Libraries: bottender 1.5.5, @tiledesk/tiledesk-messenger-connector 0.1.30 (Node); pymsgr 0.1.0 (Python).
#
# One would guess: a thumbs-up sent to a Page is a sticker for a library that has isSticker and isLikeSticker, and a
# picture for one that knows pictures, as it has been since 2016.
#
# What happens: the payload has changed twice, and each library fits what it was written for.
# - in captures of 2016 sticker_id stands in the message and in the attachment, in Meta's reference of 2025 in the
#   attachment alone. bottender's isSticker asks for the one in the message. isImage held on.
# - since 2026-08-30 the attachment's type is "sticker" (changelog of the Messenger Platform, 2026-06-01; both came in
#   the three months before). So isImage is false too: hasAttachment is left, and a bot that asks for kinds is silent.
# - Tiledesk's connector translates it to undefined, which it does not send on to the operator.
# - pymsgr hands the attachment over as it is.
#
# Why it matters: the thumbs-up is the one button beside Messenger's input, so it is what people answer with. It is
# answered 200, and tests with recorded messages pass, as most of those that are around have the oldest shape.
#
# Seen on 2026-11-30: the output below.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >npm.log
npm install --silent --no-audit --no-fund --ignore-scripts bottender@1.5.5 \
  @tiledesk/tiledesk-messenger-connector@0.1.30 >>npm.log
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check 'pymsgr==0.1.0'

cat >messages.json <<'JSON'
{
  "2016": {"mid": "m_1", "sticker_id": 369239263222822, "attachments": [{"type": "image", "payload": {
    "url": "https://cdn.example.com/like.png", "sticker_id": 369239263222822}}]},
  "2025": {"mid": "m_2", "attachments": [{"type": "image", "payload": {
    "url": "https://cdn.example.com/like.png", "sticker_id": 369239263222822}}]},
  "2026": {"mid": "m_3", "attachments": [{"type": "sticker", "payload": {
    "url": "https://cdn.example.com/like.png", "sticker_id": 369239263222822}}]}
}
JSON

cat >read.cjs <<'JS'
const { readFileSync } = require("node:fs");
const { MessengerBot } = require("bottender");
const connector = "@tiledesk/tiledesk-messenger-connector/tiledesk/TiledeskMessengerTranslator.js";
const { TiledeskMessengerTranslator } = require(connector);

const messages = Object.entries(JSON.parse(readFileSync("messages.json")));
const event = (message) => ({ sender: { id: "2" }, recipient: { id: "1" }, timestamp: 1700000001000, message });

async function main() {
  const options = { accessToken: "t", appSecret: "app-secret", verifyToken: "v", sync: true, skipLegacyProfile: true };
  const bot = new MessengerBot(options);
  let kinds;
  bot.onEvent(async ({ event: heard }) => {
    kinds = ["isSticker", "isLikeSticker", "isImage", "isFallback", "hasAttachment"].filter((kind) => heard[kind]);
  });
  for (const [year, message] of messages) {
    const entry = { id: "1", time: 1700000001000, messaging: [event(message)] };
    await bot.createRequestHandler()({ object: "page", entry: [entry] }, {});
    console.log(`bottender, ${year}:`, kinds.join(", "));
  }
  for (const [year, message] of messages) {
    const translated = await new TiledeskMessengerTranslator().toTiledesk(event(message));
    console.log(`Tiledesk, ${year}:`, translated && `${translated.type} ${translated.metadata.src}`);
  }
}

main();
JS

cat >read.py <<'PY'
import json
import pathlib

from pymsgr.types.events import IncomingMessage

for year, message in json.loads(pathlib.Path("messages.json").read_text()).items():
    (attachment,) = IncomingMessage.model_validate(message).attachments
    print(f"pymsgr, {year}: {attachment.type} {attachment.payload['sticker_id']}")
PY

seen=$(node read.cjs 2>node.log; venv/bin/python read.py)
expected='bottender, 2016: isSticker, isLikeSticker, isImage, hasAttachment
bottender, 2025: isImage, hasAttachment
bottender, 2026: hasAttachment
Tiledesk, 2016: image https://cdn.example.com/like.png
Tiledesk, 2025: image https://cdn.example.com/like.png
Tiledesk, 2026: undefined
pymsgr, 2016: image 369239263222822
pymsgr, 2025: image 369239263222822
pymsgr, 2026: sticker 369239263222822'
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED. Expected:\n%s\n' "$expected" >&2; exit 1; }
