"""A burst of notifications that must reach an application, whoever sends them."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import TypeAlias

from tests.bench.application import Application
from tests.bench.asking import ask
from tests.bench.measure import Figures
from tests.support.captures import feed_body, signed

Send: TypeAlias = Callable[[Sequence[bytes]], Awaitable[float]]
"""Has these bodies sent; returns when the first one went out, by `time.perf_counter`."""

Sender: TypeAlias = Callable[[str], AbstractAsyncContextManager[Send]]
"""Runs something that sends to the application at a URL."""

BURST = 3000


async def measure_burst(sender: Sender, count: int = BURST) -> Figures:
    """Return how many a second reach the application, and how many of them as they were."""
    bodies, application = numbered_bodies(count), Application(count)
    async with sender(application.url) as send:
        began = await send(bodies)
        ended, identical = await application.arrived(bodies)
    return {"/s": count / (ended - began), "% identical": 100 * identical / count}


def numbered_bodies(count: int) -> list[bytes]:
    """Return bodies of 1 KiB, each of which differs from all others, escaped as Meta escapes them."""
    return [feed_body(f"number {number}: åäö, 1/2 {'x' * 560}") for number in range(count)]


async def post(url: str, bodies: Sequence[bytes], secret: str, connections: int) -> float:
    """Post all bodies over some connections, each of which waits for an answer; return when the first one went out."""
    host, _, rest = url.removeprefix("http://").partition("/")
    requests = []
    for body in reversed(bodies):
        headers = "".join(f"{name}: {value}\r\n" for name, value in signed(body, secret).items())
        head = f"POST /{rest} HTTP/1.1\r\nHost: {host}\r\n{headers}Content-Length: {len(body)}\r\n\r\n"
        requests.append(head.encode() + body)
    port = int(host.rpartition(":")[2])
    began, _ = await ask(port, connections, lambda: requests.pop() if requests else None)
    return began
