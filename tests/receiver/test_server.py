import asyncio
import gzip
import io
import json
import socket
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from hookscope.errors import UsageError
from hookscope.journal.reader import JournalReader
from hookscope.journal.writer import JournalWriter
from hookscope.meta.handshake import request_url
from hookscope.meta.signature import SignatureVerdict, sign
from hookscope.model.feed import Feed, Subscriber
from hookscope.model.record import Capture, Kind, Source
from hookscope.model.run_events import Captured, Notice
from hookscope.receiver.policy import Policy, judge_head
from hookscope.receiver.server import Receiver
from tests.support.captures import SECRET, batch_body, feed_body, signed

TOKEN = "verifytoken1234567890"
PATH = "/x7hook"
LIMIT = 1 << 20


class Door:
    """A receiver with its journal, and a client in front of it."""

    def __init__(self, receiver: Receiver, journal: Path, client: ClientSession, items: Subscriber) -> None:
        self.receiver = receiver
        self.journal = journal
        self.client = client
        self.items = items

    async def post(self, body: bytes, headers: dict[str, str] | None = None, path: str = PATH) -> tuple[int, str]:
        async with self.client.post(
            self.receiver.url + path, data=io.BytesIO(body), headers=signed(body) if headers is None else headers
        ) as answer:
            return answer.status, await answer.text()

    def captures(self) -> list[Capture]:
        with JournalReader(self.journal) as history:
            return list(history.captures())


@asynccontextmanager
async def open_door(tmp_path: Path, **options: Any) -> AsyncIterator[Door]:
    feed = Feed()
    path = tmp_path / "journal.db"
    policy = Policy(paths=frozenset((PATH,)), verify_token=TOKEN, secrets=(SECRET, "an-instagram-secret"))
    async with JournalWriter(path) as journal:
        given: dict[str, Any] = {
            "policy": policy,
            "run_id": None,
            "source": Source.LIVE,
            "body_limit": LIMIT,
            **options,
        }
        async with Receiver(journal=journal, publish=feed.publish, **given) as receiver, ClientSession() as client:
            yield Door(receiver, path, client, feed.subscribe())


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    async with open_door(tmp_path) as door:
        yield door


async def raw_exchange(door: Door, request: bytes) -> bytes:
    """Send bytes on a bare socket and read the answer to its end."""
    host, port = door.receiver.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(request)
    await writer.drain()
    try:
        return await asyncio.wait_for(reader.read(), 30)
    finally:
        writer.close()


async def test_a_right_handshake_gets_the_bare_challenge_as_plain_text(door: Door) -> None:
    url = request_url(door.receiver.url + PATH, challenge="1158201444", verify_token=TOKEN)
    async with door.client.get(url) as answer:
        assert answer.status == 200
        assert answer.content_type == "text/plain"
        assert await answer.read() == b"1158201444"
    (capture,) = door.captures()
    assert capture.kind is Kind.HANDSHAKE
    assert capture.handshake
    assert capture.handshake.accepted


async def test_a_wrong_handshake_gets_403_and_no_hint(door: Door) -> None:
    async with door.client.get(request_url(door.receiver.url + PATH, challenge="1", verify_token="wrong")) as answer:
        assert answer.status == 403
        assert TOKEN not in await answer.text()
    (capture,) = door.captures()
    assert capture.handshake
    assert not capture.handshake.accepted
    assert "a different one" in (capture.handshake.reason or "")


async def test_our_own_probe_is_answered_but_never_taken_for_metas(door: Door) -> None:
    url = request_url(door.receiver.url + PATH, challenge="99", verify_token=TOKEN)
    with door.receiver.expect_probe("99") as arrived:
        assert not arrived()
        async with door.client.get(url) as answer:
            assert await answer.text() == "99"
        assert arrived()
    assert door.captures() == []
    async with door.client.get(url) as answer:
        assert await answer.text() == "99"
    assert len(door.captures()) == 1


async def test_a_signed_notification_is_committed_before_its_answer(door: Door) -> None:
    body = feed_body()
    assert (await door.post(body))[0] == 200
    (capture,) = door.captures()
    assert capture.kind is Kind.NOTIFICATION
    assert capture.request.body == body
    assert capture.signature.verdict is SignatureVerdict.VALID
    assert capture.reply.status == 200
    assert capture.reply.elapsed_ms is not None
    assert capture.events[0].summary == "comment add by Tester: and the next one"
    (item,) = await door.items.read()
    assert isinstance(item, Captured)
    assert item.capture == capture


async def test_headers_are_kept_as_they_came(door: Door) -> None:
    body = feed_body()
    head = (
        f"POST {PATH} HTTP/1.1\r\nHost: h.example\r\nx-ODD: 1\r\nX-Odd: 2\r\n"
        f"X-Hub-Signature-256: {sign(body, SECRET)}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    assert b" 200 OK" in await raw_exchange(door, head.encode() + body)
    (capture,) = door.captures()
    assert [name for name, _ in capture.request.headers] == [
        b"Host", b"x-ODD", b"X-Odd", b"X-Hub-Signature-256", b"Content-Length", b"Connection",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("headers", "verdict"),
    [
        ({"X-Hub-Signature-256": "sha256=" + "0" * 64}, SignatureVerdict.INVALID),
        ({}, SignatureVerdict.MISSING),
    ],
)
async def test_a_wrong_signature_gets_401_and_is_kept(
    door: Door, headers: dict[str, str], verdict: SignatureVerdict
) -> None:
    body = feed_body()
    status, text = await door.post(body, headers)
    assert status == 401
    assert sign(body, SECRET)[7:] not in text
    (capture,) = door.captures()
    assert capture.signature.verdict is verdict
    assert capture.kind is Kind.NOTIFICATION
    assert capture.reply.status == 401


async def test_further_secrets_are_tried(door: Door) -> None:
    body = feed_body()
    assert (await door.post(body, signed(body, "an-instagram-secret")))[0] == 200


async def test_a_redelivery_is_marked_and_a_forgery_never_is(door: Door) -> None:
    await door.post(feed_body(time=1))
    await door.post(feed_body(time=2))
    await door.post(feed_body(time=3), {})
    assert [capture.duplicate_of for capture in door.captures()] == [None, 1, None]


async def test_a_batch_names_what_came_before_for_each_event(door: Door) -> None:
    await door.post(batch_body("one"))
    await door.post(batch_body("one", "two"))
    await door.post(batch_body("two", "one"))
    told = [(one.duplicate_of, [one.original_of(n) for n in range(len(one.events))]) for one in door.captures()]
    assert told == [(None, [None]), (None, [1, None]), (2, [2, 1])]


async def test_compressed_bytes_are_kept_and_checked_as_they_came(door: Door) -> None:
    body = gzip.compress(feed_body())
    assert (await door.post(body, {**signed(body), "Content-Encoding": "gzip"}))[0] == 200
    (capture,) = door.captures()
    assert capture.request.body == body
    assert "Content-Encoding: gzip" in (capture.problem or "")


@pytest.mark.parametrize(
    "body", [b"", b"{", b"null", b"\xff\xfe", b"[" * 50_000, b'{"object":"page","entry":[' + b"9" * 5000 + b"]}"]
)
async def test_a_signed_body_that_is_no_notification_is_taken_and_explained(door: Door, body: bytes) -> None:
    assert (await door.post(body))[0] == 200
    (capture,) = door.captures()
    assert capture.request.body == body
    assert capture.problem
    assert capture.events == ()


async def test_strays_are_told_apart(door: Door) -> None:
    assert (await door.post(feed_body(), path="/other"))[0] == 404
    async with door.client.get(door.receiver.url + "/favicon.ico") as answer:
        assert answer.status == 404
    async with door.client.put(door.receiver.url + PATH) as answer:
        assert answer.status == 405
    assert [capture.kind for capture in door.captures()] == [Kind.STRAY] * 3


@pytest.mark.parametrize(
    ("path", "told"), [(f"{PATH}/", "one slash too many"), (f"/{PATH}", "one slash too many"), (f"{PATH}x/", None)]
)
async def test_a_path_that_is_right_but_for_its_slashes_says_so(door: Door, path: str, told: str | None) -> None:
    status, answer = await door.post(feed_body(), path=path)
    assert status == 404
    assert "slash" not in str(answer)
    (capture,) = door.captures()
    assert capture.kind is Kind.STRAY
    assert (told in (capture.problem or "")) if told else capture.problem is None


async def test_a_slash_that_the_callback_path_has_is_missed() -> None:
    policy = Policy(paths=frozenset(("/x7/",)), verify_token="t", secrets=())
    decision = judge_head("POST", "/x7?a=b", policy)
    assert decision is not None
    assert "one slash too few" in (decision.flaw or "")


@pytest.mark.parametrize(
    ("coding", "pack"),
    [
        ("gzip", gzip.compress),
        ("deflate", zlib.compress),
        ("deflate", lambda body: zlib.compress(body, wbits=-15)),
        ("br", bytes),
    ],
)
async def test_a_body_that_was_compressed_on_the_way_is_named(
    door: Door, coding: str, pack: Callable[[bytes], bytes]
) -> None:
    body = feed_body()
    packed, headers = pack(body), {**signed(body), "Content-Encoding": coding}
    async with door.client.post(door.receiver.url + PATH, data=packed, headers=headers) as answer:
        assert answer.status == (200 if coding == "br" else 401)
    (capture,) = door.captures()
    assert capture.request.body == packed
    assert f"Content-Encoding: {coding}" in (capture.problem or "")
    assert ("compressed on the way" in (capture.signature.reason or "")) == (coding != "br")


async def test_a_visit_without_a_query_is_a_rejected_handshake_that_says_why(door: Door) -> None:
    async with door.client.get(door.receiver.url + PATH) as answer:
        assert answer.status == 403
    (capture,) = door.captures()
    assert capture.handshake
    assert "no query string" in (capture.handshake.reason or "")


async def test_a_body_over_the_limit_gets_413_and_is_recorded(door: Door) -> None:
    status, _ = await door.post(b"x" * (LIMIT + 1), {})
    assert status == 413
    (capture,) = door.captures()
    assert capture.kind is Kind.STRAY
    assert "over the limit" in (capture.problem or "")


async def test_a_body_over_the_limit_without_a_length_gets_413(door: Door) -> None:
    async def parts() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b"x" * (LIMIT // 16)

    async with door.client.post(door.receiver.url + PATH, data=parts()) as answer:
        assert answer.status == 413
    (capture,) = door.captures()
    assert len(capture.request.body) == 64 << 10


async def test_a_body_just_within_the_limit_is_taken(door: Door) -> None:
    body = json.dumps("x" * (LIMIT - 2)).encode()
    assert len(body) == LIMIT
    assert (await door.post(body))[0] == 200


async def test_a_chunked_body_is_put_together(door: Door) -> None:
    body = feed_body()

    async def parts() -> AsyncIterator[bytes]:
        for at in range(0, len(body), 7):
            yield body[at : at + 7]

    async with door.client.post(door.receiver.url + PATH, data=parts(), headers=signed(body)) as answer:
        assert answer.status == 200
    assert door.captures()[0].request.body == body


async def test_a_client_that_expects_100_is_told_to_continue(door: Door) -> None:
    body = feed_body()
    lines = [f"POST {PATH} HTTP/1.1", "Host: h", "Connection: close", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in signed(body).items()]
    host, port = door.receiver.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write("\r\n".join([*lines, "Expect: 100-continue", "", ""]).encode())
    assert await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 30) == b"HTTP/1.1 100 Continue\r\n\r\n"
    writer.write(body)
    assert (await asyncio.wait_for(reader.read(), 30)).startswith(b"HTTP/1.1 200 OK\r\n")
    writer.close()
    assert door.captures()[0].request.body == body


async def test_a_body_that_breaks_off_is_never_a_notification(door: Door) -> None:
    body = feed_body()
    head = f"POST {PATH} HTTP/1.1\r\nHost: h\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    host, port = door.receiver.url.removeprefix("http://").split(":")
    _, writer = await asyncio.open_connection(host, int(port))
    writer.write(head + body[:50])
    await writer.drain()
    writer.close()
    (item,) = await asyncio.wait_for(door.items.read(), 30)
    assert isinstance(item, Captured)
    assert item.capture.kind is Kind.STRAY
    assert item.capture.request.body == body[:50]
    assert "ended early" in (item.capture.problem or "")


async def test_the_sender_behind_a_tunnel_is_named(door: Door) -> None:
    body = feed_body()
    await door.post(body, {**signed(body), "X-Forwarded-For": "203.0.113.9, 10.0.0.1"})
    await door.post(body)
    assert [capture.request.remote for capture in door.captures()] == ["203.0.113.9", "127.0.0.1"]


async def test_when_the_journal_fails_nothing_is_acknowledged(tmp_path: Path) -> None:
    feed = Feed()
    policy = Policy(paths=frozenset((PATH,)), verify_token=TOKEN, secrets=(SECRET,))
    journal = JournalWriter(tmp_path / "journal.db")
    async with journal:
        pass
    items, missed = feed.subscribe(), list[Capture]()
    receiver = Receiver(
        journal=journal,
        publish=feed.publish,
        policy=policy,
        run_id=None,
        source=Source.LIVE,
        missed=missed.append,
    )
    async with receiver, ClientSession() as client:
        for _ in range(2):
            async with client.post(receiver.url + PATH, data=feed_body(), headers=signed(feed_body())) as answer:
                assert answer.status == 503
        asked = {"hub.mode": "subscribe", "hub.challenge": "1", "hub.verify_token": TOKEN}
        async with client.get(receiver.url + PATH, params=asked) as answer:
            assert answer.status == 503
    assert (missed[-1].kind, missed[-1].reply.status) == (Kind.HANDSHAKE, 503)
    (notice,) = await items.read()  # one notice, not one a request
    assert isinstance(notice, Notice)
    assert "503" in notice.message


async def test_a_port_in_use_is_a_usage_error(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(UsageError, match="in use") as caught:
        async with open_door(tmp_path, port=taken.getsockname()[1]):
            pass
    assert "--port" in (caught.value.hint or "")


async def test_an_address_that_is_not_ours_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot listen"):
        async with open_door(tmp_path, host="192.0.2.1"):
            pass


async def test_many_at_once_are_all_kept_and_numbered(door: Door) -> None:
    bodies = [feed_body(str(number)) for number in range(200)]
    answers = await asyncio.gather(*(door.post(body) for body in bodies))
    assert {status for status, _ in answers} == {200}
    assert sorted(capture.request.body for capture in door.captures()) == sorted(bodies)


async def test_it_does_not_say_what_it_is_built_with(door: Door) -> None:
    async with door.client.get(door.receiver.url + "/") as answer:
        assert "aiohttp" not in answer.headers["Server"].lower()
