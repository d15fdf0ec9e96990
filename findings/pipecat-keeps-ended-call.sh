#!/usr/bin/env bash
# Libraries: pipecat-ai 1.14.0 with aiortc 1.16.0 (Python), its client for calls by WhatsApp, without those of its
# dependencies that this client does not need.
#
# One would guess: a voice framework that loops over entries, changes and calls of a delivery takes up each call that
# comes in and puts down each that has ended, as nothing but a notification tells it that a person has hung up.
#
# What happens: it returns out of the loops with the first event, and returns True.
# - of two people who call at once, the first is answered.
# - a hang-up that shares a delivery with a new call is not heard, if it comes second: the connection of the ended call,
#   and the bot that talks into it, are kept.
# - the end of a call that failed is refused, and the call kept too: its errors lack the "href" that the type asks for.
#   So they are in a public log of October 2025, both in the call and beside it.
# - what kind of event it is, it tells by the shape of "value": with contacts it is a call that comes in, without a call
#   that has ended. The event of a call that the business itself has made has no contacts in Meta's guide
#   "Business-initiated calls" (read 2026-11-30), so it is taken for one of an end, with the event "connect", and ends
#   in a ValueError. RINGING, ACCEPTED and REJECTED, which that guide names too, end in a ValidationError.
#
# Why it matters: True is a 200, so that Meta does not repeat what was passed over. The person hears it ring, the bot is
# billed by the minute. The errors are a 400 and a 422 in the framework's own runner, and Meta repeats those for days.
#
# Seen on 2026-11-30: the output below, against a stand-in for the Graph API.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check 'aiortc==1.16.0' 'aiohttp==3.14.5' 'loguru==0.7.3' \
  'pydantic==2.14.4' 'wait_for2==0.4.1'
venv/bin/pip install --quiet --disable-pip-version-check --no-deps 'pipecat-ai==1.14.0' 2>pip.log

cat >call.py <<'PY'
import asyncio

import aiohttp
from aiohttp import web
from aiortc import RTCPeerConnection
from loguru import logger
from pipecat.transports.whatsapp.api import WhatsAppApi, WhatsAppWebhookRequest
from pipecat.transports.whatsapp.client import WhatsAppClient

logger.remove()
BUSINESS, ADA, BOB = "15550000000", "15550000001", "15550000002"


async def offer():
    """Describe an audio call, without the addresses of this machine."""
    peer = RTCPeerConnection()
    peer.addTransceiver("audio")
    await peer.setLocalDescription(await peer.createOffer())
    text = peer.localDescription.sdp
    await peer.close()
    return "".join(line for line in text.splitlines(keepends=True) if not line.startswith("a=candidate"))


def change(contacts, **value):
    names = {"contacts": [{"profile": {"name": "Ada"}, "wa_id": number} for number in contacts]} if contacts else {}
    metadata = {"display_phone_number": BUSINESS, "phone_number_id": "106"}
    return {"field": "calls", "value": {"messaging_product": "whatsapp", "metadata": metadata, **names, **value}}


def call(number, event, id, direction="USER_INITIATED", **more):
    ends = {"from": number, "to": BUSINESS} if direction == "USER_INITIATED" else {"from": BUSINESS, "to": number}
    return {"id": id, "event": event, "timestamp": "1700000001", "direction": direction} | ends | more


async def main():
    async def answer(request):
        return web.json_response({"success": True})

    graph = web.Application()
    graph.router.add_post("/{path:.*}", answer)
    runner = web.AppRunner(graph)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    WhatsAppApi.BASE_URL = f"http://127.0.0.1:{runner.addresses[0][1]}/v23.0/"

    session = {"sdp_type": "offer", "sdp": await offer()}
    ada = call(ADA, "connect", "wacid.1", session=session)
    bob = call(BOB, "connect", "wacid.2", session=session)
    ended = {"status": "COMPLETED", "start_time": "1700000001", "end_time": "1700000061", "duration": 60}
    hang_up = call(ADA, "terminate", "wacid.1", **ended)
    errors = [{"code": 138021, "title": "No media", "message": "No media", "error_data": {"details": "No media."}}]
    lost = call(ADA, "terminate", "wacid.1", **ended | {"status": "FAILED"}, errors=errors)
    made = call(ADA, "connect", "wacid.3", "BUSINESS_INITIATED", session={"sdp_type": "answer", "sdp": session["sdp"]})
    ringing = {"id": "wacid.3", "timestamp": "1700000001", "type": "call", "status": "RINGING", "recipient_id": ADA}
    comes, ends, another = change([ADA], calls=[ada]), change([ADA], calls=[hang_up]), change([BOB], calls=[bob])
    deliveries = {
        "a call, then its end": [[comes], [ends]],
        "two calls at once": [[change([ADA, BOB], calls=[ada, bob])]],
        "a call, then its end and another": [[comes], [ends, another]],
        "a call, then another and its end": [[comes], [another, ends]],
        "a call, then its failure": [[comes], [change([ADA], calls=[lost], errors=errors)]],
        "a call of one's own": [[change([], calls=[made])]],
        "it rings": [[change([], statuses=[ringing])]],
    }
    async with aiohttp.ClientSession() as http:
        for name, bodies in deliveries.items():
            client = WhatsAppClient("t", "106", http, ice_servers=[])
            result = None
            for changes in bodies:
                body = {"object": "whatsapp_business_account", "entry": [{"id": "102", "changes": changes}]}
                try:
                    result = await client.handle_webhook_request(WhatsAppWebhookRequest.model_validate(body))
                except Exception as error:
                    result = type(error).__name__
            going_on = " ".join(client._ongoing_calls_map) or "none"
            print(f"{name}: {result}, going on: {going_on}")
            await client.terminate_all_calls()
    await runner.cleanup()


asyncio.run(main())
PY

seen=$(venv/bin/python call.py 2>pipecat.log)
expected="a call, then its end: True, going on: none
two calls at once: True, going on: wacid.1
a call, then its end and another: True, going on: none
a call, then another and its end: True, going on: wacid.1 wacid.2
a call, then its failure: ValidationError, going on: wacid.1
a call of one's own: ValueError, going on: none
it rings: ValidationError, going on: none"
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED. Expected:\n%s\n' "$expected" >&2; exit 1; }
