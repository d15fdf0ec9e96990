"""Finding captures: a filter that hides rows, and a search that goes from hit to hit."""

import asyncio
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from hookscope.errors import JournalError
from hookscope.filter import Term
from hookscope.model.capture_id import EventRef
from hookscope.model.outline import Narrowed
from hookscope.services.seen_values import seen_values
from hookscope.tui import cell_text
from hookscope.tui.filter_history import FilterHistory
from hookscope.tui.screens.main import MainScreen
from hookscope.tui.theme import Pieces, Tone, extent
from hookscope.tui.typing_aid import TypingAid
from hookscope.tui.widgets.prompt import Prompt
from hookscope.tui.workers.live_query import LiveQuery
from hookscope.views.highlight import Sought, search_words
from hookscope.views.hits import Hits

if TYPE_CHECKING:
    from array import array

_EXAMPLES = {"filter": "field:feed app:5xx  sig:invalid  not is:test", "search": "a word, or a filter"}
_SEARCHING = "searching…"
_TAB_COLUMNS = 6


class SearchController:
    """`f` types a filter, `/` a search; `n` and `N` go to the next hit; escape ends first the one, then the other."""

    def __init__(self, main: MainScreen, journal: Path, history: FilterHistory) -> None:
        self._main = main
        self._journal = journal
        self._history = history
        self._timeline = main.timeline
        self._hits = Hits(self._has_row, lambda: (self._timeline.count, self._timeline.total))
        self._filter = LiveQuery(
            journal,
            begun=self._timeline.narrow,
            found=self._keep,
            revised=self._keep_other,
            fail=main.say_error,
        )
        self._search = LiveQuery(
            journal,
            begun=self._hits.clear,
            found=self._hit,
            revised=self._hit_other,
            fail=main.say_error,
        )
        self._typing = self._filter
        self._before_typing = self._typed = self._suspended = ""
        self._aid = TypingAid()
        self._goes_to_hit = False

    async def run(self) -> None:
        """Search, forever."""
        await asyncio.gather(self._filter.worker.run(), self._search.worker.run())

    def close(self) -> None:
        """Stop searching: the process ends only when its threads have ended."""
        for query in (self._filter, self._search):
            query.worker.want(None)

    def journal_changed(self, *, edited: bool) -> None:
        """Search again: captures have come, or earlier ones have changed."""
        for query in (self._filter, self._search):
            if edited and query.wanted is not None:
                query.again()
            query.worker.look_again()

    def scope(self, run: int | None) -> None:
        """Search among the captures of a run from now on, or among all."""
        for query in (self._filter, self._search):
            query.scope = None if run is None else Term("run", str(run))
            if query.wanted is not None:
                query.again()

    @property
    def highlighted(self) -> Sought:
        """The words to highlight."""
        queries = (self._search, self._filter)
        return tuple(word for query in queries if query.wanted for word in search_words(query.wanted))

    @property
    def is_narrowed(self) -> bool:
        """True if a filter or a search is active that can be ended."""
        return bool(self._suspended) or any(query.wanted for query in (self._search, self._filter))

    @property
    def filter_text(self) -> str:
        """The active filter; empty if there is none."""
        return self._filter.text if self._filter.wanted else ""

    async def hides(self, capture_id: int) -> bool:
        """Return whether the filter leaves out a capture that has just come, paused or not."""
        find = self._timeline.find
        return await self._filter.has_examined(capture_id) and find(capture_id) == find(capture_id + 1)

    # Typing

    def filter(self) -> None:
        """Type a filter."""
        self._type(self._filter, "filter")

    def search(self) -> None:
        """Type what to search for."""
        self._type(self._search, "search")

    def suspend_filter(self) -> None:
        """Show all captures until this is called again, with the filter kept in mind."""
        if self._suspended:
            self._ask(self._filter, self._suspended)
            self._suspended = ""
        elif self._filter.wanted:
            text = self._filter.text
            self._ask(self._filter, "")
            self._suspended = text
        else:
            self.filter()
        self._main.paint()

    def _type(self, query: LiveQuery, name: str) -> None:
        self._typing, self._before_typing = query, query.text
        self._typed = (query is self._filter and self._suspended) or query.text
        self._aid = TypingAid(self._history.texts(), self._main.state.status.registered)
        label = "filter" if query is self._filter else "/"
        self._main.query_one(Prompt).open(label, self._typed, _EXAMPLES[name], self._aid)
        self._main.app.run_worker(self._teach(self._aid), name="seen values")
        self._main.paint()

    async def _teach(self, aid: TypingAid) -> None:
        """Offer the values in the journal as completions, as soon as they are read."""
        with suppress(JournalError):
            aid.learn(await asyncio.to_thread(seen_values, self._journal, self._timeline.run))
            self._main.paint()

    def typed(self, text: str) -> None:
        """Search for the text typed so far."""
        self._typed = text
        self._ask(self._typing, text)

    def closed(self, text: str, *, kept: bool) -> None:
        """Keep what stands in the line, or return to the previous text."""
        query = self._typing
        if kept:
            self.typed(text)
        if kept and query.problem:
            self._main.query_one(Prompt).reopen()
            self._main.paint()
            return
        if kept:
            self._history.add(text.strip())
            self._suspended = "" if query is self._filter else self._suspended
        else:
            self._ask(query, self._before_typing)
        query.problem = None
        self._main.focus_list()
        if kept and query is self._search and query.wanted:
            self._goes_to_hit = True
            if not query.is_fresh:  # Until then, the hits are those of a beginning of the text.
                self._go_to_first_hit()
        self._main.paint()

    def _ask(self, query: LiveQuery, text: str) -> None:
        had = query.wanted is not None
        within = self._filter.wanted if query is self._search else None
        query.ask(text, within)
        if problem := query.problem:  # No hits of an earlier part of it: they would not be those of the text.
            query.ask(self._before_typing, within)
            query.problem = problem
        if had and query.wanted is None:
            self._let_go(query)
        elif query is self._filter and self._search.wanted:
            self._search.ask(self._search.text, self._filter.wanted)
        self._main.paint()

    def let_go(self) -> bool:
        """End the search, else the filter; return whether there was either."""
        query = next((query for query in (self._search, self._filter) if query.wanted), None)
        if query is not None:
            self._ask(query, "")
        elif self._suspended:
            self._suspended = ""
            self._main.paint()
        else:
            return False
        return True

    def _let_go(self, query: LiveQuery) -> None:
        if query is self._search:
            self._hits.clear()
            return
        self._timeline.widen()
        if self._search.wanted:
            self._search.ask(self._search.text)
        self._main.captures.reveal()

    # Hits

    def go_to_hit(self, direction: int) -> None:
        """Go to the next older hit, or the next newer one; after the last comes the first."""
        ref = self._timeline.ref
        if not self._hits or ref is None:
            if not self._search.wanted:
                self.search()
            return
        self._main.captures.go_to(self._hits.after(ref, direction))

    def _go_to_first_hit(self) -> None:
        """Go to the newest hit that is not after the selected row, else to the newest."""
        ref = self._timeline.ref
        if not self._hits or ref is None:
            return
        self._goes_to_hit = False
        self._main.captures.go_to(self._hits.newest_until(ref))

    def _has_row(self, ref: EventRef) -> bool:
        return self._timeline.find(*ref) < self._timeline.find(ref.capture_id, ref.position + 1)

    def _where(self) -> str:
        if self._search.is_fresh:
            return _SEARCHING
        more = "…" if self._search.worker.is_looking else ""
        if not (count := len(self._hits)):
            return "no hit"
        if (ref := self._timeline.ref) and (place := self._hits.place(ref)):
            return f"{place:,} of {count:,}{more}"
        return f"{count:,}{more} hit{'' if count == 1 else 's'}"

    def _hit(self, capture_ids: "array[int]", events: Narrowed, older: bool) -> None:
        self._hits.add(capture_ids, events, older=older)
        if self._goes_to_hit:
            self._go_to_first_hit()
        self._main.paint()

    def _hit_other(self, looked_at: Collection[int], hits: set[int], events: Narrowed) -> None:
        self._hits.revise(looked_at, hits, events)
        self._main.paint()

    def _keep_other(self, looked_at: Collection[int], hits: set[int], events: Narrowed) -> None:
        self._timeline.revise_hits(looked_at, hits, events)
        self._main.paint()

    def _keep(self, capture_ids: "array[int]", events: Narrowed, older: bool) -> None:
        self._timeline.add_hits(capture_ids, events, older=older)
        if older:
            self._main.captures.reveal()
        self._main.paint()

    # Painting

    def trouble(self) -> Pieces:
        """Return the completions of the word that is being typed, else the error in the text."""
        problem, offer = self._typing.problem, self._aid.offer(self._typed)
        if not offer.options or (problem and problem.position < offer.start):
            return self._typing.trouble()
        room = self._main.app.size.width - _TAB_COLUMNS
        return [(Tone.ACCENT, "tab "), (Tone.MUTED, cell_text.cut_list(offer.options, room))]

    def line(self, width: int) -> Pieces:
        """Return the search, the number of its hits, and the keys if there is room; usually nothing."""
        pieces = [*self._filter_pieces(), *self._search_pieces()]
        if not pieces:
            return []
        keys: Pieces = []
        if self._search.wanted and len(self._hits) > 1:
            keys += [(Tone.ACCENT, "n N"), (Tone.MUTED, " older, newer  ")]
        elif self._filter.wanted:
            keys += [(Tone.ACCENT, "s"), (Tone.MUTED, " suspend  ")]
        keys += [(Tone.ACCENT, "esc"), (Tone.MUTED, " clear")]
        room = width - extent(pieces) - extent(keys)
        return [*pieces, (Tone.TEXT, " " * room), *keys] if room > 1 else pieces

    def _filter_pieces(self) -> Pieces:
        if self._suspended:
            text = cell_text.clean(self._suspended)
            return [(Tone.MUTED, f"filter {text}  suspended, "), (Tone.ACCENT, "s"), (Tone.MUTED, " resumes")]
        if not self._filter.wanted:
            return []
        more = "…" if self._filter.worker.is_looking else ""
        count = f"{self._timeline.captures:,}{more} of {self._timeline.total:,}"
        return [
            (Tone.ACCENT, "filter "),
            (Tone.STRONG, cell_text.clean(self._filter.text)),
            (Tone.MUTED, f"  {_SEARCHING if self._filter.is_fresh else count}"),
        ]

    def _search_pieces(self) -> Pieces:
        if not self._search.wanted:
            return []
        return [
            (Tone.ACCENT, "   /" if self._filter.wanted else "/"),
            (Tone.STRONG, cell_text.clean(self._search.text)),
            (Tone.MUTED, f"  {self._where()}"),
        ]
