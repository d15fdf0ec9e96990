"""Strangers are refused at once, and little of what they send is kept."""

import asyncio
import io
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
from hypothesis import given
from msgspec.structs import replace

from hookscope.formats.exporters.registry import export
from hookscope.formats.importers.detect import read_captures
from hookscope.meta.signature import SignatureVerdict
from hookscope.model.record import Kind, origin_form
from hookscope.model.run_events import Captured, Notice
from hookscope.receiver import bodies
from hookscope.receiver import policy as rules
from hookscope.receiver.bodies import Bodies
from hookscope.receiver.parser_refusals import Refusal
from tests.receiver.test_connections import answer, connected, is_closed, request
from tests.receiver.test_server import PATH, Door, door, open_door, raw_exchange
from tests.support.captures import feed_body, make_capture, signed
from tests.support.examples import examples
from tests.support.hostile_bytes import spoilt
from tests.support.until import until

__all__ = ["door"]

MEGABYTE = 1 << 20


async def test_a_strays_body_is_neither_awaited_nor_kept_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "_STRAY_SECONDS", 3600.0)
    async with open_door(tmp_path, body_limit=16 * MEGABYTE) as door, connected(door.receiver.url) as (one,):
        one[1].write(request(b"x" * 8 * MEGABYTE, "/other")[:MEGABYTE])
        assert await answer(one) == b"HTTP/1.1 404 Not Found"
        assert await is_closed(one)
        (capture,) = door.captures()
    assert (capture.kind, len(capture.request.body)) == (Kind.STRAY, 64 << 10)
    assert capture.flaw == "cut off: 65,536 of 8,388,608 bytes of its body are kept"


async def test_a_strays_body_that_comes_behind_its_head_is_kept(door: Door) -> None:
    whole = request(b'{"object": "page"}', PATH + "/")
    async with connected(door.receiver.url) as (one,):
        one[1].write(whole[:-10])
        await until(lambda: not door.receiver._connections.idle)
        one[1].write(whole[-10:])
        assert await answer(one) == b"HTTP/1.1 404 Not Found"
    (capture,) = door.captures()
    assert capture.request.body == b'{"object": "page"}'
    assert (capture.flaw or "").startswith("it is the callback path with one slash too many")
    assert "cut off" not in (capture.flaw or "")


async def test_a_strays_body_that_does_not_come_is_not_awaited(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "_STRAY_SECONDS", 0.0)
    async with connected(door.receiver.url) as (one,):
        one[1].write(request(b"{}", "/other")[:-1])
        assert await answer(one) == b"HTTP/1.1 404 Not Found"
    assert "of 2 bytes of its body are kept" in (door.captures()[0].flaw or "")


async def test_a_stray_of_one_byte_too_many_does_not_pass_for_whole(door: Door) -> None:
    await door.post(b"x" * ((64 << 10) + 1), path="/other")
    (capture,) = door.captures()
    assert len(capture.request.body) == 64 << 10
    assert capture.flaw == "cut off: 65,536 of 65,537 bytes of its body are kept"


async def test_a_stray_by_its_slashes_that_is_cut_off_says_both(door: Door) -> None:
    async with connected(door.receiver.url) as (one,):
        one[1].write(request(b"x" * MEGABYTE, PATH + "/"))
        assert await answer(one) == b"HTTP/1.1 404 Not Found"
    (capture,) = door.captures()
    assert "one slash too many" in (capture.flaw or "")
    assert "; cut off: 65,536 of 1,048,576 bytes" in (capture.flaw or "")


async def test_a_stray_that_asks_first_is_told_no_at_once(door: Door) -> None:
    head = f"POST /other HTTP/1.1\r\nHost: h\r\nContent-Length: {MEGABYTE}\r\nExpect: 100-continue\r\n\r\n"
    answered = await raw_exchange(door, head.encode())
    assert answered.startswith(b"HTTP/1.1 404 Not Found\r\n")
    assert b"\r\nConnection: close\r\n" in answered
    assert "0 of 1,048,576" in (door.captures()[0].flaw or "")


@pytest.mark.parametrize("line", [b"X-\xff: a", b"X-A : b", b": b", b"X-A: b\nX-B: c", b"X-A: b\0", b"X-A", b" folded"])
async def test_a_refused_request_is_body_from_the_line_that_is_no_header(door: Door, line: bytes) -> None:
    rest = line + b"\r\nContent-Length: 2\r\n\r\n{}"
    await raw_exchange(door, f"POST {PATH} HTTP/1.1\r\nHost: h\r\n".encode() + rest)
    (capture,) = await until(door.captures)
    assert (capture.request.target, capture.request.headers) == (PATH, ((b"Host", b"h"),))
    assert (capture.request.body, capture.reply.status) == (rest, 400)


@given(head=spoilt((request(b"{}", PATH, "X-A: b"), b"GET /\0 HTTP/1.1\r\n\r\n")))
@examples(300)
def test_whatever_is_kept_of_a_refused_request_can_be_imported(head: bytes) -> None:
    refused = Refusal(head=head, peer="203.0.113.9", status=400, reason="").request()
    exported = export([replace(make_capture(), kind=Kind.STRAY, request=refused)], "ndjson")
    (capture,) = read_captures(io.StringIO(exported.decode()).read, (), skip=pytest.fail)
    assert capture.request == refused


@pytest.mark.parametrize(
    "head", [b"CONNECT h:443 HTTP/1.1\r\nHost: h\r\n\r\n", b"OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n"]
)
async def test_a_target_that_is_no_path_is_a_stray(door: Door, head: bytes) -> None:
    async with connected(door.receiver.url) as (one,):
        one[1].write(head)
        assert await answer(one) == b"HTTP/1.1 404 Not Found"
    assert door.captures()[0].request.target == head.split()[1].decode()


async def test_another_method_is_refused_before_its_body_comes(door: Door) -> None:
    head = f"PUT {PATH} HTTP/1.1\r\nHost: h\r\nContent-Length: {MEGABYTE}\r\nExpect: 100-continue\r\n\r\n"
    assert (await raw_exchange(door, head.encode())).startswith(b"HTTP/1.1 405 ")


def _large(tmp_path: Path, budget: int) -> AbstractAsyncContextManager[Door]:
    """Start a receiver that takes large bodies, of so many megabytes together."""
    return open_door(tmp_path, body_limit=16 * MEGABYTE, body_budget=budget * MEGABYTE)


async def test_beyond_the_budget_the_body_that_held_most_for_longest_is_to_be_sent_again(tmp_path: Path) -> None:
    large = feed_body("x" * MEGABYTE)
    async with _large(tmp_path, 2) as door, connected(door.receiver.url, 2) as (slow, fresh):
        slow[1].write(request(large)[:-10])
        await until(lambda: door.receiver._bodies._held > MEGABYTE - 100)
        fresh[1].write(request(large))
        assert await answer(fresh) == b"HTTP/1.1 200 OK"
        head = await asyncio.wait_for(slow[0].readuntil(b"\r\n\r\n"), 30)
        assert head.startswith(b"HTTP/1.1 503 ")
        assert b"\r\nRetry-After: 5\r\n" in head
        assert await is_closed(slow)
        await until(lambda: not door.receiver._bodies._held)
        assert sorted(capture.kind for capture in door.captures()) == [Kind.NOTIFICATION, Kind.STRAY]
        assert {len(one.request.body) for one in door.captures()} == {64 << 10, len(large)}


async def test_of_many_large_bodies_as_many_are_taken_as_fit(tmp_path: Path) -> None:
    sent = request(feed_body("x" * MEGABYTE))
    async with _large(tmp_path, 6) as door, connected(door.receiver.url, 20) as many:
        answers = [asyncio.create_task(answer(one)) for one in many]
        for one in many:
            one[1].write(sent[:-10])
        unfinished = door.receiver._bodies._unfinished
        await until(lambda: sum(one.done() for one in answers) + len(unfinished) == 20)
        await until(lambda: all(place.size > MEGABYTE for place in unfinished))
        assert len(unfinished) >= 4
        for one in many:
            one[1].write(sent[-10:])
        taken = [one for one in await asyncio.gather(*answers) if one == b"HTTP/1.1 200 OK"]
        assert 4 <= len(taken) <= 5


async def test_small_bodies_are_taken_while_large_ones_fill_the_budget(tmp_path: Path) -> None:
    large, small = request(feed_body("x" * MEGABYTE)), feed_body("y" * 200_000)
    async with _large(tmp_path, 3) as door, connected(door.receiver.url, 2) as many:
        for one in many:
            one[1].write(large[:-10])
        await until(lambda: door.receiver._bodies._held > 2 * MEGABYTE)
        for _ in range(5):
            assert (await door.post(small, signed(small)))[0] == 200


async def test_whole_bodies_leave_a_reserve_for_small_ones() -> None:
    bodies = Bodies(limit=16 * MEGABYTE)
    with bodies.place() as large, bodies.place() as small, bodies.place() as other:
        large.size = bodies._held = 64 * MEGABYTE  # It is whole and being committed.
        for place, size, expected in ((small, 300_000, None), (other, 2 * MEGABYTE, rules.crowded_out())):
            bodies._unfinished = {place}
            async with place.timeout:
                assert bodies._take(place, b"x" * size) == expected
            bodies._unfinished.clear()


async def test_a_whole_url_as_target_is_taken_as_its_path_and_kept_as_it_came(door: Door) -> None:
    body = feed_body()
    target = f"http://hooks.example.com{PATH}?hub.mode=subscribe"
    answered = await raw_exchange(door, request(body, target, "Connection: close"))
    assert answered.startswith(b"HTTP/1.1 200 OK\r\n")
    (capture,) = door.captures()
    assert (capture.request.target, capture.signature.verdict) == (target, SignatureVerdict.VALID)


async def test_a_handshake_to_a_whole_url_is_answered(door: Door) -> None:
    query = "hub.mode=subscribe&hub.challenge=42&hub.verify_token=verifytoken1234567890"
    head = f"GET http://h{PATH}?{query} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
    assert (await raw_exchange(door, head.encode())).endswith(b"\r\n\r\n42")


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("/a?b#c", "/a?b#c"),
        ("http://h/a?b", "/a?b"),
        ("HTTPS://h:1/a", "/a"),
        ("http://h", "/"),
        ("http://h?x=/", "/?x=/"),
        ("*", "/"),
        ("h:443", "/"),
    ],
)
def test_origin_form(target: str, expected: str) -> None:
    assert origin_form(target) == expected


POST = f"POST {PATH} HTTP/1.1\r\nHost: h\r\n".encode()


async def stored(door: Door, count: int) -> None:
    """Wait until the journal holds so many captures."""
    await until(lambda: len(door.captures()) == count)


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        (POST + b"X: y\r\n" * 130 + b"\r\n", "Too many headers"),
        (POST + b"X: " + b"y" * 8191 + b"\r\n\r\n", "more than 8190 bytes"),
        (f"POST {PATH} HTTP/1.1\r\n\r\n".encode(), "Missing 'Host' header"),
        (POST + b"no header\r\n\r\n", "Invalid"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", "TLS"),
        (b"hello\r\n\r\n", "method"),
        (b"".join((POST, *(b"X%d: " % n + b"y" * 8000 + b"\r\n" for n in range(5)))), "larger than 32 KiB"),
    ],
)
async def test_requests_that_the_parser_refuses_are_stored_with_the_reason_and_reported_once(
    door: Door, sent: bytes, reason: str
) -> None:
    for number in (1, 2):
        async with connected(door.receiver.url) as (one,):
            one[1].write(sent)
            assert await is_closed(one)
        await stored(door, number)
    capture, _ = door.captures()
    assert capture.kind is Kind.STRAY
    assert capture.reply.status == (431 if "larger" in reason else 400)
    assert reason in (capture.flaw or "")
    items = await door.items.read()
    assert [type(item) for item in items if not isinstance(item, Captured)] == [Notice]
    if sent.startswith(b"POST"):
        assert (capture.request.method, capture.request.target) == ("POST", PATH)
        assert b"".join(b"%b: %b\r\n" % header for header in capture.request.headers) in sent
    else:
        assert (capture.request.method, capture.request.body) == ("UNKNOWN", sent)


async def test_a_refused_request_that_cannot_be_kept_is_told_and_stops_nothing(door: Door, tmp_path: Path) -> None:
    door.journal.rename(tmp_path / "elsewhere.db")
    assert b" 400 Bad Request\r\n" in await raw_exchange(door, b"not HTTP\r\n\r\n")
    (notice,) = await asyncio.wait_for(door.items.read(), 30)
    assert isinstance(notice, Notice)
    assert "cannot be written" in notice.message
    (tmp_path / "elsewhere.db").rename(door.journal)
    assert (await door.post(feed_body()))[0] == 200
    assert len(door.captures()) == 1


async def test_http_2_is_named(door: Door) -> None:
    async with connected(door.receiver.url) as (one,):
        one[1].write(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        assert await is_closed(one)
    await stored(door, 1)
    (capture,) = door.captures()
    assert capture.flaw == "rejected before it was parsed: it is HTTP/2, but this port speaks HTTP/1.1"


async def test_a_good_request_after_a_bad_one_is_taken(door: Door) -> None:
    for _ in range(20):
        await raw_exchange(door, b"hello\r\n\r\n")
    body = feed_body()
    assert (await door.post(body, signed(body)))[0] == 200


async def test_a_senders_name_that_is_no_text_keeps_nothing_from_being_taken(door: Door) -> None:
    body = feed_body()
    line = f"POST {PATH} HTTP/1.1\r\n".encode()
    sent = request(body, PATH, "Connection: close").replace(line, line + b"X-Forwarded-For: \xff\xfe, 1.2.3.4\r\n")
    assert (await raw_exchange(door, sent)).startswith(b"HTTP/1.1 200 OK\r\n")
    assert [capture.request.remote for capture in door.captures()] == ["\ufffd\ufffd"]
