"""The smee client: it gets its events as server-sent events, and writes their JSON anew."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from aiohttp import web

from tests.bench.bursts import Send
from tests.bench.peers.process import running
from tests.bench.serving import served


@asynccontextmanager
async def forward(executable: str, target: str) -> AsyncIterator[Send]:
    """Run it."""
    stands: asyncio.Future[web.StreamResponse] = asyncio.get_running_loop().create_future()
    done = asyncio.Event()

    async def channel(request: web.Request) -> web.StreamResponse:
        stream = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await stream.prepare(request)
        stands.set_result(stream)
        await done.wait()
        return stream

    async def send(bodies: Sequence[bytes]) -> float:
        stream, events = stands.result(), [_event(number, body) for number, body in enumerate(bodies)]
        began = time.perf_counter()
        for event in events:
            await stream.write(event)
        return began

    async with served(web.get("/channel", channel)) as service:
        async with running(executable, "--url", f"{service}/channel", "--target", target):
            await asyncio.wait_for(stands, 30)
            yield send
        done.set()


def _event(number: int, body: bytes) -> bytes:
    data = {"content-type": "application/json", "body": json.loads(body), "query": {}, "timestamp": number}
    return f"id: {number}\ndata: {json.dumps(data)}\n\n".encode()
