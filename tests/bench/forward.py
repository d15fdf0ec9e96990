"""Measure how fast a burst of notifications reaches the user's application, beside a bare aiohttp relay.

    python -m tests.bench.forward [COUNT [STRIPE]]

Everything is a process of its own: the sender, the relay, the application. The clock runs from the first request to the
last one that the application has got. The Stripe CLI has all its events at once; the sender has 32, 64 or 256
connections, and waits on each for the answer before it sends another.

hookscope is the whole program: it registers itself at a sandbox, checks signatures, commits every notification before
its answer, and delivers at the same time what came at the same time. The bare relay answers at once and passes on,
keeping nothing. STRIPE is the Stripe CLI's executable, where that is at hand: it gets as many events over a websocket
as it would from its own service, and neither checks nor keeps them; it sends them at the same time, too. To compare
with it, the forwarder alone is measured as well: a burst that stands in the journal, as after an outage, delivered one
after the other and several at once.
"""

import asyncio
import hashlib
import json
import multiprocessing
import os
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, TCPConnector, WSMsgType, web

from hookscope.journal.writer import JournalWriter
from hookscope.model.feed import Feed
from hookscope.model.record import Run
from hookscope.model.timestamps import now
from hookscope.outbound.forward.delivery_log import RunLog
from hookscope.outbound.forward.worker_client import ForwardWorkerClient
from hookscope.sandbox.server import SandboxServer
from hookscope.settings import ForwardSettings, Route
from tests.bench.answering import Answering
from tests.bench.asking import ask
from tests.support.captures import feed_body, make_capture, signed
from tests.support.program import Home, start

_MANY = 256
_CONNECTIONS = (32, 64, _MANY)


_Runner = Callable[["Application", list[bytes]], Coroutine[Any, Any, float]]


def _serve_application(count: int, pipe: Connection) -> None:
    async def serve() -> None:
        digests: list[bytes] = []
        done = asyncio.Event()

        def take(_: Mapping[bytes, bytes], body: bytes) -> None:
            digests.append(hashlib.sha256(body).digest())
            if len(digests) == count:
                done.set()

        server = await asyncio.get_running_loop().create_server(lambda: Answering(take), "127.0.0.1", 0)
        pipe.send(server.sockets[0].getsockname()[1])
        await done.wait()
        pipe.send((time.perf_counter(), digests))
        server.close()

    asyncio.run(serve())


class Application:
    """The application in a process of its own."""

    def __init__(self, count: int) -> None:
        self._ours, theirs = multiprocessing.Pipe()
        self._process = multiprocessing.Process(target=_serve_application, args=(count, theirs), daemon=True)
        self._process.start()
        self.url = f"http://127.0.0.1:{self._ours.recv()}/hook"

    async def result(self) -> tuple[float, list[bytes]]:
        """Return the time of the last one, and the digests of all in the order of arrival."""
        async with asyncio.timeout(120):
            while not self._ours.poll():
                await asyncio.sleep(0.01)
        found: tuple[float, list[bytes]] = self._ours.recv()
        self._process.join()
        return found


async def burst(url: str, bodies: list[bytes], secret: str, connections: int) -> float:
    """Send all bodies over some connections; when the first one went out."""
    host, _, rest = url.removeprefix("http://").partition("/")
    requests = []
    for body in reversed(bodies):
        headers = "".join(f"{name}: {value}\r\n" for name, value in signed(body, secret).items())
        head = f"POST /{rest} HTTP/1.1\r\nHost: {host}\r\n{headers}Content-Length: {len(body)}\r\n\r\n"
        requests.append(head.encode() + body)
    port = int(host.rpartition(":")[2])
    began, _ = await ask(port, connections, lambda: requests.pop() if requests else None)
    return began


def environment(sandbox: SandboxServer) -> dict[str, str]:
    """Return the environment that leads the program to a sandbox."""
    return {
        "HOOKSCOPE_GRAPH_URL": sandbox.url,
        "HOOKSCOPE_APP_ID": sandbox.address.app_id,
        "HOOKSCOPE_APP_SECRET": sandbox.address.app_secret.reveal(),
        "HOOKSCOPE_TUNNEL": "none",
    }


async def _hookscope(application: Application, bodies: list[bytes], *, connections: int) -> float:
    with tempfile.TemporaryDirectory() as folder:
        async with SandboxServer(scenario=False) as sandbox:
            secret = sandbox.address.app_secret.reveal()
            arguments = ("run", "--output", "plain", "--forward-to", application.url)
            home, quiet = Home(Path(folder)), asyncio.subprocess.DEVNULL  # As for Stripe's CLI.
            async with start(home, *arguments, environment=environment(sandbox), stdout=quiet) as run:
                await run.says("registered page")
                (subscription,) = sandbox.world.subscriptions(sandbox.address.app_id)
                began = await burst(subscription.callback_url, bodies, secret, connections)
                return await until_last(application, bodies, began)


async def _from_the_journal(application: Application, bodies: list[bytes], *, connections: int) -> float:
    settings = ForwardSettings(routes=(Route(target=application.url),), connections=connections)
    with tempfile.TemporaryDirectory() as folder:
        async with JournalWriter(Path(folder) / "journal.db") as journal:
            run = await journal.begin_run(
                Run(app_id="1", objects=("page",), targets=settings.targets, started_at=now())
            )
            dispatcher = ForwardWorkerClient(
                settings, run=run, log=RunLog(run, journal=journal, publish=Feed().publish)
            )
            work = asyncio.create_task(dispatcher.run())
            await dispatcher.drained()
            captures = [make_capture(body, run_id=run.id, received_at=now()) for body in bodies]
            await asyncio.gather(*(journal.append(capture) for capture in captures))
            began = time.perf_counter()
            dispatcher.wake()
            elapsed = await until_last(application, bodies, began)
            work.cancel()
            await asyncio.wait([work])
            return elapsed


def _serve_bare(target: str, pipe: Connection) -> None:
    async def serve() -> None:
        tasks: set[asyncio.Task[None]] = set()
        async with ClientSession(connector=TCPConnector(limit=50)) as session:

            async def send(body: bytes, headers: Any) -> None:
                async with session.post(target, data=body, headers=headers) as answer:
                    await answer.read()

            async def handle(request: web.Request) -> web.Response:
                task = asyncio.create_task(send(await request.read(), request.headers))
                tasks.add(task)
                task.add_done_callback(tasks.discard)
                return web.Response(text="OK")

            app = web.Application()
            app.router.add_post("/hook", handle)
            runner = web.AppRunner(app, access_log=None)
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            pipe.send(runner.addresses[0][1])
            await asyncio.to_thread(pipe.recv)
            await runner.cleanup()

    asyncio.run(serve())


async def bare_relay(application: Application, bodies: list[bytes]) -> float:
    """Relay a burst with aiohttp alone; return the seconds until the last one has arrived."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.Process(target=_serve_bare, args=(application.url, theirs), daemon=True)
    process.start()
    began = await burst(f"http://127.0.0.1:{await asyncio.to_thread(ours.recv)}/hook", bodies, "secret", _MANY)
    elapsed = await until_last(application, bodies, began)
    ours.send("done")
    await asyncio.to_thread(process.join)
    return elapsed


def stripe(executable: str) -> _Runner:
    """Return how the Stripe CLI is measured."""

    async def measure(application: Application, bodies: list[bytes]) -> float:
        connected: asyncio.Future[web.WebSocketResponse] = asyncio.get_running_loop().create_future()
        async with _stripe_service(connected) as service:
            key = f"sk_test_{'1' * 24}"
            with tempfile.TemporaryDirectory() as home:
                process = await asyncio.create_subprocess_exec(
                    *(executable, "listen", "--all-snapshot", "--api-base", service, "--api-key", key),
                    *("--device-name", "x", "--no-wss", "--skip-update", "--forward-to", application.url),
                    env={"HOME": home, "PATH": os.environ["PATH"], "XDG_CONFIG_HOME": home},
                    stdout=asyncio.subprocess.DEVNULL,
                    stderr=asyncio.subprocess.DEVNULL,
                )
                try:
                    socket = await asyncio.wait_for(connected, 30)
                    events = [_stripe_event(number, body, application.url) for number, body in enumerate(bodies)]
                    began = time.perf_counter()
                    for event in events:
                        await socket.send_str(event)
                    return await until_last(application, bodies, began)
                finally:
                    process.terminate()
                    await process.wait()

    return measure


def _stripe_event(number: int, body: bytes, url: str) -> str:
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


@asynccontextmanager
async def _stripe_service(connected: "asyncio.Future[web.WebSocketResponse]") -> AsyncIterator[str]:
    """Serve as much of Stripe's API as its CLI needs to listen."""

    async def session(request: web.Request) -> web.Response:
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

    async def subscribe(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(protocols=("stripecli-devproxy-v1",))
        await socket.prepare(request)
        if not connected.done():
            connected.set_result(socket)
        async for message in socket:
            if message.type is WSMsgType.CLOSE:
                break
        return socket

    async def anything(_: web.Request) -> web.Response:
        return web.json_response({"object": "list", "data": [], "has_more": False})

    app = web.Application()
    app.router.add_post("/v1/stripecli/sessions", session)
    app.router.add_get("/subscribe", subscribe)
    app.router.add_route("*", "/{rest:.*}", anything)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def until_last(application: Application, bodies: list[bytes], began: float) -> float:
    """Return the seconds until the application has received every body, unchanged. Raises AssertionError."""
    ended, digests = await application.result()
    wanted = [hashlib.sha256(body).digest() for body in bodies]
    assert sorted(digests) == sorted(wanted), "not every body arrived identical"
    return ended - began


def main() -> None:
    """Measure each in turn, five times, and print rates and the ratios of their medians."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 3000
    bodies = [feed_body(f"number {number} " + "x" * 600) for number in range(count)]
    ours: dict[str, _Runner] = {
        **{f"hookscope, {many} in flight": partial(_hookscope, connections=many) for many in _CONNECTIONS},
        "its forwarding, one by one": partial(_from_the_journal, connections=1),
        "its forwarding, 8 at once": partial(_from_the_journal, connections=8),
    }
    others: dict[str, _Runner] = {"bare aiohttp": bare_relay}
    if len(sys.argv) > 2:
        others["stripe listen"] = stripe(sys.argv[2])
    rates: dict[str, list[float]] = defaultdict(list)
    for _ in range(5):
        for name, runner in {**ours, **others}.items():
            rates[name].append(count / asyncio.run(runner(Application(count), bodies)))
            print(f"{name:<27} {rates[name][-1]:8,.0f}/s   {count} of {count} identical")
    for other in others:
        for name in ours:
            ratio = statistics.median(rates[name]) / statistics.median(rates[other])
            print(f"{name:<27} {ratio:5.2f} times as fast as {other}")


if __name__ == "__main__":
    main()
