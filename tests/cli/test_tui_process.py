"""The end of a TUI, and of its silence."""

import asyncio
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hookscope import subprocesses
from hookscope.cli import tui_process
from hookscope.cli.tui_process import TuiProcess
from hookscope.secret_sources import SecretSources


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Callable[[str], TuiProcess]]:
    """Return a function that starts a program in place of the TUI. Its last argument is the connection."""
    views: list[TuiProcess] = []

    def start(program: str) -> TuiProcess:
        monkeypatch.setattr(subprocesses, "module_command", lambda *given: [sys.executable, "-c", program, *given])
        views.append(TuiProcess(address=tmp_path / "s", journal=tmp_path / "journal.db", secrets=SecretSources()))
        return views[-1]

    yield start
    for view in views:
        view.close()


@pytest.mark.parametrize("program", ["import os, sys; os.write(int(sys.argv[-1]), b'\\n'); os.read(0, 1)", "pass"])
async def test_a_picture_is_waited_for_until_there_is_one_or_never_will_be(
    start: Callable[[str], TuiProcess], monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    monkeypatch.setattr(tui_process, "_PAINTING_SECONDS", 60.0)
    async with asyncio.timeout(30):
        await start(program).painted()


async def test_a_picture_is_not_waited_for_forever(
    start: Callable[[str], TuiProcess], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tui_process, "_PAINTING_SECONDS", 0.01)
    await start("import signal; signal.pause()").painted()
