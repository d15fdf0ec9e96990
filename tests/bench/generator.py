"""The load on a server: wrk's or hey's if one of them is on the PATH, else our own, which costs more processor time.

Each notification is another one: Meta repeats few. Only hey can but send the same again and again.
"""

import asyncio
import os
import re
import secrets
import shutil
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from itertools import cycle
from pathlib import Path
from typing import TypeAlias

from msgspec import Struct

from tests.bench.asking import ask
from tests.bench.measure import Figures
from tests.support.captures import feed_body, signed

_BODY = feed_body("x" * 640)
_MOST_A_SECOND = 25_000
"""Of a faster server's requests, some are sent again."""
_WARM_SECONDS = 1
_SECONDS = 3
_MILLISECONDS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


class Load(Struct, frozen=True):
    """What came of a load: requests answered a second, and the median and 99th percentile in milliseconds."""

    rate: float
    p50: float
    p99: float

    @property
    def figures(self) -> Figures:
        """The same, by unit."""
        return {"/s": self.rate, "p50 ms": self.p50, "p99 ms": self.p99}


Generator: TypeAlias = Callable[[str, str, int, int], Awaitable[Load]]
"""Loads a URL, with the secret that signs, from so many connections, for so many seconds."""


async def load(url: str, secret: str, connections: int) -> Load:
    """Load a server with signed notifications of 1 KiB, after warming up. Raises AssertionError unless all get 200."""
    generate = _GENERATORS[name()]
    await generate(url, secret, connections, _WARM_SECONDS)
    return await generate(url, secret, connections, _SECONDS)


def name() -> str:
    """Return the name of the generator that is used."""
    return next(name for name in _GENERATORS if name == "own" or shutil.which(name))


async def _wrk(url: str, secret: str, connections: int, seconds: int) -> Load:
    with tempfile.TemporaryDirectory() as folder:
        file, script = Path(folder) / "requests", Path(folder) / "requests.lua"
        with file.open("wb") as requests:
            requests.writelines(_requests(url, secret, seconds * _MOST_A_SECOND))
        size = file.stat().st_size // (seconds * _MOST_A_SECOND)
        script.write_text(
            f"local file = io.open('{file}', 'rb')\n"
            f"request = function() return file:read({size}) or file:seek('set') and file:read({size}) end\n"
        )
        options = ("-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "-s", os.fspath(script))
        said = await _output("wrk", *options, url)
    assert "Non-2xx" not in said, said
    rate = re.search(r"Requests/sec:\s+([\d.]+)", said)
    p50, p99 = (re.search(rf"\b{part}%\s+([\d.]+)(us|ms|s)", said) for part in (50, 99))
    assert rate, said
    assert p50, said
    assert p99, said
    return Load(float(rate[1]), *(float(found[1]) * _MILLISECONDS[found[2]] for found in (p50, p99)))


async def _hey(url: str, secret: str, connections: int, seconds: int) -> Load:
    headers = [part for pair in signed(_BODY, secret).items() for part in ("-H", ": ".join(pair))]
    options = ("-m", "POST", "-c", str(connections), "-z", f"{seconds}s", "-d", _BODY.decode())
    said = await _output("hey", *options, *headers, url)
    statuses = set(re.findall(r"^\s+\[(\d+)\]", said, re.MULTILINE))
    assert statuses == {"200"}, said
    rate = re.search(r"Requests/sec:\s+([\d.]+)", said)
    p50, p99 = (re.search(rf"\b{part}% in ([\d.]+) secs", said) for part in (50, 99))
    assert rate, said
    assert p50, said
    assert p99, said
    return Load(float(rate[1]), float(p50[1]) * 1000, float(p99[1]) * 1000)


async def _own(url: str, secret: str, connections: int, seconds: int) -> Load:
    requests = cycle(list(_requests(url, secret, seconds * _MOST_A_SECOND)))
    until = time.perf_counter() + seconds
    port = int(url.removeprefix("http://").partition("/")[0].rpartition(":")[2])
    _, taken = await ask(port, connections, lambda: next(requests) if time.perf_counter() < until else None)
    taken.sort()
    return Load(len(taken) / seconds, taken[len(taken) // 2] * 1000, taken[int(len(taken) * 0.99)] * 1000)


def _requests(url: str, secret: str, count: int) -> Iterator[bytes]:
    """Yield notifications of 1 KiB and of the same length, whose comments nobody has sent before."""
    host, _, path = url.removeprefix("http://").partition("/")
    unique = secrets.token_hex(8)
    for number in range(count):
        body = feed_body("x" * 621, comment_id=f"{unique}_{number:09}")
        headers = "".join(f"{name}: {value}\r\n" for name, value in signed(body, secret).items())
        head = f"POST /{path} HTTP/1.1\r\nHost: {host}\r\n{headers}Content-Length: {len(body)}\r\n\r\n"
        yield head.encode() + body


_GENERATORS: dict[str, Generator] = {"wrk": _wrk, "hey": _hey, "own": _own}


async def _output(*command: str) -> str:
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    said, _ = await process.communicate()
    return said.decode()
