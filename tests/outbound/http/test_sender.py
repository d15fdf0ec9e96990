import asyncio
import socket
import ssl
import struct
import sys
import threading
from collections.abc import AsyncIterator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from hookscope.meta.signature import SHA256_HEADER, sign
from hookscope.model.record import Capture, Cause, Delivery, Failure, Request
from hookscope.outbound.http.sender import Sender, SenderSettings
from tests.support.application import Application
from tests.support.captures import SECRET, feed_body, make_capture
from tests.support.certificates import Authority
from tests.support.peer import Peer

_LARGE = 16 << 20
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK"


def capture_with(*headers: tuple[bytes, bytes], body: bytes = b"{}") -> Capture:
    request = Request(method="POST", target="/x7?a=1", headers=headers, body=body, remote="203.0.113.9")
    return make_capture(id=12, request=request)


@pytest.fixture
async def sender() -> AsyncIterator[Sender]:
    async with Sender() as opened:
        yield opened


async def send(sender: Sender, capture: Capture, target: str, cause: Cause) -> Delivery:
    return await sender.send(sender.prepare(capture.request, target), target, capture_id=capture.id, cause=cause)


async def test_body_and_signature_arrive_unchanged() -> None:
    body = feed_body("Schöne Grüße 🙂 [b] <b> 100%")
    async with Application() as app, Sender() as sender:
        delivery = await send(sender, make_capture(body, id=12), app.url, Cause.FORWARD)
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
        (b"content-length", b"99"),
        (b"Transfer-Encoding", b"chunked"),
        (b"X-One", b"again"),
        (b"Keep-Alive", b"5"),
        (b"Content-Type", b"application/json"),
    )
    async with Application() as app, Sender() as sender:
        await send(sender, capture_with(*headers), app.url, Cause.FORWARD)
    (sent,) = app.received
    assert sent.headers == [
        ("Host", f"127.0.0.1:{app.port}"),
        ("X-One", "1"),
        ("x-two", "2"),
        ("content-length", "2"),
        ("X-One", "again"),
        ("Content-Type", "application/json"),
        ("X-Forwarded-For", "203.0.113.9"),
        ("X-Forwarded-Host", "public.example"),
        ("X-Forwarded-Proto", "http"),
    ]


async def test_forwarding_headers_of_the_tunnel_stay() -> None:
    tunnel = ((b"X-Forwarded-For", b"198.51.100.1"), (b"X-Forwarded-Proto", b"https"))
    async with Application() as app, Sender() as sender:
        await send(sender, capture_with(*tunnel), app.url, Cause.FORWARD)
    sent = app.received[0]
    assert [value for name, value in sent.headers if name == "X-Forwarded-For"] == ["198.51.100.1"]
    assert [value for name, value in sent.headers if name == "X-Forwarded-Proto"] == ["https"]


async def test_bytes_of_a_header_arrive_as_they_were() -> None:
    async with Application() as app, Sender() as sender:
        await send(sender, capture_with((b"X-Utf", "ä".encode())), app.url, Cause.FORWARD)
    assert app.received[0].header("X-Utf") == "ä".encode().decode("latin-1")


async def test_a_body_of_many_megabytes_arrives_whole() -> None:
    body = bytes(range(256)) * (3 << 12)
    async with Application() as app, Sender() as sender:
        delivery = await send(sender, capture_with(body=body), app.url, Cause.REPLAY)
    assert delivery.succeeded
    assert app.received[0].body == body
    assert app.received[0].header("Content-Length") == str(len(body))


@pytest.mark.parametrize("status", [204, 304, 404, 500])
async def test_the_applications_own_answer_is_kept(status: int) -> None:
    async with Application(status=status, answer=b"") as app, Sender() as sender:
        delivery = await send(sender, capture_with(), app.url, Cause.FORWARD)
    assert (delivery.status, delivery.error) == (status, None)
    assert delivery.succeeded == (status == 204)
    assert len(app.received) == 1


async def test_an_application_that_is_down_is_an_error_in_words() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    async with Sender() as sender:
        delivery = await send(sender, capture_with(), f"http://127.0.0.1:{port}/", Cause.FORWARD)
    assert (delivery.status, delivery.failure) == (None, Failure.UNREACHABLE)
    assert "connection refused" in (delivery.error or "")
    assert not delivery.succeeded


@pytest.mark.parametrize(("address", "listens"), [("127.0.0.1", "[::1]"), ("[::1]", "127.0.0.1")])
async def test_an_application_at_another_address_of_this_machine_is_pointed_out(
    sender: Sender, address: str, listens: str
) -> None:
    family = socket.AF_INET6 if ":" in listens else socket.AF_INET
    try:
        server = socket.create_server((listens.strip("[]"), 0), family=family)
    except OSError:
        pytest.skip("no IPv6 here")
    with server:
        port = server.getsockname()[1]
        delivery = await send(sender, capture_with(), f"http://{address}:{port}/", Cause.FORWARD)
    assert delivery.failure is Failure.UNREACHABLE
    assert delivery.error == f"connection refused, but {listens}:{port} accepts connections: use that address"


async def test_a_host_that_cannot_be_looked_up_is_an_error_in_words(sender: Sender) -> None:
    delivery = await send(sender, capture_with(), "http://a..b/", Cause.FORWARD)
    assert (delivery.failure, delivery.error) == (Failure.UNREACHABLE, "no such host")


def test_a_host_that_is_not_ascii_is_named_as_it_is_looked_up(sender: Sender) -> None:
    request = sender.prepare(capture_with().request, "http://bücher.test:3000/")
    assert (b"Host", b"xn--bcher-kva.test:3000") in request.headers


async def test_headers_of_ones_own_replace_those_of_the_same_name() -> None:
    settings = SenderSettings(headers=((b"x-one", b"mine"), (b"X-New", b"2")))
    async with Application() as app, Sender(settings) as sender:
        await send(sender, capture_with((b"X-One", b"1"), (b"X-Two", b"2")), app.url, Cause.FORWARD)
    names = [(name, value) for name, value in app.received[0].headers if name.lower() in ("x-one", "x-two", "x-new")]
    assert names == [("X-Two", "2"), ("x-one", "mine"), ("X-New", "2")]


async def test_a_certificate_of_ones_own_is_refused_unless_told_otherwise(tmp_path: Path) -> None:
    async with Application(tls=Authority(tmp_path).self_signed_server("127.0.0.1")) as app:
        async with Sender() as sender:
            refused = await send(sender, capture_with(), app.url, Cause.FORWARD)
        async with Sender(SenderSettings(verify=False)) as sender:
            accepted = await send(sender, capture_with(), app.url, Cause.FORWARD)
    assert refused.failure is Failure.UNREACHABLE
    assert "--skip-verify" in (refused.error or "")
    assert accepted.succeeded


async def test_a_connection_that_was_closed_while_idle_is_opened_anew(sender: Sender) -> None:
    async with Peer([[ANSWER], [ANSWER]], close_after=1) as peer:
        for _ in range(2):
            assert (await send(sender, capture_with(), peer.url, Cause.FORWARD)).succeeded
        assert peer.requests == 2


@pytest.mark.parametrize(
    "first",
    [
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nOK",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOKHTTP/1.1 500 Unasked\r\nContent-Length: 0\r\n\r\n",
    ],
)
async def test_no_request_follows_an_answer_that_ends_the_connection_or_is_not_alone(
    sender: Sender, first: bytes
) -> None:
    async with Peer([[first], [ANSWER]]) as peer:
        for _ in range(2):
            assert (await send(sender, capture_with(), peer.url, Cause.FORWARD)).status == 200
        assert (peer.requests, peer.connections) == (2, 2)


async def test_a_request_whose_answer_had_begun_is_not_sent_again(sender: Sender) -> None:
    requests = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal requests
        for answer in (ANSWER, b"HTTP/1.1 2"):
            await reader.readuntil(b"\r\n\r\n")
            requests += 1
            writer.write(answer)
        for _ in range(10):  # By then the sender has read it.
            await asyncio.sleep(0)
        at_once = struct.pack("ii", 1, 0)
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
        writer.transport.abort()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        outcomes = [await send(sender, capture_with(body=b""), url, Cause.FORWARD) for _ in range(2)]
    assert [one.failure for one in outcomes] == [None, Failure.BROKEN]
    assert requests == 2


async def test_an_application_that_resets_each_connection_is_not_tried_forever(sender: Sender) -> None:
    opened = 0

    def reset(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal opened
        opened += 1
        at_once = struct.pack("ii", 1, 0)
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
        writer.close()

    async with await asyncio.start_server(reset, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        delivery = await asyncio.wait_for(send(sender, capture_with(), url, Cause.FORWARD), 30)
    assert (delivery.status, delivery.failure, opened) == (None, Failure.BROKEN, 1)


class BlockingServer:
    """Serves one connection after another in threads, over TLS if it has a context; the event loop need not run."""

    def __init__(self, tls: ssl.SSLContext | None) -> None:
        self._tls = tls
        self._server = socket.create_server(("127.0.0.1", 0))
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self._server.getsockname()[1]}/"
        self.requests = 0

    def serve(self, answers: Sequence[bytes], closing: threading.Event) -> None:
        """Answer that many requests on the next connection, and close it when told to."""
        with self._server.accept()[0] as raw, self._tls.wrap_socket(raw, server_side=True) if self._tls else raw as one:
            for answer in answers:
                received = b""
                while not received.endswith(b"{}"):
                    received += one.recv(4096) or b"{}"  # The end: the test fails by the number of requests.
                self.requests += 1
                one.sendall(answer)
            closing.wait()

    def close(self) -> None:
        """Stop listening."""
        self._server.close()


@pytest.fixture(params=["http", "https"])
def blocking_server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[BlockingServer]:
    tls = Authority(tmp_path).self_signed_server("127.0.0.1") if request.param == "https" else None
    server = BlockingServer(tls)
    yield server
    server.close()


async def test_a_connection_that_is_closed_as_it_is_used_again_is_opened_anew(blocking_server: BlockingServer) -> None:
    with ThreadPoolExecutor() as threads:
        async with Sender(SenderSettings(verify=False)) as sender:
            for _ in range(3):
                closing = threading.Event()
                served = threads.submit(blocking_server.serve, [ANSWER], closing)
                delivery = await send(sender, capture_with(), blocking_server.url, Cause.FORWARD)
                closing.set()
                served.result()  # The event loop has not run: the connection still looks as if it were open.
                assert delivery.succeeded
    assert blocking_server.requests == 3


async def test_what_an_application_has_read_and_not_answered_is_not_silently_sent_again(
    blocking_server: BlockingServer,
) -> None:
    closing = threading.Event()
    closing.set()
    with ThreadPoolExecutor() as threads:
        async with Sender(SenderSettings(verify=False)) as sender:
            served = threads.submit(blocking_server.serve, [ANSWER, b""], closing)
            assert (await send(sender, capture_with(), blocking_server.url, Cause.FORWARD)).succeeded
            delivery = await send(sender, capture_with(), blocking_server.url, Cause.FORWARD)
            served.result()
    assert (delivery.failure, delivery.error) == (Failure.BROKEN, "it closed the connection without an answer")
    assert blocking_server.requests == 2


@pytest.mark.parametrize(
    ("pieces", "status", "body"),
    [
        ([b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n", b"OK\r\n0\r\n\r\n"], 200, b"OK"),
        ([b"HTTP/1.0 200 OK\r\n\r\nuntil ", b"the end"], 200, b"until the end"),
        ([b"HTTP/1.1 100 Continue\r\n\r\n", ANSWER], 200, b"OK"),
        ([b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + ANSWER], 200, b"OK"),
        ([b"HTTP/1.1 500 Oh\r\nContent-Length: 99\r\n\r\ncut off"], 500, b"cut off"),
        ([b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\nOK"], 200, b"OK"),
    ],
)
async def test_every_form_of_answer_is_read(sender: Sender, pieces: list[bytes], status: int, body: bytes) -> None:
    async with Peer([pieces], close_after=1) as peer:
        delivery = await send(sender, capture_with(), peer.url, Cause.FORWARD)
    assert (delivery.status, delivery.answer) == (status, body)


async def test_an_answer_that_is_cut_off_is_no_success_and_not_asked_for_again(sender: Sender) -> None:
    async with Peer([[b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\ncut off"]], close_after=1) as peer:
        delivery = await send(sender, capture_with(), peer.url, Cause.FORWARD)
        assert peer.requests == 1
    assert (delivery.status, delivery.failure, delivery.answer) == (200, None, b"cut off")
    assert delivery.error == "its answer was cut off: 7 of 99 bytes of the body came"
    assert not delivery.succeeded


async def test_an_endless_answer_is_cut_off(sender: Sender) -> None:
    async with Peer([[b"HTTP/1.1 200 OK\r\n\r\n", b"x" * (1 << 20)]]) as peer:
        delivery = await send(sender, capture_with(), peer.url, Cause.FORWARD)
    assert (delivery.status, len(delivery.answer)) == (200, 64 << 10)


@pytest.mark.parametrize("pieces", [[b""], [b"SSH-2.0-OpenSSH_9.9\r\n"], [b"HTTP/1.1 2"]])
async def test_an_application_that_answers_no_http_is_broken(sender: Sender, pieces: list[bytes]) -> None:
    async with Peer([pieces], close_after=1) as peer:
        delivery = await send(sender, capture_with(), peer.url, Cause.FORWARD)
        assert (delivery.status, delivery.failure) == (None, Failure.BROKEN)
        assert peer.requests == 1


async def test_the_timeout_begins_anew_with_each_request_and_ends() -> None:
    app = Application()
    async with app, Sender(SenderSettings(timeout_seconds=1)) as sender:
        for _ in range(4):
            assert (await send(sender, capture_with(), app.url, Cause.FORWARD)).succeeded
            await asyncio.sleep(0.35)
        app.hold = asyncio.Event()
        delivery = await send(sender, capture_with(), app.url, Cause.FORWARD)
        assert (delivery.status, delivery.failure, delivery.error) == (None, Failure.TIMEOUT, "no answer within 1 s")
        assert delivery.elapsed_ms >= 1000
        app.hold = None
        assert (await send(sender, capture_with(), app.url, Cause.FORWARD)).succeeded


async def test_an_application_that_does_not_read_is_not_waited_for_either() -> None:
    async with Sender(SenderSettings(timeout_seconds=0.1)) as sender:
        with socket.create_server(("127.0.0.1", 0)) as deaf:
            target = f"http://127.0.0.1:{deaf.getsockname()[1]}/"
            delivery = await send(sender, capture_with(body=b"x" * (16 << 20)), target, Cause.FORWARD)
    assert delivery.failure is Failure.TIMEOUT


def early(answer: bytes) -> bytes:
    return b"HTTP/1.1 " + answer + b"\r\nContent-Length: 0\r\n\r\n"


@asynccontextmanager
async def answering_early(answer: bytes, rest: asyncio.Future[bytes] | None = None) -> AsyncIterator[str]:
    """Answer when the head is read, and leave the body to `rest`; without that nothing more is read."""
    over = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        if rest:
            await writer.drain()
            rest.set_result(await reader.readexactly(_LARGE))
        else:
            await over.wait()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        over.set()


async def test_an_application_that_refuses_a_body_and_closes_with_it_unread_has_answered(sender: Sender) -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(early(b"413 Too Large"))
        writer.close()

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    async with server:
        target = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        delivery = await send(sender, capture_with(body=b"x" * _LARGE), target, Cause.FORWARD)
    outcome = (delivery.status, delivery.failure)
    # Other systems throw away what has come when the connection is reset.
    assert outcome == (413, None) or (sys.platform != "linux" and outcome == (None, Failure.BROKEN))


@pytest.mark.parametrize("status", [b"307 Temporary Redirect", b"401 Unauthorized", b"413 Too Large", b"503 Busy"])
async def test_a_refused_body_is_not_written_to_its_end(sender: Sender, status: bytes) -> None:
    async with answering_early(early(status)) as target:
        delivery = await send(sender, capture_with(body=b"x" * _LARGE), target, Cause.FORWARD)
        assert (delivery.status, delivery.failure) == (int(status[:3]), None)


async def test_an_application_may_accept_a_body_before_it_reads_it(sender: Sender) -> None:
    rest: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
    body = bytes(range(256)) * (_LARGE >> 8)
    async with answering_early(early(b"200 OK"), rest) as target:
        delivery = await send(sender, capture_with(body=body), target, Cause.FORWARD)
        assert delivery.succeeded
        assert await rest == body


async def test_an_application_that_accepts_a_body_and_never_reads_it_is_not_waited_for_any_longer() -> None:
    async with Sender(SenderSettings(timeout_seconds=0.2)) as sender, answering_early(early(b"200 OK")) as target:
        delivery = await send(sender, capture_with(body=b"x" * _LARGE), target, Cause.FORWARD)
        assert delivery.succeeded


@pytest.mark.parametrize(("status", "told"), [(301, True), (302, True), (308, True), (304, False), (404, False)])
async def test_a_redirect_is_not_followed_and_says_so(status: int, told: bool) -> None:
    async with Application(status=status, answer=b"") as app, Sender() as sender:
        delivery = await send(sender, capture_with(), app.url, Cause.FORWARD)
    assert delivery.status == status
    assert len(app.received) == 1
    assert ("the final URL" in (delivery.error or "")) == told


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("/hook/", "to http://127.0.0.1:PORT/hook/,"),
        ("hook/?hub.verify_token=secret#x", "to http://127.0.0.1:PORT/hook/?…,"),
        ("https://me:secret@app.example/a%20b", "to https://app.example/a%20b,"),
        ("//other", "to http://other,"),
        ("http://[secret", "without a Location header,"),
        ("/" + "x" * 8000, "xxx…, which"),
        ("", "without a Location header,"),
    ],
)
async def test_a_redirect_says_where_it_points_to(location: str, expected: str) -> None:
    async with Application(status=308, location=location) as app, Sender() as sender:
        delivery = await send(sender, capture_with(), app.url, Cause.FORWARD)
    assert delivery.error
    assert expected.replace("PORT", str(app.port)) in delivery.error
    assert "secret" not in delivery.error
    assert len(delivery.error) < 300


async def test_an_answers_headers_need_not_be_text(sender: Sender) -> None:
    answer = b"HTTP/1.1 308 X\r\nLocation: /\xff\xfe\r\nContent-Type: \xff\r\nContent-Length: 0\r\n\r\n"
    async with Peer([[answer]], close_after=1) as peer:
        delivery = await send(sender, capture_with(), peer.url, Cause.FORWARD)
        assert f"redirects to {peer.url.removesuffix('hook')}\ufffd\ufffd," in (delivery.error or "")
    assert delivery.answer_type == "\ufffd"
