import socket
from dataclasses import replace

import pytest

from hookscope.capture.record import Capture, Cause, Request
from hookscope.meta.signature import SHA256_HEADER, sign
from hookscope.outbound.sender import Sender, describe_failures
from tests.support.application import Application
from tests.support.captures import SECRET, feed_body, make_capture


def capture_with(*headers: tuple[bytes, bytes], body: bytes = b"{}") -> Capture:
    request = Request(method="POST", target="/x7?a=1", headers=headers, body=body, remote="203.0.113.9")
    return make_capture(id=12, request=request)


async def test_body_and_signature_arrive_unchanged() -> None:
    body = feed_body("Schöne Grüße 🙂 [b] <b> 100%")
    async with Application() as app, Sender() as sender:
        delivery = await sender.send(make_capture(body, id=12), app.url, Cause.FORWARD)
    (sent,) = app.received
    assert (sent.method, sent.target, sent.body) == ("POST", "/hook", body)
    assert sent.header(SHA256_HEADER) == sign(body, SECRET)
    assert (delivery.capture_id, delivery.status, delivery.answer) == (12, 200, b"EVENT_RECEIVED")
    assert delivery.succeeded


async def test_end_to_end_headers_keep_their_order_and_the_others_end_here() -> None:
    headers = (
        (b"Host", b"public.example"),
        (b"X-One", b"1"),
        (b"Connection", b"close, X-Secret-Hop"),
        (b"X-Secret-Hop", b"x"),
        (b"x-two", b"2"),
        (b"Transfer-Encoding", b"chunked"),
        (b"X-One", b"again"),
        (b"Keep-Alive", b"5"),
        (b"Content-Type", b"application/json"),
    )
    async with Application() as app, Sender() as sender:
        await sender.send(capture_with(*headers), app.url, Cause.FORWARD)
    (sent,) = app.received
    passed_on = [pair for pair in sent.headers if pair[0] not in ("Host", "Content-Length")]
    assert passed_on == [
        ("X-One", "1"),
        ("x-two", "2"),
        ("X-One", "again"),
        ("Content-Type", "application/json"),
        ("X-Forwarded-For", "203.0.113.9"),
        ("X-Forwarded-Host", "public.example"),
        ("X-Forwarded-Proto", "http"),
    ]
    assert sent.header("Host") == f"127.0.0.1:{app.port}"


async def test_forwarding_headers_of_the_tunnel_stay() -> None:
    tunnel = ((b"X-Forwarded-For", b"198.51.100.1"), (b"X-Forwarded-Proto", b"https"))
    async with Application() as app, Sender() as sender:
        await sender.send(capture_with(*tunnel), app.url, Cause.FORWARD)
    sent = app.received[0]
    assert [value for name, value in sent.headers if name == "X-Forwarded-For"] == ["198.51.100.1"]
    assert [value for name, value in sent.headers if name == "X-Forwarded-Proto"] == ["https"]


async def test_bytes_of_a_header_arrive_as_they_were() -> None:
    async with Application() as app, Sender() as sender:
        await sender.send(capture_with((b"X-Utf", "ä".encode())), app.url, Cause.FORWARD)
    assert app.received[0].header("X-Utf") == "ä".encode().decode("latin-1")


async def test_a_body_of_many_megabytes_arrives_whole() -> None:
    body = bytes(range(256)) * (3 << 12)
    async with Application() as app, Sender() as sender:
        delivery = await sender.send(capture_with(body=body), app.url, Cause.REPLAY)
    assert delivery.succeeded
    assert app.received[0].body == body
    assert app.received[0].header("Content-Length") == str(len(body))


@pytest.mark.parametrize("status", [204, 302, 404, 500])
async def test_the_applications_own_answer_is_kept(status: int) -> None:
    async with Application(status=status, answer=b"") as app, Sender() as sender:
        delivery = await sender.send(capture_with(), app.url, Cause.FORWARD)
    assert (delivery.status, delivery.error) == (status, None)
    assert delivery.succeeded == (status == 204)
    assert len(app.received) == 1  # a redirect is an answer, not an order


async def test_an_application_that_is_down_is_an_error_in_words() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    async with Sender() as sender:
        delivery = await sender.send(capture_with(), f"http://127.0.0.1:{port}/", Cause.FORWARD)
    assert delivery.status is None
    assert "connection refused" in (delivery.error or "")
    assert not delivery.succeeded


async def test_failures_are_told_in_a_line() -> None:
    async with Application(status=500) as app, Sender() as sender:
        bad = await sender.send(capture_with(), app.url, Cause.REPLAY)
    good = replace(bad, status=200)
    assert describe_failures([good, good]) is None
    assert describe_failures([good, bad]) == "1 of 2 not answered 2xx; the first, #12: HTTP 500"
