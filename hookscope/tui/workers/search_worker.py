"""Searches off the event loop for captures that match a filter: the newest first, then new ones."""

import asyncio
from array import array
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from hookscope.errors import HookscopeError
from hookscope.model.timestamps import now
from hookscope.services.captures import open_history

if TYPE_CHECKING:
    from hookscope.filter import Filter
    from hookscope.filter.query import Query
    from hookscope.model.outline import Narrowed
    from hookscope.model.record import Capture
    from hookscope.services.captures import History

_FIRST_HITS = 64
_MOST_HITS = 1 << 15
"""Hits come in parts that grow: the first are there at once, and many do not keep the screen busy."""


class SearchWorker:
    """Searches while `run` goes on; `is_looking` is true while there may be more older hits.

    `found` is called with the ids of hits, ascending, the events that are left of batches among them, and whether they
    come before the earlier ones.

    An application's answer may change whether a capture is a hit: `revised` is then called with the captures examined
    again, with the hits among them, and with the events that are left.
    """

    def __init__(
        self,
        journal: Path,
        *,
        found: Callable[["array[int]", "Narrowed", bool], None],
        revised: Callable[[Collection[int], set[int], "Narrowed"], None],
        fail: Callable[[HookscopeError], None],
    ) -> None:
        self.is_looking = False
        self._journal = journal
        self._found = found
        self._revised = revised
        self._fail = fail
        self._wanted: Filter | None = None
        self._begins_anew = False
        self._last = self._last_delivery = 0
        self._examined = 0  # The last one whose result was told.
        self._changed = asyncio.Event()

    def want(self, wanted: "Filter | None") -> None:
        """Search for this from now on, from the beginning; None is nothing."""
        self._wanted, self._begins_anew, self.is_looking = wanted, True, wanted is not None
        self._examined = 0
        self._changed.set()

    def has_looked_at(self, capture_id: int) -> bool:
        """Return whether a capture has been looked at, as all before it."""
        return capture_id <= self._examined

    def look_again(self) -> None:
        """Search among new captures."""
        if self._wanted is not None:
            self._changed.set()

    async def run(self) -> None:
        """Search, forever."""
        while await self._changed.wait():
            self._changed.clear()
            older, self._begins_anew = self._begins_anew, False
            wanted = self._wanted
            if wanted is None:
                continue
            try:
                await asyncio.to_thread(self._look, wanted, asyncio.get_running_loop(), older=older)
            except HookscopeError as error:
                self._fail(error)
            if self._is_wanted(wanted):
                self.is_looking = False
                self._examined = self._last
                self._found(array("q"), {}, False)

    def _look(self, wanted: "Filter", loop: asyncio.AbstractEventLoop, *, older: bool) -> None:
        """Report hits part by part until there are no more, or another search is requested. Runs in a thread."""
        from hookscope.filter import compile_query

        with open_history(self._journal) as history:
            newest, last_delivery = next(iter(history.ids(newest=1)), 0), history.last_delivery()
            moment = now()
            query = self._while_wanted(compile_query(wanted, moment), wanted)
            if older:
                hits = history.capture_ids(query, before=newest + 1)
            else:
                hits = history.capture_ids(query, after=self._last, before=newest + 1, newest_first=False)
            with suppress(_Unwanted):
                if query.asks_for_answers and not older:
                    answered = history.delivered(after=self._last_delivery, up_to=last_delivery)
                    again = [capture_id for capture_id in answered if capture_id <= self._last]
                    hits_again = history.matching_ids(query, again)
                    events = self._narrowed(history, wanted, sorted(hits_again), moment)
                    loop.call_soon_threadsafe(self._tell_again, wanted, again, hits_again, events)
                for part in _parts(hits):
                    if not self._is_wanted(wanted):
                        return
                    part = part[::-1] if older else part
                    events = self._narrowed(history, wanted, part, moment)
                    loop.call_soon_threadsafe(self._tell, wanted, part, events, older)
                self._last, self._last_delivery = newest, last_delivery

    def _narrowed(
        self, history: "History", wanted: "Filter", capture_ids: Sequence[int], moment: datetime
    ) -> "Narrowed":
        """Return the events that the search leaves of batches among its hits."""
        from hookscope.services.narrowing import narrowed

        return narrowed(history, wanted, capture_ids, moment, goes_on=lambda: self._is_wanted(wanted))

    def _while_wanted(self, query: "Query", wanted: "Filter") -> "Query":
        """Return the query, which is abandoned amid captures that do not match, however many."""

        def check(capture: "Capture", answers: Collection[str]) -> bool:
            if not self._is_wanted(wanted):
                raise _Unwanted
            return query.check(capture, answers)

        return replace(query, check=check)

    def _is_wanted(self, wanted: "Filter") -> bool:
        return self._wanted is wanted and not self._begins_anew

    def _tell(self, wanted: "Filter", part: "array[int]", events: "Narrowed", older: bool) -> None:
        if self._is_wanted(wanted):
            self._found(part, events, older)

    def _tell_again(self, wanted: "Filter", looked_at: Collection[int], hits: set[int], events: "Narrowed") -> None:
        if looked_at and self._is_wanted(wanted):
            self._revised(looked_at, hits, events)


class _Unwanted(Exception):  # noqa: N818
    """Another search is requested, or none."""


def _parts(hits: Iterator[int]) -> Iterator["array[int]"]:
    size = _FIRST_HITS
    while part := array("q", islice(hits, size)):
        yield part
        size = min(size * 4, _MOST_HITS)
