"""Applications that are reached through the HTTP proxy of the environment."""

import asyncio
import socket
import ssl
from base64 import b64encode
from pathlib import Path

import pytest

from hookscope.meta.signature import SHA256_HEADER, sign
from hookscope.model.record import Capture, Cause, Delivery, Failure
from hookscope.outbound.http.sender import Sender
from tests.support.application import Application
from tests.support.captures import SECRET, feed_body, make_capture
from tests.support.certificates import Authority
from tests.support.connect_proxy import ConnectProxy

HOST = "app.invalid"
TARGET = f"https://{HOST}/hook"
CAPTURE = make_capture(feed_body("Schöne Grüße"), id=12)


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    made = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.file))
    return made


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "no_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


async def send(sender: Sender, target: str = TARGET, capture: Capture = CAPTURE) -> Delivery:
    return await sender.send(
        sender.prepare(capture.request, target), target, capture_id=capture.id, cause=Cause.FORWARD
    )


async def error_of(target: str = TARGET) -> str:
    async with Sender() as sender:
        delivery = await send(sender, target)
    assert delivery.failure is Failure.UNREACHABLE
    return delivery.error or ""


async def test_the_same_bytes_arrive_over_one_tunnel(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    async with Application(tls=authority.server(HOST)) as app, ConnectProxy(app.port) as proxy:
        monkeypatch.setenv("https_proxy", proxy.url)
        async with Sender() as sender:
            assert [(await send(sender)).status for _ in range(2)] == [200, 200]
            assert await sender.fault(TARGET) is None
    assert proxy.heads == [b"CONNECT app.invalid:443 HTTP/1.1\r\nHost: app.invalid:443\r\n\r\n"] * 2  # One for `fault`.
    body = CAPTURE.request.body
    assert [(sent.body, sent.header("Host"), sent.target) for sent in app.received] == [(body, HOST, "/hook")] * 2
    assert app.received[0].header(SHA256_HEADER) == sign(body, SECRET)


async def test_a_large_body_passes_through_it(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    capture = make_capture(bytes(range(256)) * (1 << 14), id=12)
    async with Application(tls=authority.server(HOST)) as app, ConnectProxy(app.port) as proxy:
        monkeypatch.setenv("https_proxy", proxy.url)
        async with Sender() as sender:
            assert (await send(sender, capture=capture)).succeeded
    assert app.received[0].body == capture.request.body


@pytest.mark.parametrize(
    ("target", "authority_form"),
    [
        ("https://[2001:db8::1]:8443/hook", b"[2001:db8::1]:8443"),
        ("https://bücher.invalid/hook", b"xn--bcher-kva.invalid:443"),
        ("https://пример.рф/hook", b"xn--e1afmkfd.xn--p1ai:443"),
    ],
)
async def test_the_host_is_named_as_http_names_it(
    target: str, authority_form: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with ConnectProxy(answer=b"HTTP/1.1 403 Forbidden\r\n\r\n") as proxy:
        monkeypatch.setenv("https_proxy", proxy.url)
        assert "HTTP 403" in await error_of(target)
    assert proxy.heads[0].splitlines()[:2] == [b"CONNECT " + authority_form + b" HTTP/1.1", b"Host: " + authority_form]


async def test_its_login_goes_to_the_proxy_and_nowhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    async with ConnectProxy(answer=b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n") as proxy:
        monkeypatch.setenv("https_proxy", proxy.url.replace("//", "//ann:pass%2Fword@"))
        reason = await error_of()
    assert b"\r\nProxy-Authorization: Basic " + b64encode(b"ann:pass/word") + b"\r\n" in proxy.heads[0]
    assert f"the proxy 127.0.0.1:{proxy.port} opens no connection to app.invalid:443: it answered HTTP 407" in reason
    assert "ann" not in reason
    assert "word" not in reason.replace("password", "")


@pytest.mark.parametrize("answer", [b"", b"SSH-2.0-OpenSSH_9.2\r\n\r\n", b"HTTP/1.1 \xff\r\n\r\n", b"x" * (70 << 10)])
async def test_a_proxy_that_speaks_no_http_is_named(answer: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    async with ConnectProxy(answer=answer) as proxy:
        monkeypatch.setenv("https_proxy", proxy.url)
        assert f"the proxy 127.0.0.1:{proxy.port} opens no connection" in await error_of()


async def test_a_proxy_that_is_away_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    monkeypatch.setenv("https_proxy", f"http://ann:password@127.0.0.1:{port}")
    assert await error_of() == f"the proxy 127.0.0.1:{port} cannot be reached; check HTTPS_PROXY and NO_PROXY"


async def test_a_proxy_of_another_kind_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "socks5://127.0.0.1:9")
    assert "http:// or https://" in await error_of()


async def test_the_applications_certificate_counts_as_without_a_proxy(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Application(tls=authority.server("another.invalid")) as app, ConnectProxy(app.port) as proxy:
        monkeypatch.setenv("https_proxy", proxy.url)
        assert "its certificate is not accepted" in await error_of()


async def test_a_certificate_that_the_proxy_may_have_made_is_told_as_such(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Application(tls=Authority(tmp_path).server(HOST)) as app, ConnectProxy(app.port) as proxy:
        monkeypatch.setenv("https_proxy", proxy.url)
        assert "if the proxy made it, SSL_CERT_FILE must name the proxy's" in await error_of()


async def test_an_application_that_closes_each_connection_is_told_as_without_a_proxy(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Closing(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            transport.close()

    tls = authority.server(HOST)
    tls.maximum_version = ssl.TLSVersion.TLSv1_2  # Where the end comes together with the last word of the handshake.
    server = await asyncio.get_running_loop().create_server(Closing, "127.0.0.1", 0, ssl=tls)
    async with server, ConnectProxy(server.sockets[0].getsockname()[1]) as proxy, Sender() as sender:
        monkeypatch.setenv("https_proxy", proxy.url)
        delivery = await send(sender)
    assert (delivery.failure, delivery.error) == (Failure.BROKEN, "it closed the connection without an answer")


async def test_a_proxy_may_speak_tls_itself(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    async with (
        Application(tls=authority.server(HOST)) as app,
        ConnectProxy(app.port, tls=authority.server("localhost")) as proxy,
        Sender() as sender,
    ):
        monkeypatch.setenv("https_proxy", proxy.url)
        assert (await send(sender)).succeeded
    assert len(proxy.heads) == 1


async def test_an_application_of_this_machine_is_reached_directly(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    async with Application(tls=authority.server("localhost")) as app, Sender() as sender:
        assert (await send(sender, f"https://localhost:{app.port}/hook")).succeeded


async def test_hosts_without_a_proxy_and_plain_http_are_reached_directly(monkeypatch: pytest.MonkeyPatch) -> None:
    async with ConnectProxy() as proxy:
        monkeypatch.setenv("https_proxy", proxy.url)
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.setenv("no_proxy", "app.invalid")
        assert await error_of() == "no such host"
        assert await error_of("http://compose-service.invalid/hook") == "no such host"
    assert proxy.heads == []
