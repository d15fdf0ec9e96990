"""Tells live runs which of their captures this process has replayed: their views and streams show those, too."""

import asyncio
from collections.abc import Sequence
from types import TracebackType
from typing import Self, TypeAlias

from hookscope import run_registry
from hookscope.control.announcement import announce_replays
from hookscope.errors import HookscopeError
from hookscope.journal.reader import JournalReader
from hookscope.model.record import Capture

_Waiting: TypeAlias = "asyncio.Queue[tuple[int, list[int]] | None]"
"""A run, and the ids of replays of its captures; None at the end."""


class ReplayNews:
    """Announces committed replays to the live runs that received the originals; an async context manager.

    No run holds up the sending: one that does not answer is not told again.
    """

    def __init__(self, history: JournalReader) -> None:
        self._history = history
        self._addresses: dict[int, str | None] = {}
        self._waiting: _Waiting = asyncio.Queue()

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._announce_all(), name="replay news")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Wait until everything is announced; for a run that does not answer, some seconds."""
        self._waiting.put_nowait(None)
        await self._task

    def add(self, replays: Sequence[Capture]) -> None:
        """Announce committed replays soon; never waits."""
        of_runs: dict[int, list[int]] = {}
        for replay in replays:
            if replay.run_id:
                of_runs.setdefault(replay.run_id, []).append(replay.id)
        for one in of_runs.items():
            self._waiting.put_nowait(one)

    async def _announce_all(self) -> None:
        while (waiting := await self._waiting.get()) is not None:
            await self._announce(*waiting)

    async def _announce(self, run_id: int, capture_ids: Sequence[int]) -> None:
        try:
            if address := self._address(run_id):
                await announce_replays(address, capture_ids)
        except (OSError, HookscopeError):  # They are committed: the journal has them, whoever hears of it.
            self._addresses[run_id] = None

    def _address(self, run_id: int) -> str | None:
        """Return the socket of a run, or None for one that has ended or does not answer."""
        if run_id not in self._addresses:
            run = self._history.run(run_id)
            live = run_registry.of_journal(self._history.path) if run else ()
            self._addresses[run_id] = next((one.address for one in live if run and one.key == run.key), None)
        return self._addresses[run_id]
