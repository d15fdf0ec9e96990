"""The Hookdeck CLI in its compact mode: it gets its events over a websocket, and answers each with its outcome."""

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

_WHEN = "2026-01-01T00:00:00.000Z"
_SOURCE = {"id": "src_1", "name": "meta", "url": "http://127.0.0.1/e/1", "updated_at": _WHEN, "created_at": _WHEN}
_DESTINATION = {
    "id": "des_1",
    "name": "cli",
    "type": "CLI",
    "config": {"path": "/"},
    "updated_at": _WHEN,
    "created_at": _WHEN,
}
_CONNECTION = {
    "id": "web_1",
    "name": "cli-meta",
    "full_name": "meta -> cli",
    "team_id": "tm_1",
    "source": _SOURCE,
    "destination": _DESTINATION,
    "updated_at": _WHEN,
    "created_at": _WHEN,
}
_USER = {"user_id": "1", "user_name": "x", "team_id": "tm_1", "team_name_no_org": "x", "team_mode": "inbound"}


@asynccontextmanager
async def forward(executable: str, target: str) -> AsyncIterator[Send]:
    """Run it."""
    socket = ServiceSocket("hookdeckcli-devproxy-v1")

    async def send(bodies: Sequence[bytes]) -> float:
        attempts = [_attempt(number, body) for number, body in enumerate(bodies)]
        began = time.perf_counter()
        await socket.send(attempts)
        return began

    async def anything(request: web.Request) -> web.StreamResponse:
        if request.headers.get("Upgrade", "").lower() == "websocket":
            return await socket.accept(request)
        return web.json_response(_answer(request.path))

    async with served(web.route("*", "/{rest:.*}", anything)) as service:
        addresses = ("--api-base", service, "--ws-base", f"ws{service.removeprefix('http')}", "--no-wss")
        options = ("--output", "compact", "--no-healthcheck", "--cli-key", "1" * 12, "--device-name", "x")
        async with running(executable, "listen", target.removesuffix("/hook"), "meta", *options, *addresses):
            await asyncio.wait_for(socket.stands.wait(), 30)
            yield send


def _answer(path: str) -> object:
    match path.rpartition("/")[2]:
        case "sources":
            return {"models": [_SOURCE], "pagination": {}, "count": 1}
        case "connections":
            return {"models": [_CONNECTION], "pagination": {}, "count": 1}
        case "cli-sessions":
            return {"id": "ses_1"}
        case _:
            return _USER


def _attempt(number: int, body: bytes) -> str:
    request = {
        "method": "POST",
        "timeout": 30_000,
        "data_string": body.decode(),
        "headers": {"Content-Type": "application/json"},
    }
    ids = {"event_id": f"evt_{number}", "attempt_id": f"atm_{number}", "webhook_id": "web_1"}
    return json.dumps({"event": "attempt", "body": {"cli_path": "/hook", **ids, "request": request}})
