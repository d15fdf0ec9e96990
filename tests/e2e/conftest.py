import io
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import ClientSession, web
from msgspec import Struct

from hookscope.meta.signature import sign_headers
from hookscope.sandbox.server import SandboxServer
from tests.support.program import Home


class Graph(Struct, dict=True):
    """A Graph API on loopback that the test owns, and what its app has registered."""

    server: SandboxServer

    @property
    def app_id(self) -> str:
        return self.server.address.app_id

    @property
    def secret(self) -> str:
        return self.server.address.app_secret.reveal()

    @property
    def environment(self) -> dict[str, str]:
        """The environment that leads the program to it."""
        return {
            "HOOKSCOPE_GRAPH_URL": self.server.url,
            "HOOKSCOPE_APP_ID": self.app_id,
            "HOOKSCOPE_APP_SECRET": self.secret,
            "HOOKSCOPE_TUNNEL": "none",
        }

    @property
    def registered(self) -> dict[str, tuple[str, list[str]]]:
        """Callback URL and sorted fields of every object."""
        found = self.server.world.subscriptions(self.app_id)
        return {one.object: (one.callback_url, sorted(one.fields)) for one in found}

    async def preset(self, callback_url: str, fields: list[str], topic: str = "page") -> None:
        """Somebody else registers a callback."""
        wanted = {"app_id": self.app_id, "object": topic, "callback_url": callback_url, "fields": fields}
        url = f"{self.server.url}/sandbox/subscriptions"
        async with ClientSession() as session, session.post(url, json=wanted) as answer:
            assert answer.status == 200, await answer.text()

    async def deliver(self, body: bytes, topic: str = "page", secret: str | None = None) -> int:
        """Send a notification to the registered callback, signed as Meta signs; the answer's status."""
        headers = {"Content-Type": "application/json", **dict(sign_headers(body, secret or self.secret))}
        url = self.registered[topic][0]
        async with ClientSession() as session, session.post(url, data=io.BytesIO(body), headers=headers) as answer:
            return answer.status


class Production:
    """Somebody's own callback, which answers Meta's handshake when the token is its own."""

    token = "productiontoken42"

    def __init__(self) -> None:
        self.handshakes = 0
        self.url = ""

    async def __aenter__(self) -> "Production":
        app = web.Application()
        app.router.add_get("/prod", self._verify)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/prod"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def _verify(self, request: web.Request) -> web.Response:
        self.handshakes += 1
        if request.query.get("hub.verify_token") != self.token:
            return web.Response(status=403)
        return web.Response(text=request.query["hub.challenge"])


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@pytest.fixture
async def graph() -> AsyncIterator[Graph]:
    async with SandboxServer() as server:
        yield Graph(server)


@pytest.fixture
async def production() -> AsyncIterator[Production]:
    async with Production() as production:
        yield production
