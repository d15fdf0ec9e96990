"""The active filter or search: its text, its parsed form, and the worker that finds matches."""

import asyncio
from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from hookscope.errors import HookscopeError
from hookscope.tui import cell_text
from hookscope.tui.theme import Pieces, Tone
from hookscope.tui.workers.search_worker import SearchWorker

if TYPE_CHECKING:
    from array import array

    from hookscope.filter import Filter, FilterError
    from hookscope.model.outline import Narrowed


_EXAMINING_SECONDS = 1.0


class LiveQuery:
    """A filter that the user may replace at any time, and the search for what matches it.

    `begun` is called with the first hits of a new filter, `found` and `revised` as by a SearchWorker. Until then
    `is_fresh` is true, and the hits on the screen are those of the filter before.
    """

    def __init__(
        self,
        journal: Path,
        *,
        begun: Callable[[], None],
        found: Callable[["array[int]", "Narrowed", bool], None],
        revised: Callable[[Collection[int], set[int], "Narrowed"], None],
        fail: Callable[[HookscopeError], None],
    ) -> None:
        self.text = ""
        self.wanted: Filter | None = None
        self.problem: FilterError | None = None
        self.worker = SearchWorker(journal, found=self._hits, revised=revised, fail=fail)
        self.scope: Filter | None = None
        """The query that all captures of the list match."""
        self._within: Filter | None = None
        self._begun = begun
        self._found = found
        self._looked = asyncio.Event()
        self.is_fresh = False

    def ask(self, text: str, within: "Filter | None" = None) -> None:
        """Search for a text's meaning, among the hits of another filter; an invalid text is reported in `problem`."""
        from hookscope.filter import FilterError, parse

        try:
            wanted = parse(text) if text.strip() else None
        except FilterError as error:
            self.problem = error
            return
        self.problem, self.text = None, text.strip()
        if (wanted, within) != (self.wanted, self._within):
            self.wanted, self._within = wanted, within
            self.again()

    def again(self) -> None:
        """Search from the beginning: captures have changed."""
        from hookscope.filter import And

        self.is_fresh = self.wanted is not None
        both = [part for part in (self.scope, self._within, self.wanted) if part is not None]
        self.worker.want(And(tuple(both)) if self.wanted is not None else None)

    async def has_examined(self, capture_id: int) -> bool:
        """Wait until a capture that has just come is examined, but not long; return whether it is."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_EXAMINING_SECONDS):
                while self.wanted is not None and not self.worker.has_looked_at(capture_id):
                    self._looked.clear()
                    await self._looked.wait()
        return self.wanted is not None and self.worker.has_looked_at(capture_id)

    def trouble(self) -> Pieces:
        """Return the error in the text typed last, and what to write instead."""
        if self.problem is None:
            return []
        where = f"character {self.problem.position + 1}: {self.problem.what}"
        return [
            (Tone.BAD, "✗ "),
            (Tone.TEXT, cell_text.clean(where)),
            (Tone.ACCENT, f"  → {cell_text.clean(self.problem.hint or '')}"),
        ]

    def _hits(self, capture_ids: "array[int]", events: "Narrowed", older: bool) -> None:
        if self.is_fresh:
            self.is_fresh = False
            self._begun()
        self._found(capture_ids, events, older)
        self._looked.set()
