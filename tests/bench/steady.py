"""A steady load, in a process of its own so that it takes no time from whoever measures.

    python -m tests.bench.steady URL SECRET RATE

sends so many signed notifications a second until it is ended, each with a body of its own.
"""

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.bench.measure import THIS
from tests.support.captures import feed_body, signed

_CONNECTIONS = 8
_PAUSE_SECONDS = 0.005


@asynccontextmanager
async def steady(url: str, secret: str, rate: int) -> AsyncIterator[None]:
    """Load a URL for as long as the context lasts."""
    command = (sys.executable, "-m", "tests.bench.steady", url, secret, str(rate))
    environment = {**os.environ, "PYTHONPATH": os.fspath(THIS.folder)}
    process = await asyncio.create_subprocess_exec(*command, env=environment, cwd=THIS.folder)
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        await process.wait()


async def _send(url: str, secret: str, rate: float) -> None:
    address, _, path = url.removeprefix("http://").partition("/")
    host, _, port = address.partition(":")
    began = time.perf_counter()

    async def connection(number: int) -> None:
        reader, writer = await asyncio.open_connection(host, int(port))
        sent = 0
        while True:
            while sent < (time.perf_counter() - began) * rate / _CONNECTIONS:
                writer.write(_request(f"{address}/{path}", feed_body(f"{number}.{sent} {'x' * 640}"), secret))
                await reader.readuntil(b"\r\n\r\n")
                sent += 1
            await asyncio.sleep(_PAUSE_SECONDS)

    await asyncio.gather(*map(connection, range(_CONNECTIONS)))


def _request(address: str, body: bytes, secret: str) -> bytes:
    host, _, path = address.partition("/")
    headers = "".join(f"{name}: {value}\r\n" for name, value in signed(body, secret).items())
    return f"POST /{path} HTTP/1.1\r\nHost: {host}\r\n{headers}Content-Length: {len(body)}\r\n\r\n".encode() + body


if __name__ == "__main__":
    asyncio.run(_send(sys.argv[1], sys.argv[2], float(sys.argv[3])))
