"""The download of a missing agent: pyngrok's own, over TLS, from a server that stands in for ngrok's."""

import io
import platform
import tarfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from hookscope.secret_sources import Secret
from tests.fakes.fake_ngrok import FAKE_NGROK, FakeNgrok
from tests.support.certificates import Authority
from tests.support.connect_proxy import ConnectProxy
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
    async with ConnectProxy(runner.addresses[0][1]) as proxy:
        monkeypatch.setenv("https_proxy", proxy.url)
        monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
        yield
        assert all(head.startswith(b"CONNECT bin.ngrok.com:443 ") for head in proxy.heads)
    await runner.cleanup()


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
