#!/usr/bin/env bash
# Library: opsdroid 0.31.0 with aiohttp 3.14.5 and setuptools 80.9.0 (Python), its connector for Facebook Messenger and
# its own web server.
#
# One would guess: a bot's skills are run for what people write to the Page. What the Page itself has written comes back
# as an echo, marked by is_echo, and the other events of a Page are for others to handle.
#
# What happens:
# - an echo runs the skills. Its sender is the Page, so that the Page is the user, and the answer is sent to the Page.
#   It is so with the bot's own answers and with what a colleague writes in the inbox.
# - an entry with changes, such as a comment, or with standby events has no "messaging". It is answered 500. Messages in
#   the entries after it are not heard, those before it are heard again each time that Meta repeats the delivery.
# - a button that is pressed, and a picture, are answered 200 and heard by no skill.
#
# Why it matters: message_echoes is the field by which one sees what colleagues answer. With it, "Shall I cancel order
# 7?" cancels it. And a subscription to comments, for whatever purpose, makes deliveries fail until Meta turns the
# webhook off, and makes orders of those that are repeated.
#
# Seen on 2026-11-30: the output below, against a stand-in for the Graph API.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check 'opsdroid==0.31.0' 'aiohttp==3.14.5' 'setuptools==80.9.0'

mkdir skill
cat >skill/__init__.py <<'PY'
from opsdroid.matchers import match_regex
from opsdroid.skill import Skill


class Orders(Skill):
    @match_regex(r"cancel order (?P<number>\d+)", matching_condition="search")
    async def cancel(self, message):
        await message.respond(f"{message.user_id} has cancelled {message.entities['number']['value']}")
PY
cat >deliver.py <<'PY'
import asyncio
import gettext
import socket

from aiohttp import ClientSession, web

gettext.install("opsdroid")

from opsdroid.core import OpsDroid  # noqa: E402

ADA, PAGE, NOW = "5400000000000001", "106000000000001", 1700000000000


def entry(**events):
    return {"id": PAGE, "time": NOW} | events


def messaging(sender, **event):
    recipient = PAGE if sender == ADA else ADA
    return {"sender": {"id": sender}, "recipient": {"id": recipient}, "timestamp": NOW} | event


def text(sender, mid, words, **more):
    return messaging(sender, message={"mid": mid, "text": words} | more)


ORDER = text(ADA, "m_1", "please cancel order 7")
ECHO = text(PAGE, "m_2", "Shall I cancel order 7?", is_echo=True, app_id=263902037430900)
COMMENT = {
    "item": "comment",
    "verb": "add",
    "comment_id": "901000000000001_902000000000001",
    "post_id": f"{PAGE}_901000000000001",
    "created_time": 1700000000,
    "from": {"id": "24000000000000001", "name": "Bob"},
    "message": "how much?",
}
FEED = entry(changes=[{"field": "feed", "value": COMMENT}])
BUTTON = {"mid": "m_3", "title": "Cancel", "payload": "cancel order 7"}
PICTURE = {"type": "image", "payload": {"url": "https://cdn.example.com/1.jpg"}}
DELIVERIES = {
    "a message": [entry(messaging=[ORDER])],
    "an echo": [entry(messaging=[ECHO])],
    "a comment": [FEED],
    "a comment and a message": [FEED, entry(messaging=[ORDER])],
    "a message and a comment": [entry(messaging=[ORDER]), FEED],
    "standby": [entry(standby=[ORDER])],
    "a button": [entry(messaging=[messaging(ADA, postback=BUTTON)])],
    "a picture": [entry(messaging=[messaging(ADA, message={"mid": "m_4", "attachments": [PICTURE]})])],
}


async def main():
    sent = []

    async def answer(request):
        sent.append(await request.json())
        return web.json_response({"message_id": "m_9"})

    graph = web.Application()
    graph.router.add_post("/{path:.*}", answer)
    runner = web.AppRunner(graph)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    config = {
        "web": {"host": "127.0.0.1", "port": port},
        "connectors": {"facebook": {"verify-token": "v", "page-access-token": "t"}},
        "parsers": {"regex": {}},
        "skills": {"orders": {"path": "skill", "no-cache": True}},
    }
    with OpsDroid(config=config) as bot:
        await bot.load()
        names = type(bot.connectors[0]).send_message.__globals__
        names["_FACEBOOK_SEND_URL"] = f"http://127.0.0.1:{runner.addresses[0][1]}/me/messages?access_token={{}}"
        await bot.start_connectors()
        await bot.web_server.start()
        async with ClientSession() as http:
            for name, entries in DELIVERIES.items():
                sent.clear()
                body = {"object": "page", "entry": entries}
                async with http.post(f"http://127.0.0.1:{port}/connector/facebook", json=body) as response:
                    answers = [f"to {one['recipient']['id']}: {one['message']['text']}" for one in sent]
                    print(f"{name}: {response.status}, {', '.join(answers) or 'no answer'}")
        await bot.web_server.stop()
    await runner.cleanup()


asyncio.run(main())
PY

export XDG_CACHE_HOME=$work/home XDG_CONFIG_HOME=$work/home XDG_DATA_HOME=$work/home
seen=$(venv/bin/python -W ignore deliver.py 2>opsdroid.log)
expected='a message: 200, to 5400000000000001: 5400000000000001 has cancelled 7
an echo: 200, to 106000000000001: 106000000000001 has cancelled 7
a comment: 500, no answer
a comment and a message: 500, no answer
a message and a comment: 500, to 5400000000000001: 5400000000000001 has cancelled 7
standby: 500, no answer
a button: 200, no answer
a picture: 200, no answer'
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED. Expected:\n%s\n' "$expected" >&2; exit 1; }
