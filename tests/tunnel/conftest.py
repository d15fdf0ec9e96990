import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from hookscope import paths
from hookscope.errors import TunnelError
from hookscope.settings import TunnelSettings
from hookscope.tunnel import registry
from hookscope.tunnel.base import Tunnel
from hookscope.tunnel.ngrok import NgrokTunnel
from tests.fakes.fake_ngrok import FakeNgrok
from tests.fakes.fake_program import FakeProgram
from tests.support.until import until

LOCAL = "http://127.0.0.1:4711"

OpenTunnel = Callable[..., NgrokTunnel]
BuildTunnel = Callable[..., Tunnel]


async def refused(tunnel: Tunnel) -> TunnelError:
    """Return the error with which the tunnel does not open."""
    with pytest.raises(TunnelError) as caught:
        await tunnel.open(LOCAL)
    return caught.value


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home: no configuration of ngrok's, no state of hookscope's, a temporary folder of its own."""
    for variable, name in (("HOME", "home"), ("XDG_STATE_HOME", "state"), ("XDG_CONFIG_HOME", "config")):
        monkeypatch.setenv(variable, str(tmp_path / name))
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    for variable in ("NGROK_AUTHTOKEN", "http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.delenv(variable, raising=False)
    return tmp_path


@pytest.fixture
def fake(home: Path, monkeypatch: pytest.MonkeyPatch) -> FakeNgrok:
    """The fake agent, whole until it is broken."""
    return FakeNgrok(home / "fake.ndjson", monkeypatch)


@pytest.fixture
def announced() -> list[str]:
    """The announcements of the test's tunnels."""
    return []


@pytest.fixture
async def tunnel_for(fake: FakeNgrok, announced: list[str]) -> AsyncIterator[OpenTunnel]:
    """Makes tunnels through the fake agent, and closes them at the end, when no agent may be left."""
    tunnels: list[NgrokTunnel] = []

    def make(kind: type[NgrokTunnel] = NgrokTunnel, **settings: Any) -> NgrokTunnel:
        chosen = TunnelSettings(**{"ngrok_path": fake.path, **settings})
        tunnels.append(kind(chosen, key="a-run", announce=announced.append))
        return tunnels[-1]

    yield make
    await asyncio.gather(*(tunnel.close() for tunnel in tunnels))
    assert fake.running == []


@pytest.fixture
def program(home: Path, monkeypatch: pytest.MonkeyPatch) -> FakeProgram:
    """The fake of a program that prints its URL, not on PATH yet."""
    return FakeProgram(home, monkeypatch)


@pytest.fixture
async def build(program: FakeProgram, announced: list[str]) -> AsyncIterator[BuildTunnel]:
    """Makes tunnels by the registry, and closes them at the end, when no process and no file may be left."""
    tunnels: list[Tunnel] = []

    def make(name: str, **settings: Any) -> Tunnel:
        chosen = TunnelSettings(name=name, **settings)
        tunnels.append(tunnel := registry.build(chosen, key="a-run", announce=announced.append))
        return tunnel

    yield make
    await asyncio.gather(*(tunnel.close() for tunnel in tunnels))
    await until(lambda: not program.running)
    assert list(paths.agents_folder().glob("*")) == []


@pytest.fixture
def without_ngrok(monkeypatch: pytest.MonkeyPatch) -> None:
    """A PATH on which there is no ngrok."""
    folders = os.environ["PATH"].split(os.pathsep)
    monkeypatch.setenv("PATH", os.pathsep.join(folder for folder in folders if not (Path(folder) / "ngrok").exists()))
