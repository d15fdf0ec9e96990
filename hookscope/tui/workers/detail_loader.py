"""Has details read off the event loop: one at a time, and only the latest request."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from hookscope.errors import HookscopeError
from hookscope.tui.render.detail_pages import DetailRequest, Details, read
from hookscope.tui.workers.gc_pause import gc_paused


class DetailLoader:
    """Reads while `run` goes on; a user who hurries through the list never waits for captures already passed."""

    def __init__(
        self,
        journal: Path,
        secrets: Mapping[str, str],
        clock: Callable[[], datetime],
        show: Callable[[Details | None], None],
        fail: Callable[[HookscopeError], None],
    ) -> None:
        self._journal = journal
        self._secrets = secrets
        self._clock = clock
        self._show = show
        self._fail = fail
        self._wanted: DetailRequest | None = None
        self._changed = asyncio.Event()

    def want(self, wanted: DetailRequest | None) -> None:
        """Request details, to be read and shown unless they are already."""
        if wanted != self._wanted:
            self._wanted = wanted
            self._changed.set()

    async def run(self) -> None:
        """Read requested details, forever."""
        while await self._changed.wait():
            self._changed.clear()
            wanted = self._wanted
            try:
                found = await asyncio.to_thread(self._read, wanted) if wanted else None
            except HookscopeError as error:
                self._fail(error)
            else:
                if wanted == self._wanted:
                    self._show(found)

    def _read(self, wanted: DetailRequest) -> Details | None:
        with gc_paused():
            return read(self._journal, wanted, self._clock(), self._secrets)
