"""The fake tunnel program from a test's side: its names on PATH, its part, and what became of it."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from hookscope.tunnel.process import identify

_PROGRAM = Path(__file__).with_name("program")


class FakeProgram:
    """The fake program, for one test, below `folder`."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._folder = folder
        self._part = folder / "part.json"
        self._record = folder / "record.ndjson"
        self._bin = folder / "bin"
        self._bin.mkdir()
        monkeypatch.setenv("PATH", f"{self._bin}{os.pathsep}{os.environ['PATH']}")
        monkeypatch.setenv("FAKE_PROGRAM", str(self._part))
        self.plays()

    def named(self, name: str) -> "FakeProgram":
        """Put it on PATH under that name."""
        (self._bin / name).symlink_to(_PROGRAM)
        return self

    def plays(self, *steps: tuple[Any, ...]) -> None:
        """Have it take these steps when it is started from now on."""
        self._part.write_text(json.dumps({"record": str(self._record), "steps": steps}))

    @property
    def cue(self) -> Path:
        """The file that a step can wait for; `touch` it."""
        return self._folder / "cue"

    @property
    def environment(self) -> dict[str, str]:
        """The variables that lead a process to it."""
        return {"PATH": os.environ["PATH"], "FAKE_PROGRAM": str(self._part)}

    @property
    def calls(self) -> list[dict[str, Any]]:
        """Every start of it and of its children, oldest first."""
        return [json.loads(line) for line in self._record.read_text().splitlines()] if self._record.exists() else []

    @property
    def running(self) -> list[int]:
        """The pids of those that are there."""
        return [call["pid"] for call in self.calls if identify(call["pid"])]
