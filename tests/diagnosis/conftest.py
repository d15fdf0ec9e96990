import ssl
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from tests.diagnosis.servers import Handler, Serve


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "no_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Serves with a handler, or with one a path, on a loopback port; the base URL."""
    runners = []

    async def start(handler: Handler | dict[str, Handler], tls: ssl.SSLContext | None = None) -> str:
        app = web.Application()
        for path, chosen in handler.items() if isinstance(handler, dict) else [("/{rest:.*}", handler)]:
            app.router.add_route("*", path, chosen)
        runner = web.AppRunner(app)
        runners.append(runner)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
        return f"{'https' if tls else 'http'}://localhost:{runner.addresses[0][1]}"

    yield start
    for runner in runners:
        await runner.cleanup()
