"""The journal as the screen sees it: opened as soon as it exists, and read again when it has changed."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from hookscope.errors import JournalError
from hookscope.model.outline import Outline
from hookscope.services.captures import open_history
from hookscope.tui.workers import events_process
from hookscope.tui.workers.gc_pause import gc_paused
from hookscope.views.rate import CaptureRate
from hookscope.views.rows import plain_keys
from hookscope.views.timeline import FIRST_LOOK, Timeline

if TYPE_CHECKING:
    from hookscope.meta.summaries.story import Story
    from hookscope.services.captures import History


class CaughtUp(Struct, frozen=True):
    """The result of a read: `older` rows were added before the others; `edited` is true if some may have changed."""

    older: int = 0
    edited: bool = False


class JournalView:
    """A timeline over a journal that may not exist yet.

    `revision` grows with every change; `is_behind` says that `catch_up` has something to do.
    """

    def __init__(self, path: Path, zone: tzinfo | None) -> None:
        self.path = path
        self.timeline = Timeline(zone)
        self.rate = CaptureRate()
        self.revision = 0
        self.problem: str | None = None
        self.has_others = False
        """True if there are captures, but none of the shown run."""
        self._has_older = False
        self._is_edited = False
        self._catches_up = False
        self._edits = (0, 0)
        self._history: History | None = None
        self._run: int | None = None
        self._is_told = False
        self._is_closed = False

    @property
    def outcome(self) -> object:
        """A value that changes with every delivery, mark or note of the selected capture."""
        with suppress(JournalError):
            if self.timeline.selected >= 0 and (line := self.timeline.line(self.timeline.selected)):
                return line.outcome, line.steps, line.marked, line.marked_events, line.note
        return None

    def show_run(self, run: int | None) -> bool:
        """Show the captures of a run, or all; return whether that changes the list."""
        changed, self._run, self._is_told = not self._is_told or run != self._run, run, True
        if changed and self._history and self.timeline.is_open:
            self._read_first(self._history)
        return changed

    def refresh(self, now: datetime) -> bool:
        """Read new captures; return whether anything has changed. An error is kept in `problem`."""
        if not self._is_told or self._is_closed:  # A status may still come while the screen is taken down.
            return False
        try:
            changed = self._read_new(now) if self.timeline.is_open else self._open()
            if changed and self._history and (edits := self._history.edit_counters()) != self._edits:
                self._edits, self._is_edited = edits, True
        except JournalError as error:
            self.problem = error.message
            return False
        self.problem = None
        self.revision += changed
        return changed

    def _read_new(self, now: datetime) -> bool:
        before = self.timeline.total
        changed = self.timeline.refresh()
        self.rate.add(self.timeline.total - before, now)
        if changed and self._history:
            self._look_for_others(self._history)
        return changed

    # Reading off the event loop

    @property
    def is_behind(self) -> bool:
        """True if there is something to read that takes longer: older captures, edited ones, large bodies in view."""
        return not self._catches_up and self._has_more

    @property
    def _has_more(self) -> bool:
        return self._has_older or self._is_edited or bool(self.timeline.reader.large)

    async def catch_up(self, on_change: Callable[[CaughtUp], None]) -> None:
        """Read all of that, unless it is being read already; `on_change` is called whenever something has changed."""
        if self._catches_up:
            return
        self._catches_up = True
        while self._has_more:
            on_change(await self._read_more())
        self._catches_up = False

    async def _read_more(self) -> CaughtUp:
        if self._has_older:
            self._has_older = False
            return CaughtUp(older=await self._load_older())
        if self._is_edited:
            self._is_edited = False
            await self._renew()
            return CaughtUp(edited=True)
        await self._unpack_large()
        return CaughtUp()

    async def _load_older(self) -> int:
        """Put the captures before the first known one into the timeline; return how many there were."""
        older, run, plain = Outline(), self.timeline.run, None
        with suppress(JournalError):
            older = await asyncio.to_thread(self._read_older, self.timeline.oldest, run)
            plain = await asyncio.to_thread(plain_keys, older.ids)
        return self.timeline.prepend(older, plain) if self.timeline.run == run else 0

    async def _renew(self) -> None:
        """Read all captures again: some were deleted, marked or noted."""
        newest = self.timeline.newest
        with suppress(JournalError):
            self.timeline.renew(await asyncio.to_thread(self._read_older, None, self.timeline.run), newest)

    async def _unpack_large(self) -> None:
        """Unpack a large body in view."""
        reader = self.timeline.reader
        reader.large.discard(capture_id := max(reader.large))
        size = line.size if (line := reader.lines.get(capture_id)) else 0
        with suppress(JournalError):
            reader.put_events(capture_id, *await asyncio.to_thread(self._read_events, capture_id, size))

    def close(self) -> None:
        """Close the journal, for good."""
        self._is_closed = True
        if self._history:
            self._history.__exit__()
            self._history = None

    def _open(self) -> bool:
        if self._history is None:
            self._history = open_history(self.path)
        self._read_first(self._history)
        self._edits = self._history.edit_counters()
        return True

    def _read_first(self, history: "History") -> None:
        self.timeline.open(history, self._run)
        self._has_older = self.timeline.captures >= FIRST_LOOK
        self._look_for_others(history)

    def _look_for_others(self, history: "History") -> None:
        self.has_others = self._run is not None and not self.timeline.count and bool(history.ids(newest=1))

    def _read_older(self, before: int | None, run: int | None) -> Outline:
        with open_history(self.path) as history:
            return history.outline(before=before, run=run)

    def _read_events(self, capture_id: int, size: int) -> "tuple[tuple[Story, ...], str | None]":
        if size > events_process.LARGE:
            return events_process.read_events(self.path, capture_id)
        with gc_paused(), open_history(self.path) as history:
            return history.events(capture_id)
