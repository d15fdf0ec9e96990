"""The round trips of an examination."""

from pathlib import Path

import pytest

from hookscope.diagnosis.endpoint.client import EndpointClient, Limits
from hookscope.model.record import Request
from tests.support.application import Application
from tests.support.certificates import Authority
from tests.support.connect_proxy import ConnectProxy
from tests.support.peer import Peer

HEADERS = ((b"Host", b"app.invalid"), (b"Content-Length", b"2"))
NOTIFICATION = Request(method="POST", target="/hook", headers=HEADERS, body=b"{}", remote="")


async def test_an_answer_that_is_cut_off_is_neither_accepted_nor_refused() -> None:
    cut_off = [b"Content-Length: 99\r\n\r\ncut off"], [b"Transfer-Encoding: chunked\r\n\r\n7\r\ncut off\r\n"]
    for answer in cut_off:
        for status in (b"200 OK", b"403 Forbidden"):
            async with Peer([[b"HTTP/1.1 " + status + b"\r\n", *answer]], close_after=1) as peer:
                trip = await EndpointClient(peer.url, Limits()).post(NOTIFICATION)
            assert (trip.is_accepted, trip.is_refused) == (False, False)
            assert trip.summary.startswith("its answer was cut off")


async def test_handshakes_and_notifications_take_the_same_proxy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    async with Application(tls=authority.server("app.invalid")) as app, ConnectProxy(app.port) as proxy:
        monkeypatch.setenv("https_proxy", proxy.url)
        client = EndpointClient("https://app.invalid/hook", Limits())
        assert (await client.post(NOTIFICATION)).status == 200
        await client.get("https://app.invalid/hook")
    assert [head.partition(b"\r\n")[0] for head in proxy.heads] == [b"CONNECT app.invalid:443 HTTP/1.1"] * 2


async def test_a_proxy_without_a_way_to_the_endpoint_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    async with ConnectProxy(answer=b"HTTP/1.1 502 Bad Gateway\r\n\r\n") as proxy:
        monkeypatch.setenv("https_proxy", proxy.url)
        trip = await EndpointClient("https://app.invalid/hook", Limits()).post(NOTIFICATION)
    assert trip.summary.startswith(f"no connection: the proxy 127.0.0.1:{proxy.port} opens no connection")
