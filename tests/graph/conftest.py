"""A sandbox, a client of it, a ledger, and endpoints: ours, that of production, and a colleague's."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hookscope.graph.client import GraphClient
from hookscope.graph.ledger import Ledger
from hookscope.model.run_events import Notice, RunEvent
from hookscope.sandbox.server import SandboxServer
from hookscope.settings import App
from tests.graph.endpoint import Endpoint
from tests.graph.memory_graph import MemoryGraph
from tests.graph.wait import no_wait


@pytest.fixture(autouse=True)
def _state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.fixture
def memory() -> MemoryGraph:
    graph = MemoryGraph()
    graph.tokens = {"https://ours/1": "our-token", "https://ours/2": "our-token", "https://prod/hook": "prod-token"}
    return graph


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "state" / "hookscope" / "ledger.db")


@pytest.fixture
async def sandbox() -> AsyncIterator[SandboxServer]:
    async with SandboxServer() as server:
        yield server


@pytest.fixture
def app(sandbox: SandboxServer) -> App:
    address = sandbox.address
    return App(app_id=address.app_id, secret=address.app_secret, graph_url=address.base_url)


@pytest.fixture
def items() -> list[RunEvent]:
    return []


@pytest.fixture
def notices() -> list[Notice]:
    return []


@pytest.fixture
async def client(app: App, notices: list[Notice]) -> AsyncIterator[GraphClient]:
    async with GraphClient(app, notify=notices.append, wait=no_wait) as client:
        yield client


@pytest.fixture
async def ours() -> AsyncIterator[Endpoint]:
    async with Endpoint("our-token") as endpoint:
        yield endpoint


@pytest.fixture
async def elsewhere() -> AsyncIterator[Endpoint]:
    """Ours too, at the address of a tunnel that came back."""
    async with Endpoint("our-token") as endpoint:
        yield endpoint


@pytest.fixture
async def production() -> AsyncIterator[Endpoint]:
    async with Endpoint("prod-token") as endpoint:
        yield endpoint


@pytest.fixture
async def colleague() -> AsyncIterator[Endpoint]:
    async with Endpoint("colleague-token") as endpoint:
        yield endpoint
