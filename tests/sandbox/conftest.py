"""A sandbox on a fake clock, an app that talks to it, and a callback for it to call."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import ClientSession
from msgspec import Struct

from hookscope.sandbox.server import SandboxServer
from tests.sandbox.callback import VERIFY_TOKEN, Callback
from tests.sandbox.fake_clock import FakeClock


class Answer(Struct, frozen=True, kw_only=True):
    status: int
    headers: dict[str, str]
    body: bytes
    json: Any

    @property
    def error(self) -> dict[str, Any]:
        found: dict[str, Any] = self.json["error"]
        return found


class Graph:
    """Talks to a sandbox as a client would; `token` is the app's by default."""

    def __init__(self, session: ClientSession, server: SandboxServer) -> None:
        self._session = session
        self.server = server
        app = server.world.app
        self.app_id = app.id
        self.app_token = f"{app.id}|{app.secret.reveal()}"
        self.page_id = server.world.page.id
        self.page_token = server.world.page.token.reveal()
        self.user_token = server.world.user.token.reveal()

    async def call(self, method: str, path: str, *, token: str | None = "", **options: Any) -> Answer:
        params = dict(options.pop("params", {}))
        if token is not None:
            params["access_token"] = token or self.app_token
        async with self._session.request(method, f"{self.server.url}{path}", params=params, **options) as response:
            body = await response.read()
            is_json = "json" in response.headers.get("Content-Type", "")
            return Answer(
                status=response.status,
                headers={key.lower(): value for key, value in response.headers.items()},
                body=body,
                json=await response.json() if is_json else None,
            )

    @property
    def edge(self) -> str:
        return f"/v25.0/{self.app_id}/subscriptions"

    async def subscribe(self, callback_url: str, *, fields: str = "feed", **data: str) -> Answer:
        form = {"object": "page", "callback_url": callback_url, "verify_token": VERIFY_TOKEN, "fields": fields, **data}
        return await self.call("POST", self.edge, data=form)

    async def subscriptions(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = (await self.call("GET", self.edge)).json["data"]
        return rows

    async def admin(self, path: str, **value: Any) -> Answer:
        return await self.call("POST", f"/sandbox/{path}", token=None, json=value)

    async def state(self) -> dict[str, Any]:
        state: dict[str, Any] = (await self.call("GET", "/sandbox/state", token=None)).json
        return state


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def sandbox(clock: FakeClock) -> AsyncIterator[SandboxServer]:
    async with SandboxServer(clock=clock) as server:
        yield server


@pytest.fixture
async def graph(sandbox: SandboxServer) -> AsyncIterator[Graph]:
    async with ClientSession() as session:
        yield Graph(session, sandbox)


@pytest.fixture
async def callback() -> AsyncIterator[Callback]:
    async with Callback() as server:
        yield server
