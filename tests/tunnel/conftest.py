import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from hookscope.settings import TunnelSettings
from hookscope.tunnel.ngrok import NgrokTunnel
from tests.fakes.fake_ngrok import FakeNgrok

OpenTunnel = Callable[..., NgrokTunnel]


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
def without_ngrok(monkeypatch: pytest.MonkeyPatch) -> None:
    """A PATH on which there is no ngrok."""
    folders = os.environ["PATH"].split(os.pathsep)
    monkeypatch.setenv("PATH", os.pathsep.join(folder for folder in folders if not (Path(folder) / "ngrok").exists()))
