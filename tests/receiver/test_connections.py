"""Connections are bounded in number, and in the time that they may keep a request unfinished."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from aiohttp import web

from hookscope.model.record import Kind
from hookscope.receiver import connections
from hookscope.receiver.connections import LARGEST_HEAD, Connections
from hookscope.receiver.parser_refusals import Refusal
from tests.receiver.test_server import PATH, Door, open_door
from tests.support.captures import feed_body, signed
from tests.support.until import until

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@asynccontextmanager
async def connected(url: str, count: int = 1) -> AsyncIterator[list[Connection]]:
    """Open connections that have sent nothing yet, one after the other."""
    host, port = url.removeprefix("http://").split(":")
    opened = [await asyncio.open_connection(host, int(port)) for _ in range(count)]
    try:
        yield opened
    finally:
        for _, writer in opened:
            writer.transport.abort()


async def is_closed(connection: Connection) -> bool:
    """Wait until the other end has closed it; whatever it said before is passed over."""
    with suppress(ConnectionError):
        await asyncio.wait_for(connection[0].read(), 30)
    return True


def request(body: bytes, path: str = PATH, *lines: str) -> bytes:
    """Return a signed notification on the wire."""
    headers = [f"{name}: {value}" for name, value in signed(body).items()]
    head = [f"POST {path} HTTP/1.1", "Host: h", f"Content-Length: {len(body)}", *headers, *lines, "", ""]
    return "\r\n".join(head).encode() + body


async def answer(connection: Connection) -> bytes:
    """Return the status line of the next answer, which has a short body."""
    head = await asyncio.wait_for(connection[0].readuntil(b"\r\n\r\n"), 30)
    length = head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0]
    await connection[0].readexactly(int(length))
    return head.split(b"\r\n")[0]


async def test_the_longest_idle_connection_makes_room_for_one_more(tmp_path: Path) -> None:
    async with open_door(tmp_path, most_connections=3) as door, connected(door.receiver.url, 3) as first:
        first[0][1].write(request(feed_body("one")))
        assert await answer(first[0]) == b"HTTP/1.1 200 OK"
        async with connected(door.receiver.url, 2) as more:
            assert await is_closed(first[1])
            assert await is_closed(first[2])
            more[1][1].write(request(feed_body("two")))
            assert await answer(more[1]) == b"HTTP/1.1 200 OK"
            first[0][1].write(request(feed_body("three")))
            assert await answer(first[0]) == b"HTTP/1.1 200 OK"


async def test_a_request_under_way_is_not_given_up_for_a_new_connection(tmp_path: Path) -> None:
    async with open_door(tmp_path, most_connections=1) as door, connected(door.receiver.url) as (busy,):
        whole = request(feed_body())
        busy[1].write(whole[:-10])
        await until(lambda: not door.receiver._connections.idle)
        async with connected(door.receiver.url) as (late,):
            assert await is_closed(late)
        busy[1].write(whole[-10:])
        assert await answer(busy) == b"HTTP/1.1 200 OK"


@asynccontextmanager
async def impatient() -> AsyncIterator[str]:
    """Start a server that gives a head only a moment."""

    async def handle(raw: web.BaseRequest) -> web.Response:
        server.begin(raw.protocol)
        server.end(raw.protocol)
        return web.Response(text="OK")

    refused: list[Refusal] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(connections, "_LOOK_SECONDS", 0.05)
        server = Connections(handle, most=10, refused=refused.append, head_seconds=0.1)
        listening = await asyncio.get_running_loop().create_server(server, "127.0.0.1", 0)
        yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
        listening.close()
        await server.shutdown(1)


@pytest.mark.parametrize("sent", [b"", b"\r\n\r\n", b"POST / HTTP/1.1\r\nHost: h\r\n"])
async def test_a_head_that_does_not_come_is_not_waited_for(sent: bytes) -> None:
    async with impatient() as url:
        for _ in range(2):
            async with connected(url) as (slow,):
                slow[1].write(sent)
                assert await is_closed(slow)


async def test_a_request_under_way_has_its_time(tmp_path: Path) -> None:
    async with open_door(tmp_path) as door, connected(door.receiver.url) as (slow,):
        whole = request(feed_body())
        slow[1].write(whole[:-10])
        await until(lambda: not door.receiver._connections.idle)
        door.receiver._connections._next_look.cancel()
        door.receiver._connections._look()
        slow[1].write(whole[-10:])
        assert await answer(slow) == b"HTTP/1.1 200 OK"


async def test_who_sends_a_head_without_end_is_told_so(tmp_path: Path) -> None:
    async with open_door(tmp_path) as door, connected(door.receiver.url) as (one,):
        one[1].write(f"POST {PATH} HTTP/1.1\r\n".encode() + b"X-A: b\r\n" * (LARGEST_HEAD >> 3))
        assert await answer(one) == b"HTTP/1.1 431 Request Header Fields Too Large"
        assert await is_closed(one)
        (capture,) = await until(door.captures)
    assert (capture.kind, capture.reply.status) == (Kind.STRAY, 431)


async def test_between_two_requests_a_connection_may_be_silent_and_within_the_next_it_may_not() -> None:
    async with impatient() as url, connected(url, 2) as (quiet, slow):
        for one in (quiet, slow):
            one[1].write(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            assert await answer(one) == b"HTTP/1.1 200 OK"
        slow[1].write(b"GET / HT")
        assert await is_closed(slow)
        quiet[1].write(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        assert await answer(quiet) == b"HTTP/1.1 200 OK"


async def test_requests_sent_at_once_are_answered_in_order(tmp_path: Path) -> None:
    async with open_door(tmp_path) as door, connected(door.receiver.url) as (one,):
        one[1].write(request(feed_body("a")) + request(b"{}", "/other") + request(feed_body("b")))
        answers = [await answer(one) for _ in range(3)]
        assert answers == [b"HTTP/1.1 200 OK", b"HTTP/1.1 404 Not Found", b"HTTP/1.1 200 OK"]
        assert [capture.kind for capture in door.captures()] == ["notification", "stray", "notification"]


async def test_a_flood_of_connections_leaves_nothing_behind(tmp_path: Path) -> None:
    async with open_door(tmp_path, most_connections=5) as door:
        for _ in range(10):
            async with connected(door.receiver.url, 10):
                pass
        await until(lambda: not door.receiver._connections.connections)
        assert await _status(door) == 200


async def _status(door: Door) -> int:
    return (await door.post(feed_body()))[0]


@pytest.mark.parametrize(
    "lines", [(), ("Connection: close",), ("X-Padding: " + "x" * 5000,)], ids=["whole", "last", "by aiohttp's server"]
)
@pytest.mark.parametrize("count", [1, 3])
async def test_who_has_sent_everything_and_ends_that_direction_gets_the_answers(
    tmp_path: Path, lines: tuple[str, ...], count: int
) -> None:
    async with open_door(tmp_path) as door, connected(door.receiver.url) as [(reader, writer)]:
        bodies = [feed_body(f"number {number}") for number in range(count)]
        last = request(bodies.pop(), PATH, *lines)
        writer.write(b"".join(request(body) for body in bodies) + last)
        writer.write_eof()
        said = await asyncio.wait_for(reader.read(), 30)
        assert said.count(b"HTTP/1.1 200 OK") == count
        assert len(door.captures()) == count


@pytest.mark.parametrize("lines", [(), ("X-Padding: " + "x" * 5000,)], ids=["whole", "by aiohttp's server"])
async def test_who_ends_that_direction_after_the_answers_is_not_kept(tmp_path: Path, lines: tuple[str, ...]) -> None:
    async with open_door(tmp_path) as door, connected(door.receiver.url) as [connection]:
        for body in (feed_body("one"), feed_body("two")):
            connection[1].write(request(body, PATH, *lines))
            assert await answer(connection) == b"HTTP/1.1 200 OK"
        connection[1].write_eof()
        assert await is_closed(connection)


async def test_a_body_that_its_sender_ends_early_is_kept_as_a_stray_at_once(tmp_path: Path) -> None:
    async with open_door(tmp_path) as door, connected(door.receiver.url) as [(reader, writer)]:
        writer.write(request(feed_body("cut off"))[:-5])
        writer.write_eof()
        await asyncio.wait_for(reader.read(), 30)
        (capture,) = await until(door.captures)
        assert (capture.kind, capture.flaw) == (Kind.STRAY, "the body ended early")
