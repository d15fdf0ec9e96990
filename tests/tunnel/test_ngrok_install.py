"""The download of a missing agent: pyngrok's own, over TLS, from a server that stands in for ngrok's."""

import asyncio
import io
import platform
import tarfile
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest
from aiohttp import web

from hookscope.secret_sources import Secret
from tests.fakes.fake_ngrok import FAKE_NGROK, FakeNgrok
from tests.support.certificates import Authority
from tests.tunnel.conftest import OpenTunnel

pytestmark = pytest.mark.skipif(platform.system() != "Linux", reason="elsewhere ngrok is packed otherwise")


@pytest.fixture
async def download_server(home: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """A proxy that leads every way to a server with the fake agent in an archive."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        archive.add(FAKE_NGROK, "ngrok")

    async def download(_: web.Request) -> web.Response:
        return web.Response(body=packed.getvalue())

    authority = Authority(home)
    app = web.Application()
    app.router.add_get("/{rest:.*}", download)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=authority.server("bin.ngrok.com")).start()
    port = runner.addresses[0][1]

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while chunk := await reader.read(1 << 16):
                writer.write(chunk)
                await writer.drain()
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    ways: list[asyncio.Task[None]] = []

    async def lead(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"CONNECT bin.ngrok.com:443 ")
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        ways.append(asyncio.create_task(pump(reader, inner_writer)))
        ways.append(asyncio.create_task(pump(inner_reader, writer)))

    proxy = await asyncio.start_server(lead, "127.0.0.1", 0)
    monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{proxy.sockets[0].getsockname()[1]}")
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    yield
    proxy.close()
    await runner.cleanup()
    await asyncio.gather(*ways)


@pytest.mark.slow
async def test_a_missing_agent_is_downloaded_once_after_saying_so(
    tunnel_for: OpenTunnel,
    fake: FakeNgrok,
    home: Path,
    announced: list[str],
    download_server: None,
    without_ngrok: None,
    capfd: pytest.CaptureFixture[str],
) -> None:
    kept = home / "config" / "ngrok" / "ngrok"
    assert await tunnel_for(ngrok_path=None, authtoken=Secret("2abcTOKENdefTOKENghi")).open("http://127.0.0.1:9")
    assert fake.starts[0]["argv"][0] == str(kept)
    assert [path.name for path in kept.parent.iterdir()] == ["ngrok"]
    assert len(announced) == 2
    assert capfd.readouterr() == ("", "")
    assert await tunnel_for(ngrok_path=None, authtoken=Secret("2abcTOKENdefTOKENghi")).open("http://127.0.0.1:9")
    assert len(announced) == 2
