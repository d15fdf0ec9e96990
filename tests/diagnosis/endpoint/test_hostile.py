"""Whatever an endpoint answers, the examination ends with findings."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from msgspec.structs import replace

from hookscope.diagnosis.finding import State
from tests.diagnosis.endpoint.test_examination import PATIENT, examined, with_state
from tests.support.slow import slow_after

Speak = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def speaking(speak: Speak) -> AsyncIterator[str]:
    """Serve connections with a function that reads and writes as it likes."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await speak(reader, writer)
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
    finally:
        server.close()


async def head_of(reader: asyncio.StreamReader) -> bytes:
    return await reader.readuntil(b"\r\n\r\n")


def answering(answer: bytes) -> Speak:
    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head_of(reader)
        writer.write(answer)

    return speak


async def says_nothing(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    await head_of(reader)


async def never_ends(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await head_of(reader)
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while not writer.is_closing():
        writer.write(b"2000\r\n" + b"x" * 0x2000 + b"\r\n")
        await writer.drain()


OK = b"HTTP/1.1 200 OK\r\n"
ODD: dict[str, Speak] = {
    "nothing": says_nothing,
    "never ends": never_ends,
    "no HTTP": answering(b"SSH-2.0-OpenSSH_9.2\r\n"),
    "zeros": answering(b"\0" * 1000),
    "a length that is wrong": answering(OK + b"Content-Length: 100\r\n\r\nshort"),
    "a length that is none": answering(OK + b"Content-Length: x\r\n\r\n"),
    "a huge header": answering(OK + b"X: " + b"x" * 100_000 + b"\r\n\r\n"),
    "odd bytes in headers": answering(OK + b"X-\xff: \xff\xfe\x1b[31m\r\nContent-Type: \x1b]0;\x07\r\n\r\nx"),
    "a packed body that is none": answering(OK + b"Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc"),
    "a redirect to nowhere": answering(b"HTTP/1.1 302 Found\r\nLocation: http://[\r\nContent-Length: 0\r\n\r\n"),
    "an early hint": answering(b"HTTP/1.1 103 Early Hints\r\n\r\n" + OK + b"Content-Length: 0\r\n\r\n"),
    "a status that is none": answering(b"HTTP/1.1 999 Odd\r\nContent-Length: 0\r\n\r\n"),
    "the old protocol": answering(b"HTTP/1.0 200 OK\r\n\r\nbye"),
}


@pytest.mark.parametrize("name", slow_after(4, ODD))
async def test_an_odd_endpoint_gets_findings(name: str) -> None:
    async with speaking(ODD[name]) as url:
        found = await examined(url, limits=replace(PATIENT, handshake=2, notification=2))
    assert with_state(found, State.FAILED)
