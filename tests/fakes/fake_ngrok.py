"""The fake agent from a test's side: how to break it, and what became of it."""

import asyncio
import json
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from hookscope.tunnel.process import identify

FAKE_NGROK = Path(__file__).with_name("ngrok")


class FakeNgrok:
    """The fake agent for one test. What it is told and does is read from the file that it records to."""

    path = FAKE_NGROK

    def __init__(self, record: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._record = record
        self._monkeypatch = monkeypatch
        monkeypatch.setenv("FAKE_NGROK_RECORD", str(record))

    def breaks(self, fault: str, seconds: float = 0.5) -> None:
        """Give agents started from now on this fault; an empty text stands for none."""
        self._monkeypatch.setenv("FAKE_NGROK_FAULT", fault)
        self._monkeypatch.setenv("FAKE_NGROK_SECONDS", str(seconds))

    def claims(self, version: str) -> None:
        """Have agents started from now on report this version."""
        self._monkeypatch.setenv("FAKE_NGROK_VERSION", version)

    def gives(self, public_url: str) -> None:
        """Have agents started from now on claim this public URL for their endpoints."""
        self._monkeypatch.setenv("FAKE_NGROK_URL", public_url)

    @property
    def calls(self) -> list[dict[str, Any]]:
        """Every call of the executable, oldest first."""
        return [entry for entry in self._entries() if "argv" in entry]

    @property
    def starts(self) -> list[dict[str, Any]]:
        """The calls that started an agent."""
        return [call for call in self.calls if "start" in call["argv"]]

    @property
    def posts(self) -> list[dict[str, Any]]:
        """The endpoints that were asked for."""
        return [entry for entry in self._entries() if "post" in entry]

    @property
    def opened(self) -> list[str]:
        """The names of the endpoints that were opened, whether or not they have been removed since."""
        return [entry["opened"] for entry in self._entries() if "opened" in entry]

    @property
    def endpoints(self) -> set[str]:
        """The addresses in the API of the endpoints that were asked for and not removed."""
        added = {f"{entry['post']}/{entry['body']['name']}" for entry in self.posts}
        return added - self.removed

    @property
    def removed(self) -> set[str]:
        """The addresses in the API of what was to be removed, whether it was there or not."""
        return {entry["delete"] for entry in self._entries() if "delete" in entry}

    @property
    def api(self) -> str:
        """The address of the newest agent's API, once it serves."""
        return next((entry["api"] for entry in reversed(self._entries()) if "api" in entry), "")

    @property
    def running(self) -> list[int]:
        """The pids of the agents that are there."""
        return [call["pid"] for call in self.calls if identify(call["pid"])]

    async def logs(self, line: str) -> None:
        """Have the newest agent write a line to its log."""
        await asyncio.to_thread(self._post, "/api/fake/log", line.encode())

    async def swallows(self) -> None:
        """Have the newest agent take what comes, and never answer."""
        await asyncio.to_thread(self._post, "/api/fake/swallow", b"")

    async def flows(self) -> None:
        """Have it let everything through again."""
        await asyncio.to_thread(self._post, "/api/fake/flow", b"")

    async def dies(self) -> None:
        """Have the newest agent end, with exit status 1."""
        await asyncio.to_thread(self._post, "/api/fake/die", b"")

    def _post(self, path: str, body: bytes) -> None:
        api = [entry["api"] for entry in self._entries() if "api" in entry][-1]
        with urllib.request.urlopen(api + path, data=body, timeout=5):
            pass

    def _entries(self) -> list[dict[str, Any]]:
        if not self._record.exists():
            return []
        return [json.loads(line) for line in self._record.read_text().splitlines()]
