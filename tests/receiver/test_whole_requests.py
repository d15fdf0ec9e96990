"""Requests that arrive in one piece are answered without aiohttp's server, and nobody can tell."""

import asyncio
import select
import socket
import sqlite3
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from aiohttp import HttpVersion11
from aiohttp.base_protocol import BaseProtocol
from aiohttp.http import HttpRequestParser, RawRequestMessage
from hypothesis import given

from hookscope.model.record import Kind
from hookscope.model.run_events import Captured, Notice
from hookscope.receiver.connections import InboundConnection
from hookscope.receiver.policy import Policy
from hookscope.receiver.whole_requests import WholeRequest, WholeRequestParser
from tests.receiver.test_connections import answer, connected, is_closed, request
from tests.receiver.test_server import PATH, open_door
from tests.support.captures import feed_body
from tests.support.examples import examples
from tests.support.hostile_bytes import spoilt
from tests.support.until import until

OK = b"HTTP/1.1 200 OK"
LINE = f"POST {PATH} HTTP/1.1\r\n".encode()


@contextmanager
def locked(journal: Path) -> Iterator[None]:
    """Keep the journal from committing anything."""
    connection = sqlite3.connect(journal, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")
        connection.close()


def read_by_aiohttp(data: bytes) -> tuple[RawRequestMessage, bytes]:
    """Return the one request that aiohttp's parser finds."""
    loop = asyncio.new_event_loop()
    try:
        parser = HttpRequestParser(BaseProtocol(loop), loop, 1 << 16, auto_decompress=False)
        [(head, payload)], upgraded, rest = parser.feed_data(data)
        assert (payload.is_eof(), upgraded, rest) == (True, False, b"")
        return head, payload.read_nowait()
    finally:
        loop.close()


def assert_read_alike(data: bytes, taken: WholeRequest) -> None:
    """Check that aiohttp's parser finds in the bytes what was taken."""
    head, body = read_by_aiohttp(data)
    assert (head.method, head.path, head.raw_headers) == ("POST", taken.target, taken.headers)
    assert (head.version, head.should_close, head.upgrade, head.chunked) == (HttpVersion11, False, False, False)
    assert (body, head.headers.get("X-Forwarded-For")) == (taken.body, taken.forwarded)


async def test_a_whole_request_is_recognized() -> None:
    taken = WholeRequestParser([PATH]).parse(request(b'{"a":1}', PATH, "X-A: b", "X-Forwarded-For: 203.0.113.9"))
    assert taken is not None
    assert (taken.target, taken.body, taken.forwarded) == (PATH, b'{"a":1}', "203.0.113.9")
    assert taken.headers[-2] == (b"X-A", b"b")


@given(data=spoilt((request(feed_body("a"), PATH, "X-Forwarded-For: 203.0.113.9"), request(b"", PATH, "x:y"))))
@examples(500)
def test_aiohttp_reads_the_same_in_whatever_is_taken(data: bytes) -> None:
    if taken := WholeRequestParser([PATH]).parse(data):
        assert_read_alike(data, taken)


@pytest.mark.parametrize(
    "data",
    [
        LINE + b"Host: h\r\n\r\n",
        request(b"{}", PATH, "X-A: \xff"),
        request(b"{}", PATH, "X-A: b "),
        request(b"{}", PATH, "X-A:  b"),
        request(b"{}", PATH, "X-A: b\tc"),
        request(b"{}", PATH, "X-A:"),
        request(b"{}", PATH, *(f"X-{number}: b" for number in range(64))),
    ],
)
def test_an_unusual_request_is_taken_as_aiohttp_reads_it(data: bytes) -> None:
    taken = WholeRequestParser([PATH]).parse(data)
    assert taken is not None
    head, body = read_by_aiohttp(data)
    assert (head.raw_headers, body) == (taken.headers, taken.body)


@pytest.mark.parametrize(
    "data",
    [
        request(b"{}")[:-1],
        request(b"{}", PATH, f"X-A: {'b' * 5000}"),
        LINE + b"Content-Length: 0\r\n\r\n",
        request(b"{}", PATH, "Host: h"),
        request(b"{}", PATH, *(f"X-{number}: b" for number in range(128))),
        request(b"{}", PATH, "Sec-WebSocket-Key1: b"),
        request(b"{}")[:40],
        request(b"{}") + b"P",
        request(b"{}") + request(b"{}"),
        request(b"{}", "/other"),
        request(b"{}", f"{PATH}/"),
        request(b"{}").replace(b"HTTP/1.1", b"HTTP/1.0"),
        request(b"{}").replace(b"POST", b"PUT"),
        request(b"{}", PATH, "Connection: close"),
        request(b"{}", PATH, "Connection: Upgrade", "Upgrade: websocket"),
        request(b"", PATH, "Connection: Upgrade", "Upgrade: websocket"),
        request(b"{}", PATH, "Content-Length: 3"),
        request(b"{}", PATH, "No colon"),
        request(b"x" * (32 << 10)),
        b"\r\n" + request(b"{}"),
        LINE + b"Host: h\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        LINE + b"Host: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n{}",
        LINE + b"Host: h\r\nContent-Length: 2\r\ncontent-length: 2\r\n\r\n{}",
        LINE + b"Host: h\r\nContent-Length: +2\r\n\r\n{}",
        request(b"{}", PATH, "X-A: b\0c"),
        request(b"{}", PATH, "X-A : b"),
        request(b"{}", PATH, " X-A: b"),
        request(b"{}", PATH, "X-A: b\r\n c"),
        request(b"{}", PATH, "X-A: b\rX-B: c"),
        request(b"{}", PATH, "X-A: b\nX-B: c"),
        request(b"{}", PATH, ": b"),
        LINE.replace(b"\r", b"") + b"Host: h\n\n",
        b"",
    ],
)
async def test_anything_else_is_left_alone_and_the_next_request_is_read_afresh(data: bytes) -> None:
    parser = WholeRequestParser([PATH])
    assert parser.parse(request(b"{}")) is not None
    assert parser.parse(data) is None
    assert parser.parse(request(b"{}")) is not None


async def test_the_right_answer_comes_for_each_on_one_connection(tmp_path: Path) -> None:
    async with open_door(tmp_path) as door, connected(door.receiver.url) as (one,):
        for wrong in (False, True, False):
            body = feed_body("a")
            sent = request(body).replace(b"sha256=", b"sha256=0") if wrong else request(body)
            one[1].write(sent)
            assert await answer(one) == (b"HTTP/1.1 401 Unauthorized" if wrong else OK)
        assert [capture.reply.status for capture in door.captures()] == [200, 401, 200]
        assert all(capture.reply.elapsed_ms is not None for capture in door.captures())


async def test_requests_sent_before_the_answer_wait_for_it(tmp_path: Path) -> None:
    async with open_door(tmp_path) as door, connected(door.receiver.url) as (one,):
        with locked(door.journal):
            one[1].write(request(feed_body("a")))
            await until(lambda: door.receiver._connections.answering)
            one[1].write(request(b"{}", "/other") + request(feed_body("b")))
            await one[1].drain()
        assert [await answer(one) for _ in range(3)] == [OK, b"HTTP/1.1 404 Not Found", OK]
        assert [capture.kind for capture in door.captures()] == [Kind.NOTIFICATION, Kind.STRAY, Kind.NOTIFICATION]


async def test_a_request_that_waited_for_an_answer_is_taken_once(tmp_path: Path) -> None:
    async with open_door(tmp_path) as door, connected(door.receiver.url) as (one,):
        with locked(door.journal):
            one[1].write(request(feed_body("a")))
            [connection] = await until(lambda: door.receiver._connections.answering)
            one[1].write(request(feed_body("b")))
            await until(lambda: connection._early)
        assert [await answer(one) for _ in range(2)] == [OK, OK]
        one[1].write(request(feed_body("c")))
        assert await answer(one) == OK
        assert [capture.request.body for capture in door.captures()] == [feed_body(text) for text in "abc"]


async def test_who_sends_on_and_on_before_the_answer_is_not_read(tmp_path: Path) -> None:
    async with open_door(tmp_path) as door, connected(door.receiver.url) as (one,):
        with locked(door.journal):
            one[1].write(request(feed_body("a")))
            [connection] = await until(lambda: door.receiver._connections.answering)
            one[1].write(request(feed_body("b")) * 200)
            await until(lambda: connection._early)
            assert connection.transport
            assert not connection.transport.is_reading()
        assert [await answer(one) for _ in range(201)] == [OK] * 201
        assert len(door.captures()) == 201


async def test_answers_keep_the_order_of_requests_of_either_kind(tmp_path: Path) -> None:
    async with open_door(tmp_path) as door, connected(door.receiver.url, 2) as (first, one):
        connections, sent = door.receiver._connections, request(feed_body("a"))
        with locked(door.journal):
            first[1].write(sent)  # While this one is being committed, the other two come together.
            [busy] = await until(lambda: connections.answering)
            one[1].write(sent[:-5])
            await until(lambda: door.receiver._bodies._unfinished)
            one[1].write(sent[-5:])
            await until(lambda: not door.receiver._bodies._unfinished)
            one[1].write(sent.replace(b"sha256=", b"sha256=0"))
            [other] = [each for each in connections.connections if each is not busy]
            await until(lambda: other._messages or other in connections.answering)
        assert [await answer(one) for _ in range(2)] == [OK, b"HTTP/1.1 401 Unauthorized"]


async def test_a_connection_goes_on_after_a_request_of_another_kind(tmp_path: Path) -> None:
    async with open_door(tmp_path) as door, connected(door.receiver.url) as (one,):
        for sent in (request(feed_body("a")), request(b"{}", "/other"), request(feed_body("b"))):
            one[1].write(sent)
            await answer(one)
        whole = request(feed_body("c"))
        one[1].write(whole[:-5])
        await until(lambda: not door.receiver._connections.idle)
        one[1].write(whole[-5:])
        assert await answer(one) == OK
        assert len(door.captures()) == 4


async def test_captures_are_published_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    async with open_door(tmp_path) as door, connected(door.receiver.url, 3) as (parts, refused, whole):
        bodies, sent = door.receiver._bodies, request(feed_body("a"))
        with locked(door.journal):
            parts[1].write(sent[:-5])
            await until(lambda: bodies._unfinished)
            parts[1].write(sent[-5:])
            await until(lambda: not bodies._unfinished)
            refused[1].write(b"not HTTP\r\n\r\n")
            await until(lambda: door.receiver._recording)
            whole[1].write(request(feed_body("b")))
            await until(lambda: door.receiver._connections.answering)
        assert await answer(parts) == await answer(whole) == OK
        await until(lambda: not door.receiver._recording)
        numbers = [item.capture.id for item in await door.items.read() if isinstance(item, Captured)]
        assert numbers == [1, 2, 3]


async def test_an_end_waits_for_answers_under_way(tmp_path: Path) -> None:
    async with open_door(tmp_path) as door, connected(door.receiver.url) as (one,):
        with locked(door.journal):
            one[1].write(request(feed_body("a")))
            await until(lambda: door.receiver._connections.answering)
            ending = asyncio.create_task(door.receiver.__aexit__(None, None, None))
            await until(lambda: door.receiver._connections._settled is not None)
        assert await answer(one) == OK
        assert await is_closed(one)
        await ending


async def test_a_capture_whose_sender_has_gone_is_published_all_the_same(tmp_path: Path) -> None:
    async with open_door(tmp_path) as door:
        with locked(door.journal):
            async with connected(door.receiver.url) as (one,):
                one[1].write(request(feed_body("a")))
                await until(lambda: door.receiver._connections.answering)
                reset_at_once = struct.pack("ii", 1, 0)
                one[1].get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset_at_once)
            await until(lambda: not door.receiver._connections.connections)
        assert [type(item) for item in await door.items.read()] == [Captured]
        assert not door.receiver._connections.answering
        assert not door.receiver._connections.idle


async def test_a_sender_does_not_wait_for_readers(tmp_path: Path) -> None:
    loop = asyncio.get_running_loop()
    published = loop.create_future()
    async with open_door(tmp_path) as door:
        host, port = door.receiver.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as sender:
            # On loopback, what is sent has arrived.
            door.receiver._publish = lambda _: published.set_result(select.select([sender], [], [], 0)[0])
            sender.sendall(request(feed_body("a")))
            assert await published == [sender]


async def test_a_capture_is_published_even_if_the_next_request_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = InboundConnection.answer

    def fail(connection: InboundConnection, data: bytes) -> None:
        usual(connection, data)
        raise RuntimeError("the next request, sent early, fails")

    monkeypatch.setattr(InboundConnection, "answer", fail)
    async with open_door(tmp_path) as door, connected(door.receiver.url) as (one,):
        asyncio.get_running_loop().set_exception_handler(lambda *_: None)
        one[1].write(request(feed_body("a")))
        assert await answer(one) == OK
        assert [type(item) for item in await door.items.read()] == [Captured]


async def test_a_capture_that_cannot_be_kept_is_refused_and_the_connection_stays(tmp_path: Path) -> None:
    async with open_door(tmp_path) as door, connected(door.receiver.url) as (one,):
        door.journal.rename(tmp_path / "elsewhere.db")
        for _ in range(2):
            one[1].write(request(feed_body("a")))
            assert await answer(one) == b"HTTP/1.1 503 Service Unavailable"
        assert [type(item) for item in await door.items.read()] == [Notice]


async def test_a_request_that_fails_here_ends_its_connection_and_is_not_waited_for(tmp_path: Path) -> None:
    broken = Policy(paths=frozenset((PATH,)), verify_token="", secrets=("\udcff",))  # It cannot be encoded.
    async with (
        asyncio.timeout(60),
        open_door(tmp_path, policy=broken) as door,
        connected(door.receiver.url) as (one,),
    ):
        one[1].write(request(b"{}", PATH))
        assert await is_closed(one)
        assert not door.receiver._connections.answering
