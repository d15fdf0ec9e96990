"""The Stripe CLI: it gets its events over a websocket, and neither checks nor keeps them."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from aiohttp import web

from tests.bench.bursts import Send
from tests.bench.peers.process import running
from tests.bench.peers.service_socket import ServiceSocket
from tests.bench.serving import served


@asynccontextmanager
async def forward(executable: str, target: str) -> AsyncIterator[Send]:
    """Run it."""
    socket = ServiceSocket("stripecli-devproxy-v1")
    routes = (
        web.post("/v1/stripecli/sessions", _session),
        web.get("/subscribe", socket.accept),
        web.route("*", "/{rest:.*}", _anything),
    )

    async def send(bodies: Sequence[bytes]) -> float:
        events = [_event(number, body, target) for number, body in enumerate(bodies)]
        began = time.perf_counter()
        await socket.send(events)
        return began

    async with served(*routes) as service:
        key = f"sk_test_{'1' * 24}"
        options = ("--all-snapshot", "--api-base", service, "--api-key", key, "--device-name", "x", "--no-wss")
        async with running(executable, "listen", *options, "--skip-update", "--forward-to", target):
            await asyncio.wait_for(socket.stands.wait(), 30)
            yield send


def _event(number: int, body: bytes, url: str) -> str:
    return json.dumps(
        {
            "type": "webhook_event",
            "webhook_id": f"wh_{number}",
            "webhook_conversation_id": f"wc_{number}",
            "event_payload": body.decode(),
            "http_headers": {"Content-Type": "application/json"},
            "endpoint": {"url": url, "status": "enabled"},
        }
    )


async def _session(request: web.Request) -> web.Response:
    return web.json_response(
        {
            "websocket_id": "cliws_1",
            "websocket_url": f"ws://{request.host}/subscribe",
            "websocket_authorized_feature": "webhooks",
            "secret": "whsec_x",
            "reconnect_delay": 30,
            "default_version": "2026-01-01",
            "latest_version": "2026-01-01",
        }
    )


async def _anything(_: web.Request) -> web.Response:
    return web.json_response({"object": "list", "data": [], "has_more": False})
